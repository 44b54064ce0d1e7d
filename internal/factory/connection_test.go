package factory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// failing is an input that nobody may read.
type failing struct{ t *testing.T }

func (f failing) Read([]byte) (int, error) {
	f.t.Error("stdin was read")
	return 0, os.ErrClosed
}

func connected(t *testing.T, kubeconfig string, args ...string) (*Factory, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	f := New(genericiooptions.IOStreams{In: failing{t}}, func(string) (string, bool) { return "", false }, time.Now)
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.AddFlags(flags)
	return f, flags.Parse(append([]string{"--kubeconfig", path}, args...))
}

const nobody = `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://h:6443"}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: team}}]
current-context: x
users: [{name: u, user: {}}]
`

// P4: a user without credentials is no reason to ask for a password; where nobody can answer, that would hang.
func TestP4CredentialsAreNeverAskedFor(t *testing.T) {
	f, err := connected(t, nobody)
	if err != nil {
		t.Fatal(err)
	}
	config, err := f.Config()
	if err != nil || config.Host != "https://h:6443" || config.Username != "" {
		t.Errorf("%+v %v", config, err)
	}
}

func TestConnectionFlagsMeanWhatTheyMeanToKubectl(t *testing.T) {
	f, err := connected(t, nobody, "-s", "https://other", "-n", "mine", "--as", "ann", "--as-group", "g", "--as-group", "h",
		"--as-user-extra", "k=1", "--as-user-extra", "k=2", "--request-timeout", "7s", "--token", "secret")
	if err != nil {
		t.Fatal(err)
	}
	config, err := f.Config()
	if err != nil {
		t.Fatal(err)
	}
	namespace, explicit, err := f.Namespace()
	got := []any{config.Host, config.Impersonate.UserName, config.Impersonate.Groups, config.Impersonate.Extra,
		config.Timeout.String(), config.BearerToken, namespace, explicit, err}
	want := []any{"https://other", "ann", []string{"g", "h"}, map[string][]string{"k": {"1", "2"}}, "7s", "secret", "mine", true, error(nil)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := connected(t, nobody, "--as-user-extra", "k"); err == nil {
		t.Error("--as-user-extra without a value is taken")
	}
}

// The namespace of the context is not one that was asked for.
func TestNamespaceOfTheContextIsNotExplicit(t *testing.T) {
	f, err := connected(t, nobody)
	if err != nil {
		t.Fatal(err)
	}
	if namespace, explicit, err := f.Namespace(); namespace != "team" || explicit || err != nil {
		t.Errorf("%q %v %v", namespace, explicit, err)
	}
}

// What cannot be used is an error that names the flag: internal/cli words it.
func TestFlagsThatNameNothing(t *testing.T) {
	for _, c := range []struct {
		flag, value string
		want        ConfigError
		text        string
	}{
		{"--context", "nope", ConfigError{Context: "nope"}, `context "nope" does not exist`},
		{"--cluster", "nope", ConfigError{Cluster: "nope"}, `cluster "nope" does not exist`},
		{"--user", "nope", ConfigError{User: "nope"}, `auth info "nope" does not exist`},
	} {
		f, err := connected(t, nobody, c.flag, c.value)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Config()
		var got *ConfigError
		if !errors.As(err, &got) || got.Context != c.want.Context || got.Cluster != c.want.Cluster || got.User != c.want.User || err.Error() != c.text {
			t.Errorf("%s %s: %#v", c.flag, c.value, err)
		}
	}
}

func TestRequestTimeoutIsCheckedFirst(t *testing.T) {
	for value, good := range map[string]bool{"abc": false, "10x": false, "5": true, "1m30s": true, "0": true} {
		f := New(genericiooptions.IOStreams{In: failing{t}}, func(string) (string, bool) { return "", false }, time.Now)
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.AddFlags(flags)
		if err := flags.Parse([]string{"--request-timeout", value}); err != nil {
			t.Fatal(err)
		}
		if err := f.Validate(flags); (err == nil) != good || (!good && !strings.Contains(err.Error(), `--request-timeout "`+value)) {
			t.Errorf("%s: %v", value, err)
		}
	}
}
