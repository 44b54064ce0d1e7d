package logtail

import (
	"context"
	"io"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// openLog asks for the log, and has the request cut when it hangs. Once the body has been read stop ends that; it gives
// the error of the reading, or the reason for which it was cut.
func (t *tail) openLog(ctx context.Context, o *corev1.PodLogOptions) (body io.ReadCloser, stop func(error) error, err error) {
	request, cut := context.WithCancelCause(ctx)
	unguard := t.guard(ctx, o.Follow, cut)
	stop = func(err error) error {
		unguard()
		if reason := context.Cause(request); err != nil && ctx.Err() == nil && reason != nil {
			err = reason
		}
		cut(nil)
		return err
	}
	body, err = t.engine.Open.OpenLog(request, t.stream.Object.Namespace, t.stream.Object.Name, o)
	if err != nil {
		return nil, nil, stop(err)
	}
	return body, stop, nil
}

// request is what every request for the log says. Timestamps are always on: they are how lines are told apart.
func (t *tail) request() *corev1.PodLogOptions {
	return &corev1.PodLogOptions{
		Container: t.stream.Container, Timestamps: true, InsecureSkipTLSVerifyBackend: t.engine.Read.InsecureBackend,
	}
}

// options are what the API server is asked for to read on.
func (t *tail) options(now view, first bool) *corev1.PodLogOptions {
	r, o := t.engine.Read, t.request()
	o.Follow = t.engine.follow && !now.over() && !first
	o.Previous = now.previous
	since, resumed := t.cursor.Since()
	if r.Since != nil && r.Since().After(since) { // what is older is not wanted when a stream is taken up, either
		since = r.Since()
	}
	if !since.IsZero() {
		o.SinceTime = &metav1.Time{Time: since}
	}
	if resumed {
		return o
	}
	if first {
		lines := t.head.ask
		o.TailLines = &lines
	}
	return o
}
