package jobstatus

import (
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write what is computed to testdata/cases/*.want.yaml")

// fewestCases is how many situations the data files must show at least.
const fewestCases = 40

// situationFile is a case: objects as a cluster had them at a moment. See testdata/record.sh.
type situationFile struct {
	About string            `json:"about"`
	Now   time.Time         `json:"now"`
	Items []json.RawMessage `json:"items"`
	// Departed are pods that were seen and deleted before the moment.
	Departed []corev1.Pod `json:"departed"`
}

// changes are the file's objects as a feed would tell them. Of several Jobs the one called "work" is followed.
func (f *situationFile) changes(t *testing.T) []Change {
	t.Helper()
	var out []Change
	for _, raw := range f.Items {
		var kind metav1.TypeMeta
		decode(t, raw, &kind)
		switch kind.Kind {
		case "Job":
			job := &batchv1.Job{}
			decode(t, raw, job)
			out = append(out, Change{Job: job})
		case "Pod":
			pod := &corev1.Pod{}
			decode(t, raw, pod)
			out = append(out, Change{Pod: pod})
		case "Event":
			event := &corev1.Event{}
			decode(t, raw, event)
			out = append(out, Change{Event: event})
		default:
			t.Fatalf("an item of kind %q", kind.Kind)
		}
	}
	for i := range f.Departed {
		out = append(out, Change{PodDeleted: &f.Departed[i]})
	}
	return out
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func loadCase(t *testing.T, path string) situationFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f situationFile
	if err := yaml.UnmarshalStrict(data, &f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f
}

// casePaths are the data files, JSON as recorded or YAML as written.
func casePaths(t *testing.T) []string {
	t.Helper()
	recorded, err := filepath.Glob("testdata/cases/*.json")
	written, err2 := filepath.Glob("testdata/cases/*.objects.yaml")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return append(recorded, written...)
}

// expectation is what a case's golden file holds.
type expectation struct {
	About  string `json:"about"`
	Status Status `json:"status"`
}

func TestCases(t *testing.T) {
	paths := casePaths(t)
	if len(paths) < fewestCases {
		t.Errorf("%d cases, want at least %d", len(paths), fewestCases)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".json"), ".objects.yaml")
		t.Run(name, func(t *testing.T) {
			f := loadCase(t, path)
			status := computeAll(f.changes(t), f.Now)
			got := toYAML(t, expectation{f.About, status})
			golden := filepath.Join("testdata", "cases", name+".want.yaml")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; go test -update writes it", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got; go test -update if this is right):\n%s", f.About, diff)
			}
		})
	}
}

// TestCasesInAnyOrder applies each case's objects in other orders, and twice: the status stays the same (W9).
func TestCasesInAnyOrder(t *testing.T) {
	for _, path := range casePaths(t) {
		f := loadCase(t, path)
		changes := f.changes(t)
		want := string(toYAML(t, computeAll(changes, f.Now)))
		random := rand.New(rand.NewPCG(1, 2))
		for range 5 {
			mixed := append(append([]Change(nil), changes...), changes...)
			random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			if diff := cmp.Diff(want, string(toYAML(t, computeAll(mixed, f.Now)))); diff != "" {
				t.Errorf("%s in another order (-first +other):\n%s", path, diff)
				break
			}
		}
	}
}

// TestCasesHoldTogether checks what must be true of every status.
func TestCasesHoldTogether(t *testing.T) {
	for _, path := range casePaths(t) {
		f := loadCase(t, path)
		s := computeAll(f.changes(t), f.Now)
		if problem := contradiction(s); problem != "" {
			t.Errorf("%s: %s", path, problem)
		}
	}
}

func computeAll(changes []Change, now time.Time) Status {
	var s Snapshot
	for _, c := range changes {
		s.Apply(c)
	}
	s.Apply(Change{Synced: true})
	return Compute(s, now)
}

func toYAML(t *testing.T, v any) []byte {
	t.Helper()
	data, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// contradiction says what in a status cannot be, or nothing.
func contradiction(s Status) string {
	switch {
	case s.Reason == "" || s.Message == "" || s.Since.IsZero():
		return "the state is not explained: " + s.Reason + "; " + s.Message + "; " + s.Since.String()
	case s.Progress.Total > 0 && s.Progress.Done > s.Progress.Total:
		return "more done than there is: " + s.Progress.text()
	case s.Since.After(s.AsOf):
		return "the state began in the future"
	case s.Duration < 0:
		return "a negative duration"
	case s.Succeeding && s.Failing:
		return "decided both ways"
	case s.RetriesUsed > s.BackoffLimit:
		return "more retries used than there are"
	case (s.State == Complete) != (s.Outcome == Succeeded), (s.State == Failed) != (s.Outcome == FailedOutcome):
		return "state " + string(s.State) + " with outcome " + string(s.Outcome)
	case s.Retry != nil && !s.Retry.At.After(s.AsOf):
		return "a retry in the past"
	}
	if ix := s.Indexes; ix != nil {
		var all IndexSet
		var n int32
		for _, set := range []IndexSet{ix.Completed, ix.Failed, ix.Running, ix.Retrying, ix.Pending} {
			all, n = all.Union(set), n+set.Len()
		}
		if all.Len() != n || n > ix.Total {
			return "an index in two sets, or beyond the end"
		}
	}
	return ""
}
