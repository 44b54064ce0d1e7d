// Package walls holds a test alone: which room may import which, and who may touch the outside. It parses the source,
// so that a cached list of packages cannot hide a new door.
package walls
