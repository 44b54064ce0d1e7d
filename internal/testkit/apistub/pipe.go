package apistub

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// Pipe is a network within the process: one address, on which somebody listens or nobody does.
type Pipe struct {
	mu  sync.Mutex
	now *pipeListener
}

// Listen takes connections from now on, in place of who did before.
func (p *Pipe) Listen() (net.Listener, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	return p.now, nil
}

// Dial opens a connection, or is refused when nobody listens.
func (p *Pipe) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.mu.Lock()
	l := p.now
	p.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: "pipe", Err: syscall.ECONNREFUSED}
	if l == nil {
		return nil, refused
	}
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
