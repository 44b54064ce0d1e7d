package jobstatus

// Indexes are the completion indexes of an Indexed Job by what became of them.
type Indexes struct {
	Total     int32
	Completed IndexSet
	Failed    IndexSet
	Running   IndexSet
	Retrying  IndexSet // failed before, tried again or about to be
	Pending   IndexSet // a pod exists that does not run yet
	// the rest have not been started
	MaxFailed *int32 // spec.maxFailedIndexes
	PerIndex  *int32 // spec.backoffLimitPerIndex
}

// IndexSet is a set of completion indexes as sorted, disjoint, non-adjacent closed ranges.
type IndexSet []IndexRange

// IndexRange is First to Last, both included.
type IndexRange struct{ First, Last int32 }
