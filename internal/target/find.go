package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
)

// atOnce bounds how many objects are read at the same time.
const atOnce = 32

// Finder finds what a query means.
type Finder struct {
	Resolver
	In   io.Reader    // stdin, for -f -
	Warn func(string) // takes notes for people; nil: none
}

// Item is an object that a query means, as it is on the server.
type Item struct {
	Object
	Source string // the place in a file that named it; empty: the command line
}

// Meta returns the object's metadata.
func (i Item) Meta() *metav1.ObjectMeta {
	switch {
	case i.Job != nil:
		return &i.Job.ObjectMeta
	case i.CronJob != nil:
		return &i.CronJob.ObjectMeta
	case i.Pod != nil:
		return &i.Pod.ObjectMeta
	default:
		return &metav1.ObjectMeta{}
	}
}

// Failure is something that was asked for and could not be read.
type Failure struct {
	Ref       Ref
	Namespace string
	Source    string
	Err       error
}

// Found is what became of a query.
type Found struct {
	Items    []Item
	Failures []Failure
	Alone    bool // one object was asked for, by its name or as all that a file holds
}

// Find reads the objects. What could not be read of several named ones is among the failures. The error says that the
// query as a whole could not be answered: a file that is broken, a list that was refused, a namespace that is not there.
func (f Finder) Find(ctx context.Context, q Query) (Found, error) {
	switch {
	case q.Broad():
		return f.list(ctx, q)
	case len(q.Files) > 0 || q.Kustomize != "":
		found, err := f.ofFiles(ctx, q)
		found.Alone = len(found.Items)+len(found.Failures) == 1 && q.oneFile()
		return found, err
	default:
		wanted := make([]wanted, len(q.Refs))
		for i, ref := range q.Refs {
			wanted[i].ref, wanted[i].namespace = ref, f.Namespace
		}
		found := f.read(ctx, wanted)
		found.Alone = len(q.Refs) == 1
		return found, ctx.Err()
	}
}

// oneFile says whether a file, a URL or a kustomization was named. A single object of that is printed as it is, as kubectl
// does, and not as a List; stdin and folders are made for several.
func (q Query) oneFile() bool {
	if len(q.Files) != 1 || q.Files[0] == "-" {
		return q.Kustomize != ""
	}
	info, err := os.Stat(q.Files[0])
	return err != nil || !info.IsDir()
}

// wanted is one object to read.
type wanted struct {
	ref               Ref
	namespace, source string
}

// read gets objects, several at a time, and keeps their order. An object that is named twice is kept once.
func (f Finder) read(ctx context.Context, all []wanted) Found {
	objects := make([]Object, len(all))
	errs := make([]error, len(all))
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, w := range all {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			r := f.Resolver
			r.Namespace = w.namespace
			objects[i], errs[i] = r.Resolve(ctx, w.ref)
		})
	}
	wg.Wait()
	var found Found
	seen := map[string]bool{}
	for i, w := range all {
		if errs[i] != nil {
			found.Failures = append(found.Failures, Failure{w.ref, w.namespace, w.source, errs[i]})
			continue
		}
		item := Item{objects[i], w.source}
		if key := item.Meta().Namespace + "/" + item.Ref().String(); !seen[key] {
			seen[key] = true
			found.Items = append(found.Items, item)
		}
	}
	return found
}

// list reads kinds and keeps what the query selects.
func (f Finder) list(ctx context.Context, q Query) (Found, error) {
	var found Found
	for _, kind := range q.Listed {
		s := cluster.Selection{Namespace: f.Namespace, Labels: q.Labels, Fields: q.Fields}
		if q.AllNamespaces {
			s.Namespace = metav1.NamespaceAll
		}
		if err := f.listKind(ctx, kind, s, q, &found); err != nil {
			return Found{}, err
		}
	}
	if len(found.Items) == 0 && !q.AllNamespaces {
		return found, f.CheckNamespace(ctx)
	}
	return found, nil
}

func (f Finder) listKind(ctx context.Context, kind Kind, s cluster.Selection, q Query, found *Found) error {
	switch kind {
	case Job:
		return f.Client.EachJob(ctx, s, func(j *batchv1.Job) error {
			if matches(j, q.Status) {
				found.Items = append(found.Items, Item{Object: Object{Job: j}})
			}
			return nil
		})
	case CronJob:
		return f.Client.EachCronJob(ctx, s, func(c *batchv1.CronJob) error {
			found.Items = append(found.Items, Item{Object: Object{CronJob: c}})
			return nil
		})
	case Pod, Any:
		return fmt.Errorf("%ss cannot be listed here", kind)
	default:
		return fmt.Errorf("unknown kind %q", kind)
	}
}

// ofFiles reads what files name from the server. Nothing is read before every file has been understood.
func (f Finder) ofFiles(ctx context.Context, q Query) (Found, error) {
	documents, err := Files{
		Paths: q.Files, Kustomize: q.Kustomize, Recursive: q.Recursive, JobsOnly: q.JobsOnly, In: f.In, Warn: f.Warn,
	}.Load(ctx)
	if err != nil {
		return Found{}, err
	}
	all := make([]wanted, len(documents))
	for i, d := range documents {
		all[i] = wanted{d.Ref(), f.Namespace, d.Source}
		switch written := (Item{Object: d.Object}).Meta().Namespace; {
		case written == "":
		case f.Explicit && written != f.Namespace:
			return Found{}, fmt.Errorf("%s: the file says namespace %q, --namespace says %q\nleave out --namespace to go by the file",
				d.Source, written, f.Namespace)
		default:
			all[i].namespace = written
		}
	}
	return f.read(ctx, all), ctx.Err()
}

// IsNotFound says whether an error is about a name that nothing has.
func IsNotFound(err error) bool {
	var missing *NotFound
	return errors.As(err, &missing)
}
