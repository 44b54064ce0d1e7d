package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
