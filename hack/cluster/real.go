package main

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// realState is what real mode remembers beside the control plane.
type realState struct{}

func (c cluster) upReal(context.Context, state, *logger) error {
	return errors.New("real mode is not there yet")
}
func (c cluster) downReal() error   { return nil }
func (c cluster) realHealthy() bool { return false }
func (c cluster) restartRealKubelet(context.Context, state, syscall.Signal, time.Duration, *logger) error {
	return errors.New("real mode is not there yet")
}
