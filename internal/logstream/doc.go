// Package logstream knows what a container's log is, without opening one: which streams a Job has (Plan), where a
// broken stream is taken up again without losing a line or showing one twice (Cursor), and how a line is written
// (Formatter).
//
// It is pure: no client, no clock, no goroutine. The room that reads and writes is internal/logtail.
//
// A stream is one run of one container: pod UID, container name and restart count. A container that is restarted is a
// new stream, as its log is a new file on the node.
package logstream
