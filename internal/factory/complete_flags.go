package factory

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Values completes the value of a flag from a fixed list, each "value" or "value\tdescription". Where the flag takes a
// list, a value after a comma is completed too. A flag that the command does not have is a mistake in the program: it
// panics, in the test that builds the tree.
func Values(cmd *cobra.Command, flag string, values ...string) {
	mustRegister(cmd, flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := ""
		if f := cmd.Flags().Lookup(flag); f != nil && strings.HasSuffix(f.Value.Type(), "Slice") {
			before = typed[:strings.LastIndex(typed, ",")+1]
		}
		var offers []string
		for _, v := range values {
			if strings.HasPrefix(strings.ToLower(v), strings.ToLower(typed[len(before):])) {
				offers = append(offers, before+v)
			}
		}
		if len(offers) == 1 && strings.HasSuffix(offers[0], "=") {
			return offers, none | cobra.ShellCompDirectiveNoSpace
		}
		return offers, none
	})
}

// Folder completes the value of a flag with the names of folders.
func Folder(cmd *cobra.Command, flag string) {
	mustRegister(cmd, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
}

// Files completes the value of a flag with file names that end in one of the extensions; none: every file.
func Files(cmd *cobra.Command, flag string, extensions ...string) {
	directive := cobra.ShellCompDirectiveFilterFileExt
	if len(extensions) == 0 {
		directive = cobra.ShellCompDirectiveDefault
	}
	mustRegister(cmd, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return extensions, directive
	})
}

func mustRegister(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err)
	}
}

// CompleteContainers completes --container with the containers of the object that is named in front of it.
func (f *Factory) CompleteContainers(cmd *cobra.Command, flag string) {
	mustRegister(cmd, flag, func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		refs, err := target.Parse(args)
		if err != nil || len(refs) == 0 {
			return nil, none
		}
		return f.ask(cmd.Context(), func(ctx context.Context, c *cluster.Client, namespace string) []string {
			return containers(podOf(ctx, c, namespace, refs[0]), typed)
		}), none
	})
}

// CompletePods completes a flag with the pods of the Job that is named in front of it.
func (f *Factory) CompletePods(cmd *cobra.Command, flag string) {
	mustRegister(cmd, flag, func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		refs, err := target.Parse(args)
		if err != nil || len(refs) == 0 || (refs[0].Kind != target.Any && refs[0].Kind != target.Job) {
			return nil, none
		}
		return f.ask(cmd.Context(), func(ctx context.Context, c *cluster.Client, namespace string) []string {
			found, err := c.Names(ctx, cluster.NamesQuery{
				Resource: cluster.Pods, Namespace: namespace, Labels: "batch.kubernetes.io/job-name=" + refs[0].Name, Prefix: typed,
			})
			if err != nil {
				return nil
			}
			offers := make([]string, 0, len(found))
			for _, n := range found {
				offers = append(offers, described(n.Name, cluster.Pods, n))
			}
			return offers
		}), none
	})
}

// podOf is the pod that a reference is about: itself, or what its template makes. A bare name is a Job's, a CronJob's or a
// pod's, in this order.
func podOf(ctx context.Context, c *cluster.Client, namespace string, ref target.Ref) corev1.PodSpec {
	is := func(k target.Kind) bool { return ref.Kind == k || ref.Kind == target.Any }
	if is(target.Job) {
		if job, err := c.Job(ctx, namespace, ref.Name); err == nil {
			return job.Spec.Template.Spec
		}
	}
	if is(target.CronJob) {
		if cronJob, err := c.CronJob(ctx, namespace, ref.Name); err == nil {
			return cronJob.Spec.JobTemplate.Spec.Template.Spec
		}
	}
	if is(target.Pod) {
		if pod, err := c.Pod(ctx, namespace, ref.Name); err == nil {
			return pod.Spec
		}
	}
	return corev1.PodSpec{}
}

func containers(pod corev1.PodSpec, typed string) []string {
	var offers []string
	offer := func(name, what string) {
		if strings.HasPrefix(name, typed) {
			offers = append(offers, cobra.CompletionWithDesc(name, what))
		}
	}
	for _, c := range pod.Containers {
		offer(c.Name, "")
	}
	for _, c := range pod.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			offer(c.Name, "sidecar")
		} else {
			offer(c.Name, "init container")
		}
	}
	return offers
}

// CompleteFlags completes the values of the flags that all verbs share.
func (f *Factory) CompleteFlags(root *cobra.Command) {
	Values(root, "color", "auto\ton a terminal", "always", "never")
	mustRegister(root, "namespace", func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return f.names(cmd.Context(), cluster.Namespaces, typed, func(n cluster.Entry) string { return n.Name }), none
	})
	f.fromKubeconfig(root, "context", func(c clientcmdapi.Config) []string { return keys(c.Contexts) })
	f.fromKubeconfig(root, "cluster", func(c clientcmdapi.Config) []string { return keys(c.Clusters) })
	f.fromKubeconfig(root, "user", func(c clientcmdapi.Config) []string { return keys(c.AuthInfos) })
	for _, flag := range []string{"kubeconfig", "certificate-authority", "client-certificate", "client-key"} {
		Files(root, flag)
	}
}

func (f *Factory) fromKubeconfig(root *cobra.Command, flag string, read func(clientcmdapi.Config) []string) {
	mustRegister(root, flag, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		config, err := f.connection.loader().RawConfig()
		if err != nil {
			return nil, none
		}
		return slices.DeleteFunc(read(config), func(name string) bool { return !strings.HasPrefix(name, typed) }), none
	})
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CompleteOwner completes a flag with cronjob/NAME.
func (f *Factory) CompleteOwner(cmd *cobra.Command, flag string) {
	rules := target.Rules{Kinds: []target.Kind{target.CronJob}}
	mustRegister(cmd, flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		if !strings.Contains(typed, "/") {
			return typeWords(rules, typed), none | cobra.ShellCompDirectiveNoSpace
		}
		word, name, _ := strings.Cut(typed, "/")
		return f.slashNames(cmd.Context(), rules, nil, word, name), none
	})
}
