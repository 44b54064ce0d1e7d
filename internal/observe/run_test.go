package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// step is one thing that a scripted feed says after a while.
type step struct {
	after time.Duration
	ref   cluster.Ref
	jobstatus.Change
}

// script is a feed that says its steps and then ends with the error; without one it stays silent until it is told to stop.
func script(err error, steps ...step) Feed {
	return func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		for _, s := range steps {
			select {
			case <-time.After(s.after):
			case <-ctx.Done():
				return ctx.Err()
			}
			emit(s.ref, s.Change)
		}
		if err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
}

func refNamed(name string) cluster.Ref {
	return cluster.Ref{Namespace: "default", Name: name, UID: types.UID("uid-" + name)}
}

// at is a Job of a hundred completions of which so many are done, in its version of that number; conditions are true.
func at(name string, done int32, conditions ...batchv1.JobConditionType) jobstatus.Change {
	return jobstatus.Change{Job: job(name, done, conditions...)}
}

func job(name string, done int32, conditions ...batchv1.JobConditionType) *batchv1.Job {
	hundred, ten, start := int32(100), int32(10), metav1.NewTime(time.Now())
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: name, UID: types.UID("uid-" + name), ResourceVersion: strconv.Itoa(int(done) + 1),
			CreationTimestamp: start,
		},
		Spec: batchv1.JobSpec{
			Completions: &hundred, Parallelism: &ten, BackoffLimit: &ten,
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever}},
		},
		Status: batchv1.JobStatus{StartTime: &start, Succeeded: done},
	}
	for _, c := range conditions {
		j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: c, Status: corev1.ConditionTrue})
	}
	return j
}

func synced() jobstatus.Change { return jobstatus.Change{Synced: true} }

// screen is a view that keeps what it was shown.
type screen struct {
	began  time.Time
	shows  []time.Duration // since the start
	told   []string        // transitions
	jobs   []Job
	broken error
	takes  time.Duration // what a Show takes
}

func (s *screen) Show(_ time.Time, jobs []Job) error {
	s.shows = append(s.shows, time.Since(s.began))
	s.jobs = jobs
	time.Sleep(s.takes)
	for _, j := range jobs {
		for _, t := range j.Transitions {
			s.told = append(s.told, j.Status.Name+": "+t.Message)
		}
	}
	return s.broken
}

// progress picks what was told about done completions.
func (s *screen) progress(name string) []int32 {
	var done []int32
	for _, line := range s.told {
		var n int32
		if _, err := fmt.Sscanf(line, name+": %d/100 completions", &n); err == nil {
			done = append(done, n)
		}
	}
	return done
}

// played runs the loop in a bubble of its own and returns what was seen and how long it took.
func played(t *testing.T, o Options, test func(t *testing.T, s *screen, jobs []Job, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &screen{began: time.Now()}
		o.Now = time.Now
		jobs, err := Run(t.Context(), o, s)
		test(t, s, jobs, err)
	})
}

func TestRunEndsWithTheVerdict(t *testing.T) {
	x := refNamed("x")
	for condition, want := range map[batchv1.JobConditionType]exit.Code{batchv1.JobComplete: exit.OK, batchv1.JobFailed: exit.JobFailed} {
		played(t, Options{Feed: script(nil,
			step{0, x, at("x", 0)}, step{0, x, synced()}, step{time.Second / 2, x, at("x", 1, condition)},
		)}, func(t *testing.T, s *screen, jobs []Job, err error) {
			if err != nil || len(jobs) != 1 || jobs[0].End == nil || jobs[0].End.Code != want {
				t.Fatalf("%s: %v %+v", condition, err, jobs)
			}
			if took := time.Since(s.began); took != time.Second/2 {
				t.Errorf("%s: the end was noticed after %v", condition, took)
			}
		})
	}
}

func TestW10RunEndsWithADeletion(t *testing.T) {
	x := refNamed("x")
	played(t, Options{Feed: script(nil,
		step{0, x, at("x", 0)}, step{0, x, synced()}, step{0, x, jobstatus.Change{JobDeleted: job("x", 0)}},
	)}, func(t *testing.T, _ *screen, jobs []Job, err error) {
		if err != nil || Code(jobs, false) != exit.JobGone {
			t.Fatalf("%v %+v", err, jobs)
		}
	})
}

func TestW11RunEndsWhenAnotherTakesTheName(t *testing.T) {
	x, twin := refNamed("x"), at("x", 9)
	twin.Job.UID = "another"
	twin.Job.CreationTimestamp = metav1.NewTime(time.Now().Add(time.Minute)) // an older one would be a stale read
	played(t, Options{Feed: script(nil,
		step{0, x, at("x", 0)}, step{0, x, synced()}, step{0, x, twin},
	)}, func(t *testing.T, _ *screen, jobs []Job, err error) {
		if err != nil || jobs[0].Status.Outcome != jobstatus.ReplacedByTwin || Code(jobs, false) != exit.JobGone {
			t.Fatalf("%v %+v", err, jobs)
		}
	})
}

func TestW12ADeletedJobKeepsItsVerdict(t *testing.T) {
	x := refNamed("x")
	played(t, Options{Feed: script(nil,
		step{0, x, at("x", 0)}, step{0, x, synced()},
		step{0, x, jobstatus.Change{JobDeleted: job("x", 100, batchv1.JobComplete)}},
	)}, func(t *testing.T, _ *screen, jobs []Job, err error) {
		if err != nil || Code(jobs, false) != exit.OK {
			t.Fatalf("%v %+v", err, jobs)
		}
	})
}

func TestNothingIsShownBeforeAllHasBeenRead(t *testing.T) {
	x := refNamed("x")
	played(t, Options{Feed: script(nil,
		step{0, x, at("x", 0)}, step{time.Second, x, at("x", 1)}, step{time.Second, x, synced()},
		step{time.Millisecond, x, at("x", 2, batchv1.JobComplete)},
	)}, func(t *testing.T, s *screen, _ []Job, _ error) {
		if s.shows[0] != 2*time.Second {
			t.Errorf("shown first after %v", s.shows[0])
		}
		if slices.Contains(s.told, "x: 1/100 completions") {
			t.Errorf("what was so from the first look is not news: %q", s.told)
		}
	})
}

// Changes that come faster than Every are looked at together; none is told twice, and the last is not left out.
func TestFastChangesAreTakenTogether(t *testing.T) {
	x := refNamed("x")
	steps := []step{{0, x, at("x", 0)}, {0, x, synced()}}
	for n := int32(1); n < 100; n++ {
		steps = append(steps, step{time.Millisecond, x, at("x", n)})
	}
	steps = append(steps, step{time.Millisecond, x, at("x", 100, batchv1.JobComplete)})
	const every = 20 * time.Millisecond
	played(t, Options{Feed: script(nil, steps...), Every: every}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if err != nil || Code(jobs, false) != exit.OK {
			t.Fatalf("%v %+v", err, jobs)
		}
		for i := 1; i < len(s.shows); i++ {
			if gap := s.shows[i] - s.shows[i-1]; gap < every {
				t.Errorf("shown again after %v", gap)
			}
		}
		if n := len(s.shows); n < 5 || n > 7 {
			t.Errorf("shown %d times in 100 ms", n)
		}
		done := s.progress("x")
		if !slices.IsSorted(done) || len(slices.Compact(slices.Clone(done))) != len(done) || done[len(done)-1] != 100 {
			t.Errorf("told %v", done)
		}
	})
}

// A look that takes long, because there is much to look at, is followed by a pause of nine times that, of 100 ms at most.
func TestLooksAreSpared(t *testing.T) {
	x := refNamed("x")
	steps := []step{{0, x, at("x", 0)}, {0, x, synced()}}
	for n := int32(1); n < 100; n++ {
		steps = append(steps, step{10 * time.Millisecond, x, at("x", n)})
	}
	steps = append(steps, step{time.Millisecond, x, at("x", 100, batchv1.JobComplete)})
	for takes, pause := range map[time.Duration]time.Duration{
		0: 20 * time.Millisecond, 5 * time.Millisecond: 45 * time.Millisecond, 50 * time.Millisecond: 100 * time.Millisecond,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &screen{began: time.Now(), takes: takes}
			if _, err := Run(t.Context(), Options{Feed: script(nil, steps...), Every: 20 * time.Millisecond, Now: time.Now}, s); err != nil {
				t.Fatal(err)
			}
			short, long := 0, 0
			for i := 1; i < len(s.shows); i++ {
				switch gap := s.shows[i] - s.shows[i-1]; {
				case gap < pause:
					short++
				case gap > pause+takes+10*time.Millisecond:
					long++
				}
			}
			// Time alone is looked at once a second, and a tick and what was due at the same moment are two looks.
			ticks := int(time.Since(s.began)/tick) + 1
			if short > 2*ticks || len(s.shows) < 4*ticks || long > 0 {
				t.Errorf("a look takes %v: of %d pauses %d are below %v, %d well above", takes, len(s.shows)-1, short, pause, long)
			}
			if done := s.progress("x"); len(done) == 0 || done[len(done)-1] != 100 {
				t.Errorf("a look takes %v: told %v", takes, done)
			}
		})
	}
}

// Without a least time between two looks every single change is told, once.
func TestNoTransitionIsDroppedOrToldTwice(t *testing.T) {
	x := refNamed("x")
	steps := []step{{0, x, at("x", 0)}, {0, x, synced()}}
	var want []int32
	for n := int32(1); n <= 100; n++ {
		steps = append(steps, step{0, x, at("x", n)}, step{0, x, at("x", n)}) // the second changes nothing
		want = append(want, n)
	}
	steps = append(steps, step{0, x, at("x", 101, batchv1.JobComplete)})
	steps[len(steps)-1].Job.Status.Succeeded = 100
	played(t, Options{Feed: script(nil, steps...)}, func(t *testing.T, s *screen, _ []Job, err error) {
		if got := s.progress("x"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, told %v", err, got)
		}
	})
}

func TestSeveralJobsEndWhenAllHave(t *testing.T) {
	a, b := refNamed("a"), refNamed("b")
	feed := script(nil,
		step{0, a, at("a", 0)}, step{0, b, at("b", 0)}, step{0, a, synced()}, step{0, b, synced()},
		step{time.Second, a, at("a", 1, batchv1.JobFailed)}, step{time.Second, b, at("b", 1, batchv1.JobComplete)},
	)
	played(t, Options{Feed: feed}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if took := time.Since(s.began); err != nil || took != 2*time.Second || Code(jobs, false) != exit.JobFailed {
			t.Errorf("%v after %v: %+v", err, took, jobs)
		}
	})
	played(t, Options{Feed: feed, Any: true}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if took := time.Since(s.began); err != nil || took != time.Second || Code(jobs, true) != exit.JobFailed {
			t.Errorf("any: %v after %v: %+v", err, took, jobs)
		}
	})
}

// A Job that has been announced and not read yet is not forgotten because the other one is through.
func TestAnAnnouncedJobIsWaitedFor(t *testing.T) {
	a, b := refNamed("a"), refNamed("b")
	feed := announced([]*batchv1.Job{job("a", 0), job("b", 0)}, together([]Feed{
		script(nil, step{0, a, at("a", 1, batchv1.JobComplete)}, step{0, a, synced()}),
		script(nil, step{time.Minute, b, at("b", 1)}, step{0, b, synced()}, step{time.Second, b, at("b", 2, batchv1.JobComplete)}),
	}))
	played(t, Options{Feed: feed}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if err != nil || len(jobs) != 2 || Code(jobs, false) != exit.OK || time.Since(s.began) != time.Minute+time.Second {
			t.Errorf("%v after %v: %+v", err, time.Since(s.began), jobs)
		}
		if names := []string{jobs[0].Status.Name, jobs[1].Status.Name}; !slices.Equal(names, []string{"a", "b"}) {
			t.Errorf("in the order %v", names)
		}
	})
}

func TestWakeShowsOutOfTurn(t *testing.T) {
	x, wake := refNamed("x"), make(chan struct{})
	synctest.Test(t, func(t *testing.T) {
		wake = make(chan struct{})
		s := &screen{began: time.Now()}
		go func() {
			time.Sleep(300 * time.Millisecond)
			wake <- struct{}{}
		}()
		_, err := Run(t.Context(), Options{
			Now: time.Now, Wake: wake, Timeout: 500 * time.Millisecond, Every: time.Hour,
			Feed: script(nil, step{0, x, at("x", 0)}, step{0, x, synced()}),
		}, s)
		if !errors.Is(err, ErrTimeout) || !slices.Contains(s.shows, 300*time.Millisecond) {
			t.Errorf("%v, shown at %v", err, s.shows)
		}
	})
}
