// Package jobstatus tells the state of a Job from objects alone: the Job, its pods and the events about them.
//
// It is pure: no client, no stream, no clock. What it knows comes in through Snapshot.Apply, the time comes in as an
// argument, and the same input gives the same answer. Every verb shows from it; none computes a state of its own.
package jobstatus
