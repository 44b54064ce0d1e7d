package faultproxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	batchv1client "k8s.io/client-go/kubernetes/typed/batch/v1"
	"k8s.io/client-go/rest"
)

const watchPath = "/apis/batch/v1/namespaces/n/jobs?watch=true"

// fiveEvents is an API server whose watch sends four changes and a deletion in the framing asked for, then ends, and
// whose other paths answer their own method and path.
func fiveEvents(t *testing.T) *rest.Config {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("watch") == "" {
			_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
			return
		}
		media := runtime.ContentTypeJSON
		if strings.Contains(r.Header.Get("Accept"), runtime.ContentTypeProtobuf) {
			media = runtime.ContentTypeProtobuf
		}
		w.Header().Set("Content-Type", media+";stream=watch")
		info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), media)
		frames := info.StreamSerializer.NewFrameWriter(w)
		for i := range 5 {
			frame := event(t, info, i)
			if _, err := frames.Write(frame); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}))
	t.Cleanup(s.Close)
	return &rest.Config{Host: s.URL}
}

func event(t *testing.T, info runtime.SerializerInfo, i int) []byte {
	t.Helper()
	kind := watch.Modified
	if i == 4 {
		kind = watch.Deleted
	}
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("j", i), ResourceVersion: fmt.Sprint(i + 1)}}
	encoder := scheme.Codecs.EncoderForVersion(info.Serializer, batchv1.SchemeGroupVersion)
	raw, err := runtime.Encode(encoder, job)
	if err != nil {
		t.Fatal(err)
	}
	wire := &metav1.WatchEvent{Type: string(kind), Object: runtime.RawExtension{Raw: raw}}
	out, err := runtime.Encode(info.StreamSerializer.Serializer, wire)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func start(t *testing.T, o Options, rules ...Rule) *Proxy {
	t.Helper()
	p, err := New(fiveEvents(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if err := p.Set(rules...); err != nil {
		t.Fatal(err)
	}
	return p
}

func get(t *testing.T, p *Proxy, path string) (int, string, error) {
	t.Helper()
	client, err := rest.HTTPClientFor(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.Config().Host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(raw), err
}

// watched follows the jobs with a real client in protobuf or JSON until the stream ends, and returns what came.
func watched(t *testing.T, p *Proxy, media string) []string {
	t.Helper()
	config := p.Config()
	config.ContentType, config.AcceptContentTypes = media, media
	client, err := batchv1client.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	w, err := client.Jobs("n").Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	var out []string
	for e := range w.ResultChan() {
		switch o := e.Object.(type) {
		case *batchv1.Job:
			out = append(out, string(e.Type)+" "+o.Name)
		case *metav1.Status:
			out = append(out, fmt.Sprintf("%s %d", e.Type, o.Code))
		}
	}
	return out
}

func TestWatchFaults(t *testing.T) {
	all := []string{"MODIFIED j0", "MODIFIED j1", "MODIFIED j2", "MODIFIED j3", "DELETED j4"}
	cases := map[string]struct {
		fault Fault
		want  []string
	}{
		"none":                   {Fault{}, all},
		"ends after three":       {Fault{AfterEvents: 3, End: Clean}, all[:3]},
		"breaks after three":     {Fault{AfterEvents: 3, End: Abort}, all[:3]},
		"half a frame after two": {Fault{AfterEvents: 2, End: Half}, all[:2]},
		"410 after two":          {Fault{AfterEvents: 2, End: Expired}, append(all[:2:2], "ERROR 410")},
		"410 at once":            {Fault{End: Expired}, []string{"ERROR 410"}},
		"no deletions":           {Fault{SwallowDeleted: true}, all[:4]},
		"everything twice":       {Fault{Duplicate: true, AfterEvents: 2, End: Clean}, []string{all[0], all[0], all[1], all[1]}},
	}
	for name, c := range cases {
		for _, media := range []string{runtime.ContentTypeJSON, runtime.ContentTypeProtobuf} {
			for _, secure := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/tls=%v", name, media, secure), func(t *testing.T) {
					p := start(t, Options{TLS: secure}, Rule{Verbs: []string{"watch"}, Fault: c.fault})
					got, want := watched(t, p, media), slices.Clone(c.want)
					if secure && c.fault.End == Abort {
						// client-go makes an ERROR event of its own from a broken HTTP/2 stream
						want = append(want, "ERROR 500")
					}
					if !slices.Equal(got, want) {
						t.Errorf("got %v, want %v", got, want)
					}
				})
			}
		}
	}
}

func TestStall(t *testing.T) {
	p := start(t, Options{}, Rule{Fault: Fault{AfterEvents: 2, End: Stall}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Config().Host+watchPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewReader(answer.Body)
	for range 2 {
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	more := make(chan error, 1)
	go func() { _, err := lines.ReadString('\n'); more <- err }()
	select {
	case err := <-more:
		t.Errorf("the stream went on: %v", err)
	case <-time.After(40 * time.Millisecond):
	}
	cancel()
	if err := <-more; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestBytes(t *testing.T) {
	path := "/api/v1/namespaces/n/pods/p/log"
	whole := "GET " + path
	t.Run("clean end", func(t *testing.T) {
		p := start(t, Options{}, Rule{Fault: Fault{AfterBytes: 7, End: Clean}})
		if _, got, err := get(t, p, path); err != nil || got != whole[:7] {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("abort", func(t *testing.T) {
		for _, secure := range []bool{false, true} {
			p := start(t, Options{TLS: secure}, Rule{Fault: Fault{AfterBytes: 7, End: Abort}})
			if _, got, err := get(t, p, path); err == nil || got != whole[:7] {
				t.Errorf("tls=%v: got %q, %v", secure, got, err)
			}
		}
	})
	t.Run("at a place drawn from the seed", func(t *testing.T) {
		draw := func(seed uint64) (lengths []int) {
			p := start(t, Options{Seed: seed}, Rule{Fault: Fault{AtRandom: 30, End: Clean}})
			for range 5 {
				_, got, err := get(t, p, path)
				if err != nil || !strings.HasPrefix(whole, got) {
					t.Fatalf("got %q, %v", got, err)
				}
				lengths = append(lengths, len(got))
			}
			return lengths
		}
		if a, b := fmt.Sprint(draw(1)), fmt.Sprint(draw(1)); a != b {
			t.Errorf("the same seed gave %v and %v", a, b)
		}
		if a, b := fmt.Sprint(draw(1)), fmt.Sprint(draw(2)); a == b {
			t.Errorf("two seeds gave %v", a)
		}
	})
	t.Run("slowly", func(t *testing.T) {
		p := start(t, Options{}, Rule{Fault: Fault{BytesPerSecond: 200}})
		before := time.Now()
		if _, got, err := get(t, p, path); err != nil || got != whole {
			t.Errorf("got %q, %v", got, err)
		}
		if took := time.Since(before); took < 150*time.Millisecond {
			t.Errorf("%d bytes at 200 a second took %v", len(whole), took)
		}
	})
}

func TestStatus(t *testing.T) {
	p := start(t, Options{}, Rule{Resources: []string{"jobs"}, Times: 1, Fault: Fault{Status: 429, RetryAfter: 7}})
	client, err := batchv1client.NewForConfig(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	err = client.RESTClient().Get().Namespace("n").Resource("jobs").Name("x").MaxRetries(0).Do(t.Context()).Error()
	if !apierrors.IsTooManyRequests(err) {
		t.Errorf("got %v", err)
	}
	if status, _, err := get(t, p, "/apis/batch/v1/namespaces/n/jobs/x"); status != 200 || err != nil {
		t.Errorf("the second: %d, %v", status, err)
	}
	requests := p.Requests()
	if len(requests) != 2 || requests[0].Status != 429 || requests[0].Rule == "" || requests[1].Rule != "" {
		t.Errorf("got %+v", requests)
	}
}

func TestWhichRequest(t *testing.T) {
	cases := map[string]struct {
		rule Rule
		want string // f: fault, .: passes
	}{
		"all":                    {Rule{}, "ffffffff"},
		"the third":              {Rule{Nth: 3}, "..f....."},
		"every third":            {Rule{Every: 3}, "..f..f.."},
		"the second, then third": {Rule{Nth: 2, Every: 3}, ".f..f..f"},
		"twice":                  {Rule{Times: 2}, "ff......"},
		"another verb":           {Rule{Verbs: []string{"list"}}, "........"},
		"another resource":       {Rule{Resources: []string{"pods"}}, "........"},
		"by path":                {Rule{Path: "/jobs/x$", Nth: 1}, "f......."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.rule.Status = 500
			p := start(t, Options{}, c.rule)
			var got strings.Builder
			for range len(c.want) {
				status, _, err := get(t, p, "/apis/batch/v1/namespaces/n/jobs/x")
				switch {
				case err != nil:
					t.Fatal(err)
				case status == 500:
					got.WriteByte('f')
				default:
					got.WriteByte('.')
				}
			}
			if got.String() != c.want {
				t.Errorf("got %s, want %s", got.String(), c.want)
			}
		})
	}
}

func TestProbability(t *testing.T) {
	p := start(t, Options{Seed: 1}, Rule{Probability: 0.3, Fault: Fault{Status: 500}})
	for range 200 {
		if _, _, err := get(t, p, "/version"); err != nil {
			t.Fatal(err)
		}
	}
	if got := Total(p.Counts()); got.Requests != 200 || got.Faults < 40 || got.Faults > 80 {
		t.Errorf("got %+v, want about 60 of 200", got)
	}
}

func TestDelayAndReset(t *testing.T) {
	for _, secure := range []bool{false, true} {
		p := start(t, Options{TLS: secure}, Rule{Fault: Fault{Delay: metav1.Duration{Duration: 30 * time.Millisecond}, Reset: true}})
		before := time.Now()
		_, _, err := get(t, p, "/version")
		if err == nil || time.Since(before) < 30*time.Millisecond {
			t.Errorf("tls=%v: %v after %v", secure, err, time.Since(before))
		}
		if !secure && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
	}
}

func TestLostReplyReachesTheServer(t *testing.T) {
	asked := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Method }))
	defer s.Close()
	p, err := New(&rest.Config{Host: s.URL}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if err := p.Set(Rule{Fault: Fault{LoseReply: true}}); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Config().Host+"/apis/batch/v1/namespaces/n/jobs", nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.DefaultTransport.RoundTrip(request); err == nil {
		_ = answer.Body.Close()
		t.Error("the reply came")
	}
	if got := <-asked; got != http.MethodPost {
		t.Errorf("the server saw %q", got)
	}
}

func TestRulesThatCannotBe(t *testing.T) {
	p := start(t, Options{})
	for want, r := range map[string]Rule{
		`end "soon"`: {Fault: Fault{End: "soon"}},
		"status 42":  {Fault: Fault{Status: 42}},
		"path":       {Path: "("},
	} {
		if err := p.Set(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
