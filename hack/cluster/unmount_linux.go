package main

import "syscall"

// unmount takes a mount point out of the tree at once; the kernel finishes when the last user is gone.
func unmount(path string) error { return syscall.Unmount(path, syscall.MNT_DETACH) }
