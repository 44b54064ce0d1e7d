package cluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// The names of these tests are those of docs/reliability.md.

var watching = []string{"watch"}

func TestW1_AWatchThatEndsIsOpenedAnewWithin100ms(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Times: 4, Fault: faultproxy.Fault{AfterEvents: 1, End: faultproxy.Clean}})
		l.proxy.DropConnections()
		l.wait(100 * time.Millisecond)
		before := len(l.feed.lines)
		for i := range int32(6) {
			l.api.Put(aJob("u", i+1))
			l.wait(100 * time.Millisecond)
		}
		l.expect(before, "job u 1", "job u 2", "job u 3", "job u 4", "job u 5", "job u 6")
		if slices.ContainsFunc(l.feed.lines, isNotice) {
			t.Errorf("a watch that ends is nobody's business: %q", l.feed.lines)
		}
	})
}

func isNotice(line string) bool { return strings.HasPrefix(line, "notice") }

func TestW1_AnEndlessRowOfEndsIsNoBusyLoop(t *testing.T) {
	inLab(t, FollowOptions{}, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Fault: faultproxy.Fault{End: faultproxy.Clean}})
		l.proxy.DropConnections()
		l.wait(time.Second)
		l.proxy.Forget()
		l.wait(time.Minute)
		if got := faultproxy.Total(l.proxy.Counts()).Requests; got < 60 || got > 300 {
			t.Errorf("%d requests in a minute, want one or a few a second", got)
		}
	})
}

func TestW2_410ListsAgainAndTellsDeletions(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{
		"as an event":   {End: faultproxy.Expired},
		"as a status":   {Status: 410},
		"of the server": {},
	} {
		t.Run(name, func(t *testing.T) {
			prepare := func(l *lab) {
				l.api.Put(aPod("u", "x-a", corev1.PodRunning))
				l.api.Put(aPod("u", "x-b", corev1.PodRunning))
			}
			inLab(t, FollowOptions{Pods: true}, prepare, func(l *lab) {
				before := len(l.feed.lines)
				if err := l.proxy.Down(); err != nil {
					t.Fatal(err)
				}
				l.api.Put(aJob("u", 3))
				l.api.Delete(aPod("u", "x-a", ""))
				l.api.Put(aPod("u", "x-b", corev1.PodSucceeded))
				l.api.Forget()
				if fault != (faultproxy.Fault{}) {
					l.rules(faultproxy.Rule{Verbs: watching, Times: 2, Fault: fault})
				}
				if err := l.proxy.Up(); err != nil {
					t.Fatal(err)
				}
				l.wait(time.Second)
				got := l.feed.since(before)
				slices.Sort(got)
				want := []string{"job u 3", "pod gone x-a", "pod x-b Succeeded"}
				if !slices.Equal(got, want) {
					t.Errorf("emitted %q, want %q", got, want)
				}
			})
		})
	}
}

func TestW2_410ForEverIsNoBusyLoop(t *testing.T) {
	inLab(t, FollowOptions{}, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Fault: faultproxy.Fault{End: faultproxy.Expired}})
		l.proxy.DropConnections()
		l.wait(2 * time.Second)
		l.proxy.Forget()
		l.wait(time.Minute)
		if got := faultproxy.Total(l.proxy.Counts()).Requests; got < 30 || got > 500 {
			t.Errorf("%d requests in a minute", got)
		}
		l.api.Put(aJob("u", 9))
		l.wait(time.Second)
		if last := l.feed.lines[len(l.feed.lines)-1]; last != "job u 9" {
			t.Errorf("after another second the last is %q", last)
		}
	})
}

func TestW3_AfterAnOutageTheStateIsFreshWithinASecond(t *testing.T) {
	for _, away := range []time.Duration{3 * time.Second, 10 * time.Second, 45 * time.Second, 10 * time.Minute} {
		t.Run(away.String(), func(t *testing.T) {
			inLab(t, everything, nil, func(l *lab) {
				before := len(l.feed.lines)
				if err := l.proxy.Down(); err != nil {
					t.Fatal(err)
				}
				l.wait(away)
				l.api.Put(aJob("u", 1))
				l.api.Put(aPod("u", "x-a", corev1.PodSucceeded))
				l.api.Forget() // a server that was started anew knows no history
				if err := l.proxy.Up(); err != nil {
					t.Fatal(err)
				}
				l.wait(time.Second)
				got := l.feed.since(before)
				if len(got) != 4 || !strings.HasPrefix(got[0], "notice reconnecting: ") ||
					!slices.Contains(got, "notice reconnected") || !slices.Contains(got, "job u 1") ||
					!slices.Contains(got, "pod x-a Succeeded") {
					t.Errorf("emitted %q", got)
				}
			})
		})
	}
}

func TestW4_ARefusedGetDoesNotEndALivingWatch(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		before := len(l.feed.lines)
		if err := l.proxy.Drain(); err != nil {
			t.Fatal(err)
		}
		l.rules(faultproxy.Rule{Verbs: []string{"get"}, Fault: faultproxy.Fault{Reset: true}})
		l.wait(59 * time.Second)
		l.api.Put(aJob("u", 1))
		l.api.Put(aPod("u", "x-a", corev1.PodRunning))
		l.wait(50 * time.Millisecond)
		got := l.feed.since(before)
		slices.Sort(got)
		if !slices.Equal(got, []string{"job u 1", "pod x-a Running"}) {
			t.Errorf("emitted %q", got)
		}
	})
}

func TestW6_AStalledStreamIsNoticed(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Times: 4, Fault: faultproxy.Fault{End: faultproxy.Stall}})
		l.proxy.DropConnections()
		l.wait(100 * time.Millisecond)
		before := len(l.feed.lines)
		l.api.Put(aJob("u", 1))
		l.api.Put(aPod("u", "x-a", corev1.PodRunning))
		l.wait(31 * time.Second)
		got := l.feed.since(before)
		slices.Sort(got)
		if !slices.Equal(got, []string{"job u 1", "pod x-a Running"}) {
			t.Errorf("emitted %q", got)
		}
	})
}

func TestW6_SilenceCostsOneGetAndNothingElse(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.api.ForgetRequests()
		l.wait(45 * time.Second)
		if got := l.api.Requests(); len(got) != 1 || got[0].Verb != "get" {
			t.Errorf("45 s of silence cost %v", got)
		}
		l.api.Put(aJob("u", 1, batchv1.JobComplete))
		l.wait(time.Second)
		l.api.ForgetRequests()
		l.wait(2 * time.Minute)
		if got := l.api.Requests(); len(got) != 0 {
			t.Errorf("a finished Job cost %v", got)
		}
	})
}

func TestW6_TheStreamOfThePodsStalls(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.rules(faultproxy.Rule{
			Verbs: watching, Resources: []string{"pods"}, Times: 1, Fault: faultproxy.Fault{End: faultproxy.Stall},
		})
		l.proxy.DropConnections()
		l.wait(100 * time.Millisecond)
		before := len(l.feed.lines)
		l.api.Put(aPod("u", "x-a", corev1.PodRunning))
		l.wait(5 * time.Second)
		next := aJob("u", 1)
		next.Status.Active = 2
		l.api.Put(next)
		l.wait(26 * time.Second)
		l.expect(before, "job u 1", "pod x-a Running")
	})
}

func TestW8_HalfAFrameIsABrokenWatch(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Times: 8, Fault: faultproxy.Fault{End: faultproxy.Half}})
		l.proxy.DropConnections()
		l.wait(100 * time.Millisecond)
		before := len(l.feed.lines)
		for i := range int32(4) {
			l.api.Put(aJob("u", i+1))
			l.wait(time.Second)
		}
		l.expect(before, "job u 1", "job u 2", "job u 3", "job u 4")
	})
}

func TestW9_AnEventThatComesTwiceIsToldOnce(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Fault: faultproxy.Fault{Duplicate: true}})
		l.proxy.DropConnections()
		l.wait(100 * time.Millisecond)
		before := len(l.feed.lines)
		for i := range int32(3) {
			l.api.Put(aJob("u", i+1))
			l.wait(50 * time.Millisecond)
		}
		l.expect(before, "job u 1", "job u 2", "job u 3")
	})
}

func TestW10_Deleted(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		before := len(l.feed.lines)
		l.api.Delete(aJob("u", 0))
		l.wait(50 * time.Millisecond)
		l.expect(before, "gone u 0")
	})
}

func TestW10_DeletedAndTheEventWasSwallowed(t *testing.T) {
	prepare := func(l *lab) { l.api.Put(aPod("u", "x-a", corev1.PodRunning)) }
	inLab(t, everything, prepare, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Resources: []string{"jobs"}, Fault: faultproxy.Fault{SwallowDeleted: true}})
		l.proxy.DropConnections()
		l.wait(5 * time.Second)
		before := len(l.feed.lines)
		l.api.Delete(aJob("u", 0))
		l.wait(50 * time.Millisecond)
		l.api.Delete(aPod("u", "x-a", "")) // the garbage collector
		l.wait(950 * time.Millisecond)
		l.expect(before, "pod gone x-a", "gone u 0")
	})
}

func TestW10_DeletedInTheForegroundAndTheEventWasSwallowed(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Resources: []string{"jobs"}, Fault: faultproxy.Fault{SwallowDeleted: true}})
		l.proxy.DropConnections()
		l.wait(5 * time.Second)
		leaving := aJob("u", 0)
		leaving.DeletionTimestamp = &metav1.Time{Time: time.Now()}
		l.api.Put(leaving)
		l.wait(50 * time.Millisecond)
		before := len(l.feed.lines)
		l.api.Delete(leaving)
		l.wait(time.Second)
		l.expect(before, "gone u 0")
	})
}

func TestW10_DeletedWhileAway(t *testing.T) {
	prepare := func(l *lab) { l.api.Put(aPod("u", "x-a", corev1.PodRunning)) }
	inLab(t, everything, prepare, func(l *lab) {
		if err := l.proxy.Down(); err != nil {
			t.Fatal(err)
		}
		l.wait(20 * time.Second)
		l.api.Delete(aJob("u", 0))
		l.api.Delete(aPod("u", "x-a", ""))
		l.api.Forget()
		if err := l.proxy.Up(); err != nil {
			t.Fatal(err)
		}
		l.wait(time.Second)
		if !slices.Contains(l.feed.lines, "gone u 0") || !slices.Contains(l.feed.lines, "pod gone x-a") {
			t.Errorf("emitted %q", l.feed.lines)
		}
	})
}

func TestW11_AnotherUIDUnderTheNameIsAnotherJob(t *testing.T) {
	for name, between := range map[string]func(*lab){
		"watched":    func(*lab) {},
		"while away": func(l *lab) { l.api.Forget() },
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, everything, nil, func(l *lab) {
				before := len(l.feed.lines)
				if name == "while away" {
					l.rules(faultproxy.Rule{Fault: faultproxy.Fault{Reset: true}})
					l.proxy.DropConnections()
				}
				l.api.Delete(aJob("u", 0))
				l.api.Put(aJob("v", 5, batchv1.JobComplete))
				l.api.Put(aPod("v", "x-z", corev1.PodSucceeded))
				between(l)
				l.rules()
				l.wait(time.Second)
				l.api.Put(aJob("v", 6, batchv1.JobComplete))
				l.wait(time.Second)
				got := slices.DeleteFunc(l.feed.since(before), isNotice)
				if want := []string{"gone u 0", "job v 5 Complete"}; !slices.Equal(got, want) {
					t.Errorf("emitted %q, want %q", got, want)
				}
			})
		})
	}
}

func TestW12_TheDeletedObjectCarriesTheVerdict(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		before := len(l.feed.lines)
		l.rules(faultproxy.Rule{Verbs: watching, Fault: faultproxy.Fault{Delay: metav1.Duration{Duration: time.Second}}})
		l.proxy.DropConnections()
		l.api.Put(aJob("u", 1, batchv1.JobComplete))
		l.api.Delete(aJob("u", 1))
		l.wait(3 * time.Second)
		l.expect(before, "job u 1 Complete", "gone u 1 Complete")
	})
}
