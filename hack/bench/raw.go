package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// rawCommand is the hidden command by which this program is its own contender: raw JOB READERS TIMESTAMPS.
const rawCommand = "raw"

// readRaw reads the logs of all pods of a Job, so many at a time, and throws the bytes away: what nobody can be faster than.
func readRaw(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: bench %s JOB READERS TIMESTAMPS", rawCommand)
	}
	readers, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	stamped, err := strconv.ParseBool(args[2])
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "job-name=" + args[0]})
	if err != nil {
		return err
	}
	if len(pods.Items) == 0 {
		return fmt.Errorf("job %q has no pods", args[0])
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, pod := range pods.Items {
		group.Go(func() error {
			body, err := client.CoreV1().Pods(namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Timestamps: stamped}).Stream(ctx)
			if err != nil {
				return err
			}
			defer body.Close()
			_, err = io.Copy(io.Discard, body)
			return err
		})
	}
	return group.Wait()
}
