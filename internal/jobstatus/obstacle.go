package jobstatus

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// failedCreate is the reason of the controller's event about a pod that could not be created: FailedCreatePodReason in
// pkg/controller/controller_utils.go.
const failedCreate = "FailedCreate"

// obstacle is what keeps the Job from going on and stays until somebody acts: pods that cannot be created, or pods that
// are stuck. Of several sorts of stuck pods it is the one that holds most of them.
func (v *view) obstacle(c Counts) *Obstacle {
	if v.snap.Gone || v.snap.Replaced || verdict(v.job) != nil || v.job.DeletionTimestamp != nil {
		return nil
	}
	if o := v.refusal(c); o != nil {
		return o
	}
	if v.stuck == 0 {
		return nil
	}
	byReason := map[string]*Obstacle{}
	for _, r := range v.rows {
		if r.departed || r.shown.Phase != PodStuck {
			continue
		}
		reason := steady(r.shown.Reason)
		o := byReason[reason]
		if o == nil {
			o = &Obstacle{Reason: reason}
			byReason[reason] = o
		}
		o.Pods++
		if o.Pod == "" || r.shown.Since.Before(o.Since) {
			o.Pod, o.Since, o.Message = r.shown.Name, r.shown.Since, r.shown.Message
		}
	}
	var worst *Obstacle
	for _, o := range byReason {
		if worst == nil || o.Pods > worst.Pods || (o.Pods == worst.Pods && o.Reason < worst.Reason) {
			worst = o
		}
	}
	return worst
}

// steady gives one name to a cause whose reason goes back and forth between trying and waiting.
func steady(reason string) string {
	if reason == "ErrImagePull" {
		return "ImagePullBackOff"
	}
	return reason
}

// refusal says that the controller could not create the pods that are missing (quota, admission, service account): no pod
// has been created since it last said so. Its events alone do not tell: of those about one object a recorder lets through
// a few of each type and then one every five minutes, whatever their reasons (defaultSpamBurst and defaultSpamQPS in
// client-go's tools/record/events_cache.go).
func (v *view) refusal(c Counts) *Obstacle {
	refused, created := v.memo.refused, v.newestCreation
	if refused == nil || v.stopped() || v.wanted(c) == 0 {
		return nil
	}
	if v.memo.created != nil {
		created = later(created, LastSeen(v.memo.created))
	}
	if created.After(LastSeen(refused)) {
		return nil
	}
	return &Obstacle{Reason: refused.Reason, Message: refused.Message, Since: v.memo.refusedSince(created)}
}

// maxRefusals bounds how many times are remembered at which pods could not be created.
const maxRefusals = 256

// noteRefusal remembers when an event says that pods could not be created. An event that happens again is one event, and
// keeps only the first and the last time: of those between, later versions of it do not tell.
func (m *memo) noteRefusal(e *corev1.Event) {
	if e.InvolvedObject.Kind != "Job" || e.Reason != failedCreate {
		return
	}
	for _, t := range []time.Time{firstSeen(e), LastSeen(e)} {
		if at, known := slices.BinarySearchFunc(m.refusals, t, time.Time.Compare); !known {
			m.refusals = slices.Insert(m.refusals, at, t)
		}
	}
	m.refusals = m.refusals[max(0, len(m.refusals)-maxRefusals):]
}

// refusedSince is when pods could first not be created after one was; the newest event is not from before.
func (m *memo) refusedSince(created time.Time) time.Time {
	at, _ := slices.BinarySearchFunc(m.refusals, created, time.Time.Compare)
	return m.refusals[min(at, len(m.refusals)-1)]
}
