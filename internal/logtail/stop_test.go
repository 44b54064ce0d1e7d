package logtail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// deleted is a pod that was asked to stop half a minute after its start.
func deleted(p *corev1.Pod) *corev1.Pod {
	grace := int64(30)
	p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &metav1.Time{Time: start.Add(time.Minute)}, &grace
	return p
}

// stopping are containers whose logs go on while they are followed, and are gone with them.
type stopping struct {
	now     string // what they have written by now
	rest    string // what they write until they end
	refused bool   // following is not possible

	mu    sync.Mutex
	ended chan struct{} // closed when they end
	gone  bool          // and the pods with them
}

func (k *stopping) OpenLog(ctx context.Context, _, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.gone:
		return nil, notFound(pod)
	case !o.Follow:
		return io.NopCloser(strings.NewReader(cut(k.now, o))), nil
	case k.refused:
		return nil, apierrors.NewForbidden(corev1.Resource("pods/log"), pod, errors.New("no"))
	}
	now := strings.NewReader(cut(k.now, o))
	return io.NopCloser(io.MultiReader(now, &later{ctx: ctx, ended: k.ended, rest: strings.NewReader(k.rest)})), nil
}

// later is what is written until the end.
type later struct {
	ctx   context.Context
	ended chan struct{}
	rest  io.Reader
}

func (r *later) Read(p []byte) (int, error) {
	select {
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	case <-r.ended:
		return r.rest.Read(p)
	}
}

// end has the containers end, and their pods go at once.
func (k *stopping) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone = true
	close(k.ended)
}

func newStopping() *stopping {
	log := numbered(10, time.Second)
	at := strings.Index(log, start.Add(5*time.Second).Format(stampLayout))
	return &stopping{now: log[:at], rest: log[at:], ended: make(chan struct{})}
}

// What a container writes between the order to stop and its end is shown, though its pod is gone with it and the feed tells of that
// too late.
func TestStoppedContainersAreFollowedToTheirEnd(t *testing.T) {
	for _, told := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			k := newStopping()
			f := newFailures(k, 2)
			see(t, f, deleted(pod("p", 0, running(), nil)))
			time.Sleep(10 * time.Second)
			k.end()
			if told {
				f.See(t.Context(), jobstatus.Change{Pod: deleted(pod("p", 0, exited(137), nil))})
				f.See(t.Context(), jobstatus.Change{PodDeleted: deleted(pod("p", 0, exited(137), nil))})
			}
			began := time.Now()
			r := f.Of(t.Context(), "job-uid")
			if len(r.Ends) != 1 || string(r.Ends[0].Text) != "line 8\nline 9\n" || r.Ends[0].Err != nil || r.Ends[0].Early {
				t.Fatalf("told %v: %d ends, %+v", told, len(r.Ends), r.Ends)
			}
			if told != !r.Ends[0].Stream.Finished.IsZero() || time.Since(began) > time.Second {
				t.Errorf("told %v: it ended at %v; that took %s", told, r.Ends[0].Stream.Finished, time.Since(began))
			}
		})
	}
}

// A verdict is not held back by a container that does not stop, and not at all if that is not what is shown.
func TestStoppedContainersAreNotWaitedForLong(t *testing.T) {
	for _, failed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			k := newStopping()
			f := newFailures(k, 1)
			see(t, f, deleted(pod("p", 0, running(), nil)))
			want, patience := "p 1 \"line 4\\n\" <nil>\n", endPatience
			if failed {
				see(t, f, pod("q", 0, exited(1), nil))
				want, patience = "q 2 \"line 4\\n\" <nil>\n", 0
			}
			time.Sleep(time.Second)
			began := time.Now()
			if got := told(f.Of(t.Context(), "job-uid")); got != want || time.Since(began) != patience {
				t.Errorf("after %s\n%swant\n%s", time.Since(began), got, want)
			}
		})
	}
}

// A container that outlives its grace period is not followed for ever.
func TestStoppedContainersAreFollowedForTheirGracePeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFailures(newStopping(), 1)
		see(t, f, deleted(pod("p", 0, running(), nil)))
		time.Sleep(30*time.Second + lastMoments)
		synctest.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.followed != 0 || len(f.of("job-uid").stops) != 0 {
			t.Errorf("%d are followed", f.followed)
		}
	})
}

// A log that could not be followed is read again when its container has ended; what was read is kept if that is too late.
func TestStoppedContainersAreReadAgain(t *testing.T) {
	for name, c := range map[string]struct {
		gone    bool // before it is told
		went    bool // after that
		deleted bool // is told with it
		want    string
	}{
		"the end is told":                    {want: "line 9\n"},
		"and the pod goes after that":        {went: true, want: "line 9\n"},
		"the end is told with the deletion":  {deleted: true, want: "line 9\n"},
		"the end is told too late":           {gone: true, want: "line 4\n"},
		"the deletion is told, and too late": {gone: true, deleted: true, want: "line 4\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newStopping()
				k.refused = true
				f := newFailures(k, 1)
				see(t, f, deleted(pod("p", 0, running(), nil)))
				synctest.Wait()
				k.mu.Lock()
				k.now, k.gone = k.now+k.rest, c.gone
				k.mu.Unlock()
				news := jobstatus.Change{Pod: deleted(pod("p", 0, exited(143), nil))}
				if c.deleted {
					news = jobstatus.Change{PodDeleted: news.Pod}
				}
				f.See(t.Context(), news)
				synctest.Wait()
				k.mu.Lock()
				k.gone = k.gone || c.went
				k.mu.Unlock()
				r := f.Of(t.Context(), "job-uid")
				if len(r.Ends) != 1 || string(r.Ends[0].Text) != c.want || r.Ends[0].Err != nil || r.Ends[0].Early != c.gone {
					t.Errorf("%s early %v", told(r), r.Ends[0].Early)
				}
			})
		})
	}
}

// The kubelet deletes a pod again when its containers have ended: they were stopped all the same (seen on a cluster).
func TestPodsThatAreDeletedTwiceWereStopped(t *testing.T) {
	f := newFailures(newNode(map[string]string{"p/c": numbered(3, time.Second)}), 1)
	see(t, f, deleted(pod("p", 0, running(), nil)))
	p, none := at(pod("p", 0, exited(3), nil), 40*time.Second), int64(0)
	p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &metav1.Time{Time: start.Add(41 * time.Second)}, &none
	f.See(t.Context(), jobstatus.Change{PodDeleted: p})
	if r := f.Of(t.Context(), "job-uid"); len(r.Ends) != 1 || !r.Ends[0].Stopped() || !r.Stopped {
		t.Errorf("got\n%s", told(r))
	}
}

// Where more are stopped at once than are shown, those are shown whose ends were read; the others cannot be had any more.
func TestManyStoppedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newStopping()
		f := newFailures(k, 1)
		for i := range 40 {
			see(t, f, deleted(pod(fmt.Sprintf("p%02d", i), 0, running(), nil)))
		}
		synctest.Wait()
		k.end()
		for i := range 40 {
			p := at(deleted(pod(fmt.Sprintf("p%02d", i), 0, exited(137), nil)), time.Minute+time.Duration(i)*time.Second)
			f.See(t.Context(), jobstatus.Change{Pod: p})
			f.See(t.Context(), jobstatus.Change{PodDeleted: p})
		}
		r := f.Of(t.Context(), "job-uid")
		if len(r.Ends) != fewLogs || r.LeftOut != 30 || r.There != 0 || !r.Stopped {
			t.Errorf("%d left out, %d there, stopped: %v", r.LeftOut, r.There, r.Stopped)
		}
		for _, end := range r.Ends {
			if string(end.Text) != "line 9\n" || end.Early {
				t.Errorf("got\n%s", told(r))
				break
			}
		}
	})
}

// Of the ends that were read more are kept than are shown; those that could not be read make room for the others, though older.
func TestEndsThatWereReadAreKept(t *testing.T) {
	f := newFailures(nil, 1)
	for i := range 30 {
		p := at(pod(fmt.Sprintf("p%02d", i), 0, exited(1), nil), time.Duration(i)*time.Second)
		end := &End{Stream: plan(p)[0]}
		if i >= fewLogs {
			end.Err = errRemoved
		}
		f.keep(end)
	}
	ends, good := f.of("job-uid").ends, 0
	for _, end := range ends {
		if end.Err == nil {
			good++
		}
	}
	if good != fewLogs || len(ends) != 2*fewLogs {
		t.Errorf("%d of %d were read", good, len(ends))
	}
}

// Failures of pods that are gone give way to those that can be read, and are not counted among those that are there.
func TestFailuresThatAreGoneGiveWay(t *testing.T) {
	logs := map[string]string{}
	f := newFailures(newNode(logs), 1)
	for i := range 15 {
		name := fmt.Sprintf("p%02d", i)
		p := at(pod(name, 0, exited(1), nil), time.Duration(i)*time.Second)
		see(t, f, p)
		if i%5 == 4 { // p04, p09, p14
			f.See(t.Context(), jobstatus.Change{PodDeleted: p})
			continue
		}
		logs[name+"/c"] = numbered(1, time.Second)
	}
	r := f.Of(t.Context(), "job-uid")
	if r.LeftOut != 5 || r.There != 2 || r.Stopped || len(r.Ends) != 10 || r.Ends[0].Stream.PodName() != "p02" ||
		strings.Contains(told(r), "not found") {
		t.Errorf("%d left out, %d there\n%s", r.LeftOut, r.There, told(r))
	}
}

// Of what is followed the last lines are kept, and it is not cut if they fit.
func TestLastLines(t *testing.T) {
	b := lastBytes{lines: 2}
	for i := range 20000 {
		_, _ = fmt.Fprintf(&b, "line %d\n", i)
	}
	if text, cut := b.text(); cut || string(text) != "line 19998\nline 19999\n" {
		t.Errorf("%q, cut: %v", text, cut)
	}
	b = lastBytes{lines: 2}
	_, _ = io.WriteString(&b, "one\n")
	if text, cut := b.text(); cut || string(text) != "one\n" {
		t.Errorf("%q, cut: %v", text, cut)
	}
}
