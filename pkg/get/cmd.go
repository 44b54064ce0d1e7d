package get

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/util/jsonpath"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Query        target.Query
	Owner        target.Ref // a CronJob; empty: any
	States       []string   // words of --status, in lower case; empty: any
	Newer, Older time.Duration
	SortBy       string
	Path         *jsonpath.JSONPath // --sort-by as a JSONPath; nil: it is one of the words
	Watch, Tree  bool
	Output       *factory.Output
}

// The formats that this verb prints itself.
const (
	wide       = "wide"
	csv        = "csv"
	statusJSON = "status-json"
)

// The words of --sort-by.
const (
	byName     = "name"
	byAge      = "age"
	byDuration = "duration"
	byStatus   = "status"
	byProgress = "progress"
)

// The words of --status that stand for more than one state.
const (
	finished   = "finished"
	unfinished = "unfinished"
	stuckWord  = "stuck"
)

func rules() target.Rules {
	both := []target.Kind{target.Job, target.CronJob}
	return target.Rules{Kinds: both, Bare: both, Listed: both, Everything: true}
}

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	o := Options{Output: factory.NewOutput(wide, csv, statusJSON)}
	var given flags
	cmd := &cobra.Command{
		Use:     "get [jobs|cronjobs] [NAME…] [flags]",
		Aliases: []string{"list", "ls"},
		Short:   "List Jobs and CronJobs: status, progress, next and last runs, and why not",
		Long: `List Jobs and CronJobs. STATUS is finer than the server's word: what that calls Running may be Pending, BackingOff, Blocked,
Paused, Draining or Finishing here, and REASON says in words why a Job is not well. For CronJobs NEXT is the next run, LAST OK
the last success, RUNS how the retained runs went, the newest last.

--status takes these words, and finished, unfinished and stuck. -o json, yaml, jsonpath and the like give the real objects;
-o status-json gives what jobx computed of them: {"jobs": […], "cronJobs": […]}.`,
		Example: `  kubectl jobx get
  kubectl jobx get jobs -A --status failed,stuck
  kubectl jobx get cronjobs -o wide
  kubectl jobx get --tree
  kubectl jobx get jobs --owner cronjob/nightly --sort-by duration
  kubectl jobx get jobs --older 7d --status finished -o name
  kubectl jobx get jobs -w`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("filename") && len(given.Files) == 0 {
				return errors.New("-f must not be empty\ngive a file, a folder, a URL, or - for stdin")
			}
			if err := given.options(&o, args); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	given.add(cmd, &o)
	return cmd
}

// flags are those that need reading.
type flags struct {
	target.Given
	status              []string
	owner, newer, older string
}

func (g *flags) add(cmd *cobra.Command, o *Options) {
	f := cmd.Flags()
	f.StringVarP(&g.Labels, "selector", "l", "", "Objects by label, e.g. app=x,tier!=y")
	f.StringVar(&g.Fields, "field-selector", "", "Objects by field, e.g. metadata.name!=x")
	f.BoolVar(&g.All, "all", false, "All objects of the namespace, which is what no name means too")
	f.BoolVarP(&g.AllNamespaces, "all-namespaces", "A", false, "In all namespaces")
	f.StringSliceVarP(&g.Files, "filename", "f", nil, "What these files name: a file, a folder, a URL, or - for stdin")
	f.StringVarP(&g.Kustomize, "kustomize", "k", "", "What this kustomization folder names")
	f.BoolVarP(&g.Recursive, "recursive", "R", false, "With -f: the folders inside a folder too")
	f.BoolVar(&g.JobsOnly, "jobs-only", false, "With -f and -k: leave objects of other kinds alone instead of refusing the file")
	f.StringSliceVar(&g.status, "status", nil, "Only with these states, e.g. running,failed,stuck (any word of STATUS, finished, unfinished)")
	f.StringVar(&g.owner, "owner", "", "Only Jobs of this CronJob: cronjob/NAME")
	f.StringVar(&g.newer, "newer", "", "Only those created less than this ago, e.g. 30m, 12h or 7d")
	f.StringVar(&g.older, "older", "", "Only those created more than this ago")
	f.StringVar(&o.SortBy, "sort-by", byName, "Order: name, age, duration, status, progress, or a JSONPath such as .spec.parallelism")
	f.BoolVarP(&o.Watch, "watch", "w", false, "After listing, go on printing each Job and CronJob that changes")
	f.BoolVar(&o.Tree, "tree", false, "Put the runs of a CronJob under it; --status, --newer and --older choose among the runs")
	o.Output.AddFlags(cmd)
}

// options checks what was typed. Nothing is sent.
func (g *flags) options(o *Options, args []string) error {
	given := g.Given
	given.Args = args
	var err error
	if o.Query, err = target.NewQuery(given, rules()); err != nil {
		return err
	}
	if o.States, err = states(g.status); err != nil {
		return err
	}
	if o.Newer, err = age("--newer", g.newer); err != nil {
		return err
	}
	if o.Older, err = age("--older", g.older); err != nil {
		return err
	}
	if g.owner != "" {
		refs, err := target.Parse([]string{g.owner}, target.CronJob)
		if err != nil {
			return fmt.Errorf("--owner: %w", err)
		}
		o.Owner = target.Ref{Kind: target.CronJob, Name: refs[0].Name}
	}
	if err := o.sortOrder(); err != nil {
		return err
	}
	if err := o.conflicts(); err != nil {
		return err
	}
	return o.Output.Validate()
}

// onlyCron says that CronJobs are listed, and no Jobs.
func (o *Options) onlyCron() bool { return slices.Equal(o.Query.Listed, []target.Kind{target.CronJob}) }

func (o *Options) conflicts() error {
	format := o.Output.Format()
	switch {
	case o.Newer > 0 && o.Older > 0 && o.Older >= o.Newer:
		return errors.New("--newer and --older leave nothing: --newer must be the longer time")
	case o.Watch && o.Tree:
		return errors.New("-w and --tree exclude each other")
	case o.Watch && format != "" && format != wide:
		return fmt.Errorf("-w and -o %s exclude each other\nkubectl jobx watch -o json prints changes as data", format)
	case o.Watch && !o.Query.Broad() && len(o.Query.Refs) != 1:
		return errOneOnly
	case o.Tree && format != "" && format != wide:
		return fmt.Errorf("--tree and -o %s exclude each other", format)
	case format == csv && len(o.Query.Listed) > 1 && len(o.States) == 0 && o.Owner.Name == "":
		return errTwoTables
	case o.onlyCron() && !o.Tree && (len(o.States) > 0 || o.Owner.Name != ""):
		return errAboutJobs
	}
	return nil
}

// errTwoTables refuses to write tables of different columns into one file.
var errTwoTables = errors.New("-o csv is one table: ask for jobs or for cronjobs")

// states reads the words of --status.
func states(words []string) ([]string, error) {
	known := []string{finished, unfinished, stuckWord}
	for _, s := range []jobstatus.State{
		jobstatus.Complete, jobstatus.Failed, jobstatus.Terminating, jobstatus.Suspended, jobstatus.FailureTarget,
		jobstatus.SuccessCriteriaMet, jobstatus.Running, jobstatus.Managed, jobstatus.Paused, jobstatus.Blocked,
		jobstatus.BackingOff, jobstatus.Pending, jobstatus.Draining, jobstatus.Finishing,
	} {
		known = append(known, strings.ToLower(string(s)))
	}
	var out []string
	for _, w := range words {
		word := strings.ToLower(strings.TrimSpace(w))
		if !slices.Contains(known, word) {
			return nil, fmt.Errorf("--status %+q: want one of %s", w, strings.Join(known, ", "))
		}
		out = append(out, word)
	}
	return out, nil
}

// age reads a duration that may also be in days.
func age(flag, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	const day = 24 * time.Hour
	if number, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(number, 10, 16); err == nil && n > 0 {
			return time.Duration(n) * day, nil
		}
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		if _, number := strconv.ParseFloat(text, 64); number == nil {
			return 0, fmt.Errorf("%s %+q: add a unit (%ss)", flag, text, text)
		}
		return 0, fmt.Errorf("%s %+q: want a time such as 30m, 12h or 7d", flag, text)
	case d <= 0:
		return 0, fmt.Errorf("%s %+q: must be more than 0", flag, text)
	}
	return d, nil
}

func (o *Options) sortOrder() error {
	switch o.SortBy {
	case byName, byAge, byDuration, byStatus, byProgress:
		return nil
	case "":
		return errors.New("--sort-by must not be empty: want name, age, duration, status, progress or a JSONPath")
	}
	path := strings.TrimSuffix(strings.TrimPrefix(o.SortBy, "{"), "}")
	switch {
	case strings.HasPrefix(path, "."):
	case strings.ContainsAny(path, ".["): // as kubectl takes it
		path = "." + path
	default:
		return fmt.Errorf("--sort-by %+q: want name, age, duration, status, progress or a JSONPath such as .spec.parallelism", o.SortBy)
	}
	o.Path = jsonpath.New("--sort-by").AllowMissingKeys(true)
	if err := o.Path.Parse("{" + path + "}"); err != nil {
		return fmt.Errorf("--sort-by %+q: %w", o.SortBy, err)
	}
	return nil
}
