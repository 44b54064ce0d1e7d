package logtail

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// hundreds is a log of n lines of 100 bytes each, a millisecond apart.
func hundreds(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s %-100d\n", start.Add(time.Duration(i)*time.Millisecond).Format(stampLayout), i)
	}
	return b.String()
}

// lastLines are the last n lines of a text.
func lastLines(text string, n int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "") + "\n"
}

// --tail gives so many lines and none more, also where they are too much to be held back, and none without its beginning.
func TestL10MoreThanIsHeld(t *testing.T) {
	wide := func(n int) string { // lines of 40,000 bytes
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%s %05d%s\n", start.Add(time.Duration(i)*time.Second).Format(stampLayout), i, strings.Repeat("x", 39_995))
		}
		return b.String()
	}
	after := strings.NewReplacer(start.Format(stampLayout)[:11], "2026-11-24T").Replace
	huge := start.Format(stampLayout) + " " + strings.Repeat("y", 3<<20) + "\n"
	for name, c := range map[string]struct {
		log  string
		tail int64
	}{
		"many short lines":                         {hundreds(20_000), 5000},
		"as many as there are":                     {hundreds(5000), 5000},
		"one more than there are":                  {hundreds(5000), 5001},
		"wide lines":                               {wide(30), 20},
		"the first piece is the rest of a line":    {wide(2) + after(hundreds(4000)), 4001},
		"and that line is not wanted":              {wide(2) + after(hundreds(4000)), 4000},
		"a line that is passed on in pieces":       {huge + after(hundreds(10)), 11},
		"a last line without a line break":         {strings.TrimSuffix(hundreds(20_000), "\n"), 5000},
		"a short log with a last line without one": {strings.TrimSuffix(hundreds(20), "\n"), 7},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(newNode(map[string]string{"p/c": c.log}))
			b.Read.Tail = c.tail
			_, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
			want := lastLines(plainly(c.log), int(c.tail))
			if !strings.HasSuffix(c.log, "\n") {
				want = strings.TrimSuffix(want, "\n")
			}
			if got := b.out.String(); err != nil || got != want {
				t.Errorf("%v: %d lines of %d bytes, want %d of %d; it begins with %.200q", err, strings.Count(got, "\n"), len(got), strings.Count(want, "\n"), len(want), got)
			}
		})
	}
}

// A first read that breaks is done anew: what it brought may begin anywhere.
func TestL10FirstReadBreaks(t *testing.T) {
	log := hundreds(6000)
	for _, tail := range []int64{50, 5000} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n < 2 {
				return broken(body[:len(body)*(n+1)/3], io.ErrUnexpectedEOF), nil
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		b.Read.Tail = tail
		_, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
		check(t, b, err, lastLines(plainly(log), int(tail)))
	}
}

// A log that grows between the two reads of what is too much to be held begins no line too early.
func TestL10GrowsBetweenTwoReads(t *testing.T) {
	grown := hundreds(5000 + 300)
	k := newNode(map[string]string{"p/c": hundreds(5000)})
	k.answer = func(n int, o *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		if n == 0 {
			return broken(body, nil), nil
		}
		return broken(cut(grown, o), nil), nil
	}
	b := newBench(k)
	b.Read.Tail = 5000
	_, err := b.Fetch(t.Context(), plan(pod("p", 0, running(), nil)))
	check(t, b, err, lastLines(plainly(grown), 5000))
}

// While a line is being written --tail counts the lines before it; -f gives its end when that comes.
func TestL10WhileALineIsWritten(t *testing.T) {
	wide := start.Format(stampLayout) + " " + strings.Repeat("x", 40_000) + "\n"
	log := wide + strings.ReplaceAll(numbered(6, time.Second), "12:00", "12:01")
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, o *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		if !o.Follow && o.TailLines != nil {
			return broken(cut(log[:len(log)-2], o), nil), nil
		}
		return broken(body, nil), nil
	}
	b := newBench(k)
	b.Read.Tail = 6
	_, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
	check(t, b, err, plainly(log))
}

// L10: --tail is about the log, also where the node's first answer is none: it is asked for as many lines again.
func TestL10AfterAnError(t *testing.T) {
	log := numbered(20, time.Second)
	for _, text := range []string{missing, noContainer + "containerd://x"} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n < 2 {
				return broken(text, nil), nil
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		b.Read.Tail = 3
		_, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
		check(t, b, err, lastLines(plainly(log), 3))
	}
}
