package render

import (
	"fmt"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// clockNow is the time at which everything in these tests is looked at.
func clockNow() time.Time { return time.Date(2026, 11, 23, 12, 4, 0, 0, time.UTC) }

func ago(d time.Duration) time.Time { return clockNow().Add(-d) }

// situation is a Job to be drawn, with a name for its golden files.
type situation struct {
	name   string
	status jobstatus.Status
	notice string
}

func situations() []situation {
	return []situation{
		{name: "indexed-running", status: indexedRunning()},
		{name: "count-running", status: countRunning()},
		{name: "backing-off", status: backingOff()},
		{name: "stuck", status: stuck()},
		{name: "work-queue", status: workQueue()},
		{name: "failing", status: failing()},
		{name: "failed", status: failed()},
		{name: "complete", status: complete()},
		{name: "suspended", status: suspended()},
		{name: "forbidden", status: forbidden(), notice: "reconnecting to the API server …"},
		{name: "hostile", status: hostile()},
		{name: "many-indexes", status: manyIndexes()},
	}
}

func base(name string, kind jobstatus.Kind, state jobstatus.State) jobstatus.Status {
	return jobstatus.Status{
		Namespace: "default", Name: name, Kind: kind, State: state, BackoffLimit: 6,
		Since: ago(133 * time.Second), Start: ago(133 * time.Second), Duration: 133 * time.Second,
	}
}

func ranges(pairs ...int32) jobstatus.IndexSet {
	var set jobstatus.IndexSet
	for i := 0; i < len(pairs); i += 2 {
		set = append(set, jobstatus.IndexRange{First: pairs[i], Last: pairs[i+1]})
	}
	return set
}

func pod(job string, index, attempt int32, phase jobstatus.PodPhase, status string) *jobstatus.Pod {
	suffix := string('a'+attempt) + "x" + string('k'+index%10) + "2p"
	p := &jobstatus.Pod{
		Name: fmt.Sprintf("%s-%s", job, suffix), Index: index, Attempt: attempt, Phase: phase, Status: status,
		Created: ago(time.Duration(90-index) * time.Second), Node: "node-1",
	}
	if index >= 0 {
		p.Name = fmt.Sprintf("%s-%d-%s", job, index, suffix)
	}
	p.Ready = phase == jobstatus.PodRunning
	if phase != jobstatus.PodPending && phase != jobstatus.PodStuck {
		p.Started = p.Created.Add(2 * time.Second)
		p.Since = p.Started
	}
	return p
}

func failedPod(job string, index, attempt, code int32, reason, message string) *jobstatus.Pod {
	p := pod(job, index, attempt, jobstatus.PodFailed, "Error")
	p.Exit = &jobstatus.Exit{Container: "c", Code: code, Signal: max(0, code-128), Reason: reason, Message: message}
	p.Reason = reason
	p.Finished = ago(time.Duration(40+10*attempt) * time.Second)
	return p
}

func indexedRunning() jobstatus.Status {
	s := base("render-frames", jobstatus.IndexedPerItem, jobstatus.Running)
	s.Counts = jobstatus.Counts{Active: 6, Ready: 4, Succeeded: 22, Failed: 3}
	s.Progress = jobstatus.Progress{
		Done: 22, Total: 64, Unit: jobstatus.Completions, PerMinute: 9.9,
		ETA: &jobstatus.Band{Low: 4 * time.Minute, High: 330 * time.Second},
	}
	limit := int32(2)
	s.Indexes = &jobstatus.Indexes{
		Total: 64, Completed: ranges(0, 6, 8, 20, 22, 23), Failed: ranges(7, 7), Running: ranges(24, 27),
		Retrying: ranges(21, 21), Pending: ranges(28, 28), PerIndex: &limit,
	}
	s.Pods = []*jobstatus.Pod{
		failedPod("render-frames", 7, 1, 1, "Error", "connection refused"),
		failedPod("render-frames", 7, 2, 1, "Error", "connection refused"),
		failedPod("render-frames", 21, 1, 137, "OOMKilled", ""),
		pod("render-frames", 21, 2, jobstatus.PodPending, "ContainerCreating"),
		pod("render-frames", 28, 1, jobstatus.PodPending, "ContainerCreating"),
	}
	for i := int32(24); i < 28; i++ {
		s.Pods = append(s.Pods, pod("render-frames", i, 1, jobstatus.PodRunning, "Running"))
	}
	for i := range int32(7) {
		s.Pods = append(s.Pods, pod("render-frames", i, 1, jobstatus.PodSucceeded, "Completed"))
	}
	s.Failures = []jobstatus.Failure{
		{Count: 2, Container: "c", Code: 1, Reason: "Error", Message: "connection refused"},
		{Count: 1, Container: "c", Code: 137, Reason: "OOMKilled"},
	}
	s.Events = []jobstatus.Event{
		{Type: "Normal", Reason: "SuccessfulCreate", About: "job/render-frames", Message: "Created pod: render-frames-28-bxs2p", Last: ago(62 * time.Second), Count: 1},
		{Type: "Warning", Reason: "BackOff", About: "pod/render-frames-7-cxr2p", Message: "Back-off restarting failed container c in pod", Last: ago(41 * time.Second), Count: 3},
		{Type: "Normal", Reason: "Pulled", About: "pod/render-frames-28-bxs2p", Message: "Container image \"busybox\" already present on machine", Last: ago(2 * time.Second), Count: 1},
	}
	return s
}

func countRunning() jobstatus.Status {
	s := base("pi", jobstatus.FixedCount, jobstatus.Running)
	s.Counts = jobstatus.Counts{Active: 2, Ready: 2, Succeeded: 3}
	s.Progress = jobstatus.Progress{Done: 3, Total: 8, Unit: jobstatus.Completions, PerMinute: 1.4, ETA: &jobstatus.Band{Low: 3 * time.Minute, High: 3 * time.Minute}}
	s.Pods = []*jobstatus.Pod{
		pod("pi", -1, 4, jobstatus.PodRunning, "Running"), pod("pi", -1, 5, jobstatus.PodRunning, "Running"),
		pod("pi", -1, 1, jobstatus.PodSucceeded, "Completed"),
	}
	s.Pods[0].Attempt, s.Pods[1].Attempt = 1, 1
	return s
}

func backingOff() jobstatus.Status {
	s := base("import", jobstatus.NonParallel, jobstatus.BackingOff)
	s.Since = ago(30 * time.Second)
	s.Reason, s.Message = "PodFailed", "the last pod failed; the controller waits before the next attempt"
	s.Counts = jobstatus.Counts{Failed: 3}
	s.RetriesUsed = 3
	s.Progress = jobstatus.Progress{Total: 1, Unit: jobstatus.Completions}
	s.Retry = &jobstatus.Retry{At: clockNow().Add(10 * time.Second), Delay: 40 * time.Second, Attempt: 4, Of: 7, Index: -1}
	s.Pods = []*jobstatus.Pod{
		failedPod("import", -1, 1, 1, "Error", "no route to host"), failedPod("import", -1, 2, 1, "Error", "no route to host"),
		failedPod("import", -1, 3, 137, "OOMKilled", ""),
	}
	s.Failures = []jobstatus.Failure{
		{Count: 2, Container: "c", Code: 1, Reason: "Error", Message: "no route to host"},
		{Count: 1, Container: "c", Code: 137, Reason: "OOMKilled"},
	}
	return s
}

func stuck() jobstatus.Status {
	s := base("train", jobstatus.FixedCount, jobstatus.Pending)
	s.Reason, s.Message = "Unschedulable", "0/4 nodes are available: 4 Insufficient nvidia.com/gpu. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod."
	s.Counts = jobstatus.Counts{Active: 2}
	s.Progress = jobstatus.Progress{Total: 2, Unit: jobstatus.Completions}
	s.Obstacle = &jobstatus.Obstacle{Reason: s.Reason, Message: s.Message, Since: ago(91 * time.Second), Pods: 1, Pod: "train-0"}
	s.Deadline = clockNow().Add(45 * time.Second)
	for i, reason := range []string{"Unschedulable", "ImagePullBackOff"} {
		p := pod("train", -1, 1, jobstatus.PodStuck, "Pending")
		p.Name, p.Reason, p.Message = fmt.Sprintf("train-%d", i), reason, s.Message
		if i == 1 {
			p.Status, p.Message = reason, "Back-off pulling image \"registry.example/trian:v1\""
		}
		s.Pods = append(s.Pods, p)
	}
	return s
}

func workQueue() jobstatus.Status {
	s := base("queue", jobstatus.WorkQueue, jobstatus.Draining)
	s.Since = ago(12 * time.Second)
	s.Message = "one worker is done: no new ones are started, those that run are waited for"
	s.Counts = jobstatus.Counts{Active: 2, Ready: 2, Succeeded: 1}
	s.Progress = jobstatus.Progress{Done: 1, Total: 3, Unit: jobstatus.Workers}
	s.Pods = []*jobstatus.Pod{pod("queue", -1, 1, jobstatus.PodRunning, "Running"), pod("queue", -1, 2, jobstatus.PodRunning, "Running")}
	return s
}

func failing() jobstatus.Status {
	s := base("etl", jobstatus.FixedCount, jobstatus.FailureTarget)
	s.Since, s.Decided, s.Failing = ago(8*time.Second), true, true
	s.Reason, s.Message = "BackoffLimitExceeded", "Job has reached the specified backoff limit"
	s.Counts = jobstatus.Counts{Terminating: 1, Succeeded: 4, Failed: 7}
	s.Progress = jobstatus.Progress{Done: 4, Total: 10, Unit: jobstatus.Completions}
	s.Pods = []*jobstatus.Pod{pod("etl", -1, 1, jobstatus.PodTerminating, "Terminating"), failedPod("etl", -1, 2, 2, "Error", "")}
	s.Failures = []jobstatus.Failure{{Count: 7, Container: "c", Code: 2, Reason: "Error"}}
	return s
}

func failed() jobstatus.Status {
	s := failing()
	s.State, s.Outcome, s.End, s.Since = jobstatus.Failed, jobstatus.FailedOutcome, ago(3*time.Second), ago(3*time.Second)
	s.Counts.Terminating = 0
	s.Pods = s.Pods[1:]
	return s
}

func complete() jobstatus.Status {
	s := base("pi", jobstatus.FixedCount, jobstatus.Complete)
	s.Outcome, s.Decided, s.Succeeding = jobstatus.Succeeded, true, true
	s.Since, s.End, s.Duration = ago(time.Second), ago(time.Second), 24*time.Second
	s.DeletesAt = clockNow().Add(99 * time.Second)
	s.Reason, s.Message = "CompletionsReached", "Reached expected number of succeeded pods"
	s.Counts = jobstatus.Counts{Succeeded: 8}
	s.Progress = jobstatus.Progress{Done: 8, Total: 8, Unit: jobstatus.Completions, PerMinute: 20}
	return s
}

func suspended() jobstatus.Status {
	s := base("nightly", jobstatus.FixedCount, jobstatus.Suspended)
	s.Start, s.Duration = time.Time{}, 0
	s.Reason, s.Message = "JobSuspended", "Job suspended"
	s.Progress = jobstatus.Progress{Done: 2, Total: 5, Unit: jobstatus.Completions}
	s.Counts = jobstatus.Counts{Succeeded: 2}
	return s
}

func forbidden() jobstatus.Status {
	s := countRunning()
	s.Pods = nil
	s.Unavailable = map[jobstatus.Part]string{
		jobstatus.PodsPart:   "forbidden: cannot list pods in namespace \"default\"",
		jobstatus.EventsPart: "forbidden: cannot list events in namespace \"default\"",
	}
	return s
}

func hostile() jobstatus.Status {
	s := base("evil\x1b[2Jjob", jobstatus.FixedCount, jobstatus.Blocked)
	s.Reason, s.Message = "Failed\u202eCreate", "first line\nNAME  STATUS\npi    Complete"
	s.Progress = jobstatus.Progress{Total: 3, Unit: jobstatus.Completions}
	p := failedPod("日本語のポッド名", -1, 1, 1, "Error", "e\u0301te\u0301 🇩🇪 👍🏽 \u009b31m \xff\xfe end")
	r := pod("\u05e9\u05dc\u05d5\u05dd", -1, 1, jobstatus.PodRunning, "Running")
	s.Pods = []*jobstatus.Pod{p, r}
	s.Events = []jobstatus.Event{{Type: "Warning", Reason: "Failed\x07Create", About: "job/evil", Message: "webhook says\x1b]0;title\x07\fgone", Last: ago(time.Second), Count: 12}}
	return s
}

func manyIndexes() jobstatus.Status {
	s := base("sweep", jobstatus.Indexed, jobstatus.Running)
	s.Since, s.Start = ago(40*time.Minute), ago(40*time.Minute)
	s.Counts = jobstatus.Counts{Active: 500, Ready: 480, Succeeded: 5230, Failed: 12}
	s.Progress = jobstatus.Progress{Done: 5230, Total: 10000, Unit: jobstatus.Completions, PerMinute: 130, ETA: &jobstatus.Band{Low: 33 * time.Minute, High: 41 * time.Minute}}
	s.Indexes = &jobstatus.Indexes{
		Total: 10000, Completed: ranges(0, 4799, 4900, 5199, 5250, 5379), Running: ranges(4800, 4899, 5200, 5249, 5380, 5709),
		Retrying: ranges(4321, 4332), Pending: ranges(5710, 5729),
	}
	s.Failures = []jobstatus.Failure{{Count: 12, Container: "worker", Code: 3, Reason: "Error", Message: "lease lost"}}
	for i := int32(5380); i < 5710; i++ {
		s.Pods = append(s.Pods, pod("sweep", i, 1, jobstatus.PodRunning, "Running"))
	}
	return s
}

// board is several Jobs.
func board() []jobstatus.Status {
	twin := countRunning()
	twin.Namespace, twin.Name = "batch", "a-job-with-a-rather-long-name-of-its-own"
	return []jobstatus.Status{complete(), indexedRunning(), backingOff(), failed(), workQueue(), suspended(), twin}
}

// vanished are Jobs that were taken away before they ended.
func vanished() []jobstatus.Status {
	gone, replaced := countRunning(), countRunning()
	gone.State, gone.Outcome = jobstatus.Gone, jobstatus.Vanished
	replaced.State, replaced.Outcome = jobstatus.Replaced, jobstatus.ReplacedByTwin
	return []jobstatus.Status{gone, replaced}
}
