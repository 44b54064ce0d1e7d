// Package pods lists the pods of a Job: its own, with index and attempt, how they ended and how long they took.
package pods
