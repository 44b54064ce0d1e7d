//go:build unix

package main

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// peak is the most memory that a program had, in bytes. macOS counts in these, the others in KiB.
func peak(ended *os.ProcessState) (int64, error) {
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, errors.New("this system does not count memory")
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss, nil
	}
	return usage.Maxrss * 1024, nil
}
