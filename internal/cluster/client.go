// Package cluster is the only room that talks to the API server: get, list, follow, patch, delete, open a log.
//
// It knows the kinds that jobx needs, so that there is no discovery, and has no rate limit of its own: the server's priority
// and fairness decides, and the callers bound their own concurrency.
package cluster

import (
	"context"
	"fmt"
	"io"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
)

// Client talks to one API server. It is safe for concurrent use.
type Client struct {
	batch, core *rest.RESTClient
}

// New returns a client for a server. Nothing is sent yet. The configuration is copied: requests are asked for in
// protobuf and are not throttled on this side.
func New(config *rest.Config, warnings rest.WarningHandler) (*Client, error) {
	c := rest.CopyConfig(config)
	c.QPS = -1 // client-go's default of 5 requests a second makes 500 logs take 98 s
	c.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	c.ContentType = runtime.ContentTypeProtobuf
	c.WarningHandler = warnings
	c.Wrap(boundWindows)
	c.Wrap(noteReplies)
	c.Wrap(connectOnce)
	httpClient, err := rest.HTTPClientFor(c)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the connection: %w", err)
	}
	batch, err := connect(c, httpClient, batchv1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	core, err := connect(c, httpClient, corev1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	return &Client{batch: batch, core: core}, nil
}

// Job reads one Job.
func (c *Client) Job(ctx context.Context, namespace, name string) (*batchv1.Job, error) {
	return c.jobs(namespace).get(ctx, name)
}

// CronJob reads one CronJob.
func (c *Client) CronJob(ctx context.Context, namespace, name string) (*batchv1.CronJob, error) {
	return c.cronJobs(namespace).get(ctx, name)
}

// Pod reads one pod.
func (c *Client) Pod(ctx context.Context, namespace, name string) (*corev1.Pod, error) {
	return c.pods(namespace).get(ctx, name)
}

// Namespace reads one namespace: how a name that is not there is told from one that is empty.
func (c *Client) Namespace(ctx context.Context, name string) (*corev1.Namespace, error) {
	namespace := &corev1.Namespace{}
	return namespace, c.core.Get().Resource("namespaces").Name(name).Do(ctx).Into(namespace)
}

// Node reads one node.
func (c *Client) Node(ctx context.Context, name string) (*corev1.Node, error) {
	node := &corev1.Node{}
	return node, c.core.Get().Resource("nodes").Name(name).Do(ctx).Into(node)
}

// Patch is a change to one object, and how it is to be made.
type Patch struct {
	Type   types.PatchType
	Data   []byte
	DryRun bool // on the server: checked and answered, not kept
}

func (p Patch) options() metav1.PatchOptions {
	o := metav1.PatchOptions{FieldManager: "kubectl-jobx"}
	if p.DryRun {
		o.DryRun = []string{metav1.DryRunAll}
	}
	return o
}

// PatchJob changes a Job and returns what the server made of it.
func (c *Client) PatchJob(ctx context.Context, namespace, name string, p Patch) (*batchv1.Job, error) {
	return c.jobs(namespace).patch(ctx, name, p)
}

// PatchCronJob changes a CronJob and returns what the server made of it.
func (c *Client) PatchCronJob(ctx context.Context, namespace, name string, p Patch) (*batchv1.CronJob, error) {
	return c.cronJobs(namespace).patch(ctx, name, p)
}

// OpenLog opens the log of one container. The caller closes it. A clean end proves nothing: the API server drops the
// kubelet's errors (responsewriters.StreamObject).
func (c *Client) OpenLog(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	return c.core.Get().Namespace(namespace).Resource("pods").Name(pod).SubResource("log").VersionedParams(o, parameters()).Stream(ctx)
}

// ServerVersion asks what the server is.
func (c *Client) ServerVersion(ctx context.Context) (*version.Info, error) {
	raw, err := c.core.Get().AbsPath("/version").SetHeader("Accept", runtime.ContentTypeJSON).DoRaw(ctx)
	if err != nil {
		return nil, err
	}
	return decodeVersion(raw)
}
