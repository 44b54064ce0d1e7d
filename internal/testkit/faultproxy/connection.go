package faultproxy

import (
	"crypto/tls"
	"net"
	"sync"
)

// gate keeps hold of the proxy's connections, so that they can be made to fail.
type gate struct {
	mu       sync.Mutex
	listener net.Listener // the one of now: an outage closes it and another takes its place
	open     map[*connection]struct{}
	holed    bool // new connections fall into the black hole too
}

func (g *gate) hold(c net.Conn) *connection {
	held := &connection{Conn: c, gate: g, gone: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	held.holed = g.holed
	g.open[held] = struct{}{}
	return held
}

// each calls do for every connection that is open.
func (g *gate) each(do func(*connection)) {
	g.mu.Lock()
	all := make([]*connection, 0, len(g.open))
	for c := range g.open {
		all = append(all, c)
	}
	g.mu.Unlock()
	for _, c := range all {
		do(c)
	}
}

// connection is one connection that can lose everything without a word.
type connection struct {
	net.Conn
	gate  *gate
	mu    sync.Mutex
	holed bool
	once  sync.Once
	gone  chan struct{}
}

func (c *connection) inHole() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.holed
}

func (c *connection) lose() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holed = true
}

// Read returns what the client sent, or, in the black hole, nothing until the connection is closed: what the client sends
// meanwhile is swallowed, so that its writes succeed.
func (c *connection) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		switch {
		case !c.inHole():
			return n, err
		case err != nil:
			<-c.gone
			return 0, net.ErrClosed
		}
	}
}

// Write sends, or, in the black hole, seems to.
func (c *connection) Write(p []byte) (int, error) {
	if c.inHole() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// Close gives the connection up. A connection in the black hole stays open towards the client, which must not learn
// of it; shut closes that too.
func (c *connection) Close() error {
	c.once.Do(func() { close(c.gone) })
	if c.inHole() {
		return nil
	}
	return c.shut()
}

func (c *connection) shut() error {
	c.once.Do(func() { close(c.gone) })
	c.gate.mu.Lock()
	delete(c.gate.open, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// reset closes with a RST: what was not read yet is lost for the client as well.
func (c *connection) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.shut()
}

// heldBy finds the gate's connection below TLS.
func heldBy(c net.Conn) *connection {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	held, _ := c.(*connection)
	return held
}
