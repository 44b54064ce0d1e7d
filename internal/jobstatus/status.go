package jobstatus

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Status is what Compute says about a Job at one moment.
type Status struct {
	AsOf      time.Time `json:"asOf,omitzero"` // the moment
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid,omitempty"`
	Kind      Kind      `json:"kind"`
	State     State     `json:"state"`
	// Reason is one CamelCase word (a condition's or event's reason), Message one sentence for people, untrusted text
	// from the cluster included; Since is when the state began (zero: unknown).
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Outcome Outcome   `json:"outcome,omitempty"` // how it ended; Unfinished while it runs
	// Decided: the outcome is certain though not final (FailureTarget, SuccessCriteriaMet) or final.
	Decided    bool `json:"decided,omitempty"`
	Succeeding bool `json:"succeeding,omitempty"` // Decided and it will be Complete
	Failing    bool `json:"failing,omitempty"`    // Decided and it will be Failed

	Counts   Counts   `json:"counts"`
	Progress Progress `json:"progress"`
	Indexes  *Indexes `json:"indexes,omitempty"` // nil unless Indexed
	Retry    *Retry   `json:"retry,omitempty"`   // nil unless the controller is waiting before the next attempt
	// Clocks are those of all indexes that are to be tried again (backoffLimitPerIndex), by index; Retry is one of them.
	Clocks []Retry `json:"-"`
	// Obstacle is what keeps the Job from going on and will not go away by itself; nil: nothing. The Job may be Running
	// all the same: some of its pods run, others are stuck.
	Obstacle *Obstacle `json:"obstacle,omitempty"`
	// Due is since when the controller should have done the next thing, and has not; zero: it has nothing to do, or what
	// may keep it from it has not been read.
	Due time.Time `json:"-"`

	Parallelism  int32  `json:"parallelism"`
	Completions  *int32 `json:"completions,omitempty"` // nil: a work queue
	BackoffLimit int32  `json:"backoffLimit"`          // spec.backoffLimit; with backoffLimitPerIndex see Indexes
	RetriesUsed  int32  `json:"retriesUsed"`           // of BackoffLimit, with the restartPolicy OnFailure rule

	Created   time.Time     `json:"created,omitzero"`
	Start     time.Time     `json:"start,omitzero"`     // status.startTime (zero: not started)
	End       time.Time     `json:"end,omitzero"`       // completion, or the Failed condition's transition (zero: not ended)
	Duration  time.Duration `json:"-"`                  // from Start to End, or to now; durationSeconds in JSON
	Deadline  time.Time     `json:"deadline,omitzero"`  // when activeDeadlineSeconds ends it (zero: never)
	DeletesAt time.Time     `json:"deletesAt,omitzero"` // when ttlSecondsAfterFinished deletes it (zero: never or not yet known)

	// Pods are this generation's, by index, then creation. Statuses share them: nobody may change one.
	Pods []*Pod `json:"pods,omitempty"`
	// Departed are pods that were seen and have been deleted since, in the same order.
	Departed []*Pod    `json:"departed,omitempty"`
	Failures []Failure `json:"failures,omitempty"` // the digest, most frequent first
	Events   []Event   `json:"events,omitempty"`   // about the Job and its pods, oldest first, repeats folded
	// Unavailable names the parts that could not be read (RBAC) and why: "pods", "events".
	Unavailable map[Part]string `json:"unavailable,omitempty"`
	Asked       Asked           `json:"-"`
}

// QueueLabel is how a Job names the Kueue queue that is to admit it.
const QueueLabel = "kueue.x-k8s.io/queue-name"

// Asked is what of the Job itself the words about its status need, so that they are the same wherever the status goes.
type Asked struct {
	ServiceAccount string        // of its pods; empty: the default
	Queue          string        // the Kueue queue that is to admit it; empty: none
	Deadline       time.Duration // activeDeadlineSeconds; 0: none
	Suspended      bool          // spec.suspend: the controller takes note of a change a moment later
	Deleted        time.Time     // when its deletion was asked for; zero: it was not
	Finalizers     []string      // what its deletion waits for
	ManagedBy      string        // the controller that owns it; empty: the built-in one
}

// Part is something a feed reads besides the Job.
type Part string

// The parts.
const (
	PodsPart   Part = "pods"
	EventsPart Part = "events"
)

// Counts are live numbers of pods: what the controller has counted plus what it is about to
// (status.uncountedTerminatedPods).
type Counts struct {
	Active      int32 `json:"active"`
	Ready       int32 `json:"ready"`
	Terminating int32 `json:"terminating"`
	Succeeded   int32 `json:"succeeded"`
	Failed      int32 `json:"failed"`
}

// Unit is what Progress counts.
type Unit string

// The units.
const (
	Completions Unit = "completions" // pods or indexes that succeeded
	Workers     Unit = "workers"     // a work queue's workers that are drained after the first success
	Criteria    Unit = "criteria"    // indexes counted by the successPolicy rule nearest to being met
)

// Progress is how far a Job has come, in the unit that decides its success.
type Progress struct {
	Done  int32 `json:"done"`
	Total int32 `json:"total,omitempty"` // Total 0: unknown (a work queue before its first success)
	Unit  Unit  `json:"unit"`
	// PerMinute is completions per minute over the recent window; 0: unknown.
	PerMinute float64 `json:"perMinute,omitempty"`
	// ETA is a band of remaining time; nil: it would be a guess.
	ETA *Band `json:"eta,omitempty"`
}

// Fraction returns done/total between 0 and 1, and false when the total is unknown.
func (p Progress) Fraction() (float64, bool) {
	if p.Total <= 0 {
		return 0, false
	}
	return min(1, float64(p.Done)/float64(p.Total)), true
}

// Band is an interval of time that the remaining work is expected to take.
type Band struct{ Low, High time.Duration }

// Retry is the controller's back-off clock.
type Retry struct {
	At      time.Time     `json:"at"` // when the next pod is created
	Delay   time.Duration `json:"-"`  // how long the wait is in all; delaySeconds in JSON
	Attempt int32         `json:"attempt"`
	Of      int32         `json:"of"`    // the coming attempt and how many there can be
	Index   int32         `json:"index"` // with backoffLimitPerIndex; -1 otherwise
}

// Obstacle is something that will not go away by itself.
type Obstacle struct {
	Reason  string    `json:"reason"`            // ImagePullBackOff, Unschedulable, FailedCreate …
	Message string    `json:"message,omitempty"` // untrusted text
	Since   time.Time `json:"since"`
	Pods    int       `json:"pods"`          // how many pods it keeps waiting; 0: it keeps pods from being created
	Pod     string    `json:"pod,omitempty"` // the one that has waited longest
}

// Pod is what is shown of a pod.
type Pod struct {
	Name  string    `json:"name"`
	UID   types.UID `json:"uid,omitempty"`
	Index int32     `json:"-"` // completion index, -1: none (and left out of JSON)
	// Attempt is 1-based within its index, or within the Job when it runs one pod at a time; 0: unknown.
	Attempt int32    `json:"attempt,omitempty"`
	Phase   PodPhase `json:"phase"`
	// Status is the word kubectl prints (CrashLoopBackOff, Init:0/1, Completed …).
	Status    string    `json:"status"`
	Reason    string    `json:"reason,omitempty"` // why it matters: Unschedulable, ImagePullBackOff, OOMKilled …; untrusted text
	Message   string    `json:"message,omitempty"`
	Since     time.Time `json:"since,omitzero"` // when the phase or the wait began, as far as the status tells
	Ready     bool      `json:"ready,omitempty"`
	Restarts  int32     `json:"restarts,omitempty"`
	Exit      *Exit     `json:"exit,omitempty"`
	Node      string    `json:"node,omitempty"`
	Created   time.Time `json:"created,omitzero"`
	Scheduled time.Time `json:"scheduled,omitzero"`
	Started   time.Time `json:"started,omitzero"` // first container start of the newest run
	Finished  time.Time `json:"finished,omitzero"`
	Images    []string  `json:"-"` // that its containers wait for
	Partly    *Partly   `json:"-"` // its work is done, and other containers run; nil: no

	Grace time.Duration `json:"-"` // how long it was given to stop, when its deletion was asked for
}

// Partly is a pod of which a part has ended well.
type Partly struct {
	Since   time.Time // when the last of that part ended
	Running []string  // the containers that go on
}

// PodPhase groups pods by what matters to a reader.
type PodPhase string

// The phases.
const (
	PodPending     PodPhase = "Pending"
	PodStuck       PodPhase = "Stuck" // waits for something that will not come by itself
	PodRunning     PodPhase = "Running"
	PodTerminating PodPhase = "Terminating"
	PodSucceeded   PodPhase = "Succeeded"
	PodFailed      PodPhase = "Failed"
)

// Exit is how a pod's decisive container ended.
type Exit struct {
	Container string `json:"container,omitempty"` // empty: no container did, the pod itself was ended
	Code      int32  `json:"code"`
	Signal    int32  `json:"signal,omitempty"`  // reported, or from a code of 128+n
	Reason    string `json:"reason,omitempty"`  // OOMKilled, Error, Evicted …
	Message   string `json:"message,omitempty"` // termination message, untrusted
	Before    bool   `json:"-"`                 // so ended the container's run before the present one
}

// Failure is a group of failed pods that failed alike.
type Failure struct {
	Count     int      `json:"count"`
	Container string   `json:"container,omitempty"`
	Code      int32    `json:"code"`
	Signal    int32    `json:"signal,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Message   string   `json:"message,omitempty"`  // of the newest
	Restarts  int32    `json:"restarts,omitempty"` // container restarts of these pods (restartPolicy OnFailure)
	Pods      []string `json:"pods,omitempty"`     // a few names, newest first
	Memory    string   `json:"-"`                  // the container's memory limit; empty: it has none
}

// Event is an event about the Job or one of its pods, repeats folded.
type Event struct {
	Type    string    `json:"type"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
	About   string    `json:"about"`          // "job/x" or "pod/y"
	From    string    `json:"from,omitempty"` // the component that reports it
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Count   int32     `json:"count"`
}
