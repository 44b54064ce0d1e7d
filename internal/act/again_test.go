package act

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// A question that waits for its turn while another is answered with Ctrl-C is not put any more.
func TestNothingIsAskedAfterAnInterrupt(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan string)
	go func() {
		raw, _ := io.ReadAll(master) // ends with an error when the other side is closed
		written <- string(raw)
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	item := target.Item{Object: target.Object{Job: &batchv1.Job{}}}
	a := again{
		flow:   Flow{DryRun: Really, about: Subject([]target.Item{item})},
		f:      &factory.Factory{IOStreams: genericiooptions.IOStreams{In: slave, ErrOut: slave}},
		report: &Report{err: &bytes.Buffer{}},
	}
	err = a.tell(ctx, &told{}, item, Plan{Ask: "it ends"})
	_ = slave.Close()
	if text := <-written; !errors.Is(err, errNotTouched) || strings.Contains(text, "[y/N]") {
		t.Errorf("%v, %q", err, text)
	}
	_ = master.Close()
}
