// Package cluster is the only room that talks to the API server: get, list, follow, patch, delete, open a log.
//
// It uses typed clients for what jobx needs, without discovery and without a client-side rate limit: the server's
// priority and fairness decides, and the callers bound their own concurrency.
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
	batchv1client "k8s.io/client-go/kubernetes/typed/batch/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// Client talks to one API server. It is safe for concurrent use.
type Client struct {
	batch batchv1client.BatchV1Interface
	core  corev1client.CoreV1Interface
}

// New returns a client for a server. Nothing is sent yet. The configuration is copied: requests are asked for in
// protobuf and are not throttled on this side.
func New(config *rest.Config, warnings rest.WarningHandler) (*Client, error) {
	c := rest.CopyConfig(config)
	c.QPS = -1 // client-go's default of 5 requests a second makes 500 logs take 98 s
	c.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	c.ContentType = runtime.ContentTypeProtobuf
	c.WarningHandler = warnings
	c.Wrap(noteReplies)
	httpClient, err := rest.HTTPClientFor(c)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the connection: %w", err)
	}
	batch, err := batchv1client.NewForConfigAndClient(c, httpClient)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the batch/v1 client: %w", err)
	}
	core, err := corev1client.NewForConfigAndClient(c, httpClient)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the v1 client: %w", err)
	}
	return NewFrom(batch, core), nil
}

// NewFrom returns a client over given typed clients: how tests put a fake or a scripted server behind it.
func NewFrom(batch batchv1client.BatchV1Interface, core corev1client.CoreV1Interface) *Client {
	return &Client{batch: batch, core: core}
}

// Job reads one Job.
func (c *Client) Job(ctx context.Context, namespace, name string) (*batchv1.Job, error) {
	return c.batch.Jobs(namespace).Get(ctx, name, metav1.GetOptions{})
}

// CronJob reads one CronJob.
func (c *Client) CronJob(ctx context.Context, namespace, name string) (*batchv1.CronJob, error) {
	return c.batch.CronJobs(namespace).Get(ctx, name, metav1.GetOptions{})
}

// Pod reads one pod.
func (c *Client) Pod(ctx context.Context, namespace, name string) (*corev1.Pod, error) {
	return c.core.Pods(namespace).Get(ctx, name, metav1.GetOptions{})
}

// Namespace reads one namespace: how a name that is not there is told from one that is empty.
func (c *Client) Namespace(ctx context.Context, name string) (*corev1.Namespace, error) {
	return c.core.Namespaces().Get(ctx, name, metav1.GetOptions{})
}

// Node reads one node.
func (c *Client) Node(ctx context.Context, name string) (*corev1.Node, error) {
	return c.core.Nodes().Get(ctx, name, metav1.GetOptions{})
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
	return c.batch.Jobs(namespace).Patch(ctx, name, p.Type, p.Data, p.options())
}

// PatchCronJob changes a CronJob and returns what the server made of it.
func (c *Client) PatchCronJob(ctx context.Context, namespace, name string, p Patch) (*batchv1.CronJob, error) {
	return c.batch.CronJobs(namespace).Patch(ctx, name, p.Type, p.Data, p.options())
}

// DeleteJob deletes a Job. The options must name a propagation policy: without one the server orphans the pods.
func (c *Client) DeleteJob(ctx context.Context, namespace, name string, o metav1.DeleteOptions) error {
	return c.batch.Jobs(namespace).Delete(ctx, name, o)
}

// DeleteCronJob deletes a CronJob.
func (c *Client) DeleteCronJob(ctx context.Context, namespace, name string, o metav1.DeleteOptions) error {
	return c.batch.CronJobs(namespace).Delete(ctx, name, o)
}

// DeletePod deletes a pod.
func (c *Client) DeletePod(ctx context.Context, namespace, name string, o metav1.DeleteOptions) error {
	return c.core.Pods(namespace).Delete(ctx, name, o)
}

// OpenLog opens the log of one container. The caller closes it. A clean end proves nothing: the API server drops the
// kubelet's errors (responsewriters.StreamObject).
func (c *Client) OpenLog(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	return c.core.Pods(namespace).GetLogs(pod, o).Stream(ctx)
}

// ServerVersion asks what the server is.
func (c *Client) ServerVersion(ctx context.Context) (*version.Info, error) {
	raw, err := c.core.RESTClient().Get().AbsPath("/version").SetHeader("Accept", runtime.ContentTypeJSON).DoRaw(ctx)
	if err != nil {
		return nil, err
	}
	return decodeVersion(raw)
}
