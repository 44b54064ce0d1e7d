package delete

import (
	"context"
	"errors"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// orphans lists pods that carry a Job's name and have no controller. The name is all that is left of their Job.
func (c *command) orphans(ctx context.Context, finder target.Finder) (target.Found, error) {
	s := cluster.Selection{Namespace: finder.Namespace}
	if c.o.Query.AllNamespaces {
		s.Namespace = metav1.NamespaceAll
	}
	var names []string
	for _, ref := range c.o.Query.Refs {
		names = append(names, ref.Name)
	}
	var err error
	if s.Labels, err = cluster.LeftPods(c.o.Query.Labels, names...); err != nil {
		return target.Found{}, err
	}
	var found target.Found
	left, going := map[string]bool{}, map[string]int{}
	err = c.client.EachPod(ctx, s, func(p *corev1.Pod) error {
		switch name := p.Labels[batchv1.JobNameLabel]; {
		case metav1.GetControllerOf(p) == nil:
			found.Items = append(found.Items, target.Item{Object: target.Object{Pod: p}})
			left[name] = true
		case p.DeletionTimestamp != nil:
			going[name]++
		}
		return nil
	})
	if err != nil {
		return target.Found{}, err
	}
	if len(found.Items) == 0 && !c.o.Query.AllNamespaces {
		if err := finder.CheckNamespace(ctx); err != nil {
			return target.Found{}, err
		}
	}
	for _, ref := range c.o.Query.Refs {
		if !left[ref.Name] && !c.o.IgnoreNotFound {
			found.Failures = append(found.Failures, target.Failure{
				Ref: target.Ref{Kind: target.Job, Name: ref.Name}, Namespace: finder.Namespace,
				Err: noOrphans(ref.Name, finder.Namespace, going[ref.Name]),
			})
		}
	}
	return found, nil
}

// noOrphans says that a Job has left no pods behind. going are on their way out with their Job: they are still listed, and
// there is nothing more to be done about them.
func noOrphans(name, namespace string, going int) error {
	text := fmt.Sprintf("job %q in namespace %q has left no pods behind", name, namespace)
	switch {
	case going == 1:
		text += ": 1 pod of it is being deleted already"
	case going > 1:
		text += fmt.Sprintf(": %d pods of it are being deleted already", going)
	}
	return errors.New(text + "\n" + listOrphans(namespace) + " lists those there are")
}
