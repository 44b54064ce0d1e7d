package act

import (
	"encoding/json"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Edit is a change of the fields that these verbs may change. nil: as it is. On a CronJob Parallelism and Completions
// are those of its template.
type Edit struct {
	Parallelism *int32
	Completions *int32
	Suspend     *bool
}

// Empty says that nothing is to be changed.
func (e Edit) Empty() bool { return e == Edit{} }

// jobFields are the fields as a merge patch has them.
type jobFields struct {
	Parallelism *int32 `json:"parallelism,omitempty"`
	Completions *int32 `json:"completions,omitempty"`
	Suspend     *bool  `json:"suspend,omitempty"`
}

type patch struct {
	Metadata struct {
		UID             string `json:"uid"`
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Spec any `json:"spec"`
}

type cronJobFields struct {
	Suspend     *bool `json:"suspend,omitempty"`
	JobTemplate *struct {
		Spec jobFields `json:"spec"`
	} `json:"jobTemplate,omitempty"`
}

// Patch returns the edit as a JSON merge patch that the server refuses (409) when the object is another one by now, or
// was changed since it was read.
func (e Edit) Patch(item target.Item) ([]byte, error) {
	var p patch
	p.Metadata.UID, p.Metadata.ResourceVersion = string(item.Meta().UID), item.Meta().ResourceVersion
	fields := jobFields{Parallelism: e.Parallelism, Completions: e.Completions}
	if item.CronJob != nil {
		c := cronJobFields{Suspend: e.Suspend}
		if fields != (jobFields{}) {
			c.JobTemplate = &struct {
				Spec jobFields `json:"spec"`
			}{fields}
		}
		p.Spec = c
	} else {
		fields.Suspend = e.Suspend
		p.Spec = fields
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("cannot write the patch: %w", err)
	}
	return raw, nil
}

// On returns a copy of the object with the edit made: what --dry-run=client shows.
func (e Edit) On(item target.Item) target.Item {
	set := func(s *batchv1.JobSpec) {
		if e.Parallelism != nil {
			s.Parallelism = e.Parallelism
		}
		if e.Completions != nil {
			s.Completions = e.Completions
		}
	}
	switch {
	case item.Job != nil:
		item.Job = item.Job.DeepCopy()
		set(&item.Job.Spec)
		if e.Suspend != nil {
			item.Job.Spec.Suspend = e.Suspend
		}
	case item.CronJob != nil:
		item.CronJob = item.CronJob.DeepCopy()
		set(&item.CronJob.Spec.JobTemplate.Spec)
		if e.Suspend != nil {
			item.CronJob.Spec.Suspend = e.Suspend
		}
	}
	return item
}
