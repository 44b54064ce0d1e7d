package cluster

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
)

// Kinds is what jobx and a server talk about: batch/v1, v1 and the API's own. client-go's typed clients bring the kinds of
// all sixty groups, discovery and OpenAPI along, and every start pays for them: a third of its time and of its memory.
var Kinds = sync.OnceValue(func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{batchv1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err) // two kinds of one name: a mistake in this program
		}
	}
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	return scheme
})

// parameters writes options into a URL.
var parameters = sync.OnceValue(func() runtime.ParameterCodec { return runtime.NewParameterCodec(Kinds()) })

// connect returns a client for one group and version, over a connection that others share.
func connect(config *rest.Config, h *http.Client, group schema.GroupVersion) (*rest.RESTClient, error) {
	c := rest.CopyConfig(config)
	c.GroupVersion, c.APIPath = &group, "/apis"
	if group.Group == "" {
		c.APIPath = "/api"
	}
	c.NegotiatedSerializer = serializer.NewCodecFactory(Kinds()).WithoutConversion()
	if c.UserAgent == "" {
		c.UserAgent = rest.DefaultKubernetesUserAgent()
	}
	client, err := rest.RESTClientForConfigAndClient(c, h)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the client of %s: %w", group, err)
	}
	return client, nil
}

// resource is one resource of the API in one namespace, or in all when it is empty: what client-go's typed clients offer,
// for any kind. T is an object and L a list of them.
type resource[T, L runtime.Object] struct {
	client          *rest.RESTClient
	name, namespace string
	empty           func() T
	emptyList       func() L
}

func (c *Client) jobs(namespace string) resource[*batchv1.Job, *batchv1.JobList] {
	return resource[*batchv1.Job, *batchv1.JobList]{c.batch, "jobs", namespace,
		func() *batchv1.Job { return &batchv1.Job{} }, func() *batchv1.JobList { return &batchv1.JobList{} }}
}

func (c *Client) cronJobs(namespace string) resource[*batchv1.CronJob, *batchv1.CronJobList] {
	return resource[*batchv1.CronJob, *batchv1.CronJobList]{c.batch, "cronjobs", namespace,
		func() *batchv1.CronJob { return &batchv1.CronJob{} }, func() *batchv1.CronJobList { return &batchv1.CronJobList{} }}
}

func (c *Client) pods(namespace string) resource[*corev1.Pod, *corev1.PodList] {
	return resource[*corev1.Pod, *corev1.PodList]{c.core, "pods", namespace,
		func() *corev1.Pod { return &corev1.Pod{} }, func() *corev1.PodList { return &corev1.PodList{} }}
}

func (c *Client) leanJobs(namespace string) resource[*batchv1.Job, *leanJobs] {
	return resource[*batchv1.Job, *leanJobs]{c.batch, "jobs", namespace,
		func() *batchv1.Job { return &batchv1.Job{} }, func() *leanJobs { return &leanJobs{} }}
}

func (c *Client) leanPods(namespace string) resource[*corev1.Pod, *leanPods] {
	return resource[*corev1.Pod, *leanPods]{c.core, "pods", namespace,
		func() *corev1.Pod { return &corev1.Pod{} }, func() *leanPods { return &leanPods{} }}
}

func (c *Client) events(namespace string) resource[*corev1.Event, *corev1.EventList] {
	return resource[*corev1.Event, *corev1.EventList]{c.core, "events", namespace,
		func() *corev1.Event { return &corev1.Event{} }, func() *corev1.EventList { return &corev1.EventList{} }}
}

// on begins a request about the resource.
func (r resource[T, L]) on(verb string) *rest.Request {
	return r.client.Verb(verb).NamespaceIfScoped(r.namespace, r.namespace != "").Resource(r.name)
}

func (r resource[T, L]) get(ctx context.Context, name string) (T, error) {
	object := r.empty()
	return object, r.on(http.MethodGet).Name(name).Do(ctx).Into(object)
}

// listing begins a request for a list or a watch.
func (r resource[T, L]) listing(o metav1.ListOptions) *rest.Request {
	return r.on(http.MethodGet).VersionedParams(&o, parameters())
}

func (r resource[T, L]) list(ctx context.Context, o metav1.ListOptions) (L, error) {
	objects := r.emptyList()
	return objects, r.listing(o).Do(ctx).Into(objects)
}

func (r resource[T, L]) watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	o.Watch = true
	return r.listing(o).Watch(ctx)
}

func (r resource[T, L]) patch(ctx context.Context, name string, p Patch) (T, error) {
	object, o := r.empty(), p.options()
	return object, r.client.Patch(p.Type).Namespace(r.namespace).Resource(r.name).Name(name).
		VersionedParams(&o, parameters()).Body(p.Data).Do(ctx).Into(object)
}
