package get

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// Numbers are those of the API: a filter compares them, and large ones have no exponent.
func TestNumbersOfTemplates(t *testing.T) {
	api := server(t, aJob("well", complete), aJob("sick", func(j *batchv1.Job) {
		j.Spec.TTLSecondsAfterFinished, j.Status.Failed = ptr(int32(2592000)), 2
		j.Spec.Template.Spec.Containers = []corev1.Container{{
			Name: "web", Ports: []corev1.ContainerPort{{ContainerPort: 8080}}, LivenessProbe: &corev1.Probe{InitialDelaySeconds: 2592000},
		}}
	}))
	for line, want := range map[string]string{
		"jobs -o jsonpath={.items[?(@.status.failed>0)].metadata.name}":                              "sick",
		"job/sick -o jsonpath={.spec.ttlSecondsAfterFinished}":                                       "2592000",
		"job/sick -o jsonpath-as-json={.spec.ttlSecondsAfterFinished}":                               "[\n    2592000\n]",
		"job/sick -o go-template={{.spec.ttlSecondsAfterFinished}}":                                  "2592000",
		"jobs --no-headers -o custom-columns=T:.spec.ttlSecondsAfterFinished":                        "2592000\n<none>",
		"job/sick --no-headers -o custom-columns=P:..livenessProbe":                                  "map[initialDelaySeconds:2592000]",
		"job/sick --no-headers -o custom-columns=N:..ports[?(@.containerPort>80)].containerPort":     "8080",
		"jobs -o name --sort-by .status.failed":                                                      "job.batch/well\njob.batch/sick",
		"jobs -o name --sort-by .spec.template.spec.containers[?(@.ports[0].containerPort>80)].name": "job.batch/well\njob.batch/sick",
	} {
		if got := get(t, api, line); strings.TrimSpace(got.Out) != want || got.Err != nil {
			t.Errorf("%s: %q %v, want %q", line, got.Out, got.Err, want)
		}
	}
}

// One object that was asked for stands alone, also where a file names it; several, and what was chosen of several, are a List.
func TestOneObjectStandsAlone(t *testing.T) {
	api := server(t, aJob("one"), aJob("two"))
	folder := t.TempDir()
	write := func(name string, names ...string) string {
		text := ""
		for _, n := range names {
			text += `{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "` + n + `"}}` + "\n"
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one, two, gone := write("one.json", "one"), write("two.txt", "one", "two"), write("gone.txt", "one", "gone")
	for line, want := range map[string]string{
		"job/one":                     "Job",
		"-f " + one:                   "Job",
		"job/one job/two":             "List",
		"-f " + two:                   "List",
		"-f " + gone:                  "List",
		"-f " + two + " --older 100d": "List",
		"-f " + folder:                "List",
		"jobs -l a!=b":                "List",
	} {
		if got := get(t, api, line+" -o jsonpath={.kind}"); got.Out != want {
			t.Errorf("%s: %q %v, want a %s", line, got.Out, got.Err, want)
		}
	}
}

// What was not asked for is not said not to be there, and a field that nothing has orders nothing.
func TestNothingIsAskedFor(t *testing.T) {
	for line, want := range map[string]string{
		"--status failed":                "none of 2 Jobs is asked for\n",
		"jobs --older 100d":              "none of 2 Jobs is asked for\n",
		"cronjobs --older 100d":          "none of 1 CronJob is asked for\n",
		"--older 100d":                   "none of 2 Jobs and 1 CronJob is asked for\n",
		"cronjob/nightly --older 100d":   "none of 1 CronJob is asked for\n",
		"--status failed -l a=b":         "no Jobs found in namespace \"default\"\n",
		"-l a=b --sort-by .nosuch":       "no Jobs or CronJobs found in namespace \"default\"\n",
		"-A -l a=b":                      "no Jobs or CronJobs found in any namespace\n",
		"job/one --sort-by .nosuch":      "",
		"--sort-by .spec.schedule":       "",
		"jobs --sort-by .spec.schedule":  "--sort-by \".spec.schedule\": none of the 2 objects has such a field\n-o json shows those they have",
		"--sort-by .spec.paralelism":     "--sort-by \".spec.paralelism\": none of the 3 objects has such a field\n-o json shows those they have",
		"jobs -o name --sort-by .nosuch": "--sort-by \".nosuch\": none of the 2 objects has such a field\n-o json shows those they have",
	} {
		got := get(t, server(t, aJob("one"), aJob("two"), aCronJob("nightly")), line)
		said := got.ErrOut
		if got.Err != nil {
			said += got.Err.Error()
		}
		if said != want || (want == "") == (got.Out == "") {
			t.Errorf("%s: %q, want %q\n%s", line, said, want, got.Out)
		}
	}
}

// A column holds all of a value, a line break shown.
func TestColumnsAreWhole(t *testing.T) {
	api := server(t, aJob("a", func(j *batchv1.Job) { j.Annotations = map[string]string{"note": "first\nsecond"} }))
	got := get(t, api, "jobs --no-headers -o custom-columns=NOTE:.metadata.annotations.note")
	if got.Out != `first\nsecond`+"\n" || got.Err != nil {
		t.Errorf("%q %v", got.Out, got.Err)
	}
}
