package logs

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var given flags
	cmd := &cobra.Command{
		Use:   "logs (JOB|job/NAME|cronjob/NAME|pod/NAME|POD) [flags]",
		Short: "Print the logs of all pods of a Job, or follow it until it ends",
		Long: `Print every line of every pod of a Job: all indexes, all attempts that a node still keeps, each once and in order.

With -f the Job is followed, not its pods: pods that start later, retries and restarts join as they come, broken
connections are taken up again where they broke, and the command ends when the Job is final and everything has been read.
A Job whose logs are gone already, and a selection that nothing ever matched, end it with exit code 1.

Without -f logs are written one after the other and read side by side. What is too much for memory waits in temporary
files (in TMPDIR; 512 MiB at most, readable by nobody else), of which none is left behind.

A CronJob stands for its running or newest Job. A pod's name works too, also of a pod that belongs to no Job.

-o json prints one object a line: schema "jobx.log/v1", type "line", namespace, job, pod, index (Indexed Jobs), attempt,
container, time and text (base64 in bytes instead where it is not UTF-8); partial marks a piece of a line longer than
1 MiB that goes on in the next object, whose text may be empty. A hole in a log is an object of type "gap" with
after and before.

--template is a Go template over Time, Namespace, Job, Pod, Node, Index, Attempt, Container, Labels, Annotations and Text.
A line for which it gives nothing is left out.

--save writes to NAME.log.partial until a log has been read to its end. No file is overwritten without --force, and none of
another log of the same run with it.`,
		Example: `  # all pods of a Job, each whole, in order of index and attempt
  kubectl jobx logs myjob

  # follow it, retries and all, and exit with 2 if it fails
  kubectl jobx logs -f --exit-status myjob

  # the end of what failed
  kubectl jobx logs myjob --failed --attempt last --tail 20

  # the last three runs of a CronJob as JSON lines
  kubectl jobx logs cronjob/nightly --runs 3 -o json

  # one file for each stream, so that the logs survive the pods
  kubectl jobx logs myjob --save ./logs`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := given.options(cmd.Flags(), args)
			if err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	given.add(cmd.Flags())
	return cmd
}

// flags are the flags as they were typed.
type flags struct {
	selector, index, attempt, pod, container    string
	follow, merge, exitStatus, strict, ignore   bool
	failed, succeeded, previous                 bool
	all, allPods, initContainers, sidecars      bool
	timestamps, prefix, insecure, rawControl    bool
	force                                       bool
	runs, requests                              int
	tail, since, sinceTime, limit, startTimeout string
	output, template, save                      string
	include, exclude, highlight                 []string
}

func (g *flags) add(f *pflag.FlagSet) {
	g.addSelection(f)
	g.addReading(f)
	g.addOutput(f)
}

func (g *flags) addSelection(f *pflag.FlagSet) {
	f.StringVar(&g.index, "index", "", "Only these completion indexes, e.g. 3-5,9")
	f.BoolVar(&g.failed, "failed", false, "Only pods and runs that failed")
	f.BoolVar(&g.succeeded, "succeeded", false, "Only pods and runs that succeeded")
	f.StringVar(&g.attempt, "attempt", "all", "Only this attempt: a number from 1, last, or all")
	f.StringVar(&g.pod, "pod", "", "Only this pod of the Job")
	f.IntVar(&g.runs, "runs", 0, "With cronjob/NAME: its last so many runs (default: the running or newest one)")
	f.StringVarP(&g.selector, "selector", "l", "", "Pods by label instead of a name, e.g. app=x,tier!=y")
	f.StringVarP(&g.container, "container", "c", "", "Only this container (default: the app containers, or the one that the pod's kubectl.kubernetes.io/default-container names)")
	f.BoolVar(&g.all, "all-containers", false, "All containers: init containers and sidecars too")
	f.BoolVar(&g.initContainers, "init-containers", false, "Init containers as well")
	f.BoolVar(&g.sidecars, "sidecars", false, "Native sidecars (init containers that are restarted always) as well")
	f.BoolVar(&g.allPods, "all-pods", true, "All pods of the Job; --all-pods=false: only the newest")
	f.BoolVarP(&g.previous, "previous", "p", false, "Only the run before the current one of each container")
}

func (g *flags) addReading(f *pflag.FlagSet) {
	f.BoolVarP(&g.follow, "follow", "f", false, "Follow the Job until it ends")
	f.BoolVar(&g.exitStatus, "exit-status", false, "With -f: exit with the Job's outcome (2: it failed, 3: it was deleted)")
	f.BoolVar(&g.strict, "strict", false, "Exit with 1 if lines are known to be lost, with their pods, or with attempts that a node keeps no more")
	f.BoolVar(&g.ignore, "ignore-errors", false, "Exit with 0 even if a log could not be read")
	f.StringVar(&g.since, "since", "", "Only lines newer than this, e.g. 5s, 2m or 3h")
	f.StringVar(&g.sinceTime, "since-time", "", "Only lines after a time (RFC 3339)")
	f.StringVar(&g.tail, "tail", "-1", "Only the last so many lines of each log that is there at the beginning; -1: all (10 with -l)")
	f.StringVar(&g.limit, "limit-bytes", "", "Only so many bytes of each log; 0: all")
	f.IntVar(&g.requests, "max-log-requests", 50, "How many logs are read at the same time; the others wait")
	f.StringVar(&g.startTimeout, "pod-running-timeout", "", "Wait this long for a container to start (default with -f: as long as one can; without: not at all)")
	f.BoolVar(&g.insecure, "insecure-skip-tls-verify-backend", false, "Skip the check of the node's certificate by the API server")
}

func (g *flags) addOutput(f *pflag.FlagSet) {
	f.StringVarP(&g.output, "output", "o", "text", "Output format: text, raw (the bytes, no prefix) or json")
	f.StringVar(&g.template, "template", "", "Print each line with a Go template, e.g. '{{.Pod}}: {{.Text}}'")
	f.BoolVar(&g.timestamps, "timestamps", false, "Put the time in front of each line")
	f.BoolVar(&g.prefix, "prefix", false, "Put the name of the log in front of each line (default: when there are several)")
	f.BoolVar(&g.merge, "merge", false, "Sort the lines of all logs by time, all of which are read at once")
	f.StringArrayVar(&g.include, "include", nil, "Only lines that match this regular expression (may be repeated)")
	f.StringArrayVar(&g.exclude, "exclude", nil, "No lines that match this regular expression (may be repeated)")
	f.StringArrayVar(&g.highlight, "highlight", nil, "Mark what matches this regular expression (may be repeated)")
	f.BoolVar(&g.rawControl, "raw-control-chars", false, "On a terminal: send control characters as they are")
	f.StringVar(&g.save, "save", "", "Also write each log to a file in this folder: <index>-<attempt>-<container>.log")
	f.BoolVar(&g.force, "force", false, "With --save: overwrite files")
}
