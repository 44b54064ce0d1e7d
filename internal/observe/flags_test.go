package observe

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestRuleOfFlags(t *testing.T) {
	for _, c := range []struct {
		args     string
		until    Until
		patience time.Duration // -1: no --fail-fast
		suspend  bool
		timeout  time.Duration
		err      string
	}{
		{"", Finished, -1, false, 0, ""},
		{"--until=complete --timeout=5m", Complete, -1, false, 5 * time.Minute, ""},
		{"--until failed", Failed, -1, false, 0, ""},
		{"--until decided", Decided, -1, false, 0, ""},
		{"--until started", Started, -1, false, 0, ""},
		{"--fail-fast", Finished, 2 * time.Minute, false, 0, ""},
		{"--fail-fast=0s --fail-on-suspend", Finished, 0, true, 0, ""},
		{"--until=done", "", 0, false, 0, `--until "done": want one of finished, complete, failed, decided, started`},
		{"--timeout 10", "", 0, false, 0, `--timeout "10": add a unit (10s)`},
		{"--timeout -5s", "", 0, false, 0, `--timeout "-5s": must not be negative`},
		{"--timeout soon", "", 0, false, 0, `--timeout "soon": want a duration like 30s, 5m or 1h30m`},
		{"--timeout=", "", 0, false, 0, `--timeout "": want a duration like 30s, 5m or 1h30m`},
		{"--fail-fast=", "", 0, false, 0, `--fail-fast "": want a duration like 30s, 5m or 1h30m`},
		{"--fail-fast=3", "", 0, false, 0, `--fail-fast "3": add a unit (3s)`},
		{"--timeout=\x1b[31m", "", 0, false, 0, `--timeout "\x1b[31m": want a duration like 30s, 5m or 1h30m`},
	} {
		var f Flags
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.Add(set)
		if err := set.Parse(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		rule, timeout, err := f.Rule()
		if message(err) != c.err {
			t.Errorf("%q: error %q, want %q", c.args, message(err), c.err)
		}
		if err != nil {
			continue
		}
		patience := time.Duration(-1)
		if rule.FailFast != nil {
			patience = *rule.FailFast
		}
		if rule.Until != c.until || patience != c.patience || rule.FailOnSuspend != c.suspend || timeout != c.timeout {
			t.Errorf("%q: %+v, patience %v, timeout %v", c.args, rule, patience, timeout)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSubject(t *testing.T) {
	for _, c := range []struct {
		args string
		refs []string
		all  bool
		err  string // how it begins
	}{
		{args: "a", refs: []string{"a"}},
		{args: "a a job/b", refs: []string{"a", "job/b"}},
		{args: "cronjob/c", refs: []string{"cronjob/c"}},
		{args: "--all", all: true},
		{args: "-A", all: true},
		{args: "-l a=b"},
		{args: "-l a=b -A"},
		{args: "", err: "which Job? give a name, -l or --all"},
		{args: "a --all", err: "a name and a selector (-l, --all) exclude each other"},
		{args: "a -l k=v", err: "a name and a selector (-l, --all) exclude each other"},
		{args: "x -A", err: "a name needs one namespace: -A goes with -l or --all"},
		{args: "-l a=b=c", err: `-l "a=b=c": `},
		{args: "job/a/b", err: `"job/a/b": want TYPE/NAME`},
		{args: "pod/x", err: `"pod/x": "pod" is not a kind that this command takes`},
		{args: "My_Job", err: `"My_Job" is not a valid name`},
		{args: "../../pods/x", err: `"../../pods/x"`},
	} {
		var s Subject
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		s.AddFlags(set)
		if err := set.Parse(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		err := s.Parse(set.Args())
		if !strings.HasPrefix(message(err), c.err) || (err == nil) != (c.err == "") {
			t.Errorf("%q: error %q, want %q", c.args, message(err), c.err)
		}
		if err != nil {
			continue
		}
		var refs []string
		for _, r := range s.Refs {
			refs = append(refs, r.String())
		}
		if !slices.Equal(refs, c.refs) || s.All != c.all || s.Named() != (len(c.refs) > 0) {
			t.Errorf("%q: %v, all %v, named %v", c.args, refs, s.All, s.Named())
		}
	}
}

func TestNextNeedsOneCronJob(t *testing.T) {
	for args, want := range map[string]string{
		"cronjob/c": "", "c": "",
		"job/c": "--next needs one CronJob: cronjob/NAME", "a b": "--next needs one CronJob: cronjob/NAME",
	} {
		s := Subject{Next: true}
		if err := s.Parse(strings.Fields(args)); message(err) != want {
			t.Errorf("%q: %q, want %q", args, message(err), want)
		}
	}
}

func TestSelection(t *testing.T) {
	s := Subject{}
	if got := s.Selection("here").Namespace; got != "here" {
		t.Errorf("got %q", got)
	}
	s.AllNamespaces = true
	if got := s.Selection("here").Namespace; got != "" {
		t.Errorf("-A: got %q", got)
	}
}
