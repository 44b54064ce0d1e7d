package jobstatus

// State is what a Job is doing. The first group are the words the API server's own printer uses (printJob in
// pkg/printers/internalversion/printers.go), in its order of precedence; the second group splits what it calls Running.
type State string

// The states of the server's printer.
const (
	Complete           State = "Complete"
	Failed             State = "Failed"
	Terminating        State = "Terminating"
	Suspended          State = "Suspended"
	FailureTarget      State = "FailureTarget"
	SuccessCriteriaMet State = "SuccessCriteriaMet"
	Running            State = "Running"
)

// What the server's printer calls Running, told apart.
const (
	// Managed: another controller owns the Job (spec.managedBy); the built-in one does nothing.
	Managed State = "Managed"
	// Paused: parallelism is 0, so no pod is wanted.
	Paused State = "Paused"
	// Blocked: the controller cannot create pods (quota, admission, service account).
	Blocked State = "Blocked"
	// BackingOff: the last pods failed and the controller waits before it creates the next.
	BackingOff State = "BackingOff"
	// Pending: pods exist or are wanted, none has been scheduled to a node and started.
	Pending State = "Pending"
	// Draining: a work queue after its first success: no new pods, those that run are waited for.
	Draining State = "Draining"
	// Finishing: everything has been done, only the controller's verdict is missing.
	Finishing State = "Finishing"
)

// What a subject that is no longer there is.
const (
	// Gone: the Job was deleted before a verdict was seen.
	Gone State = "Gone"
	// Replaced: another Job (another UID) now has the name.
	Replaced State = "Replaced"
)

// Unknown is the state of a Job that has not been read yet.
const Unknown State = "Unknown"

// Kind is the shape of a Job, which decides what progress means.
type Kind string

// The shapes a Job can have.
const (
	NonParallel    Kind = "NonParallel"    // completions 1, parallelism 1
	FixedCount     Kind = "FixedCount"     // NonIndexed with a completion count
	WorkQueue      Kind = "WorkQueue"      // completions nil: done when one succeeded and none is active
	Indexed        Kind = "Indexed"        // one success per index
	IndexedPerItem Kind = "IndexedPerItem" // Indexed with backoffLimitPerIndex
)

// Outcome is how a Job ended, or that it has not.
type Outcome string

// The outcomes.
const (
	Unfinished     Outcome = ""
	Succeeded      Outcome = "Succeeded"
	FailedOutcome  Outcome = "Failed"
	Vanished       Outcome = "Gone"
	ReplacedByTwin Outcome = "Replaced"
)
