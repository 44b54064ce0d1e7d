package faultproxy

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Command is the proxy as a program. It runs until the context ends and writes to out where it can be reached.
//
//	faultproxy --kubeconfig FILE --write FILE [--context NAME] [--rules FILE] [--tls] [--seed N]
//	           [--listen 127.0.0.1:0] [--control 127.0.0.1:0] [--namespace NS]
//
// The file of --write is a kubeconfig for kubectl and jobx that leads to the proxy.
func Command(ctx context.Context, args []string, out io.Writer) error {
	c := command{out: out}
	flags := flag.NewFlagSet("faultproxy", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&c.kubeconfig, "kubeconfig", "", "leads to the API server")
	flags.StringVar(&c.context, "context", "", "of that kubeconfig")
	flags.StringVar(&c.write, "write", "", "write a kubeconfig here that leads to the proxy")
	flags.StringVar(&c.namespace, "namespace", "", "in that kubeconfig")
	flags.StringVar(&c.rules, "rules", "", "a file of rules")
	flags.StringVar(&c.control, "control", "", "take commands on this address")
	flags.StringVar(&c.options.Address, "listen", "", "the proxy's own address")
	flags.BoolVar(&c.options.TLS, "tls", false, "speak TLS and HTTP/2")
	flags.Uint64Var(&c.options.Seed, "seed", 1, "of what is drawn by chance")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return c.run(ctx)
}

type command struct {
	kubeconfig, context, write, namespace, rules, control string
	options                                               Options
	out                                                   io.Writer
}

func (c command) run(ctx context.Context) error {
	upstream, err := c.upstream()
	if err != nil {
		return err
	}
	p, err := New(upstream, c.options)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	if err := c.prepare(p); err != nil {
		return err
	}
	if c.control != "" {
		l, err := net.Listen("tcp", c.control)
		if err != nil {
			return fmt.Errorf("--control: %w", err)
		}
		control := &http.Server{Handler: p.Control(), ReadHeaderTimeout: 10 * time.Second}
		go func() { _ = control.Serve(l) }()
		defer func() { _ = control.Close() }()
		_, _ = fmt.Fprintf(c.out, "control http://%s\n", l.Addr())
	}
	_, _ = fmt.Fprintf(c.out, "proxy %s\n", p.Config().Host)
	<-ctx.Done()
	return nil
}

func (c command) upstream() (*rest.Config, error) {
	if c.kubeconfig == "" {
		return nil, errors.New("--kubeconfig is required")
	}
	loader := &clientcmd.ClientConfigLoadingRules{ExplicitPath: c.kubeconfig}
	overrides := &clientcmd.ConfigOverrides{CurrentContext: c.context}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(loader, overrides).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: %w", err)
	}
	return config, nil
}

func (c command) prepare(p *Proxy) error {
	if c.rules != "" {
		raw, err := os.ReadFile(c.rules)
		if err != nil {
			return fmt.Errorf("--rules: %w", err)
		}
		rules, err := ParseRules(raw)
		if err != nil {
			return fmt.Errorf("--rules %s: %w", c.rules, err)
		}
		if err := p.Set(rules...); err != nil {
			return err
		}
	}
	if c.write == "" {
		return nil
	}
	raw, err := p.Kubeconfig(c.namespace)
	if err != nil {
		return err
	}
	return os.WriteFile(c.write, raw, 0o600)
}
