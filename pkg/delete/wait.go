package delete

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
)

const (
	// silence is how long the wait says nothing about what it waits for.
	silence = 5 * time.Second
	// lastLook bounds the look at what is left when the time is up.
	lastLook = 2 * time.Second
)

// wait waits for all of it, in all namespaces at once: one LIST and one WATCH of a kind for a namespace, however many
// objects there are.
func (c *command) wait(ctx context.Context, gone []removed) error {
	ctx, cancel := act.Deadline(ctx, c.o.Timeout)
	defer cancel()
	byNamespace := map[string][]removed{}
	for _, r := range gone {
		ns := r.item.Meta().Namespace
		byNamespace[ns] = append(byNamespace[ns], r)
	}
	namespaces := slices.Sorted(maps.Keys(byNamespace))
	waiters, errs := make([]*waiter, len(namespaces)), make([]error, len(namespaces))
	var wg sync.WaitGroup
	for i, ns := range namespaces {
		waiters[i] = newWaiter(c, ns, byNamespace[ns])
		wg.Go(func() { errs[i] = c.waitWith(ctx, waiters[i]) })
	}
	painting, stop := context.WithCancel(ctx)
	var painter sync.WaitGroup
	painter.Go(func() { c.tell.keepPainting(painting) })
	wg.Wait()
	stop()
	painter.Wait()
	return c.outcome(ctx, waiters, errs)
}

// waitWith waits in one namespace, and says after a while what is waited for.
func (c *command) waitWith(ctx context.Context, w *waiter) error {
	reminding, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() {
		select {
		case <-reminding.Done():
			return
		case <-time.After(silence):
		}
		lines := w.holders(reminding)
		for _, line := range lines {
			if reminding.Err() == nil {
				c.tell.note("waiting: " + line)
			}
		}
	})
	return w.wait(ctx)
}

// outcome tells how the waits ended.
func (c *command) outcome(ctx context.Context, waiters []*waiter, errs []error) error {
	var late []*waiter
	unseen := false
	for i, w := range waiters {
		switch {
		case errs[i] == nil:
			c.tellStrays(w)
		case ctx.Err() != nil && !cluster.Answered(errs[i]):
			late = append(late, w)
		default: // the server's answer, if the time of others is up as well
			unseen = true // whoever may delete need not be allowed to look
			c.tell.unseen(w.namespace)
			c.tell.note(fmt.Sprintf("the deletion was started, but it cannot be seen whether all is gone: %v", errs[i]))
		}
	}
	for _, w := range late {
		c.tell.unseen(w.namespace)
	}
	switch {
	case len(late) == 0:
		c.tell.seenGone = !unseen
		return nil
	case !act.TimedOut(ctx):
		c.tell.interruptedWait()
		return ctx.Err()
	}
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	lines := []string{fmt.Sprintf("the deletion was started, but after %s not all is gone", c.o.Timeout)}
	for _, w := range late {
		lines = append(lines, w.holders(look)...)
	}
	return &exit.Error{Code: exit.Timeout, Err: errors.New(strings.Join(lines, "\n"))}
}

// tellStrays names the Jobs and pods that a deletion left: somebody took them from what was deleted before.
func (c *command) tellStrays(w *waiter) {
	if len(w.strays) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(w.strays))
	text := fmt.Sprintf("left in namespace %q, because they belonged to what was deleted no more: %s", w.namespace, act.Some(names, 10))
	if strings.HasPrefix(names[len(names)-1], "pod/") { // pods come last
		text += "; kubectl jobx delete --orphans " + in(w.namespace) + " removes such pods"
	}
	c.tell.note(text)
}
