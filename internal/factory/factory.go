// Package factory is what a verb is given: the streams, the clock, lazily built clients and the namespace.
// Nothing here talks to a server before a verb asks for it, so that --help and bad flags cost no connection.
package factory

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
)

// Factory hands out what verbs need. It is built once per run and is safe for concurrent use once flags are parsed.
type Factory struct {
	genericiooptions.IOStreams
	// Now is the clock: the local one, and from the API server's first reply on the server's, which all moments in objects
	// are told by. So read it after what durations are shown of. Pure functions get its reading as an argument.
	Now func() time.Time
	// LookupEnv reads the environment (NO_COLOR, LANG, TERM …).
	LookupEnv func(string) (string, bool)

	connection *connection
	color      string
	clock      *cluster.Clock

	clientOnce sync.Once
	client     *cluster.Client
	clientErr  error
}

// New returns a factory over given streams.
func New(streams genericiooptions.IOStreams, lookupEnv func(string) (string, bool), now func() time.Time) *Factory {
	clock := cluster.NewClock(now)
	return &Factory{
		IOStreams: streams, Now: clock.Now, LookupEnv: lookupEnv, connection: newConnection(), color: "auto", clock: clock,
	}
}

// WithClient returns the factory with a client already made: how tests put a fake server behind a verb.
func (f *Factory) WithClient(c *cluster.Client) *Factory {
	f.clientOnce.Do(func() { f.client = c })
	return f
}

// AddFlags adds kubectl's connection flags and --color.
func (f *Factory) AddFlags(flags *pflag.FlagSet) {
	f.connection.addFlags(flags)
	flags.StringVar(&f.color, "color", f.color, "When to use colour: auto, always or never")
}

// Client returns the client for the server that the flags and the kubeconfig name. Nothing is sent.
// The error names the file or the context that is wrong.
func (f *Factory) Client() (*cluster.Client, error) { return f.connect(f.Config) }

func (f *Factory) connect(configure func() (*rest.Config, error)) (*cluster.Client, error) {
	f.clientOnce.Do(func() {
		config, err := configure()
		if err != nil {
			f.clientErr = err
			return
		}
		config.Wrap(f.clock.Heed)
		f.client, f.clientErr = cluster.New(config, warningWriter{f.ErrOut})
	})
	return f.client, f.clientErr
}

// Config returns the connection's configuration, or a ConfigError.
func (f *Factory) Config() (*rest.Config, error) {
	loader := f.connection.loader()
	if raw, err := loader.RawConfig(); err == nil && len(raw.Clusters) == 0 && f.nowhere() {
		return nil, f.connection.failed(clientcmd.ErrEmptyConfig)
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, f.connection.failed(err)
	}
	return config, nil
}

// unattended is Config for a run that nobody looks at: a credential plugin is told that it cannot ask anybody, and one that
// must is not started.
func (f *Factory) unattended() (*rest.Config, error) {
	config, err := f.Config()
	if err == nil && config.ExecProvider != nil {
		config.ExecProvider = config.ExecProvider.DeepCopy()
		config.ExecProvider.StdinUnavailable = true
	}
	return config, err
}

// nowhere says that nothing but the kubeconfig can name a server: no flag, and no pod's service account. Without this
// check client-go tries localhost:8080.
func (f *Factory) nowhere() bool {
	_, inCluster := f.LookupEnv("KUBERNETES_SERVICE_HOST")
	return f.connection.overrides.ClusterInfo.Server == "" && !inCluster
}

// Server sets the server to talk to, as --server does.
func (f *Factory) Server(address string) { f.connection.overrides.ClusterInfo.Server = address }

// Namespace returns the namespace to work in and whether it was named on the command line.
func (f *Factory) Namespace() (name string, explicit bool, err error) {
	name, _, err = f.connection.loader().Namespace()
	if err != nil {
		return "", false, f.connection.failed(err)
	}
	return name, f.connection.overrides.Context.Namespace != "", nil
}

// Validate checks the shared flags before anything is sent.
func (f *Factory) Validate(flags *pflag.FlagSet) error {
	if flag := flags.Lookup("namespace"); flag != nil && flag.Changed {
		if err := target.ValidateNamespace(flag.Value.String()); err != nil {
			return err
		}
	}
	if flag := flags.Lookup(clientcmd.FlagTimeout); flag != nil && flag.Changed {
		if _, err := clientcmd.ParseTimeout(flag.Value.String()); err != nil {
			return fmt.Errorf("--%s %+q: want a duration such as 30s, or a number of seconds", flag.Name, flag.Value.String())
		}
	}
	_, err := term.ParseWhen(f.color)
	return err
}

// Terminal tells about a stream of this factory: whether it is a terminal, how wide, and what it can show.
func (f *Factory) Terminal(w io.Writer) *term.Terminal {
	return term.Detect(w, term.Options{LookupEnv: f.LookupEnv, Color: term.When(f.color)})
}
