package factory

import (
	"io"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// ConfigError says that the kubeconfig, or what the flags chose in it, cannot be used.
type ConfigError struct {
	Kubeconfig, Context, Cluster, User string // as given by flags; empty: the defaults
	Err                                error
}

// Error returns the reason.
func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns what client-go said.
func (e *ConfigError) Unwrap() error { return e.Err }

// warningWriter shows the server's warnings as kubectl does, made safe: a webhook writes their text.
type warningWriter struct{ w io.Writer }

// HandleWarningHeader implements rest.WarningHandler.
func (h warningWriter) HandleWarningHeader(code int, _ string, text string) {
	if code != 299 || text == "" {
		return
	}
	_, _ = io.WriteString(h.w, "warning: "+safetext.Error(text)+"\n")
}
