package faultproxy

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Options say how the proxy shows itself to clients.
type Options struct {
	TLS     bool   // TLS with HTTP/2; else plain HTTP/1.1
	Address string // where to listen; empty: a free port of 127.0.0.1
	Seed    uint64 // of everything that is drawn by chance
	Link    Link   // listen here instead of on a socket
}

// Link is a network of its own, such as a pipe within the process (apistub.Pipe).
type Link interface {
	Listen() (net.Listener, error)
	Dial(ctx context.Context, network, address string) (net.Conn, error)
}

// Proxy is a running proxy. Its methods may be called at any time from any goroutine.
type Proxy struct {
	address   string
	authority []byte // PEM; nil without TLS
	server    *http.Server
	link      Link // nil: a socket
	gate      *gate
	ledger    ledger

	mu     sync.Mutex
	rules  []*armed
	random *rand.Rand
}

// New starts a proxy in front of the API server that the configuration leads to. The caller closes it.
func New(upstream *rest.Config, o Options) (*Proxy, error) {
	u := rest.CopyConfig(upstream)
	u.DisableCompression = true // bodies pass as they are
	transport, err := rest.TransportFor(u)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the way to the API server: %w", err)
	}
	target, _, err := rest.DefaultServerUrlFor(u)
	if err != nil {
		return nil, fmt.Errorf("cannot read the API server's address: %w", err)
	}
	p := &Proxy{random: rand.New(rand.NewPCG(o.Seed, 0x6a6f6278))}
	p.server = &http.Server{
		Handler:  p.handler(&url.URL{Scheme: target.Scheme, Host: target.Host, Path: target.Path}, transport),
		ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, heldBy(c))
		},
	}
	return p, p.listen(o)
}

func (p *Proxy) listen(o Options) error {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if o.TLS {
		certificate, authority, err := selfSigned()
		if err != nil {
			return fmt.Errorf("cannot make a certificate: %w", err)
		}
		p.authority = authority
		p.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	p.gate = &gate{open: map[*connection]struct{}{}}
	p.address, p.link = o.Address, o.Link
	return p.Up()
}

func (p *Proxy) serve(l net.Listener) {
	p.gate.mu.Lock()
	p.gate.listener = l
	front := &gateListener{gate: p.gate, Listener: l}
	p.gate.mu.Unlock()
	if p.authority != nil { // the server sets itself a TLSConfig, whatever it serves
		go func() { _ = p.server.ServeTLS(front, "", "") }()
		return
	}
	go func() { _ = p.server.Serve(front) }()
}

// Config returns how a client reaches the proxy; it needs no credentials.
func (p *Proxy) Config() *rest.Config {
	c := &rest.Config{Host: "http://" + p.address, QPS: -1}
	if p.link != nil {
		c.Dial = p.link.Dial
	}
	if p.authority != nil {
		c.Host, c.CAData = "https://"+p.address, p.authority
	}
	return c
}

// Kubeconfig returns the same as the content of a kubeconfig file, for kubectl and the like.
func (p *Proxy) Kubeconfig(namespace string) ([]byte, error) {
	c := p.Config()
	file := clientcmdapi.NewConfig()
	file.Clusters["faulty"] = &clientcmdapi.Cluster{Server: c.Host, CertificateAuthorityData: c.CAData}
	file.AuthInfos["nobody"] = &clientcmdapi.AuthInfo{Token: "not-looked-at"}
	file.Contexts["faulty"] = &clientcmdapi.Context{Cluster: "faulty", AuthInfo: "nobody", Namespace: namespace}
	file.CurrentContext = "faulty"
	return clientcmd.Write(*file)
}

// Set replaces all rules; without arguments everything passes. Requests under way keep the fault they met.
func (p *Proxy) Set(rules ...Rule) error {
	fresh := make([]*armed, 0, len(rules))
	for _, r := range rules {
		a, err := arm(r)
		if err != nil {
			return err
		}
		fresh = append(fresh, a)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = fresh
	return nil
}

// choose finds the fault for a request, and the name of its rule.
func (p *Proxy) choose(r Request) (Fault, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var chosen *armed
	for _, a := range p.rules {
		if a.fires(r, p.random.Float64) && chosen == nil {
			chosen = a
		}
	}
	if chosen == nil {
		return Fault{}, ""
	}
	f := chosen.Fault
	if f.AtRandom > 0 {
		f.AfterBytes = 1 + p.random.Int64N(f.AtRandom)
	}
	if chosen.Name == "" {
		return f, "unnamed"
	}
	return f, chosen.Name
}

// Close ends the proxy and all its connections.
func (p *Proxy) Close() error {
	err := p.server.Close()
	p.gate.each(func(c *connection) { _ = c.shut() })
	return err
}

func (p *Proxy) handler(target *url.URL, transport http.RoundTripper) http.Handler {
	reverse := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			if x, ok := r.In.Context().Value(exchangeKey{}).(exchange); ok && x.entry.Verb == "watch" && x.fault.touchesBody() {
				r.Out.Header.Del("Accept-Encoding") // events cannot be told apart in a compressed stream
			}
			if r.In.Header.Get("Authorization") == "Bearer not-looked-at" {
				r.Out.Header.Del("Authorization")
			}
		},
		Transport:      transport,
		FlushInterval:  -1,
		ErrorLog:       log.New(io.Discard, "", 0),
		ModifyResponse: p.alter,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.handle(w, r, reverse) })
}
