package faultproxy

import (
	"fmt"
	"net"
)

// gateListener hands the gate's connections to the server; closing it closes only its own socket.
type gateListener struct {
	net.Listener
	gate *gate
}

// Accept takes the next connection into the gate's hold.
func (l *gateListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.gate.hold(c), nil
}

// DropConnections breaks every open connection (RST); new ones are welcome.
func (p *Proxy) DropConnections() { p.gate.each((*connection).reset) }

// Down breaks every connection and refuses new ones, as a server that is not running.
func (p *Proxy) Down() error {
	p.gate.mu.Lock()
	l := p.gate.listener
	p.gate.mu.Unlock()
	err := l.Close()
	p.DropConnections()
	return err
}

// Drain refuses new connections while those that are open live on, as an API server that was asked to stop.
func (p *Proxy) Drain() error {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	return p.gate.listener.Close()
}

// Up takes connections again, on the same address, after Down or Drain.
func (p *Proxy) Up() error {
	listen := func() (net.Listener, error) { return net.Listen("tcp", p.address) }
	if p.link != nil {
		listen = p.link.Listen
	}
	l, err := listen()
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	p.address = l.Addr().String()
	p.serve(l)
	return nil
}

// BlackHole loses everything on the connections that are open, both ways and without a word, as a load balancer that
// forgot the flow. New connections work, unless all is true.
func (p *Proxy) BlackHole(all bool) {
	p.gate.mu.Lock()
	p.gate.holed = all
	p.gate.mu.Unlock()
	p.gate.each((*connection).lose)
}

// Heal lets new connections work again. Those that fell into the black hole are lost for good.
func (p *Proxy) Heal() {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.gate.holed = false
}
