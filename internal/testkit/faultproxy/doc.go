// Package faultproxy is a reverse proxy that misbehaves on purpose: it stands in front of a real or a scripted API server
// and breaks what a network, a load balancer or a tired server breaks, at the request and at the byte that a test names.
//
// Requests are told apart by Kubernetes verb and resource. Rules decide what happens to the nth of them: a status instead
// of an answer, a delay, a stream that ends, breaks off or falls silent after so many events or bytes, events that
// disappear or come twice. Faults of the connection (refused, dropped, a black hole) are separate calls. Everything can
// be changed while requests are under way, and everything that passes is counted.
//
// Towards the API server the proxy uses the credentials of the configuration it was given; towards clients it speaks
// plain HTTP/1.1, or TLS with HTTP/2, and asks for none. Streams pass as they come, unbuffered. What a client sends to
// impersonate somebody passes through, so a test of permissions needs no second set of credentials.
//
// It is for tests and never part of the plugin.
package faultproxy
