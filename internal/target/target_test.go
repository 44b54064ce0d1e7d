package target

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []Ref
	}{
		{nil, nil},
		{[]string{"x"}, []Ref{{Any, "x"}}},
		{[]string{"job/x"}, []Ref{{Job, "x"}}},
		{[]string{"Jobs.batch/x"}, []Ref{{Job, "x"}}},
		{[]string{"job", "x"}, []Ref{{Job, "x"}}},
		{[]string{"cj", "x", "y"}, []Ref{{CronJob, "x"}, {CronJob, "y"}}},
		{[]string{"x", "job/y", "cronjob/z"}, []Ref{{Any, "x"}, {Job, "y"}, {CronJob, "z"}}},
		{[]string{"a", "a"}, []Ref{{Any, "a"}}},
		{[]string{"job/job"}, []Ref{{Job, "job"}}},
		{[]string{"x", "job"}, []Ref{{Any, "x"}, {Any, "job"}}},
	} {
		got, err := Parse(c.args, Job, CronJob)
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", c.args, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string // in the first line
	}{
		{[]string{""}, "the name must not be empty"},
		{[]string{"job/"}, "the name must not be empty"},
		{[]string{"job/a/b"}, `"job/a/b": want TYPE/NAME`},
		{[]string{"My_Job"}, `"My_Job" is not a valid name`},
		{[]string{"../../pods/x"}, `"../../pods/x" is not a valid name`},
		{[]string{"a?b"}, "not a valid name"},
		{[]string{"a\x1b[31mb"}, `"a\x1b[31mb" is not a valid name`},
		{[]string{strings.Repeat("a", 300)}, "longer than 253"},
		{[]string{"pod/x"}, `"pod" is not a kind that this command takes`},
		{[]string{"deployment/x"}, `"deployment" is not a Job or a CronJob`},
		{[]string{"job"}, `which job?`},
		{[]string{"job", "cronjob/x"}, `after "job" give bare names`},
	} {
		_, err := Parse(c.args, Job, CronJob)
		if err == nil {
			t.Errorf("%q is taken", c.args)
			continue
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		if !strings.Contains(first, c.want) || len(first) > 200 {
			t.Errorf("%q: %q, want %q", c.args, first, c.want)
		}
	}
}

// What is refused is told the kinds that the command takes.
func TestParseNamesTheKinds(t *testing.T) {
	for _, c := range []struct {
		arg     string
		allowed []Kind
		want    string
	}{
		{"deploy/x", []Kind{Job, CronJob, Pod}, "\"deploy\" is not a Job, a CronJob or a pod\nwant job/NAME, cronjob/NAME or pod/NAME"},
		{"deploy/x", []Kind{Job, CronJob}, "\"deploy\" is not a Job or a CronJob\nwant job/NAME or cronjob/NAME"},
		{"deploy/x", []Kind{CronJob}, "\"deploy\" is not a CronJob\nwant cronjob/NAME"},
		{"deploy/x", nil, "\"deploy\" is not a Job or a CronJob\nwant job/NAME or cronjob/NAME"},
		{"pod/x", []Kind{Job, CronJob}, "\"pod/x\": \"pod\" is not a kind that this command takes\nwant job/NAME or cronjob/NAME"},
	} {
		if _, err := Parse([]string{c.arg}, c.allowed...); err == nil || err.Error() != c.want {
			t.Errorf("%s among %q: %v, want %q", c.arg, c.allowed, err, c.want)
		}
	}
}

func TestValidateNamespace(t *testing.T) {
	for name, fine := range map[string]bool{"a": true, "kube-system": true, "": false, " ": false, "a b": false, "a/../b": false, "A": false} {
		if err := ValidateNamespace(name); (err == nil) != fine {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "ab", 1}, {"abc", "xabc", 1}, {"abc", "xyz", 3}, {"", "ab", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("job/x")
	f.Add("../x")
	f.Fuzz(func(t *testing.T, arg string) {
		refs, err := Parse([]string{arg}, Job, CronJob)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\r\x00\u009b") {
				t.Errorf("%q: the message holds a control character", arg)
			}
			return
		}
		for _, r := range refs {
			if strings.ContainsAny(r.Name, "/?#% ") {
				t.Errorf("%q: %q would change a URL", arg, r.Name)
			}
		}
	})
}
