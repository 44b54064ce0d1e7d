package jobstatus

// Indexes are the completion indexes of an Indexed Job by what became of them. No index is in two of the sets.
type Indexes struct {
	Total     int32    `json:"total"`
	Completed IndexSet `json:"completed,omitempty"`
	Failed    IndexSet `json:"failed,omitempty"`
	Running   IndexSet `json:"running,omitempty"`
	Retrying  IndexSet `json:"retrying,omitempty"` // failed before, tried again or about to be
	Pending   IndexSet `json:"pending,omitempty"`  // a pod exists that does not run yet
	// the rest have not been started
	MaxFailed *int32 `json:"maxFailed,omitempty"` // spec.maxFailedIndexes
	PerIndex  *int32 `json:"perIndex,omitempty"`  // spec.backoffLimitPerIndex
}

// IndexSet is a set of completion indexes as sorted, disjoint, non-adjacent closed ranges.
type IndexSet []IndexRange

// IndexRange is First to Last, both included.
type IndexRange struct{ First, Last int32 }
