// Package apistub is an API server for tests that holds objects in memory: lists, watches from a resourceVersion,
// watch-lists, reads of one object, with field and label selectors, and a history that a test can forget (410).
//
// It listens on a pipe instead of the network, so that a client, the stub and a fault proxy between them can all live
// in a testing/synctest bubble, where waiting costs nothing. It knows jobs, cronjobs, pods, events and
// namespaces, has no controllers and checks nothing: a test plays the cluster by calling Put and Delete.
package apistub
