package simkubelet

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"strconv"

	"github.com/kubectl-jobx/kubectl-jobx/hack/cluster/kubeapi"
)

// attempts numbers the pods of each Job (of each index, for an Indexed one) that asks to fail in its first attempts. A pod
// cannot know by itself how many came before it.
type attempts struct {
	api  *kubeapi.Client
	last map[string]int  // by owner and index
	done map[string]bool // by the pod's UID: events that are on their way still show it without its number
}

func newAttempts(api *kubeapi.Client) *attempts {
	return &attempts{api: api, last: map[string]int{}, done: map[string]bool{}}
}

// see gives a new pod its number. It is called for one pod at a time, in the order in which the API server tells of them.
func (a *attempts) see(ctx context.Context, p *pod) {
	owner, wanted := numbered(p)
	if !wanted || a.done[p.Metadata.UID] {
		return
	}
	if given := p.annotation("attempt"); given != "" {
		if n, err := strconv.Atoi(given); err == nil {
			a.last[owner] = max(a.last[owner], n)
		}
		a.done[p.Metadata.UID] = true
		return
	}
	n := a.last[owner] + 1
	patch := map[string]any{"metadata": map[string]any{
		"uid":         p.Metadata.UID, // refused when another pod has taken the name
		"annotations": map[string]string{Prefix + "attempt": strconv.Itoa(n)},
	}}
	path := "/api/v1/namespaces/" + url.PathEscape(p.Metadata.Namespace) + "/pods/" + url.PathEscape(p.Metadata.Name)
	if err := a.api.Do(ctx, http.MethodPatch, path, kubeapi.MergePatch, patch, nil); err != nil {
		if !kubeapi.HasCode(err, http.StatusNotFound) && ctx.Err() == nil {
			log.Printf("number pod %s/%s: %v", p.Metadata.Namespace, p.Metadata.Name, err)
		}
		return
	}
	a.last[owner] = n
	a.done[p.Metadata.UID] = true
}

// numbered says whether a pod wants a number, and whose attempts are counted together.
func numbered(p *pod) (owner string, wanted bool) {
	if p.annotation("fail-attempts") == "" || p.Spec.RestartPolicy != "Never" {
		return "", false
	}
	for _, ref := range p.Metadata.OwnerReferences {
		if ref.Controller {
			return fmt.Sprintf("%s/%s", ref.UID, p.Metadata.Annotations["batch.kubernetes.io/job-completion-index"]), true
		}
	}
	return p.Metadata.UID, true
}
