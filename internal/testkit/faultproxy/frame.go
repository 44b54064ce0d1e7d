package faultproxy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/watch"
)

// framing is how the events of a watch are laid one after the other.
type framing interface {
	next(*bufio.Reader) ([]byte, error)    // one event with everything around it
	kind(frame []byte) string              // ADDED, MODIFIED …
	failure(metav1.Status) ([]byte, error) // an ERROR event
}

// framingOf picks the framing by the answer's content type; nil when it is none that is known.
func framingOf(contentType string) framing {
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return nil
	case media == runtime.ContentTypeJSON:
		return jsonLines{}
	case media == runtime.ContentTypeProtobuf:
		return lengthPrefixed{}
	}
	return nil
}

// jsonLines is one JSON object a line.
type jsonLines struct{}

func (jsonLines) next(r *bufio.Reader) ([]byte, error) { return r.ReadBytes('\n') }

func (jsonLines) kind(frame []byte) string {
	var event struct{ Type string }
	if json.Unmarshal(frame, &event) != nil {
		return ""
	}
	return event.Type
}

func (jsonLines) failure(s metav1.Status) ([]byte, error) {
	s.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	raw, err := json.Marshal(map[string]any{"type": watch.Error, "object": s})
	return append(raw, '\n'), err
}

// lengthPrefixed is four bytes of length, most significant first, then the event: apimachinery's
// runtime/serializer/protobuf LengthDelimitedFramer.
type lengthPrefixed struct{}

// largestFrame bounds what a length may ask for: more than any object that etcd holds.
const largestFrame = 64 << 20

func (lengthPrefixed) next(r *bufio.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > largestFrame {
		return nil, fmt.Errorf("a frame of %d bytes", size)
	}
	frame := make([]byte, 4+int(size))
	copy(frame, head[:])
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}

func (lengthPrefixed) kind(frame []byte) string {
	var event metav1.WatchEvent
	if len(frame) < 4 || event.Unmarshal(frame[4:]) != nil {
		return ""
	}
	return event.Type
}

func (lengthPrefixed) failure(s metav1.Status) ([]byte, error) {
	s.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	var object bytes.Buffer
	if err := protobuf.NewSerializer(scheme, scheme).Encode(&s, &object); err != nil {
		return nil, err
	}
	event := metav1.WatchEvent{Type: string(watch.Error), Object: runtime.RawExtension{Raw: object.Bytes()}}
	raw, err := event.Marshal()
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(raw))), raw...), nil
}

// tooOld is the status of a resourceVersion that the server no longer has.
func tooOld() metav1.Status {
	return metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired,
		Message: "too old resource version: 1 (2)",
	}
}
