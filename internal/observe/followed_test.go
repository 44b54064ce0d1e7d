package observe

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// podOf is a change of a pod of Job x.
func podOf(n int, phase corev1.PodPhase) jobstatus.Change {
	name := fmt.Sprintf("x-%d", n)
	return jobstatus.Change{Pod: &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: name, UID: types.UID(name), ResourceVersion: "9",
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "x", UID: "uid-x", Controller: new(true)}},
		},
		Status: corev1.PodStatus{Phase: phase},
	}}
}

func TestW13AVerdictDoesNotWaitForPodsThatCannotBeRead(t *testing.T) {
	x := refNamed("x")
	for name, c := range map[string]struct {
		steps []step
		want  time.Duration
	}{
		"it comes later":       {[]step{{0, x, at("x", 0)}, {5 * time.Second, x, at("x", 1, batchv1.JobFailed)}}, 5 * time.Second},
		"it is there at once":  {[]step{{0, x, at("x", 1, batchv1.JobFailed)}}, silence},
		"half of the pods are": {[]step{{0, x, at("x", 1, batchv1.JobFailed)}, {time.Second, x, podOf(0, corev1.PodFailed)}}, time.Second + silence},
	} {
		played(t, Options{Feed: script(nil, c.steps...)}, func(t *testing.T, s *screen, jobs []Job, err error) {
			if took := time.Since(s.began); err != nil || Code(jobs, false) != exit.JobFailed || took != c.want {
				t.Fatalf("%s: %v after %v: %+v", name, err, took, jobs)
			}
			if last := s.jobs[0].Status; last.Name != "x" || last.Unavailable[jobstatus.PodsPart] == "" || len(last.Pods) > 0 {
				t.Errorf("%s: shown %+v", name, last)
			}
		})
	}
}

// Pods say why a Job failed: as long as they come they are waited for, though not for ever.
func TestPodsThatComeAreWaitedFor(t *testing.T) {
	x := refNamed("x")
	steps := []step{{0, x, at("x", 1, batchv1.JobFailed)}}
	for n := range 5 {
		steps = append(steps, step{time.Second, x, podOf(n, corev1.PodFailed)})
	}
	played(t, Options{Feed: script(nil, append(slices.Clone(steps), step{0, x, synced()})...)}, func(t *testing.T, s *screen, jobs []Job, _ error) {
		if took := time.Since(s.began); took != 5*time.Second || len(jobs[0].Status.Pods) != 5 {
			t.Errorf("after %v: %+v", took, jobs)
		}
	})
	for n := range 20 {
		steps = append(steps, step{time.Second, x, podOf(5+n, corev1.PodFailed)})
	}
	played(t, Options{Feed: script(nil, steps...)}, func(t *testing.T, s *screen, jobs []Job, _ error) {
		if took := time.Since(s.began); took != longestReading || Code(jobs, false) != exit.JobFailed {
			t.Errorf("after %v: %+v", took, jobs)
		}
	})
}

func TestAnyEndsThoughAnotherCannotBeRead(t *testing.T) {
	a, b := refNamed("a"), refNamed("b")
	feed := announced([]*batchv1.Job{job("b", 0), job("a", 0)}, script(nil,
		step{time.Second / 2, a, at("a", 1, batchv1.JobComplete)}, step{0, a, synced()}, step{time.Minute, b, at("b", 1)},
	))
	played(t, Options{Feed: feed, Any: true}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if took := time.Since(s.began); err != nil || Code(jobs, true) != exit.OK || took != time.Second/2 || len(s.shows) != 1 {
			t.Errorf("%v after %v: %+v", err, took, jobs)
		}
	})
}

func TestWhatCannotBeReadIsNamedAtTheTimeout(t *testing.T) {
	feed := announced([]*batchv1.Job{job("x", 3)}, script(nil))
	played(t, Options{Feed: feed, Timeout: time.Second}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if !errors.Is(err, ErrTimeout) || len(jobs) != 1 || jobs[0].Status.Name != "x" || jobs[0].End != nil || len(s.shows) != 0 {
			t.Errorf("%v: %+v, shown %d times", err, jobs, len(s.shows))
		}
	})
	feed = announced([]*batchv1.Job{job("x", 3, batchv1.JobComplete)}, script(nil))
	played(t, Options{Feed: feed, Timeout: time.Second}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if err != nil || Code(jobs, false) != exit.OK || len(s.shows) != 1 {
			t.Errorf("%v: %+v, shown %d times", err, jobs, len(s.shows))
		}
	})
}

func TestAVerdictBeatsAFeedThatCannotReadTheRest(t *testing.T) {
	x, refused := refNamed("x"), errors.New("credentials expired")
	played(t, Options{Feed: script(refused, step{0, x, at("x", 1, batchv1.JobFailed)})}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if err != nil || Code(jobs, false) != exit.JobFailed || len(s.shows) != 1 {
			t.Errorf("%v: %+v, shown %d times", err, jobs, len(s.shows))
		}
	})
	played(t, Options{Feed: script(refused, step{0, x, at("x", 1)})}, func(t *testing.T, s *screen, _ []Job, err error) {
		if !errors.Is(err, refused) || len(s.shows) != 0 {
			t.Errorf("%v, shown %d times", err, len(s.shows))
		}
	})
}

// Until the pods can be read a Job is told by its own counts. Those that are there then have not come just now.
func TestPodsThatAreReadLateAreNoNews(t *testing.T) {
	x := refNamed("x")
	ready := at("x", 1)
	ready.Job.Status.Active, ready.Job.Status.Ready = 2, new(int32(2))
	played(t, Options{Feed: script(nil,
		step{0, x, ready}, step{time.Second, x, podOf(0, corev1.PodSucceeded)}, step{5 * time.Second, x, podOf(1, corev1.PodRunning)},
		step{time.Second, x, synced()}, step{time.Second, x, podOf(2, corev1.PodRunning)},
		step{time.Second, x, at("x", 2, batchv1.JobComplete)},
	)}, func(t *testing.T, s *screen, jobs []Job, _ error) {
		if s.shows[0] != time.Second+silence {
			t.Errorf("shown first after %v", s.shows[0])
		}
		if len(s.told) < 2 || s.told[0] != "x: pods can be read again" || s.told[1] != "x: pod x-2 was created" {
			t.Errorf("told %q", s.told)
		}
		if len(jobs[0].Status.Pods) != 3 {
			t.Errorf("%+v", jobs)
		}
	})
}

func TestAJobThatComesLaterIsReadFirst(t *testing.T) {
	a, b := refNamed("a"), refNamed("b")
	for name, first := range map[string]time.Duration{"all went well": 0, "the first was not read for long": time.Minute} {
		played(t, Options{Feed: script(nil,
			step{0, a, at("a", 0)}, step{first, a, synced()},
			step{time.Minute, b, at("b", 0)}, step{time.Millisecond, b, podOf(1, corev1.PodRunning)}, step{time.Millisecond, b, synced()},
			step{time.Millisecond, b, at("b", 1, batchv1.JobComplete)}, step{0, a, at("a", 1, batchv1.JobComplete)},
		)}, func(t *testing.T, s *screen, _ []Job, _ error) {
			if slices.Contains(s.told, "b: pods can be read again") || !slices.Contains(s.told, "b: 1/100 completions") {
				t.Errorf("%s: told %q", name, s.told)
			}
		})
	}
}

// beyond runs a test with what the client sees of a Job behind a server that goes wrong by the rules.
func beyond(t *testing.T, x *batchv1.Job, test func(t *testing.T, api *apistub.Server, feed Feed), rules ...faultproxy.Rule) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		api := apistub.New()
		defer api.Close()
		api.Put(x)
		proxy, err := faultproxy.New(api.Config(), faultproxy.Options{Link: &apistub.Pipe{}, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = proxy.Close() }()
		if err := proxy.Set(rules...); err != nil {
			t.Fatal(err)
		}
		client, err := cluster.New(proxy.Config(), nil)
		if err != nil {
			t.Fatal(err)
		}
		resolver := target.Resolver{Client: client, Namespace: x.Namespace}
		o := cluster.FollowOptions{Pods: true, Events: true}
		feed, err := FeedOf(t.Context(), resolver, []target.Ref{{Kind: target.Job, Name: x.Name}}, o)
		if err != nil {
			t.Fatal(err)
		}
		test(t, api, feed)
	})
}

func TestW13ThroughAServerThatGivesNoPods(t *testing.T) {
	noPods := faultproxy.Rule{Resources: []string{"pods"}, Fault: faultproxy.Fault{Status: http.StatusInternalServerError}}
	failed := job("x", 1, batchv1.JobFailed)
	beyond(t, failed, func(t *testing.T, _ *apistub.Server, feed Feed) {
		began := time.Now()
		jobs, err := Run(t.Context(), Options{Feed: feed, Now: time.Now}, &screen{began: began})
		if took := time.Since(began); err != nil || Code(jobs, false) != exit.JobFailed || took > silence+tick {
			t.Errorf("finished: %v after %v: %+v", err, took, jobs)
		}
	}, noPods)
	beyond(t, job("x", 0), func(t *testing.T, api *apistub.Server, feed Feed) {
		began := time.Now()
		time.AfterFunc(10*time.Second, func() { api.Put(failed) })
		jobs, err := Run(t.Context(), Options{Feed: feed, Now: time.Now}, &screen{began: began})
		if took := time.Since(began); err != nil || Code(jobs, false) != exit.JobFailed || took > 10*time.Second+tick {
			t.Errorf("unfinished: %v after %v: %+v", err, took, jobs)
		}
	}, noPods)
}

// What a named Job was is known before it is followed, though its list never comes.
func TestAJobThatCannotBeFollowedIsNamed(t *testing.T) {
	beyond(t, job("x", 3), func(t *testing.T, _ *apistub.Server, feed Feed) {
		jobs, err := Run(t.Context(), Options{Feed: feed, Now: time.Now, Timeout: time.Minute}, &screen{began: time.Now()})
		if !errors.Is(err, ErrTimeout) || len(jobs) != 1 || jobs[0].Status.Name != "x" || jobs[0].Status.Progress.Done != 3 {
			t.Errorf("%v: %+v", err, jobs)
		}
	}, faultproxy.Rule{
		Verbs: []string{"list", "watch"}, Resources: []string{"jobs"}, Fault: faultproxy.Fault{Status: http.StatusInternalServerError},
	})
}
