package logs

import (
	"bytes"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
)

// L6: every new reason for which a container has not started is told, and each once, however often it is looked.
func TestL6EachReasonOnce(t *testing.T) {
	began := time.Unix(1000, 0)
	now := began
	var said bytes.Buffer
	s := &status{notes: &notes{w: &said}, now: func() time.Time { return now }, began: began, told: map[string]bool{}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", CreationTimestamp: metav1.NewTime(began)}}
	for _, reason := range []string{"ContainerCreating", "ErrImagePull", "ImagePullBackOff", "ErrImagePull", "ImagePullBackOff"} {
		for range 30 {
			now = now.Add(time.Second)
			w := logstream.Stream{Key: logstream.Key{Container: "c"}, Object: pod, Phase: logstream.Waiting, Reason: reason}
			if err := s.look(logtail.Situation{Waiting: []logstream.Stream{w}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines:\n%s", len(lines), said.String())
	}
	for i, want := range []string{"ContainerCreating", "ErrImagePull", "ImagePullBackOff"} {
		if !strings.HasSuffix(lines[i], "pod p, container c: "+want) {
			t.Errorf("line %d: %q, want %s", i, lines[i], want)
		}
	}
}
