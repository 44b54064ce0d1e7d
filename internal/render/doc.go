// Package render turns a status into text: tables, frames of a live view, lines, and JSON objects.
//
// It is pure: no client, no stream of its own, no clock; the time and what the terminal understands come in as
// arguments, and the same input gives the same text. Text from the cluster is made safe here (Style.Text), at the last
// step before it is laid out, so that no caller has to think of it.
//
// It is the only room that knows the table library.
package render
