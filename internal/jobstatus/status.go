package jobstatus

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Status is what Compute says about a Job at one moment.
type Status struct {
	Namespace, Name string
	UID             types.UID
	Kind            Kind
	State           State
	// Reason is one CamelCase word (a condition's or event's reason), Message one sentence for people, untrusted text
	// from the cluster included; Since is when the state began (zero: unknown).
	Reason, Message string
	Since           time.Time
	Outcome         Outcome // how it ended; Unfinished while it runs
	Decided         bool    // the outcome is certain though not final (FailureTarget, SuccessCriteriaMet) or final
	Succeeding      bool    // Decided and it will be Complete
	Failing         bool    // Decided and it will be Failed

	Counts   Counts
	Progress Progress
	Indexes  *Indexes // nil unless Indexed
	Retry    *Retry   // nil unless the controller is waiting before the next attempt

	BackoffLimit int32 // spec.backoffLimit; with backoffLimitPerIndex see Indexes
	RetriesUsed  int32 // of BackoffLimit, with the restartPolicy OnFailure rule

	Start    time.Time     // status.startTime (zero: not started)
	End      time.Time     // completion, or the Failed condition's transition (zero: not ended)
	Duration time.Duration // from Start to End, or to now

	Pods     []Pod     // this generation's pods, by index, then creation
	Failures []Failure // the digest, most frequent first
	Events   []Event   // about the Job and its pods, oldest first, repeats folded
	// Unavailable names the parts that could not be read (RBAC) and why: "pods", "events".
	Unavailable map[Part]string
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
	Active, Ready, Terminating int32
	Succeeded, Failed          int32
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
	Done, Total int32 // Total 0: unknown (a work queue before its first success)
	Unit        Unit
	// PerMinute is completions per minute over the recent window; 0: unknown.
	PerMinute float64
	// ETA is a band of remaining time; nil: it would be a guess.
	ETA *Band
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
	At          time.Time     // when the next pod is created
	Delay       time.Duration // how long the wait is in all
	Attempt, Of int32         // the coming attempt and how many there can be
	Index       int32         // with backoffLimitPerIndex; -1 otherwise
}

// Pod is what is shown of a pod.
type Pod struct {
	Name    string
	UID     types.UID
	Index   int32 // completion index, -1: none
	Attempt int32 // 1-based within its index (or within the Job when not Indexed and not parallel: by creation)
	Phase   PodPhase
	// Status is the word kubectl prints (CrashLoopBackOff, Init:0/1, Completed …).
	Status    string
	Reason    string // why it matters: Unschedulable, ImagePullBackOff, OOMKilled …; untrusted text
	Message   string
	Ready     bool
	Restarts  int32
	Exit      *Exit
	Node      string
	Created   time.Time
	Scheduled time.Time
	Started   time.Time // first container start of the newest run
	Finished  time.Time
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
	Container string
	Code      int32
	Signal    int32
	Reason    string // OOMKilled, Error, Evicted …
	Message   string // termination message, untrusted
}

// Failure is a group of failed pods that failed alike.
type Failure struct {
	Count     int
	Container string
	Code      int32
	Reason    string
	Message   string
	Pods      []string // a few names, newest first
}

// Event is an event about the Job or one of its pods, repeats folded.
type Event struct {
	Type, Reason, Message string
	About                 string // "job/x" or "pod/y"
	First, Last           time.Time
	Count                 int32
}
