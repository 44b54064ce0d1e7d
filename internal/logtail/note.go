package logtail

import (
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// Note is something to be told beside the logs.
type Note struct {
	Kind   NoteKind
	Stream logstream.Stream
	Gap    logstream.Gap // for GapNote
	Err    error         // for GaveUp and Trouble
	Text   string        // for KubeletNote: what it wrote; untrusted
}

// NoteKind says what a note is about.
type NoteKind int

// The kinds.
const (
	GapNote     NoteKind = iota // lines are lost for certain
	GaveUp                      // the stream cannot be read any further
	KubeletNote                 // the kubelet wrote into the log
	Trouble                     // the stream cannot be read at the moment and is tried again
	Forgotten                   // the node keeps no run before this one
	Late                        // the log begins long after its container did: it may have been rotated
	Removed                     // the node has removed the container, and its log or the end of it
)

// Summary is what came of reading.
type Summary struct {
	Streams int // that were read to their end
	GaveUp  int // that were not
	Gaps    int // holes that are certain
}
