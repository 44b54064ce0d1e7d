package delete

import (
	"context"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// left is what is still there in a namespace: the wait looks at one kind after the other.
type left struct {
	kind target.Kind
	n    int
}

// waiting tells what is still there. The bar makes room for it.
func (l *ledger) waiting(namespace string, kind target.Kind, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.left == nil
	if first {
		l.left = map[string]left{}
	}
	l.left[namespace] = left{kind, n}
	if first && l.live != nil {
		l.repaint()
	}
}

// keepPainting shows while there is a bar how much is waited for: what changes it comes in bursts.
func (l *ledger) keepPainting(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l.mu.Lock()
		if l.live != nil && l.left != nil {
			l.repaint()
		}
		l.mu.Unlock()
	}
}

// waits is the line that stands in the place of the bar.
func (l *ledger) waits() string {
	var all []string
	for _, k := range []struct {
		kind target.Kind
		noun string
	}{{target.Job, "Job"}, {target.CronJob, "CronJob"}, {target.Pod, "pod"}} {
		n := 0
		for _, left := range l.left {
			if left.kind == k.kind {
				n += left.n
			}
		}
		if n > 0 {
			all = append(all, act.Plural(n, k.noun))
		}
	}
	if len(all) == 0 {
		return "waiting for what belonged to them"
	}
	return "waiting for " + strings.Join(all, " and ") + " to go"
}
