package cluster

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// identity is what a reflector sees of an object. It holds all objects of a list until it has the last of them, twice over;
// of 10,000 pods that would be most of the memory. So objects that exist are put into the store as they are read, and the
// reflector, which has to know only what there is, gets their names. A change that comes later carries its object: it is
// put into the store when the reflector has come to it, after the list before it.
type identity struct {
	metav1.ObjectMeta
	object object // nil: the store has it
}

var _ object = (*identity)(nil)

func identityOf(o metav1.Object) *identity {
	return &identity{ObjectMeta: metav1.ObjectMeta{
		Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(),
	}}
}

// GetObjectKind implements runtime.Object.
func (i *identity) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject implements runtime.Object.
func (i *identity) DeepCopyObject() runtime.Object { return identityOf(i) }

// identities is a page of a list.
type identities struct {
	metav1.ListMeta
	Items []*identity
}

// GetObjectKind implements runtime.Object.
func (l *identities) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject implements runtime.Object.
func (l *identities) DeepCopyObject() runtime.Object {
	out := &identities{ListMeta: l.ListMeta}
	for _, i := range l.Items {
		out.Items = append(out.Items, identityOf(i))
	}
	return out
}

// identify puts the objects of a page into the store and returns who they are.
func (s *source) identify(page runtime.Object) (*identities, error) {
	list, err := meta.ListAccessor(page)
	if err != nil {
		return nil, err
	}
	out := &identities{ListMeta: metav1.ListMeta{ResourceVersion: list.GetResourceVersion(), Continue: list.GetContinue()}}
	return out, meta.EachListItemWithAlloc(page, func(item runtime.Object) error {
		o := item.(object)
		s.trim(o)
		s.store.exists(o)
		out.Items = append(out.Items, identityOf(o))
		return nil
	})
}
