package pods

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Target        target.Ref
	Selector      labels.Selector // instead of a target
	AllNamespaces bool
	Orphans       bool // pods whose Job is gone
	Watch         bool

	Failed, Running bool
	Indexes         logstream.Indexes // nil: all
	Attempt         int32             // 0: all; lastAttempt
	Attempts        bool              // only what was tried more than once

	Output *factory.Output
}

// lastAttempt is the newest attempt of each index.
const lastAttempt = -1

// csv is the format that writes the table as comma separated values.
const csv = "csv"

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	o := Options{Output: factory.NewOutput("wide", csv)}
	var given flags
	cmd := &cobra.Command{
		Use:     "pods (JOB|job/NAME|cronjob/NAME|-l SELECTOR|--orphans) [flags]",
		Aliases: []string{"pod"},
		Short:   "List the pods of a Job with index, attempt, exit code and duration",
		Long: `List the pods of a Job: this very Job's, not those of an earlier one of the same name. The order is by index, then attempt.

A CronJob stands for all its retained runs, oldest first. --orphans shows what else there is: pods with a Job's labels whose
Job is gone.

STATUS is the word that kubectl prints. EXIT is the exit code of the container that decided, with the signal or OOMKilled
in words.`,
		Example: `  kubectl jobx pods myjob
  kubectl jobx pods myjob --failed -o wide
  kubectl jobx pods myjob --index 3-5,9 --attempt last
  kubectl jobx pods cronjob/nightly
  kubectl jobx pods -l job-name=myjob
  kubectl jobx pods --orphans -A`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := given.options(&o, args); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&given.selector, "selector", "l", "", "Pods by label instead of a name, e.g. job-name=x,tier!=y")
	fl.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "In all namespaces (with -l or --orphans)")
	fl.BoolVar(&o.Orphans, "orphans", false, "Pods of Jobs that are gone; with a name: of earlier Jobs of that name, or of runs of that CronJob")
	fl.BoolVar(&o.Failed, "failed", false, "Only pods that failed")
	fl.BoolVar(&o.Running, "running", false, "Only pods that run")
	fl.StringVar(&given.index, "index", "", "Only these completion indexes, e.g. 3-5,9")
	fl.StringVar(&given.attempt, "attempt", "all", "Only this attempt of each index: a number from 1, last, or all")
	fl.BoolVar(&o.Attempts, "attempts", false, "Only what was tried more than once: of each such index, or of the Job, all attempts")
	fl.BoolVarP(&o.Watch, "watch", "w", false, "After listing, go on printing each pod that changes until the Job is over; of a CronJob, for ever")
	o.Output.AddFlags(cmd)
	return cmd
}

// flags are those that need reading.
type flags struct{ selector, index, attempt string }

// options checks what was typed. Nothing is sent.
func (g flags) options(o *Options, args []string) error {
	refs, err := target.Parse(args, target.Job, target.CronJob)
	switch {
	case err != nil:
		return err
	case g.selector != "" && len(refs) > 0:
		return errors.New("a name and a selector (-l) exclude each other")
	case len(refs) > 1:
		return fmt.Errorf("one name at a time: %s or %s", refs[0], refs[1])
	case len(refs) == 0 && g.selector == "" && !o.Orphans:
		return errors.New("the pods of which Job? give its name, cronjob/NAME or -l SELECTOR\nkubectl jobx get lists the Jobs there are")
	case o.AllNamespaces && len(refs) > 0:
		return errors.New("a name needs one namespace: leave out -A")
	case o.Failed && o.Running:
		return errors.New("--failed and --running exclude each other")
	case o.Watch && (g.selector != "" || o.Orphans):
		return errors.New("-w follows a Job or a CronJob: give its name")
	case o.Watch && o.Output.Format() != "" && o.Output.Format() != "wide":
		return fmt.Errorf("-w and -o %s exclude each other", o.Output.Format())
	}
	if len(refs) == 1 {
		o.Target = refs[0]
	}
	if o.Selector, err = selector(g.selector); err != nil {
		return err
	}
	if g.index != "" {
		if o.Indexes, err = logstream.ParseIndexes(g.index); err != nil {
			return fmt.Errorf("--index %w", err)
		}
	}
	if o.Attempt, err = attempt(g.attempt); err != nil {
		return err
	}
	return o.Output.Validate()
}

func selector(text string) (labels.Selector, error) {
	if text == "" {
		return nil, nil
	}
	s, err := labels.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("-l %+q: %w", text, err)
	}
	return s, nil
}

func attempt(text string) (int32, error) {
	switch text {
	case "all":
		return 0, nil
	case "last":
		return lastAttempt, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("--attempt %+q: want a number from 1, last or all", text)
	}
	return int32(n), nil
}
