package get

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// narrow leaves what the options ask for by what an object alone tells. In a tree the age is that of the runs.
func (l *lister) narrow() {
	l.jobs = slices.DeleteFunc(l.jobs, func(j *job) bool {
		return !l.o.hasAge(j.Status.Created, l.now()) || (l.owner != nil && j.owner != l.owner.UID)
	})
	l.crons = slices.DeleteFunc(l.crons, func(c cron) bool {
		other := l.owner != nil && c.object.UID != l.owner.UID
		return !l.cronsMatter() || other || (!l.o.Tree && !l.o.hasAge(c.status.Created, l.now()))
	})
}

// prune leaves out of a tree the CronJobs of which no run is left, where runs were chosen.
func (l *lister) prune() {
	if !l.o.Tree || (len(l.o.States) == 0 && l.o.Newer == 0 && l.o.Older == 0) {
		return
	}
	left := map[types.UID]bool{}
	for _, j := range l.jobs {
		left[j.owner] = true
	}
	l.crons = slices.DeleteFunc(l.crons, func(c cron) bool { return !left[c.object.UID] })
}

// choose leaves the Jobs in the states that the options ask for, and puts all in their order. As in kubectl a field that none
// of several has orders nothing, and is a mistake.
func (l *lister) choose() error {
	l.jobs = slices.DeleteFunc(l.jobs, func(j *job) bool { return !l.o.hasState(j.Status) })
	l.prune()
	ofJobs, ofCrons := l.o.orderJobs(l.jobs), l.o.orderCrons(l.crons)
	if n := len(l.jobs) + len(l.crons); n > 1 && !ofJobs && !ofCrons {
		return fmt.Errorf("--sort-by %+q: none of the %d objects has such a field\n-o json shows those they have", l.o.SortBy, n)
	}
	return nil
}

// orderJobs puts Jobs in order; false: none has what they were to be ordered by.
func (o Options) orderJobs(jobs []*job) bool {
	found := o.Path == nil
	for i := range jobs {
		if o.Path != nil { // once for each, and not for each comparison
			jobs[i].key = o.value(jobs[i].object)
			found = found || jobs[i].key != nil
		}
	}
	slices.SortStableFunc(jobs, func(a, b *job) int {
		return cmp.Or(o.compare(a, b), cmp.Compare(a.Status.Namespace, b.Status.Namespace), cmp.Compare(a.Status.Name, b.Status.Name))
	})
	return found
}

// orderCrons is orderJobs of CronJobs, which have no words of their own but name and age.
func (o Options) orderCrons(crons []cron) bool {
	found := o.Path == nil
	for i := range crons {
		if o.Path != nil {
			crons[i].key = o.value(crons[i].object)
			found = found || crons[i].key != nil
		}
	}
	slices.SortStableFunc(crons, func(a, b cron) int {
		var order int
		switch {
		case o.SortBy == byAge:
			order = b.status.Created.Compare(a.status.Created)
		case o.Path != nil:
			order = compareValues(a.key, b.key)
		}
		return cmp.Or(order, cmp.Compare(a.status.Namespace, b.status.Namespace), cmp.Compare(a.status.Name, b.status.Name))
	})
	return found
}

func (o Options) hasState(s jobstatus.Status) bool {
	if len(o.States) == 0 {
		return true
	}
	return slices.ContainsFunc(o.States, func(word string) bool {
		switch word {
		case finished:
			return s.Outcome != jobstatus.Unfinished
		case unfinished:
			return s.Outcome == jobstatus.Unfinished
		case stuckWord:
			return s.Obstacle != nil
		}
		return strings.EqualFold(word, string(s.State))
	})
}

func (o Options) hasAge(created, now time.Time) bool {
	age := now.Sub(created)
	return (o.Newer == 0 || age < o.Newer) && (o.Older == 0 || age > o.Older)
}

// compare orders Jobs by --sort-by: the youngest, the longest, what needs a look, the least done first.
func (o Options) compare(a, b *job) int {
	switch o.SortBy {
	case byName:
		return 0
	case byAge:
		return b.Status.Created.Compare(a.Status.Created)
	case byDuration:
		return cmp.Compare(b.Status.Duration, a.Status.Duration)
	case byStatus:
		return cmp.Compare(rank(a.Status), rank(b.Status))
	case byProgress:
		return cmp.Compare(fraction(a.Status), fraction(b.Status))
	}
	return compareValues(a.key, b.key)
}

// rank puts what needs a look first and what is over and well last.
func rank(s jobstatus.Status) int {
	switch {
	case s.Outcome == jobstatus.FailedOutcome:
		return 0
	case s.Failing:
		return 1
	case s.Obstacle != nil:
		return 2
	case s.Outcome == jobstatus.Succeeded:
		return 9
	}
	switch s.State {
	case jobstatus.Blocked, jobstatus.BackingOff:
		return 3
	case jobstatus.Pending:
		return 4
	case jobstatus.Suspended, jobstatus.Paused, jobstatus.Managed:
		return 6
	case jobstatus.Terminating:
		return 7
	default:
		return 5
	}
}

func fraction(s jobstatus.Status) float64 {
	f, _ := s.Progress.Fraction()
	return f
}

// value is what the JSONPath of --sort-by finds in an object; nil: nothing.
func (o Options) value(object any) any {
	data, err := factory.Untyped(object)
	if err != nil {
		return nil
	}
	results, err := o.Path.FindResults(data)
	if err != nil || len(results) == 0 || len(results[0]) == 0 {
		return nil
	}
	return results[0][0].Interface()
}

// compareValues orders numbers as numbers, quantities too (512Mi, or a label that is a number), and everything else as text; nothing
// comes first. It is as kubectl sorts (isLess in k8s.io/kubectl/pkg/cmd/get/sorter.go).
func compareValues(a, b any) int {
	switch x := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return -1
	case int64: // of a Job nothing else is a number
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	}
	if b == nil {
		return 1
	}
	x, y := fmt.Sprint(a), fmt.Sprint(b)
	if p, err := resource.ParseQuantity(x); err == nil {
		if q, err := resource.ParseQuantity(y); err == nil {
			return p.Cmp(q)
		}
	}
	return cmp.Compare(x, y)
}
