// Package target turns what was typed (x, job/x, cronjob x, …) into references, and references into objects.
package target

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what a reference is about.
type Kind string

// The kinds.
const (
	Any     Kind = ""        // a bare name: whatever has it
	Job     Kind = "job"     // batch/v1 Job
	CronJob Kind = "cronjob" // batch/v1 CronJob
	Pod     Kind = "pod"     // v1 Pod: for logs alone
)

// Ref names one object as it was typed.
type Ref struct {
	Kind Kind
	Name string
}

// String returns kind/name, or the bare name.
func (r Ref) String() string {
	if r.Kind == Any {
		return r.Name
	}
	return string(r.Kind) + "/" + r.Name
}

// kindWords are kubectl's words for the kinds: singular, plural, short, with the group and the version.
var kindWords = map[string]Kind{
	"job": Job, "jobs": Job, "job.batch": Job, "jobs.batch": Job, "job.v1.batch": Job, "jobs.v1.batch": Job,
	"cronjob": CronJob, "cronjobs": CronJob, "cj": CronJob, "cronjob.batch": CronJob, "cronjobs.batch": CronJob,
	"cronjob.v1.batch": CronJob, "cronjobs.v1.batch": CronJob,
	"pod": Pod, "pods": Pod, "po": Pod,
}

// KindOf returns the kind that a word names, in any case, and whether it names one.
func KindOf(word string) (Kind, bool) {
	k, ok := kindWords[strings.ToLower(word)]
	return k, ok
}

// Parse reads positional arguments: NAME…, TYPE/NAME…, or TYPE NAME…. A kind that is not allowed is refused by name.
// Doubled references are kept once, in the order typed. No arguments give none: what that means is the verb's to say.
func Parse(args []string, allowed ...Kind) ([]Ref, error) {
	kind, names := Any, args
	if len(args) > 0 && !strings.Contains(args[0], "/") {
		if k, ok := KindOf(args[0]); ok {
			if len(args) == 1 {
				return nil, fmt.Errorf("which %s? give a name after %q\nfor a Job that is itself called %q type job/%s",
					k, args[0], args[0], args[0])
			}
			kind, names = k, args[1:]
		}
	}
	var refs []Ref
	seen := map[Ref]bool{}
	for _, arg := range names {
		ref, err := parseOne(kind, arg, allowed)
		if err != nil {
			return nil, err
		}
		if err := allow(ref, arg, allowed); err != nil {
			return nil, err
		}
		if !seen[ref] {
			seen[ref] = true
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

func parseOne(kind Kind, arg string, allowed []Kind) (Ref, error) {
	word, name, slash := strings.Cut(arg, "/")
	if !slash {
		return Ref{kind, arg}, ValidateName(arg)
	}
	k, known := KindOf(word)
	switch {
	case kind != Any:
		return Ref{}, fmt.Errorf("%s: after %q give bare names, not TYPE/NAME", quote(arg), kind)
	case strings.Contains(name, "/") && known:
		return Ref{}, fmt.Errorf("%s: want TYPE/NAME, with one slash", quote(arg))
	case strings.Contains(name, "/") || strings.HasPrefix(word, "."):
		return Ref{}, ValidateName(arg)
	case !known:
		return Ref{}, unknown(word, allowed)
	}
	return Ref{k, name}, ValidateName(name)
}

func allow(ref Ref, arg string, allowed []Kind) error {
	if ref.Kind == Any || len(allowed) == 0 || slices.Contains(allowed, ref.Kind) {
		return nil
	}
	return fmt.Errorf("%s: %q is not a kind that this command takes\nwant %s", quote(arg), ref.Kind, forms(allowed))
}

// unknown says that a word is no kind that a command takes, and what it does take.
func unknown(word string, allowed []Kind) error {
	if len(allowed) == 0 {
		allowed = []Kind{Job, CronJob}
	}
	what := make([]string, len(allowed))
	for i, k := range allowed {
		what[i] = map[Kind]string{Job: "a Job", CronJob: "a CronJob", Pod: "a pod"}[k]
	}
	return fmt.Errorf("%s is not %s\nwant %s", quote(word), either(what), forms(allowed))
}

// forms are how objects of kinds are named.
func forms(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k) + "/NAME"
	}
	return either(words)
}

// either lists words: a, b or c.
func either(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
