//go:build !linux

package main

import "errors"

// unmount is never reached: real mode is refused on other systems.
func unmount(string) error { return errors.New("unmount: Linux only") }
