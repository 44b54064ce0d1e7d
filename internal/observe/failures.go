package observe

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// linesOfFailures is how many lines of each log a bare --logs or --logs-on-fail shows.
const linesOfFailures = "50"

// AddLogsFlag adds the flag that asks for the logs of what failed; its value is read by ParseLogs.
func AddLogsFlag(flags *pflag.FlagSet, value *string, name string) {
	flags.StringVar(value, name, "", "When a Job does not complete: print the last so many lines of every container that failed")
	flags.Lookup(name).NoOptDefVal = linesOfFailures
}

// ParseLogs reads the value of that flag: how many lines, 0: it was not given.
func ParseLogs(flags *pflag.FlagSet, name string) (int64, error) {
	flag := flags.Lookup(name)
	if !flag.Changed {
		return 0, nil
	}
	n, err := strconv.ParseInt(flag.Value.String(), 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("--%s %+q: want a number of lines, at least 1", name, flag.Value.String())
	}
	return n, nil
}

// FailureLogs prints the ends of the logs of what failed in Jobs that did not complete. nil: they are not wanted.
type FailureLogs struct {
	gather logtail.Failures
	style  render.Style
	json   bool
}

// LogsWanted says how the ends of logs are to be shown.
type LogsWanted struct {
	Lines int64 // of each; 0: not at all
	TTY   bool  // on a terminal: what acts on it is made visible
	JSON  bool  // as the objects of logs -o json
	Style render.Style
}

// NewFailureLogs returns nil if no lines are wanted.
func NewFailureLogs(open logtail.Opener, w LogsWanted) *FailureLogs {
	if w.Lines == 0 {
		return nil
	}
	paint := logtail.Paint(logtail.Screen{TTY: w.TTY, Color: w.Style.Color, UTF8: w.Style.UTF8}, nil)
	format := func(s logstream.Stream) logstream.Formatter {
		if w.JSON {
			return logstream.NewJSON(s, nil)
		}
		return &logstream.Text{Paint: paint, Complete: true}
	}
	return &FailureLogs{gather: logtail.Failures{Open: open, Lines: w.Lines, Format: format}, style: w.Style, json: w.JSON}
}

// Feed lets a feed be listened to. ctx is the command's, which outlives the feed's.
func (l *FailureLogs) Feed(ctx context.Context, feed Feed) Feed {
	if l == nil {
		return feed
	}
	return func(feedCtx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		return feed(feedCtx, func(ref cluster.Ref, c jobstatus.Change) {
			l.gather.See(ctx, c)
			emit(ref, c)
		})
	}
}

// Print prints the ends of the logs of the Jobs that did not complete. After an interrupt it prints nothing. The error is
// that writing failed, or that ctx ended meanwhile.
func (l *FailureLogs) Print(ctx context.Context, w io.Writer, jobs []Job) error {
	if l == nil || ctx.Err() != nil {
		return nil //nolint:nilerr // what ended the context is told by the caller
	}
	for _, j := range jobs {
		if j.End != nil && j.End.Code == exit.OK && j.Status.Outcome != jobstatus.FailedOutcome {
			continue
		}
		report := l.gather.Of(ctx, j.Status.UID)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := w.Write(l.page(j, report)); err != nil {
			return err
		}
	}
	return nil
}

// page is what is printed of one Job.
func (l *FailureLogs) page(j Job, report logtail.Report) []byte {
	var page []byte
	if l.json {
		for _, end := range report.Ends {
			page = append(page, end.Text...)
			if end.Err != nil {
				page = append(page, logstream.Unread(end.Stream, end.Err.Error())...)
			}
		}
		return page
	}
	several := false
	for _, end := range report.Ends {
		several = several || end.Stream.Container != report.Ends[0].Stream.Container
	}
	for _, end := range report.Ends {
		page = append(page, "\n"+l.style.Paint(render.Bold, "==> "+l.title(end, several)+" <==")+"\n"...)
		switch {
		case end.Err != nil:
			page = append(page, l.unread(end)...)
		case len(end.Text) == 0:
			page = append(page, "(it wrote nothing)\n"...)
		case end.Cut:
			page = append(page, "(the lines are long: these are the last 64 KiB)\n"...)
			fallthrough
		default:
			page = append(page, end.Text...)
			if end.Early {
				page = append(page, "(what it wrote after that could not be read)\n"...)
			}
		}
	}
	name := safetext.Cell(j.Status.Name)
	switch {
	case report.LeftOut > 0:
		page = append(page, "\n"+leftOut(report, name, safetext.Cell(j.Status.Namespace))+"\n"...)
	case len(report.Ends) > 0 || j.Status.Outcome != jobstatus.FailedOutcome:
	case j.Status.Unavailable[jobstatus.PodsPart] != "":
		page = fmt.Appendf(page, "the pods of job %q cannot be read, so there is no log to show: %s\n",
			name, safetext.Cell(j.Status.Unavailable[jobstatus.PodsPart]))
	default:
		page = fmt.Appendf(page, "no container of job %q failed: there is no log to show\n", name)
	}
	return page
}

// leftOut says how many are not shown, and how they can be seen if they can.
func leftOut(r logtail.Report, name, namespace string) string {
	command := fmt.Sprintf("kubectl jobx logs %s --failed -n %s", name, namespace)
	switch {
	case r.Stopped:
		return fmt.Sprintf("%d more were stopped with their pods", r.LeftOut)
	case r.There == r.LeftOut:
		return fmt.Sprintf("%d older failures are left out: %s", r.LeftOut, command)
	case r.There > 0:
		return fmt.Sprintf("%d more failures are left out, the logs of %d are still there: %s", r.LeftOut, r.There, command)
	}
	return fmt.Sprintf("%d more failures are left out: their logs are gone", r.LeftOut)
}

// title names a log and says how its container ended.
func (l *FailureLogs) title(end *logtail.End, containers bool) string {
	s := end.Stream
	var facts []string
	if s.Index >= 0 {
		facts = append(facts, fmt.Sprintf("index %d", s.Index))
	}
	facts = append(facts, fmt.Sprintf("attempt %d", s.Attempt), "pod "+safetext.Cell(s.PodName()))
	if containers || len(s.Object.Spec.Containers)+len(s.Object.Spec.InitContainers) > 1 {
		facts = append(facts, "container "+safetext.Cell(s.Container))
	}
	dot := " · "
	if !l.style.UTF8 {
		dot = ", "
	}
	return strings.Join(append(facts, fate(end)), dot)
}

// fate words how a run ended.
func fate(end *logtail.End) string {
	s := end.Stream
	text := fmt.Sprintf("exit code %d", s.ExitCode)
	switch {
	case end.Stopped():
		text = "stopped with its pod"
	case s.ExitCode == 0 && s.Object.Status.Reason != "":
		text = "the pod failed: " + safetext.Cell(s.Object.Status.Reason)
	case s.Reason != "" && s.Reason != "Error":
		text += " (" + safetext.Cell(s.Reason) + ")"
	}
	if !s.Started.IsZero() && s.Finished.After(s.Started) {
		text += " after " + render.Duration(s.Finished.Sub(s.Started))
	}
	return text
}

// unread says why a log is not shown. What the container left as its termination message is the next best.
func (l *FailureLogs) unread(end *logtail.End) string {
	text := "(its log cannot be read: " + safetext.Error(end.Err.Error()) + ")\n"
	if end.Stream.Message != "" {
		text += "its termination message: " + l.style.Text(end.Stream.Message) + "\n"
	}
	return text
}
