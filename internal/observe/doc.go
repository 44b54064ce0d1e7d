// Package observe follows Jobs until a rule is met: the feed's changes become statuses and transitions, a view shows
// them, and the rule says when to stop and with which exit code. watch and wait are views over it.
package observe
