package factory

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// completed asks a factory before a server for what completes a command line.
func completed(t *testing.T, answer http.HandlerFunc, rules target.Rules, args []string, typed string) []string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	f, err := connected(t, nobody, "--server", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	offers, _ := f.CompleteTargets(rules)(cmd, args, typed)
	for i, offer := range offers {
		offers[i], _, _ = strings.Cut(offer, "\t")
	}
	return offers
}

// rows answers as the server does that is asked for a table: with one object, named after the resource.
func rows(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[{"name":"Name","format":"name"}],"rows":[{"cells":["x-%s"]}]}`,
		path.Base(r.URL.Path))
}

// The kinds are asked for side by side: here neither answer comes before both questions did.
func TestCompletionKeepsTheShellWaitingOnce(t *testing.T) {
	asked := make(chan struct{}, 2)
	both := make(chan struct{})
	go func() {
		<-asked
		<-asked
		close(both)
	}()
	answer := func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-both:
			rows(w, r)
		case <-r.Context().Done():
		}
	}
	start := time.Now()
	kinds := []target.Kind{target.Job, target.CronJob}
	got := completed(t, answer, target.Rules{Kinds: kinds, Bare: kinds}, nil, "x")
	if diff := cmp.Diff([]string{"x-jobs", "x-cronjobs"}, got); diff != "" {
		t.Errorf("after %v (-want +got)\n%s", time.Since(start), diff)
	}
}

func TestCompletionOffersWhatTheVerbTakes(t *testing.T) {
	both := []target.Kind{target.Job, target.CronJob}
	rules := target.Rules{Kinds: both, Bare: both}
	for _, c := range []struct {
		args  []string
		typed string
		rules target.Rules
		want  []string
	}{
		{[]string{"job"}, "", rules, []string{"x-jobs"}},
		{[]string{"pod"}, "", rules, nil},
		{[]string{"po"}, "x", rules, nil},
		{[]string{"cj"}, "", target.Rules{Kinds: both[:1], Bare: both[:1]}, nil},
		{[]string{"pods"}, "", target.Rules{Kinds: []target.Kind{target.Job, target.Pod}}, []string{"x-pods"}},
		{nil, "pod/", rules, nil},
	} {
		got := completed(t, rows, c.rules, c.args, c.typed)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v %q (-want +got)\n%s", c.args, c.typed, diff)
		}
	}
}

const plugin = `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://h:6443"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: IfAvailable}}}]
`

// A shell that completes waits for nobody to log in.
func TestCompletionLetsNoPluginAsk(t *testing.T) {
	f, err := connected(t, plugin)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := f.unattended()
	if err != nil || !alone.ExecProvider.StdinUnavailable {
		t.Errorf("%+v %v", alone, err)
	}
	if config, err := f.Config(); err != nil || config.ExecProvider.StdinUnavailable {
		t.Errorf("a verb's plugin may not ask either: %+v %v", config, err)
	}
}
