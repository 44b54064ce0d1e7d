package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	firstDelay = 50 * time.Millisecond
	// busyDelay is kept after a 429 that does not say how long to stay away.
	busyDelay = time.Second
	// quietFailures is how many failures in a row are nobody's business.
	quietFailures = 2
)

// line is the way to the API server as the readers of one feed share it: who cannot get through, until when the server
// wants to be left alone, and what the user has been told of it.
type line struct {
	say func(string) // a notice; called without the lock

	mu    sync.Mutex
	wake  chan struct{} // closed, and made anew, when a request got through
	until time.Time     // not before this moment: Retry-After
	lost  map[*source]struct{}
	told  bool // "reconnecting" has been said
	busy  bool // "busy" has been said
}

func newLine(say func(string)) *line {
	return &line{say: say, wake: make(chan struct{}), lost: map[*source]struct{}{}}
}

// through notes that a request of this source was answered.
func (l *line) through(s *source) {
	l.mu.Lock()
	_, was := l.lost[s]
	delete(l.lost, s)
	if was {
		close(l.wake)
		l.wake = make(chan struct{})
	}
	back := l.told && len(l.lost) == 0
	if back {
		l.told = false
	}
	l.mu.Unlock()
	if back {
		l.say("reconnected")
	}
}

// failed notes that a request of this source got no answer that can be used.
func (l *line) failed(s *source, err error) {
	l.mu.Lock()
	l.lost[s] = struct{}{}
	first := !l.told && s.failures >= quietFailures
	if first {
		l.told = true
	}
	l.mu.Unlock()
	if first {
		l.say("reconnecting: " + cause(err))
	}
}

// hold keeps all readers away from the server for the time it asked for.
func (l *line) hold(d time.Duration) {
	l.mu.Lock()
	if until := time.Now().Add(d); until.After(l.until) {
		l.until = until
	}
	first := !l.busy
	l.busy = true
	l.mu.Unlock()
	if first {
		l.say("the API server is busy")
	}
}

// turn waits until the source may ask: the back-off of its failures, cut short when another source gets through, and
// never sooner than Retry-After.
func (l *line) turn(ctx context.Context, s *source) error {
	l.mu.Lock()
	wake := l.wake
	l.mu.Unlock()
	if s.failures+s.rounds > 0 {
		timer := time.NewTimer(backoff(max(s.failures, s.rounds), s.longest))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-wake:
		}
		timer.Stop()
	}
	for {
		l.mu.Lock()
		d := time.Until(l.until)
		l.mu.Unlock()
		if d <= 0 || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := sleep(ctx, d); err != nil {
			return err
		}
	}
}

// backoff doubles from 50 ms up to the longest delay, with a fifth of chance either way below that.
func backoff(failures int, longest time.Duration) time.Duration {
	d := min(firstDelay<<min(failures-1, 10), longest)
	return d - time.Duration(rand.Int64N(int64(d)/5))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// verdict is what a failed request means for the next.
type verdict int

const (
	again     verdict = iota // ask again after a pause
	waitFor                  // the server said when
	rejected                 // 401: credentials may be renewed once
	definite                 // asking again changes nothing
	untrusted                // asking again must not be tried
)

// judge sorts errors. An expired or not yet reached resourceVersion is definite: the reflector knows what to do.
func judge(err error) verdict {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var status apierrors.APIStatus
	switch {
	case errors.As(err, &certificate), errors.As(err, &authority):
		return untrusted
	case !errors.As(err, &status):
		return again
	case apierrors.IsUnauthorized(err):
		return rejected
	case apierrors.IsTooManyRequests(err):
		return waitFor
	case apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge):
		return definite
	}
	switch code := int(status.Status().Code); {
	case code >= http.StatusInternalServerError, code == http.StatusRequestTimeout, code == 0:
		return again
	}
	return definite
}

// staleVersion reports whether an error says that the resourceVersion is no longer, or not yet, known.
func staleVersion(err error) bool {
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) ||
		apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge)
}

// errCredentials is joined with the server's second 401.
var errCredentials = errors.New("credentials expired or invalid")

func rejectedTwice(err error) error { return fmt.Errorf("%w: %w", errCredentials, err) }

// cause is an error without the URL that net/http puts before it.
func cause(err error) string {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

// held reports whether the server wants to be left alone.
func (l *line) held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.until)
}
