package why

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Bounds of what is read beside the Job, its pods and its events.
const (
	lastLines = 5
	mostBytes = 16 << 10 // that are shown, of the last lines
	mostRead  = 1 << 20  // a kubelet counts from the first of them
	mostNodes = 8
)

// more reads what a diagnosis can use and a page does not show: the end of the logs of pods that failed, and the nodes of
// pods that hang. What may not be read is noted.
func more(ctx context.Context, client *cluster.Client, facts *diagnosis.Facts) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	facts.Logs, facts.Nodes = map[string]diagnosis.Log{}, map[string]diagnosis.Node{}
	facts.Unread = map[jobstatus.Part]string{}
	s := facts.Status
	if s.Outcome != jobstatus.Succeeded {
		for _, failure := range s.Failures[:min(3, len(s.Failures))] {
			if failure.Container == "" || len(failure.Pods) == 0 {
				continue
			}
			pod := failure.Pods[0]
			wg.Go(func() {
				lines, err := tail(ctx, client, s.Namespace, pod, failure.Container, before(s, pod))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil && !apierrors.IsNotFound(err):
					facts.Unread[diagnosis.LogsPart] = unread("pods/log", err)
				case len(lines) > 0:
					facts.Logs[pod] = diagnosis.Log{Container: failure.Container, Lines: lines}
				}
			})
		}
	}
	for _, name := range suspects(s) {
		wg.Go(func() {
			node, err := readNode(ctx, client, name)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				facts.Unread[diagnosis.NodesPart] = unread("nodes", err)
				return
			}
			facts.Nodes[name] = node
		})
	}
	wg.Wait()
}

// unread words why something could not be read.
func unread(what string, err error) string {
	if apierrors.IsForbidden(err) {
		return "forbidden: cannot get " + what
	}
	return err.Error()
}

// before says whether the run of a container that a pod failed of is the one before the present one: a kubelet refuses that
// of a container that has had but one (validateContainerLogStatus in pkg/kubelet/kubelet_pods.go).
func before(s jobstatus.Status, name string) bool {
	return slices.ContainsFunc(s.Pods, func(p *jobstatus.Pod) bool { return p.Name == name && p.Exit != nil && p.Exit.Before })
}

// tail is the end of a container's log, of its present run or the one before.
func tail(ctx context.Context, client *cluster.Client, namespace, pod, container string, previous bool) ([]string, error) {
	lines, limit := int64(lastLines), int64(mostRead)
	log, err := client.OpenLog(ctx, namespace, pod, &corev1.PodLogOptions{
		Container: container, TailLines: &lines, LimitBytes: &limit, Previous: previous,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	text, err := io.ReadAll(io.LimitReader(log, mostRead))
	if err != nil {
		return nil, err
	}
	return ending(strings.TrimRight(string(text), "\n")), nil
}

// ending is the lines of a text, the first ones cut away or short where they are too much to show.
func ending(text string) []string {
	if text == "" {
		return nil
	}
	if cut := len(text) - mostBytes; cut > 0 {
		text = "…" + strings.ToValidUTF8(text[cut:], "")
	}
	return strings.Split(text, "\n")
}

// suspects are the nodes of pods that are stopping, that run and are not ready, or that the node has said nothing about yet:
// few, and only those can be lost.
func suspects(s jobstatus.Status) []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, p := range s.Pods {
		hangs := p.Phase == jobstatus.PodTerminating || (p.Phase == jobstatus.PodRunning && !p.Ready) || (p.Phase == jobstatus.PodPending && p.Reason == "")
		if hangs && !seen[p.Node] && len(names) < mostNodes {
			seen[p.Node] = true
			names = append(names, p.Node)
		}
	}
	return names
}

func readNode(ctx context.Context, client *cluster.Client, name string) (diagnosis.Node, error) {
	node, err := client.Node(ctx, name)
	switch {
	case apierrors.IsNotFound(err):
		return diagnosis.Node{Gone: true, Message: "there is no such node"}, nil
	case err != nil:
		return diagnosis.Node{}, err
	}
	return diagnosis.NodeOf(node), nil
}
