package act_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const goodJob = `apiVersion: batch/v1
kind: Job
metadata:
  name: good
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: c
          image: busybox
`

// TestBadInput: what is typed wrong is refused with exit code 1 before anything is asked of the server.
func TestBadInput(t *testing.T) {
	t.Setenv("PATH", "") // no kubectl
	dir := badFiles(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		name string
		args []string
		in   string
		want string // in stderr
	}{
		// which objects
		{"nothing named", []string{"delete"}, "", "give a name, -l, --all or -f"},
		{"empty name", []string{"delete", ""}, "", "must not be empty"},
		{"two slashes", []string{"delete", "job/a/b"}, "", "want TYPE/NAME"},
		{"capital letters", []string{"delete", "My_Job"}, "", "not a valid name"},
		{"a path", []string{"delete", "../../pods/x"}, "", "not a valid name"},
		{"an absolute path", []string{"scale", "/etc/passwd", "--replicas", "1"}, "", "is not"},
		{"an escape sequence", []string{"delete", "a\x1b[31mb"}, "", `"a\x1b[31mb"`},
		{"a name of 300 characters", []string{"delete", strings.Repeat("a", 300)}, "", "longer than 253"},
		{"a pod", []string{"delete", "pod/x"}, "", "not a kind that this command takes"},
		{"another kind", []string{"scale", "deploy/x", "--replicas", "1"}, "", "not a Job or a CronJob"},
		{"a kind alone", []string{"delete", "jobs"}, "", "which job?"},
		{"name and --all", []string{"delete", "a", "--all"}, "", "exclude each other"},
		{"another kind and --all", []string{"delete", "deployments", "--all"}, "", `"deployments" was taken for a name` + "\nthe kinds are jobs and cronjobs"},
		{"name and -l", []string{"suspend", "a", "-l", "k=v"}, "", "exclude each other"},
		{"name and --field-selector", []string{"resume", "a", "--field-selector", "metadata.name=x"}, "", "exclude each other"},
		{"name and --status", []string{"delete", "a", "--status", "Failed"}, "", "exclude each other"},
		{"--all and -l", []string{"delete", "--all", "-l", "k=v"}, "", "exclude each other"},
		{"name and -A", []string{"delete", "a", "-A"}, "", "needs one namespace"},
		{"-A alone", []string{"delete", "-A"}, "", "-A says where, and not which: add --all"},
		{"-A alone with a kind", []string{"delete", "cronjobs", "-A", "--yes"}, "", "-A says where, and not which: add --all"},
		{"-A alone, scale", []string{"scale", "-A", "--replicas", "0"}, "", "-A says where, and not which: add --all"},
		{"name and -f", []string{"delete", "a", "-f", file("good.yaml")}, "", "exclude each other"},
		{"-f and -l", []string{"delete", "-f", file("good.yaml"), "-l", "a=b"}, "", "exclude each other"},
		{"-f and -k", []string{"delete", "-f", file("good.yaml"), "-k", dir}, "", "exclude each other"},
		{"a broken selector", []string{"delete", "-l", "a=b=c"}, "", "-l "},
		{"a broken field selector", []string{"delete", "--field-selector", "a"}, "", "--field-selector"},
		{"an unknown status", []string{"delete", "--status", "Dead"}, "", `--status "Dead": want Complete`},
		{"an empty --status", []string{"delete", "--all", "--status", ""}, "", "--status must not be empty"},
		{"an empty --status beside a label", []string{"suspend", "-l", "a=b", "--status", ""}, "", "--status must not be empty"},
		{"an empty selector", []string{"delete", "-l", "", "--status", "Finished"}, "", "--selector must not be empty"},
		{"an empty selector of suspend", []string{"suspend", "-A", "-l", ""}, "", "--selector must not be empty"},
		{"an empty selector of resume", []string{"resume", "--all", "-l", ""}, "", "--selector must not be empty"},
		{"an empty field selector", []string{"scale", "--all", "--field-selector", "", "--replicas", "1"}, "", "--field-selector must not be empty"},
		{"--status of CronJobs", []string{"delete", "cronjobs", "--status", "Failed"}, "", "leave out cronjobs"},
		{"empty namespace", []string{"delete", "a", "-n", ""}, "", "must not be empty"},
		{"namespace with a blank", []string{"delete", "--all", "-n", "a b"}, "", "not a valid namespace"},
		{"namespace with a slash", []string{"delete", "--all", "-n", "a/../b"}, "", "not a valid namespace"},
		{"unknown flag", []string{"delete", "a", "--fooo"}, "", "unknown flag: --fooo"},

		// how
		{"cascade maybe", []string{"delete", "a", "--cascade=maybe"}, "", "want background, foreground or orphan"},
		{"cascade empty", []string{"delete", "a", "--cascade="}, "", "want background, foreground or orphan"},
		{"cascade with a slip", []string{"delete", "a", "--cascade", "orphans"}, "", `--cascade "orphans": want background, foreground or orphan`},
		{"cascade with a capital", []string{"delete", "a", "--cascade", "Orphan"}, "", `--cascade "Orphan": want`},
		{"cascade False", []string{"delete", "a", "--cascade", "False"}, "", `--cascade "False": want`},
		{"cascade 0", []string{"delete", "a", "--cascade", "0"}, "", `--cascade "0": want`},
		{"cascade maybe after a blank", []string{"delete", "a", "--cascade", "maybe"}, "", `--cascade "maybe": want`},
		{"a name after cascade", []string{"delete", "--cascade", "good"}, "", "a name goes before --cascade"},
		{"a second name after cascade", []string{"delete", "a", "--cascade", "good"}, "", "a name goes before --cascade"},
		{"--now and --grace-period", []string{"delete", "a", "--now", "--grace-period", "3"}, "", "exclude each other"},
		{"--force with a grace period", []string{"delete", "a", "--force", "--grace-period", "3"}, "", "exclude each other"},
		{"grace period -2", []string{"delete", "a", "--grace-period", "-2"}, "", "want -1, 0 or more"},
		{"--yes and -i", []string{"delete", "a", "-y", "-i"}, "", "exclude each other"},
		{"dry run maybe", []string{"delete", "a", "--dry-run=maybe"}, "", "want none, client or server"},
		{"timeout without a unit", []string{"delete", "a", "--timeout", "10"}, "", "add a unit (10s)"},
		{"negative timeout", []string{"delete", "a", "--timeout", "-5s"}, "", "must not be negative"},
		{"output of delete", []string{"delete", "a", "-o", "yaml"}, "", "want name or json"},
		{"output of scale", []string{"scale", "a", "--replicas", "1", "-o", "nosuch"}, "", `-o "nosuch": want`},
		{"broken jsonpath", []string{"scale", "a", "--replicas", "1", "-o", "jsonpath={.a"}, "", "-o jsonpath"},
		{"--orphans with a file", []string{"delete", "--orphans", "-f", file("good.yaml")}, "", "--orphans goes with"},
		{"--timeout without --wait, delete", []string{"delete", "a", "--wait=false", "--timeout", "3s"}, "", "--timeout goes with --wait"},
		{"--orphans of a CronJob", []string{"delete", "--orphans", "cronjob/a"}, "", "has no pods of its own"},
		{"--orphans of CronJobs", []string{"delete", "--orphans", "cronjobs", "--yes"}, "", "CronJobs have no pods of their own"},
		{"no size", []string{"scale", "a"}, "", "--replicas is required"},
		{"negative size", []string{"scale", "a", "--replicas", "-1"}, "", "want 0 to 2147483647"},
		{"size that is no number", []string{"scale", "a", "--parallelism", "abc"}, "", "want 0 to 2147483647"},
		{"size too large", []string{"scale", "a", "--parallelism", "99999999999"}, "", "want 0 to 2147483647"},
		{"size too large by one", []string{"scale", "a", "--completions", "2147483648"}, "", "want 0 to 2147483647"},
		{"both names of the size", []string{"scale", "a", "--replicas", "1", "--parallelism", "1"}, "", "two names for one thing"},
		{"current size -2", []string{"scale", "a", "--replicas", "1", "--current-replicas", "-2"}, "", "want -1"},
		{"one version of many", []string{"scale", "a", "b", "--replicas", "1", "--resource-version", "3"}, "", "goes with one object"},
		{"--timeout without --wait", []string{"suspend", "a", "--timeout", "3s"}, "", "--timeout goes with --wait"},

		// files
		{"no such file", []string{"delete", "-f", file("nosuch.yaml")}, "", `nosuch.yaml": there is no such file or folder` + "\n"},
		{"an empty -f", []string{"delete", "-f", ""}, "", "give"},
		{"an empty file", []string{"delete", "-f", file("empty.yaml")}, "", "empty.yaml: the file holds no object"},
		{"only comments", []string{"delete", "-f", file("comments.yaml")}, "", "comments.yaml: the file holds no object"},
		{"broken YAML", []string{"delete", "-f", file("broken.yaml")}, "", "broken.yaml:3: not readable"},
		{"broken second document", []string{"delete", "-f", file("second.yaml")}, "", "second.yaml:16 (document 2): unknown field \"spec.paralelism\""},
		{"binary", []string{"delete", "-f", file("binary.yaml")}, "", "not a text file"},
		{"a named pipe", []string{"delete", "-f", file("pipe.yaml")}, "", "not a regular file"},
		{"11 MiB", []string{"delete", "-f", file("large.yaml")}, "", "larger than 10 MiB"},
		{"a ConfigMap", []string{"delete", "-f", file("configmap.yaml")}, "", `configmap.yaml:2: ConfigMap "c" is not a Job or a CronJob`},
		{"a ConfigMap after a Job", []string{"delete", "-f", file("mixed.yaml")}, "", `mixed.yaml:13 (document 2): ConfigMap "c"`},
		{"only other kinds", []string{"delete", "--jobs-only", "-f", file("configmap.yaml")}, "", `configmap.yaml": it names no Job and no CronJob`},
		{"only other kinds in two files", []string{"delete", "--jobs-only", "-f", file("configmap.yaml"), "-f", file("configmap.yaml")}, "", "2 files and folders name no Job"},
		{"a name that is a number", []string{"delete", "-f", file("number.yaml")}, "", "number.yaml:4: metadata.name: want a string, not a number"},
		{"a doubled key", []string{"delete", "-f", file("doubled.yaml")}, "", `doubled.yaml:5: key "name" stands twice, first in line 4`},
		{"a wrong type", []string{"delete", "-f", file("type.yaml")}, "", "type.yaml:6: "},
		{"no name", []string{"delete", "-f", file("noname.yaml")}, "", "metadata.name is missing"},
		{"a name that is a path", []string{"delete", "-f", file("pathname.yaml")}, "", "not a valid name"},
		{"no kind", []string{"delete", "-f", file("nokind.yaml")}, "", "apiVersion and kind are required"},
		{"a scalar", []string{"delete", "-f", file("scalar.yaml")}, "", "not a Kubernetes object"},
		{"a bomb", []string{"delete", "-f", file("bomb.yaml")}, "", "bomb.yaml"},
		{"a folder without manifests", []string{"delete", "-f", file("folder")}, "", "has no file that ends in"},
		{"a kustomization without kubectl", []string{"delete", "-k", file("folder")}, "", "kubectl, which builds it, is not on PATH"},
		{"nothing on stdin", []string{"delete", "-f", "-"}, "", "no objects on stdin"},
		{"stdin twice", []string{"delete", "-f", "-", "-f", "-"}, goodJob, "once only"},
		{"--jobs-only without a file", []string{"delete", "a", "--jobs-only"}, "", "goes with -f or -k"},
		{"a URL that refuses", []string{"delete", "-f", "http://127.0.0.1:1/x.yaml"}, "", "cannot read the URL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, job("good"), job("a"))
			r := s.jobx(t, c.in, c.args...)
			if r.code != 1 || !strings.Contains(r.stderr, c.want) || !strings.Contains(r.stderr, "error: ") || r.out != "" {
				t.Errorf("exit code %d, stdout %q, stderr %q: want 1 and %q", r.code, r.out, r.stderr, c.want)
			}
			if n := len(s.asked("")); n != 0 {
				t.Errorf("%d requests: want none: %v", n, s.asked(""))
			}
		})
	}
}

// A switch with its value apart is that switch, and its value no name: kubectl would delete both, by force.
func TestSwitchWithItsValueApart(t *testing.T) {
	for _, line := range []string{"delete x --force false", "delete x --now false", "delete --wait false x", "delete x -y false", "delete job/false --force false"} {
		s := newServer(t, job("x"), job("false"))
		r := s.jobx(t, "", strings.Fields(line)...)
		sent := s.asked(http.MethodDelete)
		if r.code != 0 || len(sent) != 1 || sent[0].delete.GracePeriodSeconds != nil || (s.jobs["ns/false"] == nil) != strings.Contains(line, "job/false") {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q, %d deletions", line, r.code, r.out, r.stderr, len(sent))
		}
	}
}

// badFiles writes files that are wrong, each in its way.
func badFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	configMap := "\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
	bomb := "apiVersion: batch/v1\nkind: Job\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for last, next := 'a', 'b'; next <= 'j'; last, next = next, next+1 {
		bomb += string(next) + ": &" + string(next) + " [" + strings.Repeat("*"+string(last)+",", 8) + "*" + string(last) + "]\n"
	}
	for name, text := range map[string]string{
		"good.yaml": goodJob, "empty.yaml": "", "comments.yaml": "# nothing\n---\n# here\n",
		"broken.yaml":    "apiVersion: batch/v1\nkind: Job\n  metadata: [\n",
		"second.yaml":    goodJob + "---\napiVersion: batch/v1\nkind: Job\nspec:\n  paralelism: 2\nmetadata: {name: b}\n",
		"binary.yaml":    "\x7fELF\x00\x01\x02",
		"large.yaml":     "# " + strings.Repeat("x", 11<<20),
		"configmap.yaml": configMap, "mixed.yaml": goodJob + "---" + configMap,
		"doubled.yaml":  "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: a\n  name: b\n",
		"type.yaml":     "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: a\nspec:\n  parallelism: many\n",
		"noname.yaml":   "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\n",
		"pathname.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: ../x}\n",
		"number.yaml":   "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: 123\n",
		"nokind.yaml":   "a: b\n", "scalar.yaml": "just text\n", "bomb.yaml": bomb,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
