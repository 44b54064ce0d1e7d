package render

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Schema is the name and version of the objects that JSON and JSONStatus give. Within a version fields are only added.
const Schema = "jobx.watch/v1"

// object is one line of output, one per transition of a Job:
//
//	schema     "jobx.watch/v1"
//	kind       what happened: Status (the Job as it was found, the first object of each Job), StateChanged, PodCreated,
//	           PodStarted, PodRestarted, PodStuck, PodUnstuck, PodSucceeded, PodFailed, PodEvicted, PodStopping, PodDeleted,
//	           IndexFailed, RetryScheduled, Obstructed, Scaled, Progress, Event, PartUnavailable, PartAvailable
//	at         when it happened, RFC 3339
//	job        namespace, name and uid of the Job
//	subject    kind (job, pod, index) and name of what it happened to
//	message    it in one sentence
//	from, to, reason, detail, pod, indexes, retry, progress, event
//	           what belongs to the kind; left out otherwise
//	status     the Job after it: state, reason, message, since, outcome ("", Succeeded, Failed, Gone, Replaced), counts,
//	           progress, durationSeconds, retry, failures …; its indexes only where kind is Status or outcome is set, its
//	           pods and events never: they are told one by one
type object struct {
	Schema string `json:"schema"`
	jobstatus.Transition
	Job    reference        `json:"job"`
	Status jobstatus.Status `json:"status"`
}

// reference names a Job.
type reference struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid,omitempty"`
}

// JSON is a transition and the status after it as one line of JSON without its line break, in the form of Schema. It is
// safe for a terminal: what is not printable is escaped.
func JSON(t jobstatus.Transition, s jobstatus.Status) ([]byte, error) {
	if s.Outcome == jobstatus.Unfinished {
		s.Indexes = nil
	}
	return encode(t, s)
}

// JSONStatus is a Job as it was found at now, in the form of Schema, as JSON gives it.
func JSONStatus(s jobstatus.Status, now time.Time) ([]byte, error) {
	return encode(jobstatus.Transition{
		Kind: "Status", At: now, Subject: jobstatus.Subject{Kind: "job", Name: s.Name}, Message: headlineOr(s),
	}, s)
}

// headlineOr is why all is not well, or the state.
func headlineOr(s jobstatus.Status) string {
	if text := diagnosis.Headline(diagnosis.Facts{Status: s}); text != "" {
		return text
	}
	return string(s.State)
}

func encode(t jobstatus.Transition, s jobstatus.Status) ([]byte, error) {
	s.Pods, s.Departed, s.Events = nil, nil, nil
	line, err := json.Marshal(object{Schema, t, reference{s.Namespace, s.Name, s.UID}, s})
	if err != nil {
		return nil, fmt.Errorf("writing job %q in namespace %q as JSON: %w", s.Name, s.Namespace, err)
	}
	return safetext.JSON(line), nil
}
