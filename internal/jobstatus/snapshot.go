package jobstatus

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Change is one thing that a feed learned. Exactly one of its fields is set.
type Change struct {
	Job        *batchv1.Job // the Job as it is now
	JobDeleted *batchv1.Job // its last known state; it is gone
	Pod        *corev1.Pod  // a pod as it is now
	// PodDeleted is a pod that is gone, as it was then; where that was missed its UID and the resourceVersion that was
	// told last are enough.
	PodDeleted  *corev1.Pod
	Event       *corev1.Event // an event about the Job or a pod of it
	Unavailable *Unavailable  // a part that cannot be read
	// Synced says that every part has been read at least once: what is missing from the snapshot does not exist.
	Synced bool
}

// Unavailable says that a part cannot be read, and why; an empty Why says that it can be again.
type Unavailable struct {
	Part Part
	Why  string
}

// Snapshot is everything known about one Job. The zero value is empty and ready; it is not safe for concurrent use, and
// a copy shares what it holds. After the first Apply change it through Apply alone: Compute trusts what Apply has noted.
// Of pods it keeps what is shown of them, not the objects: of 10,000 those take 30 MB.
type Snapshot struct {
	Job         *batchv1.Job
	Events      map[types.UID]*corev1.Event
	Unavailable map[Part]string
	Gone        bool
	Replaced    bool
	Synced      bool

	// ReplacedBy is the Job that has the name now, when Replaced.
	ReplacedBy *Replacement

	memo *memo
}

// Replacement is the Job that took the name of the one that is followed.
type Replacement struct {
	UID     types.UID
	Created time.Time
}
