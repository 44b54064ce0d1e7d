package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

func TestExplain(t *testing.T) {
	jobs := schema.GroupResource{Group: "batch", Resource: "jobs"}
	refused := &url.Error{Op: "Get", URL: "https://h:6443/apis/batch/v1/jobs?x=y", Err: &os.SyscallError{Syscall: "connect", Err: syscall.ECONNREFUSED}}
	for _, c := range []struct {
		name string
		err  error
		want []string // parts of the text
		not  string   // what must not be in it
	}{
		{"told already", exit.Silent(exit.JobFailed), nil, "error"},
		{"no kubeconfig", &factory.ConfigError{Err: clientcmd.ErrEmptyConfig}, []string{"no kubeconfig", "\nset KUBECONFIG"}, ""},
		{"no such file", &factory.ConfigError{Kubeconfig: "/nope", Err: os.ErrNotExist}, []string{`--kubeconfig "/nope": there is no such file`}, ""},
		{"unknown context", &factory.ConfigError{Context: "c", Err: errors.New(`context "c" does not exist`)}, []string{`context "c" is not in the kubeconfig`}, ""},
		{"unknown cluster", &factory.ConfigError{Context: "c", Cluster: "d", Err: errors.New(`cluster "d" does not exist`)},
			[]string{`--cluster "d" is not in the kubeconfig`, "get-clusters"}, "context"},
		{"unknown user", &factory.ConfigError{User: "u", Err: errors.New(`auth info "u" does not exist`)}, []string{`--user "u" is not in the kubeconfig`, "get-users"}, ""},
		{"a cluster that the context names", &factory.ConfigError{Context: "c", Err: errors.New(`cluster "d" does not exist`)},
			[]string{`the kubeconfig cannot be used: cluster "d" does not exist`}, "get-contexts"},
		{"refused", fmt.Errorf("x: %w", refused), []string{"cannot reach the API server at https://h:6443: connection refused"}, "apis/batch"},
		{"unauthorized", apierrors.NewUnauthorized("no"), []string{"does not accept these credentials"}, ""},
		{"forbidden", apierrors.NewForbidden(jobs, "x", errors.New("why")), []string{"forbidden", "kubectl auth can-i"}, ""},
		{"not found", &target.NotFound{Ref: target.Ref{Kind: target.Job, Name: "x"}, Namespace: "n", Nearest: target.Ref{Kind: target.Job, Name: "xy"}}, []string{`job "x" not found in namespace "n"`, "\ndid you mean job/xy?"}, ""},
		{"ambiguous", &target.Ambiguous{Name: "x", Kinds: []target.Kind{target.Job, target.CronJob}}, []string{"both a job and a cronjob", "job/x or cronjob/x"}, ""},
		{"a webhook's words", apierrors.NewForbidden(jobs, "x", errors.New("\x1b[2J\nerror: all is well")), []string{`\x1b[2J`}, "\nerror: all"},
		{"several", target.Failures{{Err: errors.New("a\nb")}, {Err: apierrors.NewForbidden(jobs, "x", errors.New("\x1b[2J\nerror: all is well"))}},
			[]string{"error: a\nb\nerror: jobs.batch", `\x1b[2J`, "kubectl auth can-i"}, "\nerror: all"},
	} {
		got := Explain(c.err)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", c.name, got, want)
			}
		}
		if c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: %q says %q", c.name, got, c.not)
		}
		if strings.ContainsAny(got, "\x1b\r") {
			t.Errorf("%s: %q holds a control character", c.name, got)
		}
	}
}
