// Package logtail reads the logs of pods: it opens the streams that internal/logstream planned, takes them up again when
// they break, and writes their lines to one place, as they come or in order.
//
// It is a room of its own, and not part of the logs verb, because watch and wait show the logs of failed pods with it.
//
// Every stream has one goroutine that reads and formats; one goroutine writes. Between them is a lane for each stream,
// of bounded size: when the reader of jobx's output is slow, the streams are read slowly and nothing piles up.
package logtail
