package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// bench is the cluster, a way to count requests on the way to it, and how often to measure.
type bench struct {
	runs       int
	kubeconfig string
	counting   string // a kubeconfig that leads through the counting proxy
	folder     string
	client     kubernetes.Interface
	proxy      *faultproxy.Proxy
	memory     io.Closer // ends the kubelet that serves from memory; nil until a row has asked for it
}

// contender is one of the programs that are compared.
type contender struct {
	name string   // as the table has it: kubectl, stern, "raw reads"
	args []string // the program and its arguments
	slow bool     // it takes minutes: it runs once, and its requests are not counted
	// measure, if given, measures one run in its own way instead of timing the program from start to end.
	measure func(ctx context.Context, b *bench, kubeconfig string) (sample, error)
}

// sample is one run of a program.
type sample struct {
	wall time.Duration
	cpu  time.Duration // user and system
	// peak is the largest resident set in bytes. It is never below what this program had itself when it started the other
	// one: Linux carries the mark over an exec.
	peak int64
}

// side is what was measured of one contender.
type side struct {
	walls, cpus []time.Duration
	peak        int64
	requests    int
}

// result is what was measured of one row: jobx and what it is set against.
type result struct{ jobx, peer side }

func newBench(ctx context.Context, kubeconfig string, runs int) (*bench, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	b := &bench{runs: runs, kubeconfig: kubeconfig, client: client}
	if err := b.countRequests(rest.CopyConfig(config)); err != nil {
		return nil, err
	}
	return b, b.prepare(ctx)
}

func (b *bench) countRequests(config *rest.Config) error {
	var err error
	if b.folder, err = os.MkdirTemp("", "jobx-bench-"); err != nil {
		return err
	}
	if b.proxy, err = faultproxy.New(config, faultproxy.Options{}); err != nil {
		return err
	}
	text, err := b.proxy.Kubeconfig(namespace)
	if err != nil {
		return err
	}
	b.counting = filepath.Join(b.folder, "kubeconfig")
	return os.WriteFile(b.counting, text, 0o600)
}

func (b *bench) close() {
	if b.memory != nil {
		_ = b.memory.Close()
	}
	_ = b.proxy.Close()
	_ = os.RemoveAll(b.folder)
}

// measure runs jobx and the peer in turn, A B A B, after one run each through the counting proxy that also warms caches.
func (b *bench) measure(ctx context.Context, r row, peer contender) (result, error) {
	var got result
	both := []struct {
		who  contender
		side *side
	}{{r.jobx, &got.jobx}, {peer, &got.peer}}
	for _, p := range both {
		if p.who.slow {
			continue
		}
		if err := b.before(ctx, r); err != nil {
			return got, err
		}
		b.proxy.Forget()
		if _, err := b.once(ctx, p.who, b.counting); err != nil {
			return got, err
		}
		p.side.requests = len(b.proxy.Requests())
	}
	runs := b.runs
	if r.runs > 0 {
		runs = min(runs, r.runs)
	}
	if peer.slow {
		runs = 1
	}
	for range runs {
		for _, p := range both {
			if err := b.before(ctx, r); err != nil {
				return got, err
			}
			s, err := b.once(ctx, p.who, b.kubeconfig)
			if err != nil {
				return got, err
			}
			p.side.walls = append(p.side.walls, s.wall)
			p.side.cpus = append(p.side.cpus, s.cpu)
			p.side.peak = max(p.side.peak, s.peak)
		}
	}
	return got, nil
}

func (b *bench) before(ctx context.Context, r row) error {
	if r.before == nil {
		return nil
	}
	return r.before(ctx, b)
}

// once measures a contender once: in its own way, or its program from start to end.
func (b *bench) once(ctx context.Context, who contender, kubeconfig string) (sample, error) {
	if who.measure != nil {
		return who.measure(ctx, b, kubeconfig)
	}
	return b.program(ctx, who.args, kubeconfig)
}

// program runs a program to its end and gives what the operating system counted. Its output goes to the null device, so
// that nothing but the program itself is measured.
func (b *bench) program(ctx context.Context, args []string, kubeconfig string) (sample, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	var problem errorTail
	cmd.Stderr = &problem
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%v: %w: %s", args, err, problem.text)
	}
	return counted(cmd, wall)
}

// counted is what the operating system counted of a program that has ended.
func counted(cmd *exec.Cmd, wall time.Duration) (sample, error) {
	memory, err := peak(cmd.ProcessState)
	if err != nil {
		return sample{}, err
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return sample{wall: wall, cpu: cpu, peak: memory}, nil
}

// errorTail keeps the end of what a program said on stderr.
type errorTail struct{ text []byte }

func (e *errorTail) Write(p []byte) (int, error) {
	e.text = append(e.text, p...)
	e.text = e.text[max(0, len(e.text)-500):]
	return len(p), nil
}

// headers name what cells returns.
var headers = []string{"row", "against", "jobx", "theirs", "ratio", "target", "cpu", "theirs", "peak", "theirs", "requests", "theirs"}

func (r result) cells(row row, peer contender) []string {
	mib := func(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }
	theirRequests := strconv.Itoa(r.peer.requests)
	if peer.slow {
		theirRequests = "-"
	}
	return []string{
		row.name, peer.name, short(median(r.jobx.walls)), short(median(r.peer.walls)), fmt.Sprintf("%.2f", r.ratio()), row.target,
		short(median(r.jobx.cpus)), short(median(r.peer.cpus)), mib(r.jobx.peak), mib(r.peer.peak),
		strconv.Itoa(r.jobx.requests), theirRequests,
	}
}

// ratio is the median of the ratios of neighbouring runs, so that a machine whose speed drifts does not bend it.
func (r result) ratio() float64 {
	ratios := make([]float64, len(r.jobx.walls))
	for i := range ratios {
		ratios[i] = float64(r.jobx.walls[i]) / float64(r.peer.walls[i])
	}
	return median(ratios)
}

func median[T ~int64 | ~float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func short(d time.Duration) string {
	if d > 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
