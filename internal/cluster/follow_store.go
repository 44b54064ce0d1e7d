package cluster

import (
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/cache"
)

// object is what the readers carry: *batchv1.Job, *corev1.Pod, *corev1.Event.
type object interface {
	metav1.Object
	runtime.Object
}

// store is where a reflector puts what it reads. It knows the newest state of each object and passes on what changed,
// each change once: what was passed on before, or is older, is dropped, so a watch may repeat itself.
type store struct {
	// mu is held while a change is passed on: changes of a kind stay in order whoever brings them.
	mu      sync.Mutex
	objects map[types.NamespacedName]known
	ghost   func(metav1.ObjectMeta) object
	dead    map[types.UID]struct{} // known to be gone ahead of the watch, which may still tell of their life
	changed func(o object, deleted bool)
	synced  func() // a whole list has been read
}

// known is what is kept of an object. Of thousands of pods their objects would be most of the memory.
type known struct {
	uid     types.UID
	version string
	object  object // nil: not kept
}

// newStore makes a store. An object whose deletion nobody saw is passed on as it was last; with a ghost the objects are
// not kept, and what ghost makes of name, UID and resourceVersion is passed on instead.
func newStore(ghost func(metav1.ObjectMeta) object, changed func(object, bool), synced func()) *store {
	return &store{
		objects: map[types.NamespacedName]known{}, dead: map[types.UID]struct{}{}, ghost: ghost, changed: changed, synced: synced,
	}
}

// lost forgets an object that is gone and passes that on.
func (s *store) lost(key types.NamespacedName, k known) {
	delete(s.objects, key)
	if k.object == nil {
		k.object = s.ghost(metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, UID: k.uid, ResourceVersion: k.version})
	}
	s.changed(k.object, true)
}

func keyOf(o metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
}

// put takes an object that is newer than what is known, or that stands in a list, which is right whatever it says.
func (s *store) put(o object, listed bool) bool {
	if _, gone := s.dead[o.GetUID()]; gone {
		return false
	}
	key := keyOf(o)
	before, have := s.objects[key]
	if have && before.uid != o.GetUID() {
		s.lost(key, before)
		have = false
	}
	if have && !newer(o.GetResourceVersion(), before.version, listed) {
		return false
	}
	now := known{uid: o.GetUID(), version: o.GetResourceVersion()}
	if s.ghost == nil {
		now.object = o
	}
	s.objects[key] = now
	s.changed(o, false)
	return true
}

func newer(a, b string, listed bool) bool {
	if a == b {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(a, b)
	return err != nil || order > 0 || listed
}

// exists takes an object of those that there are at the start of a watch.
func (s *store) exists(o object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(o, true)
}

// Add implements cache.ReflectorStore.
func (s *store) Add(v any) error { return s.Update(v) }

// Update implements cache.ReflectorStore.
func (s *store) Update(v any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := v.(*identity).object; o != nil {
		s.put(o, false)
	}
	return nil
}

// Delete implements cache.ReflectorStore. The object is as it was when it was deleted.
func (s *store) Delete(v any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := v.(*identity).object
	if before, have := s.objects[keyOf(o)]; !have || before.uid != o.GetUID() {
		return nil
	}
	delete(s.objects, keyOf(o))
	s.changed(o, true)
	return nil
}

// Replace implements cache.ReflectorStore: what is not in the list was deleted meanwhile. What is in it has been put here.
func (s *store) Replace(list []any, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	present := make(map[types.NamespacedName]struct{}, len(list))
	for _, v := range list {
		present[keyOf(v.(object))] = struct{}{}
	}
	for key, before := range s.objects {
		if _, still := present[key]; !still {
			s.lost(key, before)
		}
	}
	s.synced()
	return nil
}

// Resync implements cache.ReflectorStore.
func (s *store) Resync() error { return nil }

// ahead takes the newest state of an object from a read beside the watch, and reports whether the watch had not
// brought it.
func (s *store) ahead(o object) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, have := s.objects[keyOf(o)]; have && before.uid != o.GetUID() {
		s.dead[before.uid] = struct{}{}
	}
	return s.put(o, false)
}

// missing takes from a read beside the watch that an object is gone, and reports whether the watch had not said so.
func (s *store) missing(key types.NamespacedName, uid types.UID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, have := s.objects[key]
	if !have || before.uid != uid {
		return false
	}
	s.dead[uid] = struct{}{}
	s.lost(key, before)
	return true
}

// uids returns what is known, by name.
func (s *store) uids() map[types.NamespacedName]types.UID {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[types.NamespacedName]types.UID, len(s.objects))
	for key, o := range s.objects {
		out[key] = o.uid
	}
	return out
}

var _ cache.ReflectorStore = (*store)(nil)
