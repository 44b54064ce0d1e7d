// Package act is what the verbs that change things have in common: many targets at once, what is said before and after,
// the question that is asked before much is lost, and the patch that is made only of what was read.
package act
