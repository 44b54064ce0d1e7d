package logtail

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// NotStarted says that a container has no log because it has not started.
type NotStarted struct{ Stream logstream.Stream }

// Error names the container and says why it waits.
func (e *NotStarted) Error() string {
	why := e.Stream.Reason
	if e.Stream.Message != "" {
		why += ": " + e.Stream.Message
	}
	return fmt.Sprintf("container %q of pod %q has not started: %s\nlogs -f waits for it", e.Stream.Container, e.Stream.PodName(), why)
}

// WriteError says that jobx's own output failed.
type WriteError struct{ Err error }

// Error says how.
func (e *WriteError) Error() string { return e.Err.Error() }

// Unwrap gives what writing failed with.
func (e *WriteError) Unwrap() error { return e.Err }

// noContainer is how the kubelet's answer begins when it has removed a container and with it the log, and also while its runtime
// does not answer (GetContainerLogs in pkg/kubelet/kuberuntime).
const noContainer = "unable to retrieve container logs for "

// errNoContainer ends a stream of which the node has no log any more. That has been told, and is no failure of reading.
var errNoContainer = errors.New("the node has removed the container, and its log with it")

// trust is how far the end of a log is to be believed.
type trust struct {
	intact   bool // the last stream ended cleanly, at the end of a line
	proven   bool // and it was followed while its container ran, whose end is what ended it
	torn     bool // a read after the container's end stopped within a line, which was not shown
	settling bool // the next read waits for the node to finish writing
}

// tries counts what goes wrong in a row.
type tries struct {
	backoff  backoff
	barren   int  // reads that brought nothing
	refusals int  // requests that were refused in a way that passes
	vain     int  // of them, those since the container's end
	missing  int  // and those to which the answer was that there is no such pod, or no such file
	denied   bool // the last request was refused for its credentials
	troubled bool // that requests are refused has been told
}

// answered takes note that a log was opened.
func (r *tries) answered() { r.denied, r.refusals, r.vain = false, 0, 0 }

// fruitful takes note that a read brought something.
func (r *tries) fruitful() {
	r.backoff.reset()
	r.barren, r.troubled = 0, false
}

// judge decides what the end of a stream means. err is what it broke with; nil: it ended cleanly.
func (t *tail) judge(now view, ending logstream.Ending, err error, first bool) (done bool, _ error) {
	clean, gone := err == nil && ending.Kubelet == "", strings.HasPrefix(ending.Kubelet, noContainer)
	if !gone { // that there is no container any more changes nothing about how its log had ended
		t.trust.intact = clean && !ending.Half && ending.Whole && (t.whose.misread == nil || t.cursor.Last() != 0)
		t.trust.proven = t.trust.intact && t.engine.follow && !now.over() && !first
	}
	switch {
	case gone && t.trust.proven: // as of removed
		return now.over(), nil
	case gone && now.over():
		return t.removedByNode()
	}
	if !t.rotates(ending.Kubelet) && ending.Kubelet != "" {
		t.kubeletSpoke(ending.Kubelet)
	}
	if ending.News > 0 {
		t.tries.fruitful()
	}
	if now.over() && clean && ending.Half && !t.trust.torn {
		t.trust.torn, t.trust.settling = true, true
	}
	switch {
	case !now.over() && t.engine.follow:
		return t.engine.untold && t.trust.proven, nil
	case !now.over() && clean && (first || !ending.Half || ending.News == 0) && t.reached(ending):
		return true, nil
	case now.over() && t.trust.intact && (ending.News == 0 || t.surely(ending)):
		return true, nil
	}
	if ending.News > 0 {
		return false, nil
	}
	if t.tries.barren++; t.tries.barren >= maxBarren {
		return true, t.unfinished(now, ending, err)
	}
	return false, nil
}

// removedByNode ends a stream when the node has said so often that it has no container that this is no runtime which restarts.
func (t *tail) removedByNode() (done bool, _ error) {
	if t.tries.barren++; t.tries.barren < maxBarren {
		return false, nil
	}
	t.gaps++
	t.engine.tell(Note{Kind: Removed, Stream: t.stream})
	return true, errNoContainer
}

// surely says that a log that ended cleanly at its first read is whole.
func (t *tail) surely(e logstream.Ending) bool {
	return e.News > 0 && t.bytes <= surelyWhole && !t.told
}

func (t *tail) unfinished(now view, e logstream.Ending, err error) error {
	switch {
	case e.Kubelet != "":
		return errors.New(e.Kubelet)
	case err != nil && (!now.over() || errors.Is(err, errSilent)):
		return err
	case t.bytes == 0 && t.level.last.Load() != 0:
		return errors.New("the log was rotated just before its container ended: its last lines may be missing")
	}
	return errors.New("the log ends before its container did, each time it is read")
}

// refused decides what it means that a stream cannot be opened: that the log is at its end, or cannot be had (an
// error), or that it is to be tried again.
func (t *tail) refused(ctx context.Context, now view, err error) (done bool, _ error) {
	if !apierrors.IsNotFound(err) && (!now.over() || !apierrors.IsBadRequest(err)) {
		t.trust.proven = false // the node is away, and what ended the stream may have been that
	}
	denied := t.tries.denied
	t.tries.denied = apierrors.IsUnauthorized(err)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case apierrors.IsNotFound(err) && (t.state.live || t.opened) && t.tries.missing < maxBarren:
		t.tries.missing++ // it has been deleted, or its kubelet has just started and does not know its pods yet
		return t.state.goneSoon(ctx)
	case t.opened && now.over() && (apierrors.IsNotFound(err) || apierrors.IsBadRequest(err)):
		return true, t.removed()
	case apierrors.IsUnauthorized(err) && !denied:
		return false, nil // a credential plugin renews what has expired, and passes this answer on all the same
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err), apierrors.IsInvalid(err), apierrors.IsNotFound(err):
		return false, err
	case apierrors.IsBadRequest(err) && t.state.live && waits(err):
		return false, t.inVain(now, err)
	case apierrors.IsBadRequest(err) && (now.over() || !t.state.live):
		return false, err
	}
	return t.trouble(now, err)
}

// trouble is a request that was refused in a way that passes: it is made again, and told if that goes on.
func (t *tail) trouble(now view, err error) (done bool, _ error) {
	t.tries.missing = 0
	if t.tries.refusals++; t.tries.refusals >= maxBarren && !t.engine.follow {
		return false, err
	}
	if given := t.inVain(now, err); given != nil {
		return false, given
	}
	if t.tries.refusals >= maxBarren/2 && !t.tries.troubled {
		t.tries.troubled = true
		t.engine.tell(Note{Kind: Trouble, Stream: t.stream, Err: err})
	}
	return false, nil
}

// inVain counts what is refused once the container has ended, and gives it back when that goes on: nothing but the log is waited
// for then, and its node may never be back.
func (t *tail) inVain(now view, err error) error {
	if !now.over() {
		return nil
	}
	if t.tries.vain++; t.tries.vain < maxVain {
		return nil
	}
	return err
}

// removed ends a stream whose log does not exist any more. Nothing is missing if the container's end was seen: the clean end of
// a stream that was opened later is also that of a kubelet which went down.
func (t *tail) removed() error {
	if t.trust.proven {
		return nil
	}
	t.gaps++
	return errRemoved
}

// errRemoved says that the end of a log cannot be had.
var errRemoved = errors.New("the end of the log is lost: the pod or the container was removed before it was read")

// waits recognises the kubelet's answer for a container that has not started (validateContainerLogStatus).
func waits(err error) bool {
	text := err.Error()
	return strings.Contains(text, "waiting to start") || strings.Contains(text, "is not available") ||
		strings.Contains(text, "does not have a host assigned")
}

// rotates says, and counts, that the kubelet's answer is the one it gives while it rotates a log: for a moment there is no file
// of that name (ReadLogs in k8s.io/cri-client/pkg/logs). It is in the body, as all that the kubelet says once it has found the
// container.
func (t *tail) rotates(text string) bool {
	if !strings.Contains(text, "no such file or directory") {
		t.tries.missing = 0
		return false
	}
	t.tries.missing++
	return t.tries.missing < maxBarren
}

func (t *tail) kubeletSpoke(text string) {
	if t.told {
		return
	}
	t.told = true
	t.engine.tell(Note{Kind: KubeletNote, Stream: t.stream, Text: text})
}

// pause waits before the stream is opened again, less long when the container's state changes.
func (t *tail) pause(ctx context.Context, now view) error {
	if t.trust.settling {
		t.trust.settling = false
		return t.state.waitFor(ctx, now, settle)
	}
	return t.state.waitFor(ctx, now, t.tries.backoff.next())
}
