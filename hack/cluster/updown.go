package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// up starts the cluster. One that runs is left alone; one that is half dead is removed and made again.
func (c cluster) up(ctx context.Context, o options, l *logger) error {
	set, err := findPrograms(o.k8s, o.programs)
	if err != nil {
		return err
	}
	if o.mode == modeReal {
		if err := checkReal(); err != nil {
			return err
		}
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()

	old, err := c.load()
	switch {
	case errors.Is(err, errNoCluster):
	case err != nil:
		return err
	case old.Mode != o.mode:
		return fmt.Errorf("cluster %q is a %s one\ntake it down first, or give another --name", c.name, old.Mode)
	case c.usable(ctx, old):
		if other := old.differs(o, set); other != "" {
			return fmt.Errorf("cluster %q is running already, %s\ntake it down first, or give another --name", c.name, other)
		}
		l.say("cluster %q is running already", c.name)
		if old.Version != set.version && set.version != "" {
			l.say("  with Kubernetes %s, not %s: take it down first to have that", cmp.Or(old.Version, "of "+old.Programs), set.version)
		}
		c.tellUse(l)
		return nil
	default:
		l.say("cluster %q is only half there; making it again", c.name)
	}
	if err := c.remove(); err != nil {
		return fmt.Errorf("remove what was left of cluster %q: %w", c.name, err)
	}
	if err := set.ensure(ctx, programsFor(o.mode), l); err != nil {
		return err
	}
	return c.create(ctx, o, set, l)
}

// create makes a cluster where there is none, and leaves nothing when that fails.
func (c cluster) create(ctx context.Context, o options, set programSet, l *logger) error {
	start := time.Now()
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return err
	}
	s := state{Mode: o.mode, Version: set.version, Programs: set.bin, Nodes: o.nodes}
	if o.mode == modeReal {
		var err error
		if s.Real, err = newRealState(c.name, o.logMaxSize); err != nil {
			return err
		}
	}
	if err := c.save(s); err != nil {
		return err
	}
	var err error
	switch o.mode {
	case modeSimulated:
		err = c.upSimulated(ctx, s, l)
	case modeReal:
		err = c.upReal(ctx, s, l)
	}
	if err != nil {
		if keep := os.Getenv("JOBX_KEEP_FAILED"); keep != "" {
			return fmt.Errorf("%w\nkept for a look: %s", err, c.folder)
		}
		return errors.Join(err, c.remove())
	}
	l.say("cluster %q (%s) started in %s", c.name, o.mode, time.Since(start).Round(100*time.Millisecond))
	c.tellUse(l)
	return nil
}

// tellUse says how to reach the cluster.
func (c cluster) tellUse(l *logger) {
	l.say("  export KUBECONFIG=%s", shellWord(c.kubeconfig()))
}

// usable is true when everything that the mode needs is alive.
func (c cluster) usable(ctx context.Context, s state) bool {
	if !c.healthy(ctx, s.Mode) {
		return false
	}
	if s.Mode == modeReal {
		return c.realHealthy()
	}
	return readPid(pidFile(c.folder, kubeletName)) != 0
}

// down stops the cluster and removes its folder. One that is not there is fine.
func (c cluster) down(l *logger) error {
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(c.folder); errors.Is(err, os.ErrNotExist) {
		l.say("cluster %q is not there; nothing to do", c.name)
		return nil
	}
	start := time.Now()
	if err := c.remove(); err != nil {
		return err
	}
	l.say("cluster %q is gone (%s)", c.name, time.Since(start).Round(100*time.Millisecond))
	return nil
}

// remove ends whatever runs for the cluster, in either mode, and deletes its folder.
func (c cluster) remove() error {
	s, err := c.load()
	if err == nil && s.Mode == modeReal {
		if err := c.downReal(); err != nil {
			return err
		}
	}
	if err := c.downSimulated(); err != nil {
		return err
	}
	return os.RemoveAll(c.folder)
}

// status tells what runs. It fails when the cluster is not usable, so that a script can ask.
func (c cluster) status(ctx context.Context, out io.Writer) error {
	s, err := c.load()
	if errors.Is(err, errNoCluster) {
		return fmt.Errorf("cluster %q is not there\nstart it: go run . up --name %s", c.name, c.name)
	}
	if err != nil {
		return err
	}
	up, dead := c.running(s.Mode)
	fmt.Fprintf(out, "cluster     %s (%s)\n", c.name, s.Mode)
	if api, err := c.client(); err == nil {
		if v, err := version(ctx, api); err == nil {
			fmt.Fprintf(out, "kubernetes  %s\n", v)
		}
		if n, err := readyNodes(ctx, api); err == nil {
			fmt.Fprintf(out, "nodes       %d ready\n", n)
		}
	}
	fmt.Fprintf(out, "running     %s\n", strings.Join(up, " "))
	if len(dead) > 0 {
		fmt.Fprintf(out, "dead        %s\n", strings.Join(dead, " "))
	}
	fmt.Fprintf(out, "folder      %s\nkubeconfig  %s\n", c.folder, c.kubeconfig())
	if !c.usable(ctx, s) {
		return fmt.Errorf("cluster %q is not usable\nstart it again: go run . up --name %s", c.name, c.name)
	}
	return nil
}
