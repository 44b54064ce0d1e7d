package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lockFile takes an exclusive lock, waiting for whoever holds it, and returns what gives it back.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// startDetached runs a program that outlives the launcher, in a session of its own so that Ctrl-C here does not reach it.
// Its output is appended to logs/NAME.log and its process number is written to pids/NAME.pid, both below folder.
func startDetached(folder, name string, cmd *exec.Cmd) error {
	for _, sub := range []string{"logs", "pids"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(filepath.Join(folder, "logs", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	go cmd.Wait() // reaped while we live; the system does it afterwards
	return os.WriteFile(pidFile(folder, name), []byte(pid), 0o644)
}

func pidFile(folder, name string) string { return filepath.Join(folder, "pids", name+".pid") }

// readPid returns the process number in a pid file, or 0 when the file is missing, unreadable or stale.
func readPid(path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || pid <= 1 || !alive(pid) {
		return 0
	}
	// After a restart of the machine the number may be another program's: never signal that one.
	if name := strings.TrimSuffix(filepath.Base(path), ".pid"); !strings.Contains(commandLine(pid), name) {
		return 0
	}
	return pid
}

// commandLine is how a process was started.
func commandLine(pid int) string {
	if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		return strings.ReplaceAll(string(data), "\x00", " ")
	}
	out, _ := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return string(out)
}

// alive says whether a process exists (a zombie does not count: it holds no port).
func alive(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true // no /proc on this system
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// stopProcess signals the process of a pid file and waits until it is gone; after patience it kills. A missing process is fine.
func stopProcess(path string, sig syscall.Signal, patience time.Duration) error {
	pid := readPid(path)
	if pid == 0 {
		return removeIfThere(path)
	}
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal process %d: %w", pid, err)
	}
	if !gone(pid, patience) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("kill process %d: %w", pid, err)
		}
		if !gone(pid, 10*time.Second) {
			return fmt.Errorf("process %d does not end", pid)
		}
	}
	return removeIfThere(path)
}

// gone polls until the process has ended, or patience is over.
func gone(pid int, patience time.Duration) bool {
	for deadline := time.Now().Add(patience); alive(pid); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
