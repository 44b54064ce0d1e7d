package cluster

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// longest pauses between two attempts. The Job's own reader keeps asking twice a second while the server is away, so
// that what is shown is fresh within a second of its return; the others wake up when it gets through.
const (
	jobLongest  = 500 * time.Millisecond
	partLongest = time.Second
)

// reader is one kind of object of one selection being read: a reflector, what it reads from and where it puts it.
type reader struct {
	source *source
	store  *store
}

// item is what a reader has to say to the goroutine that emits. One of object, synced, denied and notice is set.
type item struct {
	object  object
	deleted bool // of object
	synced  *reader
	denied  *jobstatus.Unavailable
	notice  string
	stray   *stray // whose reader says so; nil: another reader
}

// feed is several readers and the channel on which they speak, one at a time.
type feed struct {
	client *Client
	ctx    context.Context
	cancel context.CancelCauseFunc
	items  chan item
	line   *line
	wg     sync.WaitGroup
}

func newFeed(ctx context.Context, c *Client) *feed {
	f := &feed{client: c, items: make(chan item)}
	// The reflector's own log has nothing for a user: what matters is told as a notice.
	f.ctx, f.cancel = context.WithCancelCause(klog.NewContext(ctx, klog.Logger{}))
	f.line = newLine(f.notice)
	return f
}

// close ends all readers and waits for them.
func (f *feed) close() {
	f.cancel(nil)
	f.wg.Wait()
}

func (f *feed) put(i item) {
	select {
	case <-f.ctx.Done():
	case f.items <- i:
	}
}

func (f *feed) notice(text string) { f.put(item{notice: text}) }

// start runs a reader until the feed is closed.
func (f *feed) start(r *reader) { f.startUntil(f.ctx, r) }

// startUntil runs a reader until a context ends that ends with the feed's.
func (f *feed) startUntil(ctx context.Context, r *reader) {
	reflector := cache.NewReflectorWithOptions(listerWatcher{r.source, ctx}, &identity{}, r.store, cache.ReflectorOptions{
		Name: r.source.what, Logger: &klog.Logger{},
		// The source paces its own requests, by what went wrong; the reflector's own pause only keeps it from spinning.
		Backoff: &wait.Backoff{Duration: 10 * time.Millisecond, Factor: 1},
	})
	reflector.WatchListPageSize = pageSize
	f.wg.Go(func() {
		reflector.RunWithContext(ctx)
		if f.ctx.Err() == nil {
			f.line.through(r.source) // nobody waits for its answer any more
		}
	})
}

// want is what a reader is to read.
type want struct {
	what     string
	selected Selection
	part     jobstatus.Part                 // empty: the Jobs, without which there is nothing to show
	ghost    func(metav1.ObjectMeta) object // as of newStore
	api      api
	longest  time.Duration
}

func (f *feed) reader(w want) *reader {
	s := &source{
		api: w.api, what: w.what, where: inNamespace(w.selected.Namespace), line: f.line, longest: w.longest,
		trim: newTrimmer().trim, notice: f.notice, fatal: func(err error) { f.cancel(err) },
	}
	r := &reader{source: s}
	s.denied = func(err error) {
		switch {
		case w.part != "" && err != nil:
			f.put(item{denied: &jobstatus.Unavailable{Part: w.part, Why: why(w.what, err)}})
			f.put(item{synced: r})
		case w.part != "":
			f.put(item{denied: &jobstatus.Unavailable{Part: w.part}})
		case err != nil:
			f.cancel(err)
		}
	}
	r.store = newStore(w.ghost,
		func(o object, deleted bool) { f.put(item{object: o, deleted: deleted}) },
		func() { f.put(item{synced: r}) },
	)
	s.store = r.store
	return r
}

// why words a refusal for a place in a page.
func why(what string, err error) string {
	if apierrors.IsForbidden(err) {
		return "forbidden: cannot list " + what
	}
	return cause(err)
}

func inNamespace(namespace string) string {
	if namespace == metav1.NamespaceAll {
		return "in all namespaces"
	}
	return fmt.Sprintf("in namespace %q", namespace)
}

func (f *feed) jobs(s Selection) *reader {
	return f.reader(want{
		what: "jobs", selected: s, longest: jobLongest, api: apiOf(f.client.jobs(s.Namespace), s),
	})
}

// runs are Jobs beside CronJobs, which can be shown without them.
func (f *feed) runs(s Selection) *reader {
	return f.reader(want{
		what: "jobs", selected: s, longest: partLongest, part: runsPart, api: apiOf(f.client.jobs(s.Namespace), s),
	})
}

// runsPart never leaves this package: it makes a reader one of a part.
const runsPart jobstatus.Part = "runs"

func (f *feed) cronJobs(s Selection) *reader {
	return f.reader(want{
		what: "cronjobs", selected: s, longest: jobLongest, api: apiOf(f.client.cronJobs(s.Namespace), s),
	})
}

func (f *feed) pods(s Selection) *reader {
	return f.reader(want{
		what: "pods", selected: s, longest: partLongest, part: jobstatus.PodsPart,
		ghost: func(m metav1.ObjectMeta) object { return &corev1.Pod{ObjectMeta: m} },
		api:   apiOf(f.client.pods(s.Namespace), s),
	})
}

func (f *feed) events(s Selection) *reader {
	return f.reader(want{
		what: "events", selected: s, longest: partLongest, part: jobstatus.EventsPart,
		ghost: func(m metav1.ObjectMeta) object { return &corev1.Event{ObjectMeta: m} },
		api:   apiOf(f.client.events(s.Namespace), s),
	})
}

// apiOf reads a selection. Every answer comes back as it is: client-go would ask up to ten times by itself, a second apart,
// and tell nobody.
func apiOf[T, L runtime.Object](r resource[T, L], s Selection) api {
	return api{
		streams: true,
		list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			objects := r.emptyList()
			return objects, r.listing(s.narrow(o)).MaxRetries(0).Do(ctx).Into(objects)
		},
		watch: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o = s.narrow(o)
			o.Watch = true
			return r.listing(o).MaxRetries(0).Watch(ctx)
		},
	}
}

// jobOnce reads one Job beside the watch, once: whatever the answer, it is not asked for again here.
func (c *Client) jobOnce(ctx context.Context, key types.NamespacedName) (*batchv1.Job, error) {
	job := &batchv1.Job{}
	return job, c.jobs(key.Namespace).on(http.MethodGet).Name(key.Name).MaxRetries(0).Do(ctx).Into(job)
}

// narrow limits a reflector's options to the selection.
func (s Selection) narrow(o metav1.ListOptions) metav1.ListOptions {
	chosen := s.options()
	o.LabelSelector, o.FieldSelector = chosen.LabelSelector, chosen.FieldSelector
	return o
}

// listerWatcher is a source as cache.NewReflectorWithOptions wants it: the methods without a context are never called.
type listerWatcher struct {
	*source
	ctx context.Context
}

// List implements cache.Lister.
func (l listerWatcher) List(o metav1.ListOptions) (runtime.Object, error) {
	return l.ListWithContext(l.ctx, o)
}

// Watch implements cache.Watcher.
func (l listerWatcher) Watch(o metav1.ListOptions) (watch.Interface, error) {
	return l.WatchWithContext(l.ctx, o)
}
