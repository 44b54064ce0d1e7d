//go:build !windows

package logs

import (
	"bufio"
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// logs -f x | grep ERROR: on the terminal stands what grep prints, so nothing of it is painted over.
func TestNoBoardBesideAPipe(t *testing.T) {
	api := apistub.New()
	defer api.Close()
	api.Put(aJob("", "", nil))
	api.Put(aPod("x-1", func(p *corev1.Pod) {
		p.CreationTimestamp, p.Status.Phase = metav1.NewTime(time.Unix(1000, 0)), corev1.PodPending
		p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull"}}
	}))
	client, err := cluster.New(api.Config(), rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	screen, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	defer tty.Close()
	var seconds atomic.Int64
	now := func() time.Time { return time.Unix(2000+seconds.Add(1), 0) } // what waits has waited for long at the second look
	env := func(name string) (string, bool) { return map[string]string{"TERM": "xterm"}[name], name == "TERM" }
	f := factory.New(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: tty}, env, now).WithClient(client)
	cmd := NewCmd(f, nil)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"-f", "x"})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- cmd.ExecuteContext(ctx) }()
	line, err := bufio.NewReader(screen).ReadString('\n')
	if err != nil || !strings.Contains(line, "ErrImagePull") || strings.Contains(line, "\x1b") {
		t.Errorf("%v: the first line on the terminal is %q", err, line)
	}
	cancel()
	<-ended
}
