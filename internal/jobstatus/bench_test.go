package jobstatus

import (
	"fmt"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// bigJob is an Indexed Job of n pods: most succeeded, some run, some failed.
func bigJob(n int) (*Snapshot, []*corev1.Pod) {
	s := &Snapshot{}
	s.Apply(Change{Job: aJob(func(j *batchv1.Job) {
		j.Spec.CompletionMode = ptr(batchv1.IndexedCompletion)
		j.Spec.Completions, j.Spec.Parallelism = ptr(int32(n)), ptr(int32(500))
		j.Status.CompletedIndexes = fmt.Sprintf("0-%d", n*9/10)
		j.Status.Active, j.Status.Ready = 500, ptr(int32(500))
	}), Synced: true})
	pods := make([]*corev1.Pod, n)
	for i := range n {
		what := ended(0, time.Duration(i)*time.Millisecond)
		switch {
		case i > n*9/10:
			what = func(*corev1.Pod) {}
		case i%50 == 0:
			what = ended(1, time.Duration(i)*time.Millisecond)
		}
		pods[i] = aPod(0, at(i), what, func(p *corev1.Pod) {
			if p.Status.Phase == corev1.PodSucceeded {
				p.Finalizers = nil // the controller has counted it
			}
			p.Name, p.UID = fmt.Sprintf("work-%d", i), types.UID(fmt.Sprintf("6f5c1d1e-9a59-4b1f-9f0a-%012d", i))
		})
		s.Apply(Change{Pod: pods[i]})
	}
	return s, pods
}

// BenchmarkCompute10k is one look at 10,000 pods of which 100 have changed since the last, and the difference: what a
// watch does ten times a second.
func BenchmarkCompute10k(b *testing.B) {
	s, pods := bigJob(10_000)
	prev := Compute(*s, noon())
	version := 10_000
	b.ReportAllocs()
	for b.Loop() {
		for i := range 100 {
			version++
			p := *pods[9_100+(version*7+i)%800]
			p.ResourceVersion = fmt.Sprint(version)
			s.Apply(Change{Pod: &p})
		}
		next := Compute(*s, noon())
		Diff(prev, next)
		prev = next
	}
}

// BenchmarkFirstLook10k is the first look, at pods that have all just been listed.
func BenchmarkFirstLook10k(b *testing.B) {
	_, pods := bigJob(10_000)
	job := aJob()
	b.ReportAllocs()
	for b.Loop() {
		s := &Snapshot{}
		s.Apply(Change{Job: job})
		for _, p := range pods {
			s.Apply(Change{Pod: p})
		}
		Compute(*s, noon())
	}
}

// BenchmarkComputeOne is a look at a Job without its pods, as a list of Jobs has it.
func BenchmarkComputeOne(b *testing.B) {
	job := aJob()
	b.ReportAllocs()
	for b.Loop() {
		Compute(Snapshot{Job: job}, noon())
	}
}

// TestComputeStaysCheap bounds what a look allocates: the lists that it returns, not a look at every pod again.
func TestComputeStaysCheap(t *testing.T) {
	s, _ := bigJob(10_000)
	Compute(*s, noon())
	if n := testing.AllocsPerRun(10, func() { Compute(*s, noon()) }); n > 1500 {
		t.Errorf("%.0f allocations for a look at which nothing has changed", n)
	}
}
