package act

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	xterm "golang.org/x/term"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
)

// Questioner asks before something is lost.
type Questioner struct {
	In  io.Reader
	Out io.Writer // stderr
}

// Obstacle says why nobody can be asked; empty: somebody can. A question that goes into a file would be waited for, and
// never seen.
func (q Questioner) Obstacle() string {
	switch {
	case !isTerminal(q.In):
		return "stdin is not a terminal"
	case !isTerminal(q.Out):
		return "stderr is not a terminal"
	default:
		return ""
	}
}

// Unseen says that somebody is there to answer, and would not see the question.
func (q Questioner) Unseen() bool { return isTerminal(q.In) && !isTerminal(q.Out) }

func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// errNo says that the answer was no.
var errNo = errors.New("cancelled: nothing was changed")

// Ask puts a question and waits for y or yes. Every other answer, and the end of the input, is a no: an error with exit
// code 1, so that a script does not take it for done.
func (q Questioner) Ask(ctx context.Context, question string) error {
	_, _ = fmt.Fprintf(q.Out, "%s [y/N] ", question)
	answer := make(chan string, 1)
	go func() { // a read of a terminal cannot be ended: the program ends with it
		line, _ := bufio.NewReader(q.In).ReadString('\n')
		answer <- line
	}()
	select {
	case <-ctx.Done():
		_, _ = fmt.Fprintln(q.Out)
		return ctx.Err()
	case line := <-answer:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return nil
		}
		if !strings.HasSuffix(line, "\n") {
			_, _ = fmt.Fprintln(q.Out)
		}
		return &exit.Error{Code: exit.Failure, Err: errNo}
	}
}
