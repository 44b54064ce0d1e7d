package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

func TestCascadeSpelling(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{[]string{"delete", "x", "--cascade", "false"}, []string{"delete", "x", "--cascade=false"}},
		{[]string{"delete", "--cascade", "orphan", "x"}, []string{"delete", "--cascade=orphan", "x"}},
		{[]string{"delete", "x", "--cascade", "orphans"}, []string{"delete", "x", "--cascade=orphans"}},
		{[]string{"delete", "--cascade", "x"}, []string{"delete", "--cascade=x"}},
		{[]string{"delete", "--cascade", "job/x"}, []string{"delete", "--cascade", "job/x"}},
		{[]string{"delete", "--cascade", "-y", "x"}, []string{"delete", "--cascade", "-y", "x"}},
		{[]string{"delete", "x", "--cascade"}, []string{"delete", "x", "--cascade"}},
		{[]string{"delete", "x", "--cascade", "--", "false"}, []string{"delete", "x", "--cascade", "--", "false"}},
		{[]string{"delete", "x", "--", "--cascade", "false"}, []string{"delete", "x", "--", "--cascade", "false"}},
	} {
		if diff := cmp.Diff(c.want, cascadeSpelling(c.in)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", c.in, diff)
		}
	}
}

func TestSwitchSpelling(t *testing.T) {
	for in, want := range map[string]string{
		"delete x --force false":                    "delete x --force=false",
		"delete --wait true x":                      "delete --wait=true x",
		"delete x -y false":                         "delete x -y=false",
		"delete x -iy false":                        "delete x -iy=false",
		"suspend --wait false":                      "suspend --wait=false",
		"-n ns scale x --yes true":                  "-n ns scale x --yes=true",
		"delete x --force job/false":                "delete x --force job/false",
		"delete x --force false2":                   "delete x --force false2",
		"delete x false":                            "delete x false",
		"delete --force=true false":                 "delete --force=true false",
		"delete x -n false":                         "delete x -n false",
		"delete x -yn false":                        "delete x -yn false",
		"delete x -l false":                         "delete x -l false",
		"delete x --nosuch false":                   "delete x --nosuch false",
		"delete x - false":                          "delete x - false",
		"delete x --force -- false":                 "delete x --force -- false",
		"delete x -- --force false":                 "delete x -- --force false",
		"delete x --insecure-skip-tls-verify false": "delete x --insecure-skip-tls-verify=false",
		"logs -f false":                             "logs -f false",
		"nosuch --force false":                      "nosuch --force false",
	} {
		root := NewRoot(factory.New(genericiooptions.NewTestIOStreamsDiscard(), nil, nil))
		if got := strings.Join(switchSpelling(root, strings.Fields(in)), " "); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
