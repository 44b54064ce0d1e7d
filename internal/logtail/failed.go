package logtail

import (
	"context"
	"io"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// FailedLogs are the ends of the logs of what failed.
type FailedLogs struct {
	Open   Opener
	Out    io.Writer
	Screen Screen
	Tell   func(Note)   // may be nil
	Job    *batchv1.Job // may be nil
	Pods   []*corev1.Pod
	Lines  int64 // of each log
	Most   int   // logs, the newest ones; 0: 10
}

// fewLogs is how many logs are enough to see why a Job failed.
const fewLogs = 10

// Failed prints the last lines of the containers that failed, each behind its name if there are several, oldest first:
// what watch and wait show when a Job fails. It returns how many failed logs were left out.
func Failed(ctx context.Context, f FailedLogs) (leftOut int, err error) {
	plan := logstream.Planner{Job: f.Job, Select: logstream.Selection{Failed: true, All: true}}.Plan(f.Pods)
	streams := slices.DeleteFunc(plan.Streams, func(s logstream.Stream) bool {
		return s.Phase != logstream.Ended || s.ExitCode == 0 && !s.PodFailed
	})
	slices.SortStableFunc(streams, func(a, b logstream.Stream) int { return a.Finished.Compare(b.Finished) })
	most := f.Most
	if most <= 0 {
		most = fewLogs
	}
	leftOut = max(0, len(streams)-most)
	streams = streams[leftOut:]
	names := NewNames(Always, f.Screen)
	names.Add(streams)
	paint := Paint(f.Screen, nil)
	e := &Engine{
		Open: f.Open, Out: f.Out, Tell: f.Tell, Complete: true, Requests: most, Read: Reading{Tail: f.Lines},
		Format: func(s logstream.Stream) logstream.Formatter {
			return &logstream.Text{Prefix: names.Prefix(s), Paint: paint, Complete: true}
		},
	}
	_, err = e.Fetch(ctx, streams)
	return leftOut, err
}
