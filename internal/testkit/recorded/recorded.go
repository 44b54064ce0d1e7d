// Package recorded reads what real controllers made of a Job or a CronJob: the data files that record.sh of
// internal/jobstatus and that of internal/diagnosis write.
package recorded

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Case is what there was at a moment.
type Case struct {
	Name, About string
	Now         time.Time
	Snapshot    *jobstatus.Snapshot // of the Job "work"; without a Job: there is none

	CronJob *batchv1.CronJob // nil: the case is about a Job
	Jobs    []*batchv1.Job
	Events  []*corev1.Event
	Nodes   []*corev1.Node
	// GoneNodes are names that pods have and no node has.
	GoneNodes []string
	// Logs are the last lines of containers that failed.
	Logs []Log
}

// Log is the end of one container's log.
type Log struct {
	Pod, Container string
	Lines          []string
}

// file is a case as it is written.
type file struct {
	About    string
	Now      time.Time
	Items    []json.RawMessage
	Departed []corev1.Pod // that were seen and deleted before the moment
	Logs     []Log

	GoneNodes []string
}

// Load reads all cases of a folder; fewest is how many there must be.
func Load(t *testing.T, folder string, fewest int) []Case {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(paths) < fewest {
		t.Fatalf("%d cases in %s, want at least %d (%v)", len(paths), folder, fewest, err)
	}
	cases := make([]Case, len(paths))
	for i, path := range paths {
		cases[i] = load(t, path)
	}
	return cases
}

func load(t *testing.T, path string) Case {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f file
	decode(t, data, &f)
	c := Case{
		Name: strings.TrimSuffix(filepath.Base(path), ".json"), About: f.About, Now: f.Now, Snapshot: &jobstatus.Snapshot{}, Logs: f.Logs,
		GoneNodes: f.GoneNodes,
	}
	for _, raw := range f.Items {
		c.take(t, raw)
	}
	for i := range f.Departed {
		c.Snapshot.Apply(jobstatus.Change{PodDeleted: &f.Departed[i]})
	}
	c.Snapshot.Apply(jobstatus.Change{Synced: true})
	return c
}

func (c *Case) take(t *testing.T, raw []byte) {
	t.Helper()
	var kind metav1.TypeMeta
	decode(t, raw, &kind)
	switch kind.Kind {
	case "Job":
		job := &batchv1.Job{}
		decode(t, raw, job)
		c.Jobs = append(c.Jobs, job)
		if job.Name == "work" {
			c.Snapshot.Apply(jobstatus.Change{Job: job})
		}
	case "Pod":
		pod := &corev1.Pod{}
		decode(t, raw, pod)
		c.Snapshot.Apply(jobstatus.Change{Pod: pod})
	case "Event":
		event := &corev1.Event{}
		decode(t, raw, event)
		c.Events = append(c.Events, event)
		c.Snapshot.Apply(jobstatus.Change{Event: event})
	case "CronJob":
		c.CronJob = &batchv1.CronJob{}
		decode(t, raw, c.CronJob)
	case "Node":
		node := &corev1.Node{}
		decode(t, raw, node)
		c.Nodes = append(c.Nodes, node)
	default:
		t.Fatalf("an item of kind %q", kind.Kind)
	}
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}
