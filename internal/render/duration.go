package render

import (
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// Duration is d as kubectl prints it (2m13s, 5h10m, 3d4h). What is negative, as when clocks differ, is 0s: never kubectl's
// "<invalid>".
func Duration(d time.Duration) string {
	return duration.HumanDuration(max(0, d))
}

// Since is the time from t to now as kubectl prints an age; "<unknown>" without t.
func Since(t, now time.Time) string {
	if t.IsZero() {
		return "<unknown>"
	}
	return Duration(now.Sub(t))
}
