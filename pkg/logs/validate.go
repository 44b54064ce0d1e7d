package logs

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"text/template"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// defaultTail is kubectl's --tail with a selector.
const defaultTail = 10

// options checks what was typed. Nothing is sent.
func (g *flags) options(f *pflag.FlagSet, args []string) (Options, error) {
	o := Options{
		Runs: g.runs, OnePod: !g.allPods, Follow: g.follow, Merge: g.merge, ExitStatus: g.exitStatus, Strict: g.strict, IgnoreErrors: g.ignore,
		Requests: g.requests, InsecureBackend: g.insecure, Timestamps: g.timestamps, RawControl: g.rawControl,
		Output: Output(g.output), Save: g.save, Force: g.force,
	}
	if f.Changed("prefix") {
		o.Prefix = logtail.Never
		if g.prefix {
			o.Prefix = logtail.Always
		}
	}
	for _, step := range []func(*Options) error{
		func(o *Options) error { return g.parseTarget(o, args) },
		g.parseSelection,
		func(o *Options) error { return g.parseReading(f, o) },
		g.parseOutput,
	} {
		if err := step(&o); err != nil {
			return Options{}, err
		}
	}
	return o, g.conflicts(f, o)
}

func (g *flags) parseTarget(o *Options, args []string) error {
	if g.selector != "" {
		if len(args) > 0 {
			return errors.New("a name and a selector (-l) exclude each other")
		}
		selector, err := labels.Parse(g.selector)
		if err != nil {
			return fmt.Errorf("-l %+q: %w", g.selector, err)
		}
		o.Selector = selector
		return nil
	}
	refs, err := target.Parse(args, target.Job, target.CronJob, target.Pod)
	switch {
	case err != nil:
		return err
	case len(refs) == 0:
		return errors.New("which Job? give its name, cronjob/NAME, pod/NAME or -l SELECTOR")
	case len(refs) > 1 && refs[0].Kind == target.Any:
		// kubectl logs POD CONTAINER
		return fmt.Errorf("one name at a time: %s or %s\na container is named with -c %s", refs[0], refs[1], refs[1].Name)
	case len(refs) > 1:
		return fmt.Errorf("one name at a time: %s or %s", refs[0], refs[1])
	}
	o.Target = refs[0]
	return nil
}

func (g *flags) parseSelection(o *Options) error {
	o.Select = logstream.Selection{
		Failed: g.failed, Succeeded: g.succeeded, Pod: g.pod, Container: g.container, All: g.all,
		Init: g.initContainers, Sidecars: g.sidecars, Previous: g.previous,
	}
	var err error
	if g.index != "" {
		if o.Select.Indexes, err = logstream.ParseIndexes(g.index); err != nil {
			return fmt.Errorf("--index %w", err)
		}
	}
	if g.pod != "" {
		if err := target.ValidateName(g.pod); err != nil {
			return fmt.Errorf("--pod: %w", err)
		}
	}
	if g.container != "" && len(validation.IsDNS1123Label(g.container)) > 0 {
		return fmt.Errorf("-c %+q is not a valid container name", g.container)
	}
	o.Select.Attempt, err = parseAttempt(g.attempt)
	return err
}

func parseAttempt(text string) (int32, error) {
	switch text {
	case "all":
		return 0, nil
	case "last":
		return logstream.LastAttempt, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("--attempt %+q: want a number from 1, last or all", text)
	}
	return int32(n), nil
}

func (g *flags) parseReading(f *pflag.FlagSet, o *Options) error {
	var err error
	if o.Tail, err = parseTail(g.tail); err != nil {
		return err
	}
	if g.selector != "" && !f.Changed("tail") {
		o.Tail = defaultTail
	}
	if o.Since, err = parseDuration("--since", g.since); err != nil {
		return err
	}
	if o.StartTimeout, err = parseDuration("--pod-running-timeout", g.startTimeout); err != nil {
		return err
	}
	if g.sinceTime != "" {
		if o.SinceTime, err = time.Parse(time.RFC3339Nano, g.sinceTime); err != nil {
			return fmt.Errorf("--since-time %+q: want a time such as 2006-01-02T15:04:05Z", g.sinceTime)
		}
	}
	if f.Changed("limit-bytes") {
		n, err := strconv.ParseInt(g.limit, 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("--limit-bytes %+q: want a number of bytes; 0: all", g.limit)
		}
		o.LimitBytes = n
	}
	if o.Requests < 1 {
		return fmt.Errorf("--max-log-requests %d: must be at least 1", o.Requests)
	}
	return nil
}

func parseTail(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < -1 || n == math.MaxInt64 {
		return 0, fmt.Errorf("--tail %+q: want -1 (all), 0 or more lines", text)
	}
	return n, nil
}

func parseDuration(flag, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		if _, number := strconv.ParseFloat(text, 64); number == nil {
			return 0, fmt.Errorf("%s %+q: add a unit (%ss)", flag, text, text)
		}
		return 0, fmt.Errorf("%s %+q: want a time such as 5s, 2m or 3h", flag, text)
	}
	if d < 0 {
		return 0, fmt.Errorf("%s %+q: must not be negative", flag, text)
	}
	return d, nil
}

func (g *flags) parseOutput(o *Options) error {
	switch o.Output {
	case Text, Raw, JSON:
	default:
		return fmt.Errorf("-o %+q: want text, raw or json", g.output)
	}
	if g.template != "" {
		t, err := template.New("--template").Option("missingkey=zero").Parse(g.template)
		if err != nil {
			return fmt.Errorf("--template: %w", err)
		}
		if err := logstream.Check(t); err != nil {
			return fmt.Errorf("--template: %w", err)
		}
		o.Template = t
	}
	var err error
	for _, e := range []struct {
		flag string
		text []string
		into *[]*regexp.Regexp
	}{{"--include", g.include, &o.Include}, {"--exclude", g.exclude, &o.Exclude}, {"--highlight", g.highlight, &o.Highlight}} {
		if *e.into, err = compile(e.flag, e.text); err != nil {
			return err
		}
	}
	return nil
}

func compile(flag string, texts []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, text := range texts {
		r, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("%s %+q: %w", flag, text, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// errNoJob refuses --exit-status where no Job ends.
var errNoJob = errors.New("--exit-status tells how a Job ended: name the Job")

// conflicts refuses flags that exclude each other, or that mean nothing without another. One that is set to its default is
// as one that is not there.
func (g *flags) conflicts(f *pflag.FlagSet, o Options) error {
	for _, pair := range []struct {
		a, b  string
		wrong bool
	}{
		{"since", "since-time", o.Since > 0 && !o.SinceTime.IsZero()},
		{"container", "all-containers", g.container != "" && g.all},
		{"merge", "follow", g.merge && g.follow},
		{"previous", "follow", g.previous && g.follow},
		{"previous", "attempt", g.previous && o.Select.Attempt != 0},
	} {
		if pair.wrong {
			return fmt.Errorf("--%s and --%s exclude each other", pair.a, pair.b)
		}
	}
	changed := f.Changed
	switch {
	case g.exitStatus && !g.follow:
		return errors.New("--exit-status needs --follow")
	case g.force && g.save == "":
		return errors.New("--force needs --save")
	case changed("runs") && o.Runs < 1:
		return fmt.Errorf("--runs %d: must be at least 1", o.Runs)
	case changed("runs") && o.Target.Kind != target.CronJob:
		return errors.New("--runs is for cronjob/NAME")
	case changed("runs") && o.Follow && o.Runs > 1:
		return errors.New("--runs and -f exclude each other: -f follows one Job")
	case o.OnePod && o.Follow:
		return errors.New("--all-pods=false and -f exclude each other: -f follows a Job through all its pods\n--pod NAME follows one of them")
	case o.Template != nil && o.Output != Text:
		return errors.New("--template and -o exclude each other")
	case o.Prefix == logtail.Always && shape(o) != "-o text":
		return fmt.Errorf("--prefix and %s exclude each other: a prefix is for -o text", shape(o))
	case o.Timestamps && o.Output == JSON && o.Save == "": // files have the times all the same
		return errors.New("--timestamps and -o json exclude each other: each object has its time")
	case o.Timestamps && o.Template != nil && o.Save == "":
		return errors.New("--timestamps and --template exclude each other: {{.Time}} is the time of a line")
	case o.ExitStatus && (o.Target.Kind == target.Pod || o.Selector != nil):
		return errNoJob
	}
	return nil
}

// shape is the flag that says how lines are printed.
func shape(o Options) string {
	if o.Template != nil {
		return "--template"
	}
	return "-o " + string(o.Output)
}
