// Package wait waits for Jobs to end, in silence, and says in one line each how they did.
package wait
