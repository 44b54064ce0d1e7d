package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// restart ends one process of a running cluster with a signal and starts it again with the same data and on the same port.
func (c cluster) restart(ctx context.Context, what string, o options, l *logger) error {
	s, err := c.load()
	if err != nil {
		return err
	}
	sig, err := parseSignal(o.signal)
	if err != nil {
		return err
	}
	if what == "kubelet" {
		return c.restartKubelet(ctx, s, sig, o.downFor, l)
	}
	component, ok := map[string]string{
		"apiserver": "kube-apiserver", "kube-apiserver": "kube-apiserver",
		"controller-manager": "kube-controller-manager", "kube-controller-manager": "kube-controller-manager",
		"scheduler": "kube-scheduler", "kube-scheduler": "kube-scheduler",
		"etcd": "etcd",
	}[what]
	if !ok {
		return fmt.Errorf("restart %q: want apiserver, controller-manager, scheduler, etcd or kubelet", what)
	}
	// After a SIGTERM the API server serves old watches for a minute; wait for it rather than kill it.
	if err := stopProcess(pidFile(c.control(), component), sig, 90*time.Second); err != nil {
		return err
	}
	l.say("%s is down", component)
	if err := sleep(ctx, o.downFor); err != nil {
		return err
	}
	// kwokctl starts whatever does not run, which is this one.
	if err := c.kwokctl(ctx, s.Programs, "start", "cluster"); err != nil {
		return err
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	if err := waitFor(ctx, time.Minute, "the API server to be ready", func(ctx context.Context) error { return ready(ctx, api) }); err != nil {
		return err
	}
	l.say("%s is up again", component)
	return nil
}

// restartKubelet does the same for the kubelet: the real one, or the one that serves the simulated logs.
func (c cluster) restartKubelet(ctx context.Context, s state, sig syscall.Signal, downFor time.Duration, l *logger) error {
	if s.Mode == modeReal {
		return c.restartRealKubelet(ctx, s, sig, downFor, l)
	}
	api, err := c.client()
	if err != nil {
		return err
	}
	port, err := simKubeletPort(ctx, api)
	if err != nil {
		return err
	}
	if err := stopProcess(pidFile(c.folder, kubeletName), sig, 5*time.Second); err != nil {
		return err
	}
	l.say("the simulated kubelet is down")
	if err := sleep(ctx, downFor); err != nil {
		return err
	}
	if err := c.startSimKubelet(port); err != nil {
		return err
	}
	l.say("the simulated kubelet is up again")
	return nil
}

func parseSignal(name string) (syscall.Signal, error) {
	switch name {
	case "KILL", "SIGKILL", "9":
		return syscall.SIGKILL, nil
	case "TERM", "SIGTERM", "15":
		return syscall.SIGTERM, nil
	default:
		return 0, fmt.Errorf("--signal %q: want KILL or TERM", name)
	}
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return errors.New("interrupted")
	case <-time.After(d):
		return nil
	}
}
