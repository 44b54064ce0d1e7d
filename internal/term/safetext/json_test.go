package safetext

import (
	"bytes"
	"encoding/json"
	"testing"
)

// T1: JSON keeps its meaning and shows nothing that a terminal obeys, for every rune there is.
func TestT1JSON(t *testing.T) {
	everyRune(300, func(s string) {
		in, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		out := JSON(in)
		if bytes.ContainsFunc(out, forbidden) {
			t.Fatalf("%q", out)
		}
		var back string
		if err := json.Unmarshal(out, &back); err != nil || back != s {
			t.Fatalf("%q became %q (%v)", s, back, err)
		}
	})
	if got := JSON([]byte("{\n  \"a\": 1\n}\n")); string(got) != "{\n  \"a\": 1\n}\n" {
		t.Errorf("got %q", got)
	}
}
