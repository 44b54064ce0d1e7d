package logtail

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// The size of the great test: four pods, a million lines in all, cut two hundred times.
const (
	greatPods  = 4
	greatLines = 250_000
	greatCuts  = 200
)

// kubelet is a server of logs whose connections are cut: in the middle of lines, with and without an error.
type kubelet struct {
	*httptest.Server
	logs  [greatPods][]byte
	index [greatPods][]int // where each second begins

	mu     sync.Mutex
	random *rand.Rand
	cuts   atomic.Int32
	whole  [greatPods]chan struct{} // closed when a log has been served to its end
	once   [greatPods]sync.Once
}

func newKubelet() *kubelet {
	k := &kubelet{random: rand.New(rand.NewPCG(7, 11))}
	for p := range greatPods {
		var b strings.Builder
		for i := range greatLines {
			if i%1000 == 0 {
				k.index[p] = append(k.index[p], b.Len())
			}
			// five lines share a stamp; a thousand lines a second
			at := start.Add(time.Duration(i/5) * 5 * time.Millisecond)
			fmt.Fprintf(&b, "%s pod %d line %d\n", at.Format(stampLayout), p, i)
		}
		k.logs[p], k.whole[p] = []byte(b.String()), make(chan struct{})
	}
	k.Server = httptest.NewServer(k)
	return k
}

// ServeHTTP serves /POD from ?since=SECONDS after the start on, and may break off anywhere.
func (k *kubelet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, _ := strconv.Atoi(r.URL.Path[1:])
	since, _ := strconv.Atoi(r.URL.Query().Get("since"))
	body := k.logs[p][k.index[p][max(0, since)]:]
	k.mu.Lock()
	end, abort := len(body), k.random.IntN(2) == 0
	cut := k.cuts.Load() < greatCuts
	if cut {
		// About a fiftieth of the log and what is repeated before it.
		end = min(end, k.random.IntN(2*len(k.logs[p])*greatPods/greatCuts+200_000))
		k.cuts.Add(1)
	}
	k.mu.Unlock()
	_, _ = w.Write(body[:end]) // a reader that has gone away is no failure here
	switch {
	case !cut:
		k.once[p].Do(func() { close(k.whole[p]) })
	case abort:
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// OpenLog implements Opener.
func (k *kubelet) OpenLog(ctx context.Context, _, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	since := 0
	if o.SinceTime != nil {
		since = int(o.SinceTime.Sub(start).Seconds())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/%s?since=%d", k.URL, pod[1:], since), nil)
	if err != nil {
		return nil, err
	}
	response, err := k.Client().Do(request)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// TestMillionLines: four pods write 250,000 numbered lines each while their streams are cut at random two hundred
// times. Every line comes once, and each pod's lines in their order.
func TestMillionLines(t *testing.T) {
	k := newKubelet()
	defer k.Close()
	var steps []step
	var done []step
	for i := range greatPods {
		name := fmt.Sprintf("p%d", i)
		steps = append(steps, step{change: jobstatus.Change{Pod: pod(name, 0, running(), nil)}})
		done = append(done, step{change: jobstatus.Change{Pod: pod(name, 0, exited(0), nil)}})
	}
	feed := func(ctx context.Context, emit func(jobstatus.Change)) error {
		emit(jobstatus.Change{Job: job("")})
		for _, s := range steps {
			emit(s.change)
		}
		emit(jobstatus.Change{Synced: true})
		for i, s := range done {
			select {
			case <-k.whole[i]:
			case <-ctx.Done():
				return nil
			}
			emit(s.change)
		}
		emit(jobstatus.Change{Job: job("Complete")})
		<-ctx.Done()
		return nil
	}
	r, w := io.Pipe()
	e := &Engine{
		Open: k, Now: time.Now, Out: w, Requests: 50, Read: Reading{Tail: -1},
		Tell:   func(n Note) { t.Errorf("note: %+v", n) },
		Format: func(logstream.Stream) logstream.Formatter { return &logstream.Text{} },
	}
	ended := make(chan error, 1)
	go func() {
		_, _, err := e.Follow(t.Context(), Following{Feed: feed})
		w.Close()
		ended <- err
	}()
	var next [greatPods]int
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var p, n int
		if _, err := fmt.Sscanf(lines.Text(), "pod %d line %d", &p, &n); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		if n != next[p] {
			t.Fatalf("pod %d: line %d came where %d belongs", p, n, next[p])
		}
		next[p]++
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for p, n := range next {
		if n != greatLines {
			t.Errorf("pod %d: %d of %d lines", p, n, greatLines)
		}
	}
	if n := k.cuts.Load(); n != greatCuts {
		t.Errorf("only %d cuts", n)
	}
	k.Client().CloseIdleConnections()
}
