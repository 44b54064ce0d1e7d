package jobstatus

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseIndexes(t *testing.T) {
	for _, tt := range []struct {
		name, text  string
		completions int32
		want        string
	}{
		{"empty", "", 5, ""},
		{"as the controller writes it", "1,3-5,7", 10, "1,3-5,7"},
		{"two in a row", "3,4", 10, "3,4"},
		{"three in a row", "3,4,5", 10, "3-5"},
		{"more than there are after a scale-down", "0-9,12", 5, "0-4"},
		{"starts beyond the end", "7-9", 5, ""},
		{"spaces", " 1 , 3 - 4 ", 10, "1,3,4"},
		{"not a number", "a,1,b-c,3", 10, "1,3"},
		{"backwards", "5-3,1", 10, "1"},
		{"out of order", "7,1-2", 10, "1,2,7"},
		{"overlapping", "1-5,3-7,2", 10, "1-7"},
		{"negative", "-3,2", 10, "2"},
		{"open ends", "1-,3", 10, "3"},
		{"two dashes", "1-2-3,5", 10, "5"},
		{"empty parts", ",,1,,2,", 10, "1,2"},
		{"beyond an int64", "99999999999999999999,1", 10, "1"},
		{"range beyond an int64", "1-99999999999999999999", 10, "1-9"},
		{"no completions", "1", 0, ""},
		{"negative completions", "1", -1, ""},
		{"all of them", "0-2147483647", math.MaxInt32, "0-2147483646"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ParseIndexes(tt.text, tt.completions)
			if got.String() != tt.want {
				t.Errorf("ParseIndexes(%q, %d) = %q, want %q", tt.text, tt.completions, got, tt.want)
			}
			checkNormal(t, got)
		})
	}
}

// tester is what the checks need of *testing.T and *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkNormal says whether the set is sorted, disjoint and without neighbours.
func checkNormal(t tester, s IndexSet) {
	t.Helper()
	for i, r := range s {
		if r.First < 0 || r.Last < r.First {
			t.Fatalf("range %v in %v", r, s)
		}
		if i > 0 && int64(r.First) <= int64(s[i-1].Last)+1 {
			t.Fatalf("%v and %v in one set: %v", s[i-1], r, s)
		}
	}
}

func FuzzParseIndexes(f *testing.F) {
	for _, seed := range []string{"", "1,3-5,7", "0-99999", "5-3", "--", "1-2-3", "９,1", "4294967296,1", " 1", "1,,2", "2147483647"} {
		f.Add(seed, int32(100))
	}
	f.Fuzz(func(t *testing.T, text string, completions int32) {
		s := ParseIndexes(text, completions)
		checkNormal(t, s)
		if len(s) > 0 && s[len(s)-1].Last >= completions {
			t.Fatalf("%v holds more than %d completions", s, completions)
		}
		if len(s) > len(text)/2+1 {
			t.Fatalf("%d ranges from %d bytes", len(s), len(text))
		}
		if again := ParseIndexes(s.String(), max(completions, 1)); !again.Equal(s) {
			t.Fatalf("%q became %v", s, again)
		}
	})
}

// members draws a set as a plain list of its members, and the set made of them.
func members(t *rapid.T, label string) (map[int32]bool, IndexSet) {
	list := rapid.SliceOfN(rapid.Int32Range(0, 60), 0, 40).Draw(t, label)
	m := map[int32]bool{}
	for _, i := range list {
		m[i] = true
	}
	return m, NewIndexSet(list...)
}

func TestIndexSetAgreesWithPlainSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, as := members(t, "a")
		b, bs := members(t, "b")
		i := rapid.Int32Range(0, 61).Draw(t, "i")
		for name, c := range map[string]struct {
			got  IndexSet
			want func(int32) bool
		}{
			"a":            {as, func(i int32) bool { return a[i] }},
			"union":        {as.Union(bs), func(i int32) bool { return a[i] || b[i] }},
			"subtract":     {as.Subtract(bs), func(i int32) bool { return a[i] && !b[i] }},
			"intersect":    {as.Intersect(bs), func(i int32) bool { return a[i] && b[i] }},
			"add":          {as.Add(i), func(k int32) bool { return a[k] || k == i }},
			"truncate":     {as.Truncate(i), func(k int32) bool { return a[k] && k < i }},
			"round trip":   {ParseIndexes(as.String(), 100), func(i int32) bool { return a[i] }},
			"out of order": {ParseIndexes(backwards(as), 100), func(i int32) bool { return a[i] }},
		} {
			checkNormal(t, c.got)
			var n int32
			for k := range int32(70) {
				if c.got.Contains(k) != c.want(k) {
					t.Fatalf("%s of %v and %v: %v, index %d", name, as, bs, c.got, k)
				}
				if c.want(k) {
					n++
				}
			}
			if c.got.Len() != n {
				t.Fatalf("%s: %v has %d members, not %d", name, c.got, n, c.got.Len())
			}
		}
	})
}

func backwards(s IndexSet) string {
	parts := strings.Split(s.String(), ",")
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}

func TestIndexSetJSON(t *testing.T) {
	data, err := json.Marshal(NewIndexSet(1, 3, 4, 5))
	if err != nil || string(data) != `"1,3-5"` {
		t.Fatalf("%s, %v", data, err)
	}
	var s IndexSet
	if err := json.Unmarshal(data, &s); err != nil || !s.Equal(NewIndexSet(1, 3, 4, 5)) {
		t.Fatalf("%v, %v", s, err)
	}
	if err := json.Unmarshal([]byte(`7`), &s); err == nil {
		t.Error("a number was taken for a set")
	}
}

func TestSubtractAtTheEnd(t *testing.T) {
	all := IndexSet{{0, math.MaxInt32}}
	if got := all.Subtract(IndexSet{{5, math.MaxInt32}}); got.String() != "0-4" {
		t.Error(got)
	}
	if got := (IndexSet{{0, 9}}).Subtract(IndexSet{{2, 3}, {5, 5}}); got.String() != "0,1,4,6-9" {
		t.Error(got)
	}
}

// BenchmarkIndexes100k reads the longest list that 100,000 indexes can make (every other one) and the shortest.
func BenchmarkIndexes100k(b *testing.B) {
	var every strings.Builder
	for i := range 50_000 {
		if i > 0 {
			every.WriteByte(',')
		}
		every.WriteString(strconv.Itoa(2 * i))
	}
	for name, text := range map[string]string{"everyOther": every.String(), "oneRange": "0-99999", "ranges": "0-30000,40000-49999,50002-99998"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if s := ParseIndexes(text, 100_000); len(s) == 0 {
					b.Fatal("nothing read")
				}
			}
		})
	}
}
