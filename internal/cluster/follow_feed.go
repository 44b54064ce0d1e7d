package cluster

import (
	"context"
	"fmt"
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
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
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
	kind   runtime.Object // an empty object
}

// item is what a reader has to say to the goroutine that emits. One field is set.
type item struct {
	object  object
	deleted bool // of object
	synced  *reader
	denied  *jobstatus.Unavailable
	notice  string
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
func (f *feed) start(r *reader) {
	reflector := cache.NewReflectorWithOptions(listerWatcher{r.source, f.ctx}, r.kind, r.store, cache.ReflectorOptions{
		Name: r.source.what, Logger: &klog.Logger{},
		// The source paces its own requests, by what went wrong; the reflector's own pause only keeps it from spinning.
		Backoff: &wait.Backoff{Duration: 10 * time.Millisecond, Factor: 1},
	})
	reflector.WatchListPageSize = pageSize
	f.wg.Go(func() { reflector.RunWithContext(f.ctx) })
}

// want is what a reader is to read.
type want struct {
	what     string
	selected Selection
	part     jobstatus.Part // empty: the Jobs, without which there is nothing to show
	kind     runtime.Object
	api      api
	longest  time.Duration
}

func (f *feed) reader(w want) *reader {
	s := &source{
		api: w.api, what: w.what, where: inNamespace(w.selected.Namespace), line: f.line, longest: w.longest,
		trim: newTrimmer().trim, notice: f.notice, fatal: func(err error) { f.cancel(err) },
	}
	r := &reader{source: s, kind: w.kind}
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
	r.store = newStore(
		func(o object, deleted bool) { f.put(item{object: o, deleted: deleted}) },
		func() { f.put(item{synced: r}) },
	)
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
	jobs := f.client.batch.Jobs(s.Namespace)
	return f.reader(want{
		what: "jobs", selected: s, kind: &batchv1.Job{}, longest: jobLongest,
		api: apiOf(f.client.batch.RESTClient(), "jobs", s, typed{
			empty: func() runtime.Object { return &batchv1.JobList{} }, watch: jobs.Watch,
			list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return jobs.List(ctx, o) },
		}),
	})
}

func (f *feed) pods(s Selection) *reader {
	pods := f.client.core.Pods(s.Namespace)
	return f.reader(want{
		what: "pods", selected: s, kind: &corev1.Pod{}, longest: partLongest, part: jobstatus.PodsPart,
		api: apiOf(f.client.core.RESTClient(), "pods", s, typed{
			empty: func() runtime.Object { return &corev1.PodList{} }, watch: pods.Watch,
			list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return pods.List(ctx, o) },
		}),
	})
}

func (f *feed) events(s Selection) *reader {
	events := f.client.core.Events(s.Namespace)
	return f.reader(want{
		what: "events", selected: s, kind: &corev1.Event{}, longest: partLongest, part: jobstatus.EventsPart,
		api: apiOf(f.client.core.RESTClient(), "events", s, typed{
			empty: func() runtime.Object { return &corev1.EventList{} }, watch: events.Watch,
			list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return events.List(ctx, o) },
		}),
	})
}

// typed is what a typed client offers for one kind.
type typed struct {
	empty func() runtime.Object // a list
	list  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// apiOf reads a selection. Over a real connection every answer comes back as it is: the typed clients would ask up to
// ten times by themselves, a second apart, and tell nobody. The typed functions serve the clients that tests put in.
func apiOf(c rest.Interface, resource string, s Selection, t typed) api {
	wire, ok := c.(*rest.RESTClient)
	if !ok || wire == nil {
		return api{
			list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
				return t.list(ctx, s.narrow(o))
			},
			watch: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
				return t.watch(ctx, s.narrow(o))
			},
		}
	}
	request := func(o metav1.ListOptions) *rest.Request {
		return wire.Get().NamespaceIfScoped(s.Namespace, s.Namespace != "").Resource(resource).
			VersionedParams(&o, scheme.ParameterCodec).MaxRetries(0)
	}
	return api{
		streams: true,
		list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			out := t.empty()
			return out, request(s.narrow(o)).Do(ctx).Into(out)
		},
		watch: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o = s.narrow(o)
			o.Watch = true
			return request(o).Watch(ctx)
		},
	}
}

// jobOnce reads one Job beside the watch, once: whatever the answer, it is not asked for again here.
func (c *Client) jobOnce(ctx context.Context, key types.NamespacedName) (*batchv1.Job, error) {
	wire, ok := c.batch.RESTClient().(*rest.RESTClient)
	if !ok || wire == nil {
		return c.Job(ctx, key.Namespace, key.Name)
	}
	job := &batchv1.Job{}
	err := wire.Get().Namespace(key.Namespace).Resource("jobs").Name(key.Name).MaxRetries(0).Do(ctx).Into(job)
	return job, err
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
