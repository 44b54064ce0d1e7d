package render

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func ptr[T any](v T) *T { return &v }

// fullJob has a value in every part that a page shows.
func fullJob() *batchv1.Job {
	optional := true
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: "etl", Namespace: "data", UID: "u1", CreationTimestamp: metav1.NewTime(ago(10 * time.Minute)),
			Labels:      map[string]string{"team": "data", "app": "etl"},
			Annotations: map[string]string{"note": "first\nsecond", corev1.LastAppliedConfigAnnotation: "{}", "a": "b"},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "batch/v1", Kind: "CronJob", Name: "nightly", Controller: ptr(true),
			}},
		},
		Spec: batchv1.JobSpec{
			Selector:    &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: "u1"}},
			Parallelism: ptr(int32(2)), Completions: ptr(int32(5)), CompletionMode: ptr(batchv1.IndexedCompletion),
			Suspend: ptr(false), BackoffLimit: ptr(int32(6)), BackoffLimitPerIndex: ptr(int32(1)), MaxFailedIndexes: ptr(int32(2)),
			ActiveDeadlineSeconds: ptr(int64(3600)), TTLSecondsAfterFinished: ptr(int32(600)), ManagedBy: ptr(batchv1.JobControllerName),
			PodReplacementPolicy: ptr(batchv1.Failed),
			PodFailurePolicy: &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
				{Action: batchv1.PodFailurePolicyActionFailJob, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
					ContainerName: ptr("main"), Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{42, 43},
				}},
				{Action: batchv1.PodFailurePolicyActionIgnore, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
					{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
				}},
			}},
			SuccessPolicy: &batchv1.SuccessPolicy{Rules: []batchv1.SuccessPolicyRule{{SucceededIndexes: ptr("0,2-4"), SucceededCount: ptr(int32(3))}}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "etl"}},
				Spec: corev1.PodSpec{
					RestartPolicy: corev1.RestartPolicyNever, ServiceAccountName: "loader", PriorityClassName: "low",
					NodeSelector:   map[string]string{"disk": "ssd"},
					Tolerations:    []corev1.Toleration{{Key: "spot", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule, TolerationSeconds: ptr(int64(30))}},
					InitContainers: []corev1.Container{{Name: "wait", Image: "busybox:1.36", RestartPolicy: ptr(corev1.ContainerRestartPolicyAlways)}},
					Containers: []corev1.Container{{
						Name: "main", Image: "registry.example/etl@sha256:0000", Command: []string{"/bin/sh", "-c", "step one\nstep two"}, Args: []string{"--all"},
						Ports: []corev1.ContainerPort{{Name: "metrics", ContainerPort: 9090, Protocol: corev1.ProtocolTCP}},
						Resources: corev1.ResourceRequirements{
							Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")},
							Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m")},
						},
						LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}}, PeriodSeconds: 5},
						EnvFrom:       []corev1.EnvFromSource{{Prefix: "DB_", SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "db"}}}},
						Env: []corev1.EnvVar{
							{Name: "MODE", Value: "full"},
							{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
								LocalObjectReference: corev1.LocalObjectReference{Name: "db"}, Key: "password", Optional: &optional,
							}}},
							{Name: "MEMORY", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory"}}},
						},
						VolumeMounts: []corev1.VolumeMount{{Name: "scratch", MountPath: "/scratch", SubPath: "etl"}},
					}},
					Volumes: []corev1.Volume{
						{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
						{Name: "share", VolumeSource: corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{Server: "files.example", Path: "/x"}}},
					},
				},
			},
		},
	}
	job.Status = batchv1.JobStatus{
		StartTime: ptr(metav1.NewTime(ago(10 * time.Minute))), Active: 1, Ready: ptr(int32(1)), Succeeded: 2, Failed: 2,
		Terminating: ptr(int32(1)), CompletedIndexes: "0,2", FailedIndexes: ptr("1"),
		Conditions: []batchv1.JobCondition{{
			Type: batchv1.JobSuspended, Status: corev1.ConditionFalse, Reason: "JobResumed", Message: "Job resumed",
			LastTransitionTime: metav1.NewTime(ago(9 * time.Minute)),
		}},
	}
	return job
}

// pageStatus computes what a page shows of a Job and some pods of it.
func pageStatus(job *batchv1.Job, hostile string) jobstatus.Status {
	var snap jobstatus.Snapshot
	snap.Apply(jobstatus.Change{Job: job})
	for i, phase := range []corev1.PodPhase{corev1.PodSucceeded, corev1.PodFailed, corev1.PodSucceeded, corev1.PodRunning} {
		index := string(rune('0' + i))
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Name: "etl-" + index + hostile, Namespace: "data", UID: "p" + job.UID + "-" + jobUID(index), CreationTimestamp: metav1.NewTime(ago(9 * time.Minute)),
				Annotations:     map[string]string{batchv1.JobCompletionIndexAnnotation: index},
				OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: job.Name, UID: job.UID, Controller: ptr(true)}},
			},
			Spec:   corev1.PodSpec{NodeName: "node-" + index, Containers: job.Spec.Template.Spec.Containers},
			Status: corev1.PodStatus{Phase: phase},
		}
		state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(ago(8 * time.Minute))}}
		if phase != corev1.PodRunning {
			state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				StartedAt: metav1.NewTime(ago(8 * time.Minute)), FinishedAt: metav1.NewTime(ago(7 * time.Minute)), Reason: "Completed",
			}}
		}
		if phase == corev1.PodFailed {
			state.Terminated.ExitCode, state.Terminated.Reason, state.Terminated.Message = 137, "OOMKilled", "killed"+hostile
		}
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: state}}
		snap.Apply(jobstatus.Change{Pod: pod})
	}
	for i, text := range []string{"Created pod: etl-0" + hostile, "a message that is longer than what stands beside it and says much more than a reader would think possible"} {
		snap.Apply(jobstatus.Change{Event: &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{UID: jobUID("e" + string(rune('0'+i)))},
			InvolvedObject: corev1.ObjectReference{Kind: "Job", Name: job.Name, UID: job.UID}, Type: "Normal", Reason: "SuccessfulCreate",
			Message: text, Count: 3, FirstTimestamp: metav1.NewTime(ago(9 * time.Minute)), LastTimestamp: metav1.NewTime(ago(time.Minute)),
			Source: corev1.EventSource{Component: "job-controller"},
		}})
	}
	snap.Apply(jobstatus.Change{Synced: true})
	return jobstatus.Compute(snap, clockNow())
}

func jobPage(hostile string) JobPage {
	job := fullJob()
	if hostile != "" {
		job.Labels["bad"] = hostile
		job.Annotations["bad"+hostile] = hostile
		job.Spec.Template.Spec.Containers[0].Image += hostile
		job.Spec.Template.Spec.Containers[0].Command = []string{"x" + hostile}
		job.Spec.Template.Spec.Containers[0].Env[0].Value = hostile
		job.Spec.Template.Spec.Volumes[1].NFS.Path = hostile
		job.Spec.Template.Spec.Tolerations[0].Key = hostile
		job.Status.Conditions[0].Message = hostile
		job.Status.Conditions[0].Reason = hostile
		job.Status.CompletedIndexes = "0" + hostile
	}
	s := pageStatus(job, hostile)
	return JobPage{Job: job, Status: s, Report: diagnosis.OfJob(diagnosis.Facts{Status: s, Job: job}), Events: true}
}

func cronPage(hostile string) CronJobPage {
	c := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Name: "nightly", Namespace: "data", UID: "c1", CreationTimestamp: metav1.NewTime(ago(72 * time.Hour))}}
	c.Spec = batchv1.CronJobSpec{
		Schedule: "30 3 * * *", TimeZone: ptr("Asia/Tokyo"), ConcurrencyPolicy: batchv1.ForbidConcurrent, StartingDeadlineSeconds: ptr(int64(200)),
		SuccessfulJobsHistoryLimit: ptr(int32(3)), JobTemplate: batchv1.JobTemplateSpec{Spec: fullJob().Spec},
	}
	c.Status.LastScheduleTime = ptr(metav1.NewTime(ago(5 * time.Hour)))
	c.Status.LastSuccessfulTime = ptr(metav1.NewTime(ago(29 * time.Hour)))
	if hostile != "" {
		c.Labels = map[string]string{"bad": hostile}
	}
	var runs []*batchv1.Job
	for i, kind := range []batchv1.JobConditionType{batchv1.JobComplete, batchv1.JobFailed} {
		start := metav1.NewTime(ago(time.Duration(29-24*i) * time.Hour))
		end := metav1.NewTime(start.Add(90 * time.Second))
		j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "nightly-" + string(rune('1'+i)) + hostile, UID: jobUID("r" + string(rune('0'+i))), CreationTimestamp: start}}
		j.Annotations = map[string]string{diagnosis.ScheduledAnnotation: start.Format(time.RFC3339)}
		j.Status.StartTime = &start
		j.Status.Conditions = []batchv1.JobCondition{{Type: kind, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", Message: "it is over" + hostile, LastTransitionTime: end}}
		if kind == batchv1.JobComplete {
			j.Status.CompletionTime = &end
		}
		runs = append(runs, j)
	}
	s := diagnosis.OfCron(c, runs, clockNow())
	events := []*corev1.Event{{
		InvolvedObject: corev1.ObjectReference{Kind: "CronJob", Name: "nightly"}, Type: "Normal", Reason: "SuccessfulCreate",
		Message: "Created job nightly-2" + hostile, LastTimestamp: metav1.NewTime(ago(5 * time.Hour)), Source: corev1.EventSource{Component: "cronjob-controller"},
	}}
	return CronJobPage{
		CronJob: c, Status: s, Report: diagnosis.OfCronJob(diagnosis.CronFacts{Status: s, CronJob: c, Events: events}),
		Events: events, ShowEvents: true,
	}
}

// pages are all pages and tables of this room, drawn for one terminal.
func pages(hostile string) map[string]func(Style) string {
	write := func(draw func(*bytes.Buffer) error) string {
		var b bytes.Buffer
		if err := draw(&b); err != nil {
			return "error: " + err.Error()
		}
		return b.String()
	}
	job, cron := jobPage(hostile), cronPage(hostile)
	row := NewJobRow(job.Job, job.Status)
	alone := NewJobRow(job.Job, job.Status)
	alone.Headline = "because" + hostile
	return map[string]func(Style) string{
		"describe-job": func(st Style) string {
			return write(func(b *bytes.Buffer) error { return DescribeJob(b, job, clockNow(), st) })
		},
		"describe-cronjob": func(st Style) string {
			return write(func(b *bytes.Buffer) error { return DescribeCronJob(b, cron, clockNow(), st) })
		},
		"why-job": func(st Style) string {
			return write(func(b *bytes.Buffer) error { return Why(b, job.Report, clockNow(), st) })
		},
		"why-cronjob": func(st Style) string {
			return write(func(b *bytes.Buffer) error { return Why(b, cron.Report, clockNow(), st) })
		},
		"get-jobs": func(st Style) string {
			return write(func(b *bytes.Buffer) error {
				return JobTable([]*JobRow{&row, &alone}, ListColumns{Namespace: true, Wide: true}, clockNow(), st).Write(b, st)
			})
		},
		"get-cronjobs": func(st Style) string {
			return write(func(b *bytes.Buffer) error {
				return CronJobTable([]diagnosis.CronStatus{cron.Status}, ListColumns{Wide: true}, clockNow(), st).Write(b, st)
			})
		},
		"get-tree": func(st Style) string {
			return write(func(b *bytes.Buffer) error {
				return Tree([]Branch{{cron.Status, []*JobRow{&row, &row}}}, []*JobRow{&alone}, ListColumns{}, clockNow(), st).Write(b, st)
			})
		},
		"pods": func(st Style) string {
			return write(func(b *bytes.Buffer) error {
				return PodTable(job.Status.Pods, ColumnsFor(job.Status.Pods), clockNow(), st).Write(b, st)
			})
		},
		"pods-wide": func(st Style) string {
			return write(func(b *bytes.Buffer) error {
				c := ColumnsFor(job.Status.Pods)
				c.Wide = true
				return PodTable(job.Status.Pods, c, clockNow(), st).Write(b, st)
			})
		},
	}
}

func TestPagesGolden(t *testing.T) {
	for name, draw := range pages("") {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, st := range []Style{
				{UTF8: true}, {UTF8: true, Width: 40, Height: 24}, {UTF8: true, Width: 80, Height: 24}, {UTF8: true, Width: 120, Height: 24},
				{UTF8: true, Color: true, Width: 80, Height: 24}, {Width: 80, Height: 24},
			} {
				b.WriteString(title(st) + "====\n" + draw(st))
			}
			golden(t, "page-"+name, b.String())
		})
	}
}

// T1, T2: what the cluster says can neither act on the terminal nor begin a line of its own, on any page, for every kind
// of character that must not pass.
func TestT1T2PagesLetNothingThrough(t *testing.T) {
	clean := map[string]int{}
	for name, draw := range pages("x") {
		clean[name] = strings.Count(draw(Style{UTF8: true}), "\n")
	}
	for _, bad := range []string{
		"\x1b[31m", "\x1b]0;title\x07", "\u009b31m", "\u009d0;x\u0007", "\r", "\b\b", "\x7f", "\f", "\v", "\u0085", "\u2028", "\u2029",
		"\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041", "\xff\xfe", "\x00",
	} {
		for name, draw := range pages("x" + bad + "FORGED") {
			for _, st := range []Style{{UTF8: true}, {UTF8: true, Width: 80, Height: 24}, {Width: 60, Height: 24}} {
				out := draw(st)
				if !utf8.ValidString(out) {
					t.Errorf("%s: invalid UTF-8 of %q", name, bad)
				}
				for _, line := range strings.Split(out, "\n") {
					if strings.HasPrefix(line, "FORGED") {
						t.Errorf("%s: %q begins a line of its own", name, bad)
					}
				}
				for _, r := range strings.NewReplacer("\n", "", "\u2068", "", "\u2069", "").Replace(out) {
					if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
						t.Fatalf("%s at %+v: %q lets %U through", name, st, bad, r)
					}
				}
			}
			if got := strings.Count(draw(Style{UTF8: true}), "\n"); got != clean[name] {
				t.Errorf("%s: %q makes %d lines of %d", name, bad, got, clean[name])
			}
		}
	}
}

// T2: a line break in a value goes on behind a bar at the value's own column.
func TestT2LineBreaksStayInTheirValue(t *testing.T) {
	for name, draw := range pages("\nFORGED:   yes") {
		for _, st := range []Style{{UTF8: true}, {UTF8: true, Width: 80, Height: 24}, {UTF8: true, Width: 40, Height: 24}} {
			for _, line := range strings.Split(draw(st), "\n") {
				if strings.HasPrefix(strings.TrimLeft(line, " "), "FORGED") {
					t.Errorf("%s at width %d: %q stands for itself", name, st.Width, line)
				}
			}
		}
	}
}

func FuzzPages(f *testing.F) {
	for _, seed := range []string{"", "x", "\n", "\x1b[2J", "日本語", "e\u0301", "👩‍👩‍👧", "שלום", "\xf0\x28", strings.Repeat("w", 300)} {
		f.Add(seed, 80)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		if len(text) > 1000 {
			return
		}
		st := Style{UTF8: true, Width: 1 + (width&0x7fffffff)%200, Height: 24}
		for name, draw := range pages(text) {
			out := draw(st)
			if strings.HasPrefix(out, "error: ") || !utf8.ValidString(out) {
				t.Fatalf("%s of %q: %q", name, text, out)
			}
			for _, r := range out {
				if r != '\n' && (unicode.IsControl(r)) {
					t.Fatalf("%s lets %U of %q through", name, r, text)
				}
			}
		}
	})
}

func jobUID(s string) types.UID { return types.UID(s) }

// P3: a clock that is hours behind the server's makes no age negative, on any page.
func TestP3PagesWithASlowClock(t *testing.T) {
	job, cron := jobPage(""), cronPage("")
	before := clockNow().Add(-3 * time.Hour)
	st := Style{UTF8: true}
	row := NewJobRow(job.Job, jobstatus.Compute(snapshotOf(job.Job), before))
	for name, draw := range map[string]func(*bytes.Buffer) error{
		"describe-job":     func(b *bytes.Buffer) error { return DescribeJob(b, job, before, st) },
		"describe-cronjob": func(b *bytes.Buffer) error { return DescribeCronJob(b, cron, before, st) },
		"why":              func(b *bytes.Buffer) error { return Why(b, job.Report, before, st) },
		"get": func(b *bytes.Buffer) error {
			return JobTable([]*JobRow{&row}, ListColumns{Wide: true}, before, st).Write(b, st)
		},
		"pods": func(b *bytes.Buffer) error {
			return PodTable(job.Status.Pods, ColumnsFor(job.Status.Pods), before, st).Write(b, st)
		},
	} {
		var b bytes.Buffer
		if err := draw(&b); err != nil {
			t.Error(err)
		}
		if bad := regexp.MustCompile(`<invalid>|(^|[ (])-\d+(\.\d+)?(ms|s|m|h|d)`).FindString(b.String()); bad != "" {
			t.Errorf("%s says %q:\n%s", name, bad, b.String())
		}
	}
}

func snapshotOf(job *batchv1.Job) jobstatus.Snapshot {
	var s jobstatus.Snapshot
	s.Apply(jobstatus.Change{Job: job})
	return s
}
