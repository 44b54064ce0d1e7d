package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/rest"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func full() corev1.Pod {
	at := metav1.NewTime(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	always, yes := corev1.ContainerRestartPolicyAlways, true
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "p", Namespace: "n", UID: "u", ResourceVersion: "7", CreationTimestamp: at, DeletionTimestamp: &at, GenerateName: "p-", Generation: 2,
			Labels:      map[string]string{batchv1.JobNameLabel: "j"},
			Annotations: map[string]string{batchv1.JobCompletionIndexAnnotation: "3", batchv1.JobIndexFailureCountAnnotation: "2"},
			Finalizers:  []string{batchv1.JobTrackingFinalizer}, OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "j", UID: "j", Controller: &yes}},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "m", FieldsV1: metav1.NewFieldsV1(`{"f:x":{}}`)}},
		},
		Spec: corev1.PodSpec{
			NodeName: "node", RestartPolicy: corev1.RestartPolicyNever, Volumes: []corev1.Volume{{Name: "v"}},
			InitContainers: []corev1.Container{{Name: "side", Image: "i", RestartPolicy: &always, Command: []string{"x"}}},
			Containers: []corev1.Container{{Name: "main", Image: "i", Env: []corev1.EnvVar{{Name: "A", Value: "b"}}, Resources: corev1.ResourceRequirements{
				Limits: corev1.ResourceList{corev1.ResourceMemory: quantity.MustParse("64Mi")},
			}}},
			SchedulingGates: []corev1.PodSchedulingGate{{Name: "g"}},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodFailed, Reason: "Evicted", Message: "low on memory", StartTime: &at, PodIP: "10.0.0.1",
			Conditions:            []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: at}},
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "side", Started: &yes, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at}}}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "main", RestartCount: 2, Image: "i", ContainerID: "c", State: corev1.ContainerState{
				Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", StartedAt: at, FinishedAt: at},
			}}},
		},
	}
}

// serve returns a client of a server that answers each request with what answer gives.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	c, err := New(&rest.Config{Host: server.URL}, rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A row of a pod that was read lean is the row of the whole pod, from a server that answers in protobuf as in JSON.
func TestLeanTellsWhatARowShows(t *testing.T) {
	list := &corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}, ListMeta: metav1.ListMeta{ResourceVersion: "9"}, Items: []corev1.Pod{full()}}
	jobs := &batchv1.JobList{TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "JobList"}, Items: []batchv1.Job{{
		ObjectMeta: full().ObjectMeta, Status: batchv1.JobStatus{Active: 1, CompletedIndexes: "0,2"},
		Spec: batchv1.JobSpec{Suspend: new(bool), Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Name: "x"}, Spec: full().Spec}},
	}}}
	for name, coder := range map[string]struct {
		runtime.Serializer
		kind string
	}{
		"protobuf": {protobuf.NewSerializer(Kinds(), Kinds()), runtime.ContentTypeProtobuf},
		"JSON":     {json.NewSerializerWithOptions(json.DefaultMetaFactory, Kinds(), Kinds(), json.SerializerOptions{}), runtime.ContentTypeJSON},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", coder.kind)
				var object runtime.Object = list
				if r.URL.Path == "/apis/batch/v1/jobs" {
					object = jobs
				}
				if err := coder.Encode(object, w); err != nil {
					t.Error(err)
				}
			})
			n, want := 0, full()
			if err := c.EachPod(t.Context(), Selection{Lean: true}, func(p *corev1.Pod) error {
				n++
				if diff := cmp.Diff(jobstatus.OnePod(&want), jobstatus.OnePod(p), cmpopts.EquateApproxTime(0)); diff != "" {
					t.Errorf("(-whole +lean):\n%s", diff)
				}
				if p.OwnerReferences[0].UID != "j" || p.Labels[batchv1.JobNameLabel] != "j" {
					t.Errorf("whose is it? %+v", p.ObjectMeta)
				}
				if name == "protobuf" && (p.ManagedFields != nil || p.Spec.Volumes != nil || p.Status.PodIP != "" || p.Spec.Containers[0].Env != nil) {
					t.Error("read what no row shows")
				}
				return nil
			}); err != nil || n != 1 {
				t.Errorf("%d pods, %v", n, err)
			}
			err := c.EachJob(t.Context(), Selection{Lean: true}, func(j *batchv1.Job) error {
				spec := j.Spec.Template.Spec
				if j.Name != "p" || j.Generation != 2 || j.Status.CompletedIndexes != "0,2" || j.Spec.Suspend == nil || spec.Containers[0].Image != "i" ||
					spec.Containers[0].Resources.Limits.Memory().String() != "64Mi" || spec.RestartPolicy != full().Spec.RestartPolicy {
					t.Errorf("%+v", j)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzLean(f *testing.F) {
	list := corev1.PodList{Items: []corev1.Pod{full()}}
	seed, err := list.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:len(seed)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		var lean leanPods
		var whole corev1.PodList
		if whole.Unmarshal(data) == nil {
			if err := lean.Unmarshal(data); err == nil && len(lean.Items) != len(whole.Items) {
				t.Errorf("%d items of %d", len(lean.Items), len(whole.Items))
			}
		}
		_ = (&leanJobs{}).Unmarshal(data)
	})
}

// pageOf writes one page of pods by name, with where the next begins.
func pageOf(w http.ResponseWriter, next string, names ...string) {
	w.Header().Set("Content-Type", "application/json")
	var items bytes.Buffer
	for i, n := range names {
		if i > 0 {
			items.WriteByte(',')
		}
		fmt.Fprintf(&items, `{"metadata":{"name":%q,"uid":%q}}`, n, n)
	}
	_, _ = fmt.Fprintf(w, `{"apiVersion":"v1","kind":"PodList","metadata":{"continue":%q},"items":[%s]}`, next, items.String())
}

func gone(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusGone)
	_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"message":"the token is too old"}`))
}

// D8: lists are read in pages of 500. A token that expires starts the list anew once, and nothing is told twice.
func TestD8ListsComeInPagesAndOutliveAnExpiredToken(t *testing.T) {
	for _, s := range []Selection{{}, {Lean: true}, {Lean: true, Ahead: true}} {
		expired := 0
		var queries []string
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			queries = append(queries, q.Get("limit")+" "+q.Get("continue"))
			switch {
			case q.Get("continue") == "":
				pageOf(w, "two", "a", "b")
			case expired < 1:
				expired++
				gone(w)
			default:
				pageOf(w, "", "c")
			}
		})
		var names []string
		err := c.EachPod(t.Context(), s, func(p *corev1.Pod) error { names = append(names, p.Name); return nil })
		if diff := cmp.Diff([]string{"a", "b", "c"}, names); diff != "" || err != nil {
			t.Errorf("%+v: %v\n%s", s, err, diff)
		}
		if diff := cmp.Diff([]string{"500 ", "500 two", "500 ", "500 two"}, queries); diff != "" {
			t.Errorf("%+v: requests\n%s", s, diff)
		}
	}
}

// D8: twice is too often: the cluster does not keep its state for as long as one page takes.
func TestD8ATokenThatExpiresAgainIsAnError(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "" {
			pageOf(w, "two", "a")
			return
		}
		gone(w)
	})
	n := 0
	err := c.EachPod(t.Context(), Selection{Lean: true, Ahead: true}, func(*corev1.Pod) error { n++; return nil })
	if !apierrors.IsResourceExpired(err) || n != 1 {
		t.Errorf("%d pods, %v", n, err)
	}
}

// A visit that ends the listing ends the request for the page that was asked for in advance.
func TestAVisitEndsTheListing(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "" {
			pageOf(w, "two", "a")
			return
		}
		<-r.Context().Done()
	})
	enough := errors.New("enough")
	if err := c.EachPod(t.Context(), Selection{Lean: true, Ahead: true}, func(*corev1.Pod) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
}
