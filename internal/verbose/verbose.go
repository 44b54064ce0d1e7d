// Package verbose decides what the client library may log: nothing unless asked for, so that no log line stands before
// an error that is told in words.
package verbose

import (
	"flag"
	"io"
	"strconv"

	"k8s.io/klog/v2"
)

// Set sends the client library's log at a level (0: none) to w. It is called once, before any client exists.
func Set(w io.Writer, level int) {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	klog.LogToStderr(false)
	_ = flags.Set("one_output", "true")       // else an error is written once for each level below it, too
	_ = flags.Set("stderrthreshold", "FATAL") // else errors go to the process's stderr whatever the output is
	if level <= 0 {
		klog.SetOutput(io.Discard)
		return
	}
	// The flag set is private and the values are right: Set cannot fail.
	_ = flags.Set("v", strconv.Itoa(level))
	klog.SetOutput(w)
}
