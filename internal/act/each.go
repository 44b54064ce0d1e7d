package act

import (
	"context"
	"sync"
	"time"
)

// AtOnce bounds how many requests are under way: 32 keep an API server busy without making it queue.
const AtOnce = 32

// linger is how long a request that changes something may still take once the program was asked to end: cutting it off
// would leave open whether it was done.
const linger = 1500 * time.Millisecond

// Each does something for 0 to n-1, several at a time, in that order of beginning. When the context ends nothing more is
// begun, and what is under way gets a moment to end. It returns how many were begun.
func Each(ctx context.Context, n int, do func(ctx context.Context, i int)) (begun int) {
	under, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(linger, cancel) })
	defer stop()
	slots := make(chan struct{}, AtOnce)
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range n {
		select {
		case <-ctx.Done():
			return i
		case slots <- struct{}{}:
		}
		if ctx.Err() != nil { // select is fair, and both may be ready
			return i
		}
		wg.Go(func() {
			defer func() { <-slots }()
			do(under, i)
		})
	}
	return n
}
