package act

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Plan is what is to be done about one object, worked out from the object as it was read.
type Plan struct {
	Edit  Edit     // empty: nothing
	Notes []string // sentences for people, in order: what will happen, or why nothing does
	Ask   string   // what is lost for good: needs a yes; empty: nothing is
	Err   error    // why it must not be done
	// Ends and Starts are how many active pods go and how many come, for the total of many.
	Ends, Starts int32
}

// Unfit says that an object is in a state, or of a kind, to which this cannot be done.
type Unfit struct{ Err error }

// Error is the reason.
func (u Unfit) Error() string { return u.Err.Error() }

// Unwrap gives the reason.
func (u Unfit) Unwrap() error { return u.Err }

// Planner works a plan out. It is pure, so that it can be asked again when the object has changed meanwhile.
type Planner func(target.Item) Plan

// conflicts is how often a patch is made anew because somebody else changed the object between reading and patching.
const conflicts = 5

// Changer makes edits.
type Changer struct {
	Client *cluster.Client
	DryRun DryRun
	Plan   Planner
	// Pinned refuses to plan anew after a conflict: a certain resourceVersion was asked for.
	Pinned bool
	// Again is told a plan that was made anew, before it is carried out. An error: it must not be.
	Again func(ctx context.Context, item target.Item, p Plan) error
}

// ErrReplaced says that the name belongs to another object by now.
var ErrReplaced = errors.New("another object has taken the name meanwhile: it was not touched")

// Make makes a planned edit and returns the object as it is then; edited is false if somebody else has made it so. When somebody
// else changed the object meanwhile it is read and planned again, and the edit is made only if the new plan still allows it, and
// Again does. The same is done when an answer is lost.
func (c Changer) Make(ctx context.Context, item target.Item, p Plan) (after target.Item, edited bool, err error) {
	if c.DryRun == Client {
		return p.Edit.On(item), true, nil
	}
	var unanswered error
	for attempt := 0; ; attempt++ {
		after, err := c.patch(ctx, item, p.Edit)
		lost := unanswered == nil && cluster.Lost(ctx, err) // perhaps it was made: what is there now tells
		if lost {
			unanswered = Unanswered(err, c.DryRun)
		}
		if (!apierrors.IsConflict(err) || c.Pinned || attempt == conflicts) && !lost {
			return after, true, wordConflict(item, Unanswered(err, c.DryRun))
		}
		fresh, err := c.read(ctx, item)
		switch {
		case err == nil:
		case lost:
			return item, false, unanswered
		case ctx.Err() != nil:
			return item, false, errNotTouched
		default:
			return item, false, err
		}
		if fresh.Meta().UID != item.Meta().UID {
			return item, false, ErrReplaced
		}
		if lost && reflect.DeepEqual(p.Edit.On(fresh), fresh) {
			return fresh, true, nil
		}
		if item, p = fresh, c.Plan(fresh); p.Err != nil {
			return item, false, p.Err
		}
		if err := c.Again(ctx, item, p); err != nil || p.Edit.Empty() {
			return item, unanswered != nil, err // it may be the edit whose answer was lost that made it so
		}
	}
}

func wordConflict(item target.Item, err error) error {
	switch {
	case err == nil:
		return nil
	case !apierrors.IsConflict(err):
		return err
	case IsReplaced(err):
		return ErrReplaced
	default:
		return fmt.Errorf("somebody else keeps changing %s: %w", item.Ref(), err)
	}
}

// IsReplaced says whether a request was refused because the object is not the one that was read. The server has no
// reason of its own for that: every conflict is a 409, and only the message names the UID.
func IsReplaced(err error) bool {
	return apierrors.IsConflict(err) && strings.Contains(err.Error(), "UID")
}

func (c Changer) patch(ctx context.Context, item target.Item, e Edit) (target.Item, error) {
	raw, err := e.Patch(item)
	if err != nil {
		return item, err
	}
	patch := cluster.Patch{Type: types.MergePatchType, Data: raw, DryRun: c.DryRun == Server}
	m := item.Meta()
	if item.CronJob != nil {
		after, err := c.Client.PatchCronJob(ctx, m.Namespace, m.Name, patch)
		if err != nil {
			return item, err
		}
		item.CronJob = after
		return item, nil
	}
	after, err := c.Client.PatchJob(ctx, m.Namespace, m.Name, patch)
	if err != nil {
		return item, err
	}
	item.Job = after
	return item, nil
}

func (c Changer) read(ctx context.Context, item target.Item) (target.Item, error) {
	m := item.Meta()
	if item.CronJob != nil {
		fresh, err := c.Client.CronJob(ctx, m.Namespace, m.Name)
		return target.Item{Object: target.Object{CronJob: fresh}, Source: item.Source}, err
	}
	fresh, err := c.Client.Job(ctx, m.Namespace, m.Name)
	return target.Item{Object: target.Object{Job: fresh}, Source: item.Source}, err
}
