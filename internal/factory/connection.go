package factory

import (
	"fmt"
	"strings"
	"sync"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
)

// connection is kubectl's flags about which server to talk to and as whom, bound by clientcmd itself. cli-runtime's
// ConfigFlags have the same ones, in the package that links discovery, kustomize and sixty API groups (print_flags.go).
type connection struct {
	rules     *clientcmd.ClientConfigLoadingRules
	overrides clientcmd.ConfigOverrides
	extra     extras

	once   sync.Once
	config clientcmd.ClientConfig
}

func newConnection() *connection {
	c := &connection{rules: clientcmd.NewDefaultClientConfigLoadingRules()}
	c.rules.DefaultClientConfig = &clientcmd.DefaultClientConfig // what a pod's service account and --server start from
	c.overrides.ClusterDefaults = clientcmd.ClusterDefaults
	return c
}

// addFlags adds the flags that kubectl has. Those for a password are not among them there either.
func (c *connection) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&c.rules.ExplicitPath, clientcmd.RecommendedConfigPathFlag, "", "Path to the kubeconfig file to use for CLI requests")
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.AuthOverrideFlags.Username.LongName, names.AuthOverrideFlags.Password.LongName = "", ""
	names.ClusterOverrideFlags.APIServer.ShortName = "s"
	clientcmd.BindOverrideFlags(&c.overrides, flags, names)
	flags.Var(&c.extra, "as-user-extra", "User extras to impersonate for the operation, as KEY=VALUE; can be repeated")
}

// loader reads the kubeconfig once. It never asks for a password: where nobody can answer, that hangs.
func (c *connection) loader() clientcmd.ClientConfig {
	c.once.Do(func() {
		c.overrides.AuthInfo.ImpersonateUserExtra = c.extra
		c.config = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(c.rules, &c.overrides)
	})
	return c.config
}

// failed says which kubeconfig, and what of it that a flag names, cannot be used.
func (c *connection) failed(err error) error {
	return &ConfigError{
		Kubeconfig: c.rules.ExplicitPath, Context: c.overrides.CurrentContext, Cluster: c.overrides.Context.Cluster,
		User: c.overrides.Context.AuthInfo, Err: err,
	}
}

// extras are the values of --as-user-extra by their keys. It is a pflag.Value.
type extras map[string][]string

// Set adds one KEY=VALUE.
func (e *extras) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return fmt.Errorf("%q: want KEY=VALUE", text)
	}
	if *e == nil {
		*e = extras{}
	}
	(*e)[key] = append((*e)[key], value)
	return nil
}

// Type is what help calls the value.
func (e *extras) Type() string { return "stringArray" }

// String is the default that help shows: none.
func (e *extras) String() string { return "" }
