package jobstatus

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

// refusal says that the controller could not create the pods that are missing (quota, admission, service account): the
// newest thing it said about creating pods is that it failed.
func (v *view) refusal(c Counts) *Obstacle {
	refused, created := v.memo.refused, v.memo.created
	if refused == nil || v.stopped() || v.wanted(c) == 0 {
		return nil
	}
	if created != nil && LastSeen(created).After(LastSeen(refused)) {
		return nil
	}
	return &Obstacle{Reason: refused.Reason, Message: refused.Message, Since: firstSeen(refused)}
}
