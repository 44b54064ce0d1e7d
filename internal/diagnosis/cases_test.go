package diagnosis

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/recorded"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/schema"
)

var update = flag.Bool("update", false, "write what is found to testdata/cases/*.want.yaml")

// Objects of real controllers: internal/jobstatus/testdata/record.sh made them.
const (
	ofJobs   = "../jobstatus/testdata/cases"
	ofCauses = "testdata/recorded" // with CronJobs, nodes and logs
)

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
	for _, c := range append(recorded.Load(t, ofJobs, fewestCases), recorded.Load(t, ofCauses, 0)...) {
		t.Run(c.Name, func(t *testing.T) {
			e := expectation{About: c.About}
			r := report(c, &e)
			e.Summary = r.Summary
			for _, cause := range r.Causes {
				e.Causes = append(e.Causes, string(cause.Code)+": "+cause.Summary)
				checkNext(t, cause)
			}
			if text, err := json.Marshal(r); err != nil || schema.Check("why.json", text) != nil {
				t.Error(err, schema.Check("why.json", text))
			}
			compare(t, filepath.Join("testdata", "cases", c.Name+".want.yaml"), e)
		})
	}
}

// checkNext checks that a cause says what to type next: commands, and nothing else.
func checkNext(t *testing.T, c Cause) {
	t.Helper()
	if len(c.Next) == 0 {
		t.Errorf("%s does not say what to do next", c.Code)
	}
	for _, next := range c.Next {
		if !strings.HasPrefix(next, "kubectl ") {
			t.Errorf("%s: %q is no command", c.Code, next)
		}
	}
}

// report is what why says of a case; e gets the one line of it.
func report(c recorded.Case, e *expectation) Report {
	switch {
	case c.CronJob != nil:
		s := OfCron(c.CronJob, c.Jobs, c.Now)
		e.Headline = s.Headline
		return OfCronJob(CronFacts{Status: s, CronJob: c.CronJob, Events: c.Events})
	case c.Snapshot.Job == nil:
		r, _ := OfTraces(c.Events[0].Namespace, "work", c.Events, c.Now)
		return r
	}
	f := FactsOf(c.Snapshot, c.Now)
	e.Headline = Headline(f)
	f.Nodes, f.Logs = map[string]Node{}, map[string]Log{}
	for _, n := range c.Nodes {
		f.Nodes[n.Name] = NodeOf(n)
	}
	for _, l := range c.Logs {
		f.Logs[l.Pod] = Log{Container: l.Container, Lines: l.Lines}
	}
	return OfJob(f)
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
