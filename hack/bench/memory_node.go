package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// kubeletCommand is the hidden command by which this program serves large logs: kubelet.
	kubeletCommand = "kubelet"
	// memoryNode is a node whose kubelet is this program, in a process of its own: what it holds is not to count as a peak of
	// those who are measured (sample).
	memoryNode = "bench-memory"
	// bigLine is a line of a large log, 99 bytes and a line break.
	bigLine = "0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789."
	// stampLayout is the kubelet's.
	stampLayout = "2006-01-02T15:04:05.000000000Z07:00"
	// bigEvery is the time between two lines of a large log.
	bigEvery = 100 * time.Microsecond
)

// memoryKubelet serves one large log, from memory, as the log of every container.
type memoryKubelet struct {
	start          time.Time
	plain, stamped []byte
	stampedLine    int // length of a line with its stamp
}

func newMemoryKubelet() *memoryKubelet {
	k := &memoryKubelet{start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	n := bigLog / (len(bigLine) + 1)
	var plain, stamped strings.Builder
	for i := range n {
		plain.WriteString(bigLine + "\n")
		stamped.WriteString(k.start.Add(time.Duration(i)*bigEvery).Format(stampLayout) + " " + bigLine + "\n")
	}
	k.plain, k.stamped, k.stampedLine = []byte(plain.String()), []byte(stamped.String()), stamped.Len()/n
	return k
}

// ServeHTTP serves GET /containerLogs/NAMESPACE/POD/CONTAINER. All lines are of one length, so that sinceTime and
// tailLines are found by counting.
func (k *memoryKubelet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	body, line := k.plain, len(bigLine)+1
	if q.Get("timestamps") == "true" {
		body, line = k.stamped, k.stampedLine
	}
	if text := q.Get("sinceTime"); text != "" {
		since, err := time.Parse(time.RFC3339, text)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		skip := max(0, int((since.Sub(k.start)+bigEvery-1)/bigEvery))
		body = body[min(len(body), skip*line):]
	}
	if text := q.Get("tailLines"); text != "" {
		lines, err := strconv.Atoi(text)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = body[max(0, len(body)-lines*line):]
	}
	_, _ = w.Write(body) // a reader that has gone away is no failure here
}

// serveFromMemory is a memoryKubelet until its standard input ends. It prints its port.
func serveFromMemory(stdin io.Reader, stdout io.Writer) error {
	server := httptest.NewTLSServer(newMemoryKubelet())
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, port); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, stdin)
	return err
}

// startKubelet starts the process that serves from memory and returns its port. It ends with the bench, however that ends.
func (b *bench) startKubelet() (port string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(self, kubeletCommand)
	cmd.Stderr = os.Stderr
	if b.memory, err = cmd.StdinPipe(); err != nil {
		return "", err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	_, err = fmt.Fscanln(stdout, &port)
	return port, err
}

// fromMemory starts the kubelet that serves from memory, registers its node, and makes a Job whose pods have run there. A
// node and a Job of an earlier run are replaced: their kubelet is gone.
func fromMemory(ctx context.Context, b *bench) error {
	if b.memory != nil {
		return nil
	}
	if err := b.forgetMemoryNode(ctx); err != nil {
		return err
	}
	port, err := b.startKubelet()
	if err != nil {
		return err
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:        memoryNode,
			Annotations: map[string]string{"jobx.dev/kubelet-port": port},
			Labels:      map[string]string{"type": "kwok", "kubernetes.io/hostname": memoryNode},
		},
		Spec: corev1.NodeSpec{Unschedulable: true}, // for those who name it alone
	}
	if _, err := b.client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
		return err
	}
	j := job("big", bigPods)
	j.Spec.Template.Spec.NodeName = memoryNode
	if err := b.finish(ctx, j); err != nil {
		return err
	}
	return b.reachable(ctx)
}

// forgetMemoryNode removes what an earlier run left.
func (b *bench) forgetMemoryNode(ctx context.Context) error {
	background := metav1.DeletePropagationBackground
	err := b.client.BatchV1().Jobs(namespace).Delete(ctx, "big", metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if err := b.client.CoreV1().Nodes().Delete(ctx, memoryNode, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	return poll(ctx, "the pods of an earlier run to go", func() (bool, error) {
		pods, err := b.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "job-name=big"})
		return err == nil && len(pods.Items) == 0, err
	})
}

// reachable waits until the API server reads a log from the node.
func (b *bench) reachable(ctx context.Context) error {
	pods, err := b.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "job-name=big"})
	if err != nil {
		return err
	}
	return poll(ctx, "the kubelet that serves from memory", func() (bool, error) {
		body, err := b.client.CoreV1().Pods(namespace).GetLogs(pods.Items[0].Name, &corev1.PodLogOptions{}).Stream(ctx)
		if err != nil {
			return false, nil //nolint:nilerr // the node is not ready yet
		}
		return true, body.Close()
	})
}
