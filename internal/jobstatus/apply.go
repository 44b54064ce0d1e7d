package jobstatus

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
)

// Apply takes in what a feed learned. Applying a change again, or one that is older than what is known, changes nothing,
// and changes of different objects may come in any order. The first Job sets the UID that everything else is held
// against: another UID under the name is another Job (Replaced), and pods and events of other Jobs are ignored. A Job
// with a verdict keeps it whatever comes after.
//
// The snapshot keeps Jobs and events as it is given them: they must not be changed afterwards.
func (s *Snapshot) Apply(c Change) {
	s.init()
	switch {
	case c.Job != nil:
		s.applyJob(c.Job)
	case c.JobDeleted != nil:
		s.applyJobDeleted(c.JobDeleted)
	case c.Pod != nil:
		s.applyPod(c.Pod)
	case c.PodDeleted != nil:
		s.applyPodDeleted(c.PodDeleted)
	case c.Event != nil:
		s.applyEvent(c.Event)
	case c.Unavailable != nil:
		s.applyUnavailable(*c.Unavailable)
	}
	if c.Synced {
		s.Synced = true
	}
}

func (s *Snapshot) init() {
	if s.memo != nil {
		return
	}
	if s.Events == nil {
		s.Events = map[types.UID]*corev1.Event{}
	}
	if s.Unavailable == nil {
		s.Unavailable = map[Part]string{}
	}
	s.memo = newMemo(s)
}

func (s *Snapshot) applyJob(job *batchv1.Job) {
	switch {
	case s.Job == nil:
		s.Job = job
		s.adoptEarly()
	case job.UID != s.Job.UID:
		s.replaced(job)
	case s.Gone || stale(s.Job.ResourceVersion, job.ResourceVersion):
	case flips(s.Job, job):
		// A terminal condition cannot be taken back: this is not what the server holds now.
	default:
		s.Job = job
	}
}

// replaced notes that another Job has the name. The newest such Job is the one that has it now.
func (s *Snapshot) replaced(job *batchv1.Job) {
	// The predecessor of the followed Job can come late, from a list that is behind: it took nothing.
	if job.CreationTimestamp.Before(&s.Job.CreationTimestamp) {
		return
	}
	s.Replaced = true
	if s.ReplacedBy == nil || !job.CreationTimestamp.Time.Before(s.ReplacedBy.Created) {
		s.ReplacedBy = &Replacement{UID: job.UID, Created: job.CreationTimestamp.Time}
	}
}

func (s *Snapshot) applyJobDeleted(job *batchv1.Job) {
	if s.Job != nil && job.UID != s.Job.UID {
		return
	}
	s.applyJob(job)
	s.Gone = true
}

func (s *Snapshot) applyPod(pod *corev1.Pod) {
	known := s.memo.rows[pod.UID]
	switch {
	case known != nil:
		// A deletion is the last that is heard of a UID.
		if !known.departed && !stale(known.version, pod.ResourceVersion) {
			s.memo.notePod(pod, s.Job)
		}
	case s.Job == nil:
		s.memo.hold(Change{Pod: pod})
	case ownedBy(pod, s.Job.UID):
		s.memo.notePod(pod, s.Job)
		s.adoptEvents(pod.UID)
	}
}

func (s *Snapshot) applyPodDeleted(pod *corev1.Pod) {
	known := s.memo.rows[pod.UID]
	switch {
	case known != nil:
		if known.departed {
			return
		}
		if !stale(known.version, pod.ResourceVersion) {
			s.memo.notePod(pod, s.Job)
		}
	case s.Job == nil:
		s.memo.hold(Change{PodDeleted: pod})
		return
	case !ownedBy(pod, s.Job.UID):
		return
	default:
		s.memo.notePod(pod, s.Job)
	}
	s.memo.rows[pod.UID].departed = true
	s.memo.departed++
	s.adoptEvents(pod.UID)
}

func (s *Snapshot) applyUnavailable(u Unavailable) {
	if u.Why == "" {
		delete(s.Unavailable, u.Part)
		return
	}
	s.Unavailable[u.Part] = u.Why
}

// flips says whether next would take back the verdict that known has.
func flips(known, next *batchv1.Job) bool {
	was, is := verdict(known), verdict(next)
	return was != nil && (is == nil || is.Type != was.Type)
}

// ownedBy says whether the pod's controller is the object with the UID.
func ownedBy(pod *corev1.Pod, uid types.UID) bool {
	for i := range pod.OwnerReferences {
		ref := &pod.OwnerReferences[i]
		if ref.Controller != nil && *ref.Controller {
			return ref.UID == uid
		}
	}
	return false
}

// stale says whether next is older than known or the same. Versions that cannot be compared are taken as news.
func stale(known, next string) bool {
	order, err := resourceversion.CompareResourceVersion(next, known)
	return err == nil && order <= 0
}
