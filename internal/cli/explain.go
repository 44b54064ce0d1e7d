package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Explain words an error for people: a line that names the thing, and where it helps a second one that says what to do
// next. Text that a server wrote is made safe. An empty text means that it has been told already.
func Explain(err error) string {
	var coded *exit.Error
	if errors.As(err, &coded) && coded.Err == nil {
		return ""
	}
	var several target.Failures
	if errors.As(err, &several) {
		lines := make([]string, len(several))
		for i, failure := range several {
			lines[i] = Explain(failure.Err)
		}
		return strings.Join(lines, "\n")
	}
	return "error: " + explain(err)
}

func explain(err error) string {
	var config *factory.ConfigError
	var address *url.Error
	var status apierrors.APIStatus
	switch {
	case errors.As(err, &config):
		return explainConfig(config)
	case errors.As(err, &status):
		return explainStatus(err, status)
	case errors.As(err, &address):
		return explainConnection(address)
	case errors.Is(err, context.DeadlineExceeded):
		return own(err) + "\nthe server did not answer in time: --request-timeout sets how long to wait"
	default:
		return own(err)
	}
}

// own shows a message that jobx itself composed: its line breaks are meant (the second line says what to do next).
func own(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = safetext.Line(line)
	}
	return strings.Join(lines, "\n")
}

// explainConfig words what is wrong with the kubeconfig.
func explainConfig(e *factory.ConfigError) string {
	switch text := e.Err.Error(); { // clientcmd has no types for these (getContext, getCluster, getAuthInfo in client_config.go)
	case text == fmt.Sprintf("context %q does not exist", e.Context):
		return fmt.Sprintf("context %+q is not in the kubeconfig\nkubectl config get-contexts lists those there are", e.Context)
	case text == fmt.Sprintf("cluster %q does not exist", e.Cluster):
		return fmt.Sprintf("--cluster %+q is not in the kubeconfig\nkubectl config get-clusters lists those there are", e.Cluster)
	case text == fmt.Sprintf("auth info %q does not exist", e.User):
		return fmt.Sprintf("--user %+q is not in the kubeconfig\nkubectl config get-users lists those there are", e.User)
	case clientcmd.IsEmptyConfig(e.Err):
		return "no kubeconfig: there is no cluster to talk to\nset KUBECONFIG, or name a file with --kubeconfig"
	case errors.Is(e.Err, os.ErrNotExist):
		return fmt.Sprintf("--kubeconfig %+q: there is no such file", e.Kubeconfig)
	default:
		return "the kubeconfig cannot be used: " + safetext.Error(e.Err.Error())
	}
}

// explainStatus words what the API server refused.
func explainStatus(err error, status apierrors.APIStatus) string {
	text := safetext.Error(err.Error()) // a webhook may have written it
	switch {
	case apierrors.IsUnauthorized(err):
		return "the server does not accept these credentials: expired or invalid\nkubectl auth whoami tells who you are to it"
	case apierrors.IsForbidden(err):
		return text + "\nkubectl auth can-i --list shows what you may do in the namespace"
	case apierrors.IsTooManyRequests(err):
		return "the API server is busy: " + text
	case status.Status().Code == 404 && status.Status().Details != nil && status.Status().Details.Name == "":
		return "the server does not serve this resource: " + text + "\nbatch/v1 needs Kubernetes 1.21 or later"
	default:
		return text
	}
}

// explainConnection words why the server cannot be reached.
func explainConnection(e *url.Error) string {
	server := e.URL
	if u, err := url.Parse(e.URL); err == nil {
		server = u.Scheme + "://" + u.Host
	}
	reach := func(why string) string {
		return fmt.Sprintf("cannot reach the API server at %s: %s", server, why)
	}
	var unknownCA x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var dns *net.DNSError
	switch {
	case errors.Is(e, syscall.ECONNREFUSED):
		return reach("connection refused") + "\nis it running? kubectl config current-context tells which cluster is meant"
	case errors.As(e, &dns):
		return reach("the host name is not known")
	case errors.As(e, &unknownCA):
		return reach("its certificate is not trusted") + "\nthe kubeconfig's certificate-authority is not the one that signed it"
	case errors.As(e, &hostname):
		return reach("its certificate is for another name")
	case strings.Contains(e.Err.Error(), "server gave HTTP response to HTTPS client"):
		return reach("it speaks plain HTTP")
	case e.Timeout():
		return reach("no answer in time")
	default:
		return reach(safetext.Error(e.Err.Error()))
	}
}
