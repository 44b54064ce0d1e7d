package get

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

// watched follows what a line asks for; then happens when all there was has been printed.
func watched(t *testing.T, api *apistub.Server, line string, then func()) verbtest.Result {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	settled := func() bool {
		select {
		case <-time.After(2 * time.Second):
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		if settled() {
			then()
			settled()
			cancel()
		}
	}()
	return verbtest.Run(ctx, t, NewCmd, api, line)
}

func in(t *testing.T, test func(t *testing.T, api *apistub.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		api := apistub.New()
		defer api.Close()
		test(t, api)
	})
}

// Without a kind both are followed, each row under the headers of its kind, and what is deleted says so and is forgotten.
func TestWatchOfBothKinds(t *testing.T) {
	in(t, func(t *testing.T, api *apistub.Server) {
		api.Put(aJob("x"))
		api.Put(aCronJob("nightly"))
		got := watched(t, api, "-w", func() {
			api.Put(aJob("x", complete))
			api.Delete(aJob("x"))
			api.Put(aCronJob("second"))
		})
		for _, want := range []string{
			`(?m)^NAME +STATUS .*\nx +Running`, `(?m)^NAME +SCHEDULE .*\nnightly `, `(?m)^x +Complete .*it has been deleted$`,
			`(?m)^NAME +SCHEDULE .*\n(nightly .*\n)?second `,
		} {
			if !regexp.MustCompile(want).MatchString(got.Out) {
				t.Errorf("no %s in\n%s%s", want, got.Out, got.ErrOut)
			}
		}
	})
}

// Without headers there is nothing but rows.
func TestWatchOfBothKindsWithoutHeaders(t *testing.T) {
	in(t, func(t *testing.T, api *apistub.Server) {
		api.Put(aJob("x"))
		api.Put(aCronJob("nightly"))
		got := watched(t, api, "-w --no-headers", func() { api.Put(aJob("x", complete)) })
		if !regexp.MustCompile(`^((x|nightly) .*\n){3}$`).MatchString(got.Out) {
			t.Errorf("%q", got.Out)
		}
	})
}

// P1: a part that may not be read is named once, and known of Jobs that come later.
func TestP1OfAWatch(t *testing.T) {
	in(t, func(t *testing.T, api *apistub.Server) {
		api.Deny(func(_, resource string) bool { return resource == "pods" || resource == "cronjobs" })
		api.Put(aJob("x", notReady))
		got := watched(t, api, "-w", func() { api.Put(aJob("later")) })
		for _, want := range []string{
			"STATUS and REASON may miss something: forbidden: cannot list pods\n", "CronJobs are not shown: forbidden: cannot list cronjobs\n",
		} {
			if strings.Count(got.ErrOut, want) != 1 {
				t.Errorf("not once %q:\n%s", want, got.ErrOut)
			}
		}
		// With its pods unread the Job's own count tells that one runs.
		if !regexp.MustCompile(`(?m)^later +Running`).MatchString(got.Out) {
			t.Errorf("%s", got.Out)
		}
	})
}

// D5: what is followed in a namespace that is not there would never come.
func TestD5OfAWatch(t *testing.T) {
	for _, line := range []string{"-w -n nosuch", "jobs -w -n nosuch", "cj -w -n nosuch"} {
		in(t, func(t *testing.T, api *apistub.Server) {
			got := watched(t, api, line, func() {})
			if got.Err == nil || !strings.Contains(got.Err.Error(), `namespace "nosuch" not found`) {
				t.Errorf("%s: %v", line, got.Err)
			}
			api.Put(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "nosuch"}})
			if got := watched(t, api, line, func() {}); got.Err == nil || strings.Contains(got.Err.Error(), "not found") {
				t.Errorf("%s: %v, want the end of the context", line, got.Err)
			}
		})
	}
}

// What leaves what was asked for is printed once more, and what comes back is printed again, also if it looks as it did.
func TestWatchOfWhatLeaves(t *testing.T) {
	for line, want := range map[string]string{
		"jobs -w --status suspended --no-headers": `^x +Suspended .*\nx +Pending .*\nx +Suspended .*\nx +Complete .*\n$`,
		"jobs -w --status complete --no-headers":  `^x +Complete .*\nx +Complete .*it has been deleted\n$`,
		"jobs -w --newer 1h --no-headers":         `^x +Suspended .*\nx +Pending .*\nx +Suspended .*\n$`, // an hour old between the last two
	} {
		in(t, func(t *testing.T, api *apistub.Server) {
			created := metav1.NewTime(time.Now().Add(3*time.Second - time.Hour))
			put := func(change func(*batchv1.Job)) {
				api.Put(aJob("x", change, func(j *batchv1.Job) { j.CreationTimestamp = created }))
			}
			put(suspended)
			got := watched(t, api, line, func() {
				for _, change := range []func(*batchv1.Job){notReady, suspended, complete} {
					put(change)
					time.Sleep(2 * time.Second)
				}
				api.Delete(aJob("x"))
			})
			if !regexp.MustCompile(want).MatchString(got.Out) {
				t.Errorf("%s: no %s in\n%s%s", line, want, got.Out, got.ErrOut)
			}
		})
	}
}

// What is there at the beginning is in order, and that the rest is not is said.
func TestWatchInOrder(t *testing.T) {
	in(t, func(t *testing.T, api *apistub.Server) {
		older := func(j *batchv1.Job) {
			j.CreationTimestamp, j.Labels = metav1.NewTime(time.Now().Add(-time.Hour)), map[string]string{"rank": "last"}
		}
		api.Put(aJob("a", older))
		api.Put(aJob("b"))
		for line, want := range map[string]string{
			"jobs -w --no-headers":                                 `^a .*\nb .*\n$`,
			"jobs -w --no-headers --sort-by age":                   `^b .*\na .*\n$`,
			"jobs -w --no-headers --sort-by .metadata.labels.rank": `^b .*\na .*\n$`,
		} {
			got := watched(t, api, line, func() {})
			if !regexp.MustCompile(want).MatchString(got.Out) || strings.Contains(got.ErrOut, "warning: --sort-by") != strings.Contains(line, "--sort-by") {
				t.Errorf("%s: no %s in\n%s%s", line, want, got.Out, got.ErrOut)
			}
		}
	})
}

// A CronJob has none of the states of Jobs.
func TestWatchOfACronJobByState(t *testing.T) {
	in(t, func(t *testing.T, api *apistub.Server) {
		api.Put(aCronJob("nightly"))
		if got := watched(t, api, "cronjob/nightly -w --status failed", func() {}); got.Err == nil || !strings.Contains(got.Err.Error(), "about Jobs") {
			t.Errorf("%v", got.Err)
		}
	})
}

// What only time tells is told too, once: that a pod hangs behind a sidecar, and that a slot has passed without a run.
func TestWatchOfWhatTimeTells(t *testing.T) {
	in(t, func(t *testing.T, api *apistub.Server) {
		job := aJob("x", notReady)
		pod := aPod(job, "p")
		pod.Labels[batchv1.ControllerUidLabel] = string(job.UID)
		pod.Spec.Containers = []corev1.Container{{Name: "main"}, {Name: "proxy"}}
		pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{
			{Name: "main", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: metav1.Now()}}},
			{Name: "proxy", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}},
		}}
		api.Put(job)
		api.Put(pod)
		cron := aCronJob("minutely")
		cron.Spec.Schedule = "* * * * *"
		api.Put(cron)
		got := watched(t, api, "-w --no-headers", func() { time.Sleep(10 * time.Minute) })
		for want, n := range map[string]int{`(?m)^x .*`: 2, `container "proxy" still runs`: 1, `(?m)^minutely .*`: 2, `passed without a run`: 1} {
			if rows := regexp.MustCompile(want).FindAllString(got.Out, -1); len(rows) != n {
				t.Errorf("%d times %s, want %d:\n%s%s", len(rows), want, n, got.Out, got.ErrOut)
			}
		}
	})
}
