package jobstatus

import (
	"encoding/json"
	"time"
)

// MarshalJSON writes the status with durations in seconds, times as RFC 3339, and what is empty left out.
func (s Status) MarshalJSON() ([]byte, error) {
	type plain Status
	return json.Marshal(struct {
		plain
		Seconds float64 `json:"durationSeconds,omitempty"`
	}{plain(s), seconds(s.Duration)})
}

// MarshalJSON writes the band in seconds.
func (b Band) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Low  float64 `json:"lowSeconds"`
		High float64 `json:"highSeconds"`
	}{seconds(b.Low), seconds(b.High)})
}

// MarshalJSON writes the delay in seconds and leaves out an index that is none.
func (r Retry) MarshalJSON() ([]byte, error) {
	type plain Retry
	return json.Marshal(struct {
		plain
		Seconds float64 `json:"delaySeconds"`
		Index   *int32  `json:"index,omitempty"`
	}{plain(r), seconds(r.Delay), someIndex(r.Index)})
}

// MarshalJSON leaves out an index that is none.
func (p Pod) MarshalJSON() ([]byte, error) {
	type plain Pod
	return json.Marshal(struct {
		plain
		Index *int32 `json:"index,omitempty"`
	}{plain(p), someIndex(p.Index)})
}

// seconds rounds to milliseconds: finer than anything that the API tells.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

func someIndex(i int32) *int32 {
	if i < 0 {
		return nil
	}
	return &i
}
