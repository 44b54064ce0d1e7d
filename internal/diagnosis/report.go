package diagnosis

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Report is what was found about one object, and the shape of why's JSON.
type Report struct {
	AsOf      time.Time `json:"asOf,omitzero"`
	Kind      string    `json:"kind"` // Job or CronJob
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	// Healthy says that nothing is wrong; Summary then tells how far it is. Where it is false and there are no Causes, what
	// could have told of one could not be read.
	Healthy bool   `json:"healthy"`
	Summary string `json:"summary"` // one sentence; may hold untrusted text
	// Causes are ordered: the first is the one to look at.
	Causes      []Cause                   `json:"causes,omitempty"`
	Unavailable map[jobstatus.Part]string `json:"unavailable,omitempty"` // what could not be read, and why
}

// The parts that only a diagnosis reads.
const (
	RunsPart  jobstatus.Part = "runs"  // of a CronJob
	LogsPart  jobstatus.Part = "logs"  // of containers that failed
	NodesPart jobstatus.Part = "nodes" // of pods that hang
)

// Parts are all parts, in the order they are told.
func Parts() []jobstatus.Part {
	return []jobstatus.Part{jobstatus.PodsPart, jobstatus.EventsPart, RunsPart, LogsPart, NodesPart}
}

// conclude sums up. Where there is no cause, well says how far it is; open says that a part that could not be read may hide
// one. Nodes and logs hide none: they tell more of what is seen without them.
func (r *Report) conclude(well string, open bool) {
	if len(r.Causes) > 0 {
		r.Summary = r.Causes[0].Summary
		return
	}
	var unread []string
	for _, part := range []jobstatus.Part{jobstatus.PodsPart, jobstatus.EventsPart, RunsPart} {
		if open && r.Unavailable[part] != "" {
			unread = append(unread, string(part))
		}
	}
	if len(unread) == 0 {
		r.Healthy, r.Summary = true, "nothing is wrong: "+well
		return
	}
	r.Summary = fmt.Sprintf("no cause was found, but its %s could not be read: %s", strings.Join(unread, " and "), well)
}

// merged is what could not be read; nil: nothing.
func merged(lists ...map[jobstatus.Part]string) map[jobstatus.Part]string {
	var all map[jobstatus.Part]string
	for _, list := range lists {
		for part, why := range list {
			if why == "" {
				continue
			}
			if all == nil {
				all = map[jobstatus.Part]string{}
			}
			all[part] = why
		}
	}
	return all
}

// Cause is one thing that keeps the object from going on, or that ended it.
type Cause struct {
	Code     Code       `json:"code"`
	Summary  string     `json:"summary"` // one sentence; may hold untrusted text
	Since    time.Time  `json:"since,omitzero"`
	Evidence []Evidence `json:"evidence,omitempty"`
	Next     []string   `json:"next,omitempty"` // commands
}

// Evidence is where a cause was seen.
type Evidence struct {
	Source string    `json:"source"` // condition Failed, event FailedCreate, pod x, node y, log of pod x …
	Text   string    `json:"text"`   // untrusted
	At     time.Time `json:"at,omitzero"`
}

// Code names a kind of cause. The codes are part of the documented interface.
type Code string

// The codes.
const (
	Deleted           Code = "Deleted"           // the Job is gone
	DeadlineExceeded  Code = "DeadlineExceeded"  // activeDeadlineSeconds
	RetriesExhausted  Code = "RetriesExhausted"  // backoffLimit
	FailurePolicy     Code = "FailurePolicy"     // podFailurePolicy
	IndexesFailed     Code = "IndexesFailed"     // backoffLimitPerIndex, maxFailedIndexes
	JobFailed         Code = "JobFailed"         // any other reason
	Deleting          Code = "Deleting"          // pods that stop, or a finalizer
	Suspended         Code = "Suspended"         // spec.suspend
	QueueNotAdmitted  Code = "QueueNotAdmitted"  // Kueue holds it back
	ManagedElsewhere  Code = "ManagedElsewhere"  // spec.managedBy
	ParallelismZero   Code = "ParallelismZero"   // spec.parallelism
	QuotaExceeded     Code = "QuotaExceeded"     // pods refused by a quota
	WebhookRefused    Code = "WebhookRefused"    // pods refused by an admission webhook or policy
	NoServiceAccount  Code = "NoServiceAccount"  // pods refused: no such service account
	CannotCreatePods  Code = "CannotCreatePods"  // pods refused for another reason
	Unschedulable     Code = "Unschedulable"     // no node takes the pods
	ImagePull         Code = "ImagePull"         // the image cannot be had
	MissingConfig     Code = "MissingConfig"     // a ConfigMap or Secret, or a key of it, is not there
	VolumeNotReady    Code = "VolumeNotReady"    // a volume cannot be mounted
	CannotStart       Code = "CannotStart"       // the container cannot be started for another reason
	OutOfMemory       Code = "OutOfMemory"       // OOMKilled
	Disrupted         Code = "Disrupted"         // evicted, preempted, node lost
	Crashing          Code = "Crashing"          // containers end with an error
	BackingOff        Code = "BackingOff"        // the controller waits before the next attempt
	SidecarRunning    Code = "SidecarRunning"    // the work is done, another container is not
	LostNode          Code = "LostNode"          // pods hang on a node that does not answer
	SlowTermination   Code = "SlowTermination"   // pods take long to stop
	Draining          Code = "Draining"          // a work queue's last workers
	CronSuspended     Code = "CronSuspended"     // spec.suspend of a CronJob
	BlockedByRun      Code = "BlockedByRun"      // Forbid, and a run is active
	MissedDeadline    Code = "MissedDeadline"    // startingDeadlineSeconds passed
	UnknownTimeZone   Code = "UnknownTimeZone"   // spec.timeZone
	BadSchedule       Code = "BadSchedule"       // spec.schedule
	NoSlotLeft        Code = "NoSlotLeft"        // spec.schedule never comes round again
	NameTooLong       Code = "NameTooLong"       // the runs' names would be too long
	CannotCreateRuns  Code = "CannotCreateRuns"  // Jobs refused
	LastRunFailed     Code = "LastRunFailed"     // it runs, and fails
	RunInTrouble      Code = "RunInTrouble"      // an active run is not well
	ControllerIsQuiet Code = "ControllerIsQuiet" // a run, a pod or a verdict is due and nothing happened
)
