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

// How many situations the data files must show at least, and how many causes that only a diagnosis tells of.
const (
	fewestCases  = 40
	fewestCauses = 12
)

// expectation is what a case's golden file holds: the line that get, describe and watch show, and what why finds. The
// codes and summaries stand for the report: its evidence repeats the case.
type expectation struct {
	About    string   `json:"about"`
	Headline string   `json:"headline,omitempty"`
	Summary  string   `json:"summary"`
	Causes   []string `json:"causes,omitempty"`
	// Of a case that is recorded for its causes: where the first was seen, and what to do.
	Evidence []string `json:"evidence,omitempty"`
	Next     []string `json:"next,omitempty"`
}

func TestRecordedCases(t *testing.T) {
	causes := recorded.Load(t, ofCauses, fewestCauses)
	for i, c := range append(causes, recorded.Load(t, ofJobs, fewestCases)...) {
		t.Run(c.Name, func(t *testing.T) {
			e := expectation{About: c.About}
			r := report(c, &e)
			e.Summary = r.Summary
			for _, cause := range r.Causes {
				e.Causes = append(e.Causes, string(cause.Code)+": "+cause.Summary)
				checkNext(t, cause)
			}
			if i < len(causes) && len(r.Causes) > 0 {
				e.add(r.Causes)
			}
			if text, err := json.Marshal(r); err != nil || schema.Check("why.json", text) != nil {
				t.Error(err, schema.Check("why.json", text))
			}
			compare(t, filepath.Join("testdata", "cases", c.Name+".want.yaml"), e)
		})
	}
}

// add adds what the causes show and advise: of the first, and the ends of logs.
func (e *expectation) add(causes []Cause) {
	for i, c := range causes {
		for _, seen := range c.Evidence {
			if i == 0 || strings.HasPrefix(seen.Source, "log ") {
				e.Evidence = append(e.Evidence, seen.Source+": "+seen.Text)
			}
		}
	}
	e.Next = causes[0].Next
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
