package diagnosis

import (
	"encoding/json"
	"flag"
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

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/schema"
)

var update = flag.Bool("update", false, "write what is found to testdata/cases/*.want.yaml")

// recorded are objects of real controllers: internal/jobstatus/testdata/record.sh made them.
const recorded = "../jobstatus/testdata/cases"

// fewestCases is how many situations the data files must show at least.
const fewestCases = 40

// expectation is what a case's golden file holds: the line that get, describe and watch show, and what why finds. The
// codes and summaries stand for the report: its evidence repeats the case.
type expectation struct {
	About    string   `json:"about"`
	Headline string   `json:"headline,omitempty"`
	Summary  string   `json:"summary"`
	Causes   []string `json:"causes,omitempty"`
}

func TestRecordedCases(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(recorded, "*.json"))
	if err != nil || len(paths) < fewestCases {
		t.Fatalf("%d cases, want at least %d (%v)", len(paths), fewestCases, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			about, facts := loadFacts(t, path)
			r := OfJob(facts)
			e := expectation{About: about, Headline: Headline(facts), Summary: r.Summary}
			for _, c := range r.Causes {
				e.Causes = append(e.Causes, string(c.Code)+": "+c.Summary)
				if len(c.Next) == 0 {
					t.Errorf("%s does not say what to do next", c.Code)
				}
			}
			if text, err := json.Marshal(r); err != nil || schema.Check("why.json", text) != nil {
				t.Error(err, schema.Check("why.json", text))
			}
			compare(t, filepath.Join("testdata", "cases", name+".want.yaml"), e)
		})
	}
}

// loadFacts reads a recorded case: what there was about a Job at a moment.
func loadFacts(t *testing.T, path string) (about string, f Facts) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		About    string
		Now      time.Time
		Items    []json.RawMessage
		Departed []corev1.Pod
	}
	decode(t, data, &file)
	var s jobstatus.Snapshot
	for _, raw := range file.Items {
		var kind metav1.TypeMeta
		var change jobstatus.Change
		decode(t, raw, &kind)
		switch kind.Kind {
		case "Job":
			change.Job = &batchv1.Job{}
			decode(t, raw, change.Job)
		case "Pod":
			change.Pod = &corev1.Pod{}
			decode(t, raw, change.Pod)
		case "Event":
			change.Event = &corev1.Event{}
			decode(t, raw, change.Event)
		default:
			t.Fatalf("an item of kind %q", kind.Kind)
		}
		s.Apply(change)
	}
	for i := range file.Departed {
		s.Apply(jobstatus.Change{PodDeleted: &file.Departed[i]})
	}
	s.Apply(jobstatus.Change{Synced: true})
	return file.About, FactsOf(&s, file.Now)
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, golden string, e expectation) {
	t.Helper()
	got, err := yaml.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
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
		t.Errorf("%s (-want +got; go test -update if this is right):\n%s", e.About, diff)
	}
}
