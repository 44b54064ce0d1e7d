package cluster

import (
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// LeftPods selects pods that bear the labels by which the controller knows those of a Job: what is left of it on them when
// it is gone. A pod without its UID was taken from its Job by somebody, or never had one. more, if given, narrows the
// selection, and names the Jobs that are meant; none: any. The error is about a name.
func LeftPods(more labels.Selector, names ...string) (labels.Selector, error) {
	selector := labels.NewSelector()
	if more != nil {
		selector = more.DeepCopySelector()
	}
	op := selection.Exists
	if len(names) > 0 {
		op = selection.In
	}
	ofJob, err := labels.NewRequirement(batchv1.JobNameLabel, op, names)
	if err != nil {
		return nil, err
	}
	ofUID, err := labels.NewRequirement(batchv1.ControllerUidLabel, selection.Exists, nil)
	if err != nil {
		return nil, err
	}
	return selector.Add(*ofJob, *ofUID), nil
}
