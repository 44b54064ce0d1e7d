package cluster

import (
	"context"
	"errors"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Glances are short looks at many Jobs at once: what tells why they do not go on, and no more.
type Glances struct {
	Snapshots map[types.UID]*jobstatus.Snapshot
	// LeftOut says that there were more pods than were to be read.
	LeftOut bool
}

// Glance reads of Jobs, all of them in a namespace (all namespaces: empty), the pods that have not succeeded, at most so
// many in all (0: any number), what the controller could not create, and the warnings about pods. It takes as many requests
// for many Jobs as for one: the server has no index of events, so that each request for some reads all of them. What
// cannot be read is noted in the snapshots as unavailable.
func (c *Client) Glance(ctx context.Context, namespace string, jobs []*batchv1.Job, mostPods int) Glances {
	g := &glance{client: c, namespace: namespace, jobs: map[types.UID]*batchv1.Job{}}
	for _, job := range jobs {
		g.jobs[job.UID] = job
	}
	var wg sync.WaitGroup
	wg.Go(func() { g.readPods(ctx, jobs, mostPods) })
	wg.Go(func() { g.readCreations(ctx, jobs) })
	wg.Go(func() { g.readWarnings(ctx) })
	wg.Wait()
	return Glances{Snapshots: g.snapshots(), LeftOut: g.pods.more}
}

// glance is what was read for Glance.
type glance struct {
	client    *Client
	namespace string
	jobs      map[types.UID]*batchv1.Job

	pods      pods
	read      int // pods, those of other Jobs too
	creations events
	warnings  map[types.UID]*corev1.Event // the newest about each pod
	warnErr   error
}

// fewNames is up to how many Jobs are named in a selector; above, the pods of all Jobs are read.
const fewNames = 100

func (g *glance) readPods(ctx context.Context, jobs []*batchv1.Job, most int) {
	var names []string
	for _, job := range jobs {
		if selector, ok := ownSelector(job); ok {
			g.takePods(ctx, job.Namespace, selector, most)
			continue
		}
		names = append(names, job.Name)
	}
	if len(names) == 0 {
		return
	}
	operator := selection.In
	if len(names) > fewNames {
		names, operator = nil, selection.Exists
	}
	byName, err := labels.NewRequirement(batchv1.JobNameLabel, operator, names)
	if err != nil {
		g.pods.err = err
		return
	}
	g.takePods(ctx, g.namespace, labels.NewSelector().Add(*byName), most)
}

func (g *glance) takePods(ctx context.Context, namespace string, selector labels.Selector, most int) {
	slim := Slim()
	err := g.client.EachPod(ctx, Selection{Namespace: namespace, Labels: selector, Fields: otherPods(), Lean: true}, func(pod *corev1.Pod) error {
		if most > 0 && g.read == most {
			return errBeyond
		}
		g.read++
		if ref := metav1.GetControllerOf(pod); ref != nil && g.jobs[ref.UID] != nil {
			g.pods.list = append(g.pods.list, slim(pod))
		}
		return nil
	})
	if errors.Is(err, errBeyond) {
		g.pods.more, err = true, nil
	}
	g.pods.err = errors.Join(g.pods.err, err)
}

// readCreations reads which pods the controller could not create, and only if there are any which it could.
func (g *glance) readCreations(ctx context.Context, jobs []*batchv1.Job) {
	if len(jobs) == 1 {
		g.takeCreations(ctx, AboutUID(jobs[0].Namespace, jobs[0].UID))
		return
	}
	of := func(reason string) Selection {
		return Selection{Namespace: g.namespace, Fields: fields.SelectorFromSet(fields.Set{"involvedObject.kind": "Job", "reason": reason})}
	}
	g.takeCreations(ctx, of("FailedCreate"))
	if len(g.creations.list) > 0 {
		g.takeCreations(ctx, of("SuccessfulCreate"))
	}
}

func (g *glance) takeCreations(ctx context.Context, s Selection) {
	err := g.client.EachEvent(ctx, s, func(e *corev1.Event) error {
		if g.jobs[e.InvolvedObject.UID] != nil {
			kept := *e // a copy does not hold its page
			g.creations.list = append(g.creations.list, &kept)
		}
		return nil
	})
	g.creations.err = errors.Join(g.creations.err, err)
}

func (g *glance) readWarnings(ctx context.Context) {
	g.warnings = map[types.UID]*corev1.Event{}
	g.warnErr = g.client.EachEvent(ctx, podWarnings(g.namespace), func(e *corev1.Event) error {
		kept := *e
		known := g.warnings[e.InvolvedObject.UID]
		if known == nil || !jobstatus.LastSeen(known).After(jobstatus.LastSeen(e)) {
			g.warnings[e.InvolvedObject.UID] = &kept
		}
		return nil
	})
}

// snapshots hands what was read to the Jobs that it is about.
func (g *glance) snapshots() map[types.UID]*jobstatus.Snapshot {
	all := make(map[types.UID]*jobstatus.Snapshot, len(g.jobs))
	for uid, job := range g.jobs {
		s := &jobstatus.Snapshot{}
		s.Apply(jobstatus.Change{Job: job})
		noteUnread(s, jobstatus.PodsPart, g.pods.err)
		noteUnread(s, jobstatus.EventsPart, g.creations.err, g.warnErr)
		all[uid] = s
	}
	for _, pod := range g.pods.list {
		s := all[metav1.GetControllerOf(pod).UID]
		s.Apply(jobstatus.Change{Pod: pod})
		if e := g.warnings[pod.UID]; e != nil {
			s.Apply(jobstatus.Change{Event: e})
		}
	}
	for _, e := range g.creations.list {
		all[e.InvolvedObject.UID].Apply(jobstatus.Change{Event: e})
	}
	for _, s := range all {
		s.Apply(jobstatus.Change{Synced: true})
	}
	return all
}

// noteUnread notes in a snapshot that a part could not be read, if it could not.
func noteUnread(s *jobstatus.Snapshot, part jobstatus.Part, errs ...error) {
	for _, err := range errs {
		if err != nil {
			s.Apply(jobstatus.Change{Unavailable: &jobstatus.Unavailable{Part: part, Why: why(string(part), err)}})
			return
		}
	}
}
