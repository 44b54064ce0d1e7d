package logtail

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestMergeSortsByTime merges logs of very different lengths, with lines of one time, against a plain stable sort.
func TestMergeSortsByTime(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	type entry struct {
		at   time.Time
		text string
	}
	var all []entry
	logs := map[string]string{}
	var pods []*corev1.Pod
	for p := range 20 {
		name := fmt.Sprintf("p%02d", p)
		var log strings.Builder
		at := start
		for i := range random.IntN(1 + 1000*(p%5)) {
			at = at.Add(time.Duration(random.IntN(3)) * time.Millisecond)
			e := entry{at, fmt.Sprintf("pod %d line %d %s\n", p, i, strings.Repeat("x", random.IntN(200)))}
			all = append(all, e)
			log.WriteString(e.at.Format(stampLayout) + " " + e.text)
		}
		logs[name+"/c"] = log.String()
		pods = append(pods, pod(name, 0, exited(0), nil))
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	var want strings.Builder
	for _, e := range all {
		want.WriteString(e.text)
	}
	b := newBench(newNode(logs))
	sum, err := b.Merge(t.Context(), plan(pods...))
	check(t, b, err, want.String())
	if sum.Streams != len(pods) {
		t.Errorf("%+v", sum)
	}
}

// TestMergeKeepsTheOrderOfAStream: where a clock stepped back the lines stay in the order in which they were written.
func TestMergeKeepsTheOrderOfAStream(t *testing.T) {
	line := func(at time.Duration, text string) string {
		return start.Add(at).Format(stampLayout) + " " + text + "\n"
	}
	b := newBench(newNode(map[string]string{
		"p/c": line(5*time.Second, "a") + line(4*time.Second, "b") + line(9*time.Second, "d"),
		"q/c": line(6*time.Second, "c"),
	}))
	_, err := b.Merge(t.Context(), plan(pod("p", 0, exited(0), nil), pod("q", 0, exited(0), nil)))
	check(t, b, err, "a\nb\nc\nd\n")
}

// A single log comes as the bytes that it is, sorted or not, and each of several that end without a line break is on a line of its own.
func TestMergeKeepsTheBytes(t *testing.T) {
	log := numbered(2, time.Second)
	open := strings.TrimSuffix(log, "\n")
	for _, c := range []struct {
		logs  map[string]string
		limit int64
		want  string
	}{
		{map[string]string{"p/c": log}, 4, "line"},
		{map[string]string{"p/c": open}, 0, "line 0\nline 1"},
		{map[string]string{"p/c": open, "q/c": open}, 0, "line 0\nline 0\nline 1\nline 1"},
	} {
		b := newBench(newNode(c.logs))
		b.Complete, b.Read.LimitBytes = true, c.limit
		var pods []*corev1.Pod
		for _, name := range []string{"p", "q"}[:len(c.logs)] {
			pods = append(pods, pod(name, 0, exited(0), nil))
		}
		_, err := b.Merge(t.Context(), plan(pods...))
		check(t, b, err, c.want)
	}
}
