// Package logs prints every line of every pod of a Job: once, in order, until the Job ends.
package logs
