package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// logger tells on standard error what the launcher is doing; standard output is for answers (a path, a kubeconfig).
type logger struct {
	mu    sync.Mutex
	out   io.Writer
	quiet bool
}

// say writes one line.
func (l *logger) say(format string, args ...any) {
	if l.quiet {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, format+"\n", args...)
}

// stillEvery is how often a long step says that it is alive.
const stillEvery = 20 * time.Second

// progress announces a long step, says every now and then that it still runs, and returns what to call at its end.
func (l *logger) progress(label string) (done func()) {
	start := time.Now()
	l.say("%s ...", label)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(stillEvery)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				l.say("%s ... %s", label, time.Since(start).Round(time.Second))
			}
		}
	})
	return func() {
		close(stop)
		wg.Wait()
		l.say("%s took %s", label, time.Since(start).Round(100*time.Millisecond))
	}
}
