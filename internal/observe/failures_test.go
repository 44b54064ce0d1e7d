package observe

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// logsOf opens made-up logs: the pod's name on a line, and a line that would move the cursor.
type logsOf struct{ refused string }

func (l logsOf) OpenLog(_ context.Context, _, pod string, _ *corev1.PodLogOptions) (io.ReadCloser, error) {
	if pod == l.refused {
		return nil, apierrors.NewForbidden(corev1.Resource("pods/log"), pod, errors.New("no\x1b[2J"))
	}
	return io.NopCloser(strings.NewReader("2026-11-24T12:00:00Z I am " + pod + "\n2026-11-24T12:00:01Z up\x1b[2A\n")), nil
}

func failedPod(name, index string, code int32, reason string) *corev1.Pod {
	yes, began := true, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, UID: "uid-of-pod", Annotations: map[string]string{batchv1.JobCompletionIndexAnnotation: index},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", UID: "u", Controller: &yes}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}},
		Status: corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode: code, Reason: reason, ContainerID: "x", Message: "left behind",
				StartedAt: metav1.NewTime(began), FinishedAt: metav1.NewTime(began.Add(130 * time.Second)),
			}},
		}}},
	}
}

// printed is what is printed of a Job with one failed pod.
func printed(t *testing.T, open logsOf, w LogsWanted, j Job) string {
	t.Helper()
	logs := NewFailureLogs(open, w)
	feed := logs.Feed(t.Context(), func(_ context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		emit(cluster.Ref{}, jobstatus.Change{Pod: failedPod("j-3-abcde", "3", 137, "OOMKilled")})
		return nil
	})
	if err := feed(t.Context(), func(cluster.Ref, jobstatus.Change) {}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := logs.Print(t.Context(), &out, []Job{j}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFailureLogs(t *testing.T) {
	failed := Job{Status: jobstatus.Status{UID: "u", Name: "j", Outcome: jobstatus.FailedOutcome}, End: &End{Code: exit.JobFailed}}
	utf8 := render.Style{UTF8: true}
	for _, c := range []struct {
		name string
		open logsOf
		w    LogsWanted
		job  Job
		want string
	}{
		{"a pipe gets the bytes", logsOf{}, LogsWanted{Lines: 50, Style: utf8}, failed,
			"\n==> index 3 · attempt 1 · pod j-3-abcde · exit code 137 (OOMKilled) after 2m10s <==\nI am j-3-abcde\nup\x1b[2A\n"},
		{"a terminal is protected", logsOf{}, LogsWanted{Lines: 50, TTY: true}, failed,
			"\n==> index 3, attempt 1, pod j-3-abcde, exit code 137 (OOMKilled) after 2m10s <==\nI am j-3-abcde\nup\\x1b[2A\n"},
		{"what cannot be read", logsOf{refused: "j-3-abcde"}, LogsWanted{Lines: 50, Style: utf8}, failed,
			"\n==> index 3 · attempt 1 · pod j-3-abcde · exit code 137 (OOMKilled) after 2m10s <==\n" +
				"(its log cannot be read: pods/log \"j-3-abcde\" is forbidden: no\\x1b[2J)\nits termination message: left behind\n"},
		{"objects", logsOf{}, LogsWanted{Lines: 50, JSON: true}, failed,
			`{"schema":"jobx.log/v1","type":"line","namespace":"","pod":"j-3-abcde","index":3,"attempt":1,"container":"c","time":"2026-11-24T12:00:00Z","text":"I am j-3-abcde"}` + "\n" +
				`{"schema":"jobx.log/v1","type":"line","namespace":"","pod":"j-3-abcde","index":3,"attempt":1,"container":"c","time":"2026-11-24T12:00:01Z","text":"up\u001b[2A"}` + "\n"},
		{"what cannot be read is an object too", logsOf{refused: "j-3-abcde"}, LogsWanted{Lines: 50, JSON: true}, failed,
			`{"schema":"jobx.log/v1","type":"unread","namespace":"","pod":"j-3-abcde","index":3,"attempt":1,"container":"c","message":"pods/log \"j-3-abcde\" is forbidden: no\u001b[2J"}` + "\n"},
		{"a Job that completed shows nothing", logsOf{}, LogsWanted{Lines: 50}, Job{
			Status: jobstatus.Status{UID: "u", Outcome: jobstatus.Succeeded}, End: &End{Code: exit.OK},
		}, ""},
		{"not asked for", logsOf{}, LogsWanted{}, failed, ""},
		{"nothing failed", logsOf{}, LogsWanted{Lines: 50}, Job{
			Status: jobstatus.Status{UID: "other", Name: "other", Outcome: jobstatus.FailedOutcome}, End: &End{Code: exit.JobFailed},
		}, "no container of job \"other\" failed: there is no log to show\n"},
		{"what failed cannot be seen", logsOf{}, LogsWanted{Lines: 50}, Job{
			Status: jobstatus.Status{
				UID: "other", Name: "other", Outcome: jobstatus.FailedOutcome,
				Unavailable: map[jobstatus.Part]string{jobstatus.PodsPart: "forbidden:\x1b[2J cannot list pods"},
			}, End: &End{Code: exit.JobFailed},
		}, "the pods of job \"other\" cannot be read, so there is no log to show: forbidden:\\x1b[2J cannot list pods\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := printed(t, c.open, c.w, c.job); got != c.want {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

// The command is named where it shows what is left out.
func TestLeftOutFailures(t *testing.T) {
	for _, c := range []struct {
		report logtail.Report
		want   string
	}{
		{logtail.Report{LeftOut: 3, There: 3}, "3 older failures are left out: kubectl jobx logs j --failed -n ns"},
		{logtail.Report{LeftOut: 3, There: 1}, "3 more failures are left out, the logs of 1 are still there: kubectl jobx logs j --failed -n ns"},
		{logtail.Report{LeftOut: 3}, "3 more failures are left out: their logs are gone"},
		{logtail.Report{LeftOut: 30, Stopped: true}, "30 more were stopped with their pods"},
	} {
		page := NewFailureLogs(logsOf{}, LogsWanted{Lines: 1}).page(Job{Status: jobstatus.Status{Name: "j", Namespace: "ns"}}, c.report)
		if got := string(page); got != "\n"+c.want+"\n" {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// An end that was read before the container's is not passed off as the last that it wrote.
func TestEarlyEnd(t *testing.T) {
	p := failedPod("j-3-abcde", "3", 137, "Error")
	end := &logtail.End{Stream: logstream.Planner{}.Plan([]*corev1.Pod{p}).Streams[0], Text: []byte("working\n"), Early: true}
	page := NewFailureLogs(logsOf{}, LogsWanted{Lines: 1}).page(Job{}, logtail.Report{Ends: []*logtail.End{end}})
	if !strings.HasSuffix(string(page), " <==\nworking\n(what it wrote after that could not be read)\n") {
		t.Errorf("got %q", page)
	}
}

func TestLogsFlag(t *testing.T) {
	for _, c := range []struct {
		args string
		want int64
		err  string
	}{
		{"", 0, ""},
		{"--logs", 50, ""},
		{"--logs=7", 7, ""},
		{"--logs=0", 0, `--logs "0": want a number of lines, at least 1`},
		{"--logs=many", 0, `--logs "many": want a number of lines, at least 1`},
	} {
		var text string
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		AddLogsFlag(set, &text, "logs")
		if err := set.Parse(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		if n, err := ParseLogs(set, "logs"); n != c.want || message(err) != c.err {
			t.Errorf("%q: %d %q", c.args, n, message(err))
		}
	}
}
