package delete

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Query       target.Query
	Orphans     bool // pods that a deletion with --cascade=orphan left behind
	Cascade     metav1.DeletionPropagation
	Grace       *int64 // seconds; nil: each object's own
	Force       bool
	Wait        bool
	Timeout     time.Duration // of the wait; 0: as long as it takes
	DryRun      act.DryRun
	Output      Output
	Yes         bool
	Interactive bool
	// IgnoreNotFound takes a name that nothing has for deleted.
	IgnoreNotFound bool
	Deprecated     string // a note about a flag's old spelling; empty: none
}

// Output is the shape of what is printed.
type Output string

// The outputs.
const (
	Words Output = ""
	Names Output = "name"
	JSON  Output = "json"
)

// flags are the flags as they were typed.
type flags struct {
	selection                      factory.SelectFlags
	cascade, timeout, mode, output string
	grace                          int
	now, force, wait, yes, ask     bool
	ignoreNotFound, orphans        bool
}

func (g *flags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	g.selection.AddSelectors(f)
	g.selection.AddFiles(f)
	f.StringVar(&g.cascade, "cascade", "background",
		"What becomes of the pods: background (deleted afterwards), foreground (deleted first) or orphan (left running)")
	f.Lookup("cascade").NoOptDefVal = "background"
	f.BoolVar(&g.orphans, "orphans", false, "Delete pods that a deletion with --cascade=orphan left behind, instead of Jobs")
	f.IntVar(&g.grace, "grace-period", -1, "Seconds that the object is given to end, but not its pods: those keep their own; -1: its own. 0 needs --force")
	f.BoolVar(&g.now, "now", false, "The same as --grace-period=1")
	f.BoolVar(&g.force, "force", false, "The same as --grace-period=0; with --orphans, do not wait for confirmation that the pods have ended")
	f.BoolVar(&g.wait, "wait", true, "Wait until the objects are gone, and their pods unless they are left running")
	f.StringVar(&g.timeout, "timeout", "0s", "With --wait: give up waiting after this long, with exit code 124; 0s: wait as long as it takes")
	f.BoolVarP(&g.yes, "yes", "y", false, "Do not ask")
	f.BoolVarP(&g.ask, "interactive", "i", false, "Always ask")
	f.BoolVar(&g.ignoreNotFound, "ignore-not-found", false, "A name that nothing has is no error")
	f.StringVarP(&g.output, "output", "o", "", "Output format: name, or json (what was deleted, and what failed and why)")
	act.AddDryRun(f, &g.mode)
}

func (g *flags) options(args []string) (Options, error) {
	o := Options{
		Orphans: g.orphans, Wait: g.wait, Yes: g.yes, Interactive: g.ask, IgnoreNotFound: g.ignoreNotFound, Force: g.force,
	}
	rules := act.Rules()
	rules.Everything = g.orphans
	var err error
	// First, because a name that was taken for its value is missing among the names.
	if o.Cascade, o.Deprecated, err = parseCascade(g.cascade); err != nil {
		return o, err
	}
	if o.Query, err = g.selection.Query(args, rules); err != nil {
		return o, err
	}
	if g.orphans && (len(o.Query.Files) > 0 || o.Query.Kustomize != "" || len(o.Query.Status) > 0 || o.Query.Fields != nil) {
		return o, errors.New("--orphans goes with names, -l, --all and -A")
	}
	for _, ref := range o.Query.Refs {
		if g.orphans && ref.Kind == target.CronJob {
			return o, fmt.Errorf("--orphans: %s has no pods of its own\nname the Job whose pods were left behind", ref)
		}
	}
	if g.orphans && slices.Contains(o.Query.Listed, target.CronJob) {
		return o, errors.New("--orphans: CronJobs have no pods of their own\nleave out cronjobs")
	}
	if o.Grace, err = g.gracePeriod(); err != nil {
		return o, err
	}
	if o.Timeout, err = observe.Duration("--timeout", g.timeout); err != nil {
		return o, err
	}
	if o.Timeout > 0 && !o.Wait {
		return o, errors.New("--timeout goes with --wait")
	}
	if o.DryRun, err = act.ParseDryRun(g.mode); err != nil {
		return o, err
	}
	switch o.Output = Output(g.output); o.Output {
	case Words, Names, JSON:
	default:
		return o, fmt.Errorf("-o %+q: want name or json", g.output)
	}
	if g.yes && g.ask {
		return o, errors.New("--yes and --interactive exclude each other")
	}
	return o, nil
}

// parseCascade reads --cascade. true and false are kubectl's old words.
func parseCascade(text string) (metav1.DeletionPropagation, string, error) {
	switch text {
	case "background":
		return metav1.DeletePropagationBackground, "", nil
	case "foreground":
		return metav1.DeletePropagationForeground, "", nil
	case "orphan":
		return metav1.DeletePropagationOrphan, "", nil
	case "true":
		return metav1.DeletePropagationBackground, "--cascade=true is deprecated and can be replaced with --cascade=background", nil
	case "false":
		return metav1.DeletePropagationOrphan, "--cascade=false is deprecated and can be replaced with --cascade=orphan", nil
	default:
		return "", "", fmt.Errorf("--cascade %+q: want background, foreground or orphan\na name goes before --cascade", text)
	}
}

// gracePeriod follows kubectl: --now is 1, --force alone is 0, and 0 without --force is 1.
func (g *flags) gracePeriod() (*int64, error) {
	seconds := int64(g.grace)
	switch {
	case g.grace < -1:
		return nil, fmt.Errorf("--grace-period %d: want -1, 0 or more seconds", g.grace)
	case g.now && g.grace != -1:
		return nil, errors.New("--now and --grace-period exclude each other")
	case g.force && (g.grace > 0 || g.now):
		return nil, errors.New("--force and a grace period above 0 exclude each other")
	case g.now:
		seconds = 1
	case g.force:
		seconds = 0
	case g.grace == 0:
		seconds = 1
	case g.grace == -1:
		return nil, nil //nolint:nilnil // not given
	}
	return &seconds, nil
}
