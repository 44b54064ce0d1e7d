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

// Objects of real controllers: record.sh made them, in internal/jobstatus/testdata those that say what a Job's state is, and
// in testdata those that only a diagnosis needs.
const (
	ofJobs   = "../jobstatus/testdata/cases"
	ofCauses = "testdata/recorded" // with CronJobs, nodes and logs
)

// fewestCases is how many situations the data files of either must show at least.
const fewestCases = 40

// expectation is what a case's golden file holds: the line that get, describe and watch show, and what why finds. The
// codes and summaries stand for the report; evidence and commands are there where the case was recorded for them.
type expectation struct {
	About    string   `json:"about"`
	Headline string   `json:"headline,omitempty"`
	Summary  string   `json:"summary"`
	Causes   []string `json:"causes,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
	Next     []string `json:"next,omitempty"`
}

func TestRecordedCases(t *testing.T) {
	for _, c := range recorded.Load(t, ofJobs, fewestCases) {
		t.Run(c.Name, func(t *testing.T) { diagnose(t, c, false) })
	}
	for _, c := range recorded.Load(t, ofCauses, fewestCases) {
		t.Run(c.Name, func(t *testing.T) { diagnose(t, c, true) })
	}
}

// diagnose holds what is found about a case, and with evidence where it was seen, against its golden file.
func diagnose(t *testing.T, c recorded.Case, evidence bool) {
	t.Helper()
	r, headline := report(c)
	e := expectation{About: c.About, Headline: headline, Summary: r.Summary}
	for _, cause := range r.Causes {
		e.Causes = append(e.Causes, string(cause.Code)+": "+cause.Summary)
		checkNext(t, cause)
		if !evidence {
			continue
		}
		for _, seen := range cause.Evidence {
			e.Evidence = append(e.Evidence, seen.Source+": "+seen.Text)
		}
		e.Next = append(e.Next, cause.Next...)
	}
	if text, err := json.Marshal(r); err != nil || schema.Check("why.json", text) != nil {
		t.Error(err, schema.Check("why.json", text))
	}
	compare(t, filepath.Join("testdata", "cases", c.Name+".want.yaml"), e)
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

// report is what why says of a case, and the one line that the others say.
func report(c recorded.Case) (r Report, headline string) {
	switch {
	case c.CronJob != nil:
		f := CronFacts{Status: OfCron(c.CronJob, c.Jobs, c.Now), CronJob: c.CronJob}
		for _, e := range c.Events {
			if e.InvolvedObject.UID == c.CronJob.UID {
				f.Events = append(f.Events, e)
			}
		}
		return OfCronJob(f), f.Status.Headline
	case c.Snapshot.Job == nil:
		r, _ := OfTraces(c.Events[0].Namespace, "work", c.Events, c.Now)
		return r, ""
	}
	f := FactsOf(c.Snapshot, c.Now)
	headline = Headline(f)
	f.Nodes, f.Logs = map[string]Node{}, map[string]Log{}
	for _, n := range c.Nodes {
		f.Nodes[n.Name] = NodeOf(n)
	}
	for _, name := range c.GoneNodes {
		f.Nodes[name] = Node{Gone: true, Message: "there is no such node"}
	}
	for _, l := range c.Logs {
		f.Logs[l.Pod] = Log{Container: l.Container, Lines: l.Lines}
	}
	return OfJob(f), headline
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
