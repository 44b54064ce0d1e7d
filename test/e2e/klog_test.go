//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// klogLine is a line as client-go's log has it: "E1123 12:00:00.000000   4242 memcache.go:381] …".
var klogLine = regexp.MustCompile(`(?m)^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ .*\]|"Unhandled Error"|UnhandledError`)

// TestT11TheClientLibraryIsSilent: what goes wrong is told once, in jobx's own words. -v brings the log back.
func TestT11TheClientLibraryIsSilent(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	all := func(fault faultproxy.Fault) []faultproxy.Rule { return []faultproxy.Rule{{Fault: fault}} }
	for name, rules := range map[string][]faultproxy.Rule{
		"500":     all(faultproxy.Fault{Status: 500}),
		"401":     all(faultproxy.Fault{Status: 401}),
		"403":     all(faultproxy.Fault{Status: 403}),
		"reset":   all(faultproxy.Fault{Reset: true}),
		"half":    {{Verbs: []string{"watch"}, Fault: faultproxy.Fault{AfterEvents: 1, End: faultproxy.Half}}},
		"expired": {{Verbs: []string{"watch"}, Fault: faultproxy.Fault{AfterEvents: 1, End: faultproxy.Expired}}},
	} {
		for _, line := range []string{
			"get", "get job/a", "describe a", "pods a", "why a", "logs a", "watch a --timeout 2s", "wait --all --timeout 2s",
			"scale a --replicas 3 --dry-run=server", "delete a --dry-run=server",
		} {
			r := f.jobx(t, rules, strings.Fields(line)...)
			if klogLine.MatchString(r.out + r.stderr) {
				t.Errorf("%s, %s:\n%s%s", name, line, r.out, r.stderr)
			}
		}
	}
	if r := f.jobx(t, nil, "get", "job/a", "-v", "8"); !klogLine.MatchString(r.stderr) {
		t.Errorf("-v 8 says nothing: %s", r.stderr)
	}
}
