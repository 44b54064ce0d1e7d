package cluster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Bounds of one look at a Job. What lies beyond them is counted by the Job's own status and said to be left out.
const (
	mostSucceeded = pageSize     // pods that succeeded tell least
	mostOther     = 4 * pageSize // pods that run, wait or failed
	mostEvents    = pageSize
	// fewEvents is how many of a namespace are read for a first look at its events: with more it is asked for those that matter.
	fewEvents = 50
	// fewPods are so few that what happened to them is read of even when the Job is complete.
	fewPods = 20
)

// Around is what there is about one name, read at the same time as the object that has it: pods and events can be asked
// for by name, and are checked against the UID once it is known. So a look at a Job is one round trip deep, and two where
// there is more than a page of pods, or of events in the namespace: then what tells most is asked for by itself.
type Around struct {
	client          *Client
	namespace, name string

	wg        sync.WaitGroup
	succeeded pods
	others    pods   // all of them where there are few
	own       events // about the object itself
	ofPods    events // about any pod of the namespace

	calm    atomic.Bool // the Job is complete, and large: what its pods met matters no more
	podNews chan events // about pods, where there are too many events to read them all; nil: there are not
	dismiss context.CancelFunc
}

type pods struct {
	list []*corev1.Pod
	more bool // the bound was reached: there may be more
	err  error
}

type events struct {
	list []*corev1.Event
	more bool // as of pods
	err  error
}

// ReadAround starts to read what there is about a name. Wait for it with Snapshot or Events.
func (c *Client) ReadAround(ctx context.Context, namespace, name string) *Around {
	a := &Around{client: c, namespace: namespace, name: name}
	a.wg.Go(func() { a.readPods(ctx, labels.SelectorFromSet(labels.Set{batchv1.JobNameLabel: name})) })
	a.wg.Go(func() { a.readEvents(ctx) })
	return a
}

// ReadEventsAround is ReadAround for what has no pods: a CronJob.
func (c *Client) ReadEventsAround(ctx context.Context, namespace, name string) *Around {
	a := &Around{client: c, namespace: namespace, name: name}
	a.calm.Store(true)
	a.wg.Go(func() { a.readEvents(ctx) })
	return a
}

// readPods reads the pods that a selector means: one page if that is all, and otherwise those that succeeded and the
// others by themselves, so that the many do not hide the few.
func (a *Around) readPods(ctx context.Context, selector labels.Selector) {
	a.succeeded, a.others = pods{}, a.client.somePods(ctx, a.podsOf(selector, nil), pageSize)
	if !a.others.more {
		return
	}
	a.wg.Go(func() { a.succeeded = a.client.somePods(ctx, a.podsOf(selector, succeededPods()), mostSucceeded) })
	a.others = a.client.somePods(ctx, a.podsOf(selector, otherPods()), mostOther)
}

// readEvents reads the events of the namespace if they are few, and otherwise those about the name and those about pods at
// the same time. Only a scan finds them: the server has no index of events.
func (a *Around) readEvents(ctx context.Context) {
	all := a.client.someEvents(ctx, Selection{Namespace: a.namespace, Page: fewEvents}, fewEvents)
	a.own, a.ofPods = events{err: all.err}, events{more: all.more, err: all.err}
	for _, e := range all.list {
		if e.InvolvedObject.Kind == "Pod" {
			a.ofPods.list = append(a.ofPods.list, e)
		}
		if e.InvolvedObject.Name == a.name {
			a.own.list = append(a.own.list, e)
		}
	}
	if !all.more {
		return
	}
	if !a.calm.Load() {
		a.readPodNews(ctx)
	}
	a.own = a.client.someEvents(ctx, a.about("involvedObject.name", a.name), mostEvents)
}

// readPodNews starts to read the events about pods: all of them, or of too many the warnings too.
func (a *Around) readPodNews(ctx context.Context) {
	ctx, a.dismiss = context.WithCancel(ctx)
	a.podNews = make(chan events, 1)
	go func() {
		news := a.client.someEvents(ctx, a.about("involvedObject.kind", "Pod"), mostEvents)
		if news.more {
			warnings := a.client.someEvents(ctx, Selection{Namespace: a.namespace, Fields: fields.SelectorFromSet(fields.Set{
				"involvedObject.kind": "Pod", "type": corev1.EventTypeWarning,
			})}, mostEvents)
			news.list, news.err = append(news.list, warnings.list...), cmp.Or(news.err, warnings.err)
		}
		a.podNews <- news
	}()
}

func succeededPods() fields.Selector {
	return fields.OneTermEqualSelector("status.phase", string(corev1.PodSucceeded))
}

func otherPods() fields.Selector {
	return fields.OneTermNotEqualSelector("status.phase", string(corev1.PodSucceeded))
}

func (a *Around) podsOf(selector labels.Selector, phase fields.Selector) Selection {
	return Selection{Namespace: a.namespace, Labels: selector, Fields: phase, Lean: true}
}

func (a *Around) about(field, value string) Selection {
	return Selection{Namespace: a.namespace, Fields: fields.OneTermEqualSelector(field, value)}
}

// Look is one look at a Job.
type Look struct {
	Snapshot *jobstatus.Snapshot
	// PodsLeftOut says that the Job has more pods than were read.
	PodsLeftOut bool
	// EventsLeftOut says that the namespace has more events than were read: of those of pods, all but the warnings may be
	// missing.
	EventsLeftOut bool
}

// Snapshot waits for what is being read and puts it together with the Job. What cannot be read is noted as unavailable.
// The pods are read once more when they do not carry the Job's name (spec.manualSelector).
func (a *Around) Snapshot(ctx context.Context, job *batchv1.Job) Look {
	a.calm.Store(jobstatus.Printed(job) == jobstatus.Complete && job.Status.Succeeded+job.Status.Failed > fewPods)
	a.wg.Wait()
	if selector, ok := ownSelector(job); ok {
		a.readPods(ctx, selector)
		a.wg.Wait()
	}
	a.takePodNews()
	s := &jobstatus.Snapshot{}
	s.Apply(jobstatus.Change{Job: job})
	for _, list := range [][]*corev1.Pod{a.succeeded.list, a.others.list} {
		for _, pod := range list {
			s.Apply(jobstatus.Change{Pod: pod})
		}
	}
	for _, list := range [][]*corev1.Event{a.own.list, a.ofPods.list} {
		for _, event := range list {
			s.Apply(jobstatus.Change{Event: event})
		}
	}
	noteUnread(s, jobstatus.PodsPart, a.succeeded.err, a.others.err)
	noteUnread(s, jobstatus.EventsPart, a.own.err, a.ofPods.err)
	s.Apply(jobstatus.Change{Synced: true})
	unread := a.succeeded.more && int(job.Status.Succeeded) > len(a.succeeded.list)
	return Look{Snapshot: s, PodsLeftOut: unread || a.others.more, EventsLeftOut: a.ofPods.more}
}

// takePodNews waits for the events about pods, or lets them be.
func (a *Around) takePodNews() {
	if a.podNews == nil {
		return
	}
	defer a.dismiss()
	if a.calm.Load() {
		a.dismiss()
	}
	news := <-a.podNews
	a.podNews = nil // they come once
	if a.calm.Load() {
		return
	}
	a.ofPods = news
}

// ownSelector is the Job's selector if its pods need not carry the label of its name.
func ownSelector(job *batchv1.Job) (labels.Selector, bool) {
	if job.Spec.ManualSelector == nil || !*job.Spec.ManualSelector {
		return nil, false
	}
	s, err := metav1.LabelSelectorAsSelector(job.Spec.Selector)
	return s, err == nil
}

// Events waits for the events about the name and returns them, and why they could not be read ("": they could).
func (a *Around) Events() (list []*corev1.Event, unavailable string) {
	a.calm.Store(true) // what has events and no pods is a CronJob
	a.wg.Wait()
	a.takePodNews()
	if a.own.err != nil {
		return nil, why(string(jobstatus.EventsPart), a.own.err)
	}
	return a.own.list, ""
}

// errBeyond ends a listing at its bound.
var errBeyond = errors.New("enough")

// somePods reads at most so many pods, each without what no view shows.
func (c *Client) somePods(ctx context.Context, s Selection, most int) pods {
	var p pods
	slim := Slim()
	p.err = c.EachPod(ctx, s, func(pod *corev1.Pod) error {
		p.list = append(p.list, slim(pod))
		if len(p.list) == most {
			return errBeyond
		}
		return nil
	})
	if errors.Is(p.err, errBeyond) {
		p.more, p.err = true, nil
	}
	return p
}

func (c *Client) someEvents(ctx context.Context, s Selection, most int) events {
	var e events
	e.err = c.EachEvent(ctx, s, func(event *corev1.Event) error {
		e.list = append(e.list, event)
		if len(e.list) == most {
			return errBeyond
		}
		return nil
	})
	if errors.Is(e.err, errBeyond) {
		e.more, e.err = true, nil
	}
	return e
}

// Slim returns a function that copies a pod without what no view shows: 10,000 pods then take a tenth of the memory. It
// is for one goroutine: the copies share what they have in common.
func Slim() func(*corev1.Pod) *corev1.Pod {
	t := newTrimmer()
	return func(pod *corev1.Pod) *corev1.Pod {
		slim := *pod
		t.pod(&slim)
		return &slim
	}
}

// RunsOf reads the Jobs that a CronJob owns, oldest first. It is by UID: their names and labels do not tell.
func (c *Client) RunsOf(ctx context.Context, cronJob *batchv1.CronJob) ([]*batchv1.Job, error) {
	var runs []*batchv1.Job
	err := c.EachJob(ctx, Selection{Namespace: cronJob.Namespace, Lean: true}, func(job *batchv1.Job) error {
		if OwnedBy(job, cronJob.UID) {
			kept := *job // a copy does not hold its page
			runs = append(runs, &kept)
		}
		return nil
	})
	slices.SortFunc(runs, func(a, b *batchv1.Job) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return runs, err
}

// Why words a refusal to list something for a place in a page; "": it is no refusal, but an error of its own.
func Why(what string, err error) string {
	if apierrors.IsForbidden(err) {
		return why(what, err)
	}
	return ""
}
