package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

func output(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := tree(&out)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestHelpOfTheRootShowsTheVerbsInGroups(t *testing.T) {
	out, err := output(t)
	if err != nil {
		t.Fatal(err)
	}
	look, act, other := strings.Index(out, "\nLook:\n"), strings.Index(out, "\nAct:\n"), strings.Index(out, "\nOther:\n")
	watch, suspend := strings.Index(out, "\n  watch "), strings.Index(out, "\n  suspend ")
	if look < 0 || watch < look || act < watch || suspend < act || other < suspend {
		t.Errorf("not in groups:\n%s", out)
	}
	if strings.Contains(out, "--kubeconfig") {
		t.Errorf("the connection flags belong to options:\n%s", out)
	}
}

func TestHelpOfEveryVerb(t *testing.T) {
	for _, verb := range tree(io.Discard).Commands() {
		out, err := output(t, "help", verb.Name())
		if err != nil {
			t.Fatal(err)
		}
		if verb.Short == "" || strings.HasSuffix(verb.Short, ".") || safetext.Width(verb.Short) > 90 {
			t.Errorf("%s: short help %q", verb.Name(), verb.Short)
		}
		if verb.GroupID != groupOther && !strings.Contains(out, "\nExamples:\n") {
			t.Errorf("%s has no examples", verb.Name())
		}
		if strings.Contains(out, "--kubeconfig") {
			t.Errorf("%s repeats the connection flags", verb.Name())
		}
		for _, line := range strings.Split(verb.Example, "\n") {
			if l := strings.TrimSpace(line); l != "" && !strings.HasPrefix(l, "#") && !strings.Contains(l, "kubectl") {
				t.Errorf("%s: the example %q cannot be typed", verb.Name(), l)
			}
		}
	}
}

func TestOptionsListsTheConnectionFlags(t *testing.T) {
	out, err := output(t, "options")
	if err != nil || !strings.Contains(out, "--kubeconfig") || !strings.Contains(out, "--color") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestUnknownCommandSuggestsTheVerb(t *testing.T) {
	for word, want := range map[string]string{
		"ps": "did you mean pods?", "rm": "did you mean delete?", "log": "did you mean logs?", "status": "did you mean describe?",
		"stop": "did you mean suspend?", "cancel": "did you mean delete or suspend?",
		"wacth": "did you mean wait or watch?", "top": "kubectl has it: kubectl top pods", "apply": "kubectl has it: kubectl apply",
		"run":   "kubectl has it: kubectl create job NAME --from=cronjob/NAME",
		"job/x": "put a command in front: kubectl jobx describe job/x", "bogus": "kubectl jobx --help lists the commands",
	} {
		for _, args := range [][]string{{word}, {"help", word}} {
			_, err := output(t, args...)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", args, err, want)
			}
		}
	}
}

func TestUnknownFlagSuggestsTheFlag(t *testing.T) {
	for line, want := range map[string]string{
		"wait x --for=condition=complete": "unknown flag: --for\ndid you mean --until? see kubectl jobx wait --help",
		"scale x --replica 3":             "did you mean --replicas?",
		"get --namespaces x":              "did you mean --namespace?",
		"get --for x":                     "unknown flag: --for\nsee kubectl jobx get --help",
		"get --bogus":                     "unknown flag: --bogus\nsee kubectl jobx get --help",
		"get -z":                          "see kubectl jobx get --help",
		"delete x --propagation-policy y": "did you mean --cascade?",
		"pods x --attempts-x":             "did you mean --attempts?",
		"get --all-names":                 "did you mean --all-namespaces?",
		"get --time":                      "unknown flag: --time\nsee",
		"get --type":                      "unknown flag: --type\nsee",
		"get --as-u x":                    "unknown flag: --as-u\nsee",
		"delete x --name y":               "unknown flag: --name\nsee",
	} {
		_, err := output(t, strings.Fields(line)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

func TestFill(t *testing.T) {
	got := fill("one two\nthree four five\n\n  kept   as it is\nsix", 14)
	if want := "one two three\nfour five\n\n  kept   as it is\nsix"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
