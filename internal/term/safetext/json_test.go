package safetext

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode"
)

// T1: JSON keeps its meaning and shows nothing that a terminal obeys, for every rune there is.
func TestT1JSON(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		in, err := json.Marshal("a" + string(r) + "b")
		if err != nil {
			t.Fatal(err)
		}
		out := JSON(in)
		if bytes.ContainsFunc(out, func(r rune) bool { return r != '\uFFFD' && forbidden(r) }) {
			t.Fatalf("%U: %q", r, out)
		}
		var a, b string
		if err := json.Unmarshal(out, &b); err != nil {
			t.Fatalf("%U: %v", r, err)
		}
		if _ = json.Unmarshal(in, &a); a != b {
			t.Fatalf("%U: %q became %q", r, a, b)
		}
	}
	if got := JSON([]byte("{\n  \"a\": 1\n}\n")); string(got) != "{\n  \"a\": 1\n}\n" {
		t.Errorf("got %q", got)
	}
}
