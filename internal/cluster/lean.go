package cluster

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"google.golang.org/protobuf/encoding/protowire"
)

// A page of pods is mostly what no list shows: managed fields, volumes, probes, environments. Reading a page without them
// takes a third of the time and of the memory. A lean list is the list of its kind whose reader skips them on the wire;
// from a server that answers in JSON it takes all of them. The numbers are those of generated.proto in k8s.io/api.

// leanPods is a list of pods without what no row shows.
type leanPods struct{ corev1.PodList }

// leanJobs is a list of Jobs without what no row shows.
type leanJobs struct{ batchv1.JobList }

// fieldSet is field numbers below 64, a bit each.
type fieldSet uint64

func only(numbers ...protowire.Number) fieldSet {
	var set fieldSet
	for _, n := range numbers {
		set |= 1 << n
	}
	return set
}

func (s fieldSet) has(n protowire.Number) bool { return n < 64 && s&(1<<n) != 0 }

// The fields that are kept.
var (
	leanMeta      = only(1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)            // not generateName, managedFields
	leanPodSpec   = only(3, 10, 38)                                          // restartPolicy, nodeName, schedulingGates
	leanPodStatus = only(1, 2, 3, 4, 7)                                      // phase, conditions, message, reason, startTime
	leanContainer = only(1, 2, 8, 24)                                        // name, image, resources, restartPolicy
	leanState     = only(1, 2, 3, 4, 5, 8, 9)                                // name, states, ready, restarts, ID, started
	leanJobSpec   = only(1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16) // not template
	leanTemplate  = only(3, 8)                                               // restartPolicy, serviceAccountName
)

// Unmarshal implements what the protobuf decoder of apimachinery asks of a type that it does not know.
func (l *leanPods) Unmarshal(data []byte) error {
	l.Items = make([]corev1.Pod, 0, countItems(data))
	return eachField(data, func(n protowire.Number, _, value []byte) error {
		switch int(n) {
		case 1:
			return l.ListMeta.Unmarshal(value)
		case 2:
			l.Items = append(l.Items, corev1.Pod{})
			return leanPod(&l.Items[len(l.Items)-1], value)
		}
		return nil
	})
}

func leanPod(p *corev1.Pod, data []byte) error {
	return eachField(data, func(n protowire.Number, _, value []byte) error {
		switch int(n) {
		case 1:
			return some(value, leanMeta, p.ObjectMeta.Unmarshal)
		case 2:
			return leanSpec(&p.Spec, value, leanPodSpec)
		case 3:
			return leanStatus(&p.Status, value)
		}
		return nil
	})
}

// leanSpec reads a pod's spec: some fields, and of its containers what they are called and may use.
func leanSpec(s *corev1.PodSpec, data []byte, keep fieldSet) error {
	return eachField(data, func(n protowire.Number, whole, value []byte) error {
		list := &s.Containers
		switch {
		case n == 20:
			list = &s.InitContainers
		case n == 2:
		case keep.has(n):
			return s.Unmarshal(whole)
		default:
			return nil
		}
		*list = append(*list, corev1.Container{})
		return some(value, leanContainer, (*list)[len(*list)-1].Unmarshal)
	})
}

func leanStatus(s *corev1.PodStatus, data []byte) error {
	return eachField(data, func(n protowire.Number, whole, value []byte) error {
		list := &s.ContainerStatuses
		switch {
		case n == 10:
			list = &s.InitContainerStatuses
		case n == 8:
		case leanPodStatus.has(n):
			return s.Unmarshal(whole)
		default:
			return nil
		}
		*list = append(*list, corev1.ContainerStatus{})
		return some(value, leanState, (*list)[len(*list)-1].Unmarshal)
	})
}

// Unmarshal is as of leanPods.
func (l *leanJobs) Unmarshal(data []byte) error {
	l.Items = make([]batchv1.Job, 0, countItems(data))
	return eachField(data, func(n protowire.Number, _, value []byte) error {
		switch int(n) {
		case 1:
			return l.ListMeta.Unmarshal(value)
		case 2:
			l.Items = append(l.Items, batchv1.Job{})
			return leanJob(&l.Items[len(l.Items)-1], value)
		}
		return nil
	})
}

func leanJob(j *batchv1.Job, data []byte) error {
	const template, podSpec = 6, 2
	return eachField(data, func(n protowire.Number, _, value []byte) error {
		switch int(n) {
		case 1:
			return some(value, leanMeta, j.ObjectMeta.Unmarshal)
		case 2:
			return eachField(value, func(n protowire.Number, whole, value []byte) error {
				switch {
				case n == template:
					return eachField(value, func(n protowire.Number, _, value []byte) error {
						if n != podSpec {
							return nil
						}
						return leanSpec(&j.Spec.Template.Spec, value, leanTemplate)
					})
				case leanJobSpec.has(n):
					return j.Spec.Unmarshal(whole)
				}
				return nil
			})
		case 3:
			return j.Status.Unmarshal(value)
		}
		return nil
	})
}

// eachField calls each for every field of a message: its number, the field as it stands, and its value if that has a length.
func eachField(data []byte, each func(n protowire.Number, whole, value []byte) error) error {
	for len(data) > 0 {
		number, kind, tag := protowire.ConsumeTag(data)
		if tag < 0 {
			return protowire.ParseError(tag)
		}
		size := protowire.ConsumeFieldValue(number, kind, data[tag:])
		if size < 0 {
			return protowire.ParseError(size)
		}
		var value []byte
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(data[tag:])
		}
		if err := each(number, data[:tag+size], value); err != nil {
			return err
		}
		data = data[tag+size:]
	}
	return nil
}

// some hands the fields that are kept to a reader, neighbours at once. The readers that are generated for the API add to
// what is there.
func some(data []byte, keep fieldSet, read func([]byte) error) error {
	start, at := 0, 0
	err := eachField(data, func(n protowire.Number, whole, _ []byte) error {
		begin := at
		at += len(whole)
		if keep.has(n) {
			return nil
		}
		first := start
		start = at
		if first == begin {
			return nil
		}
		return read(data[first:begin])
	})
	if err != nil || start == at {
		return err
	}
	return read(data[start:at])
}

// countItems is how many items a list has. What cannot be read is told by the reading.
func countItems(data []byte) int {
	count := 0
	_ = eachField(data, func(n protowire.Number, _, _ []byte) error {
		if n == 2 {
			count++
		}
		return nil
	})
	return count
}
