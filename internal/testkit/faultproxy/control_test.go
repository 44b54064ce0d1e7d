package faultproxy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const rulesFile = `
- name: tired
  verbs: [get]
  resources: [jobs]
  every: 2
  status: 429
  retryAfter: 3
- verbs: [watch]
  delay: 10ms
  afterEvents: 3
  end: half
`

func TestParseRules(t *testing.T) {
	rules, err := ParseRules([]byte(rulesFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != 2 || rules[0].Every != 2 || rules[0].Status != 429 || rules[1].End != Half ||
		rules[1].Delay.Duration != 10*time.Millisecond {
		t.Errorf("got %+v", rules)
	}
	if _, err := ParseRules([]byte("- verb: get")); err == nil || !strings.Contains(err.Error(), "verb") {
		t.Errorf("an unknown field: got %v", err)
	}
}

func TestControl(t *testing.T) {
	p := start(t, Options{})
	control := httptest.NewServer(p.Control())
	defer control.Close()
	send := func(method, path, body string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), method, control.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode, string(raw)
	}
	if status, text := send(http.MethodPut, "/rules", "- status: 503"); status != 200 {
		t.Fatal(status, text)
	}
	if status, _, err := get(t, p, "/apis/batch/v1/namespaces/n/jobs/x"); status != 503 || err != nil {
		t.Errorf("got %d, %v", status, err)
	}
	if _, text := send(http.MethodGet, "/counts", ""); !strings.HasPrefix(text, "get jobs requests=1 faults=1 ") {
		t.Errorf("counts: %q", text)
	}
	if status, text := send(http.MethodPut, "/rules", "- end: soon"); status != 400 || !strings.Contains(text, "soon") {
		t.Errorf("a wrong rule: %d %q", status, text)
	}
	if status, _ := send(http.MethodPost, "/outage?for=1ms", ""); status != 200 {
		t.Errorf("outage: %d", status)
	}
	for _, path := range []string{"/drop", "/blackhole", "/heal", "/forget"} {
		if status, text := send(http.MethodPost, path, ""); status != 200 {
			t.Errorf("%s: %d %q", path, status, text)
		}
	}
	if _, text := send(http.MethodGet, "/requests", ""); text != "" {
		t.Errorf("after forget: %q", text)
	}
}

// notes is a buffer that a command writes while the test reads.
type notes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	upstream := clientcmdapi.NewConfig()
	upstream.Clusters["c"] = &clientcmdapi.Cluster{Server: fiveEvents(t).Host}
	upstream.Contexts["c"] = &clientcmdapi.Context{Cluster: "c"}
	upstream.CurrentContext = "c"
	in, out, rules := filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "rules")
	if err := clientcmd.WriteToFile(*upstream, in); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rules, []byte(rulesFile), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said, done := &notes{}, make(chan error, 1)
	go func() {
		done <- Command(ctx, []string{
			"--kubeconfig", in, "--write", out, "--rules", rules, "--tls", "--control", "127.0.0.1:0", "--namespace", "n",
		}, said)
	}()
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(said.String(), "proxy https://"); {
		if time.Now().After(deadline) {
			t.Fatalf("it said %q", said)
		}
		time.Sleep(time.Millisecond)
	}
	config, err := clientcmd.BuildConfigFromFlags("", out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), config.Host) || len(config.CAData) == 0 {
		t.Errorf("the kubeconfig leads to %q, it said %q", config.Host, said)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
