package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

// Given is what the command line says about the objects that are meant, as it was typed.
type Given struct {
	Args               []string // NAME…, TYPE/NAME…, TYPE NAME…, or TYPE[,TYPE] alone with a selector
	Labels, Fields     string   // -l, --field-selector
	All, AllNamespaces bool
	Status             []string // --status
	Files              []string // -f
	Kustomize          string   // -k
	Recursive          bool     // -R
	JobsOnly           bool     // --jobs-only: other kinds in a file are left alone
}

// Rules are what a verb allows.
type Rules struct {
	Kinds []Kind // what can be named at all
	Bare  []Kind // what a bare name may be
	// Listed are the kinds that -l, --all and the like mean when no TYPE is typed.
	Listed []Kind
	// Everything says that naming nothing means all objects of the listed kinds in the namespace, as get has it.
	Everything bool
	// Typed says that a TYPE alone means all objects of it in the namespace, as kubectl describe has it.
	Typed bool
	// Chosen says that -A alone does not mean all objects of all namespaces: what is lost so cannot be got back.
	Chosen bool
	// Changes says that something is done to what is chosen: a selector that was given with nothing in it is a slip then.
	Changes bool
}

// Query says which objects are meant. Exactly one of Refs, Files, Kustomize and Listed is set.
type Query struct {
	Refs []Ref

	Listed        []Kind // list these kinds and keep what the rest selects
	Labels        labels.Selector
	Fields        fields.Selector
	Status        []Status // nil: any
	AllNamespaces bool

	Files     []string
	Kustomize string
	Recursive bool
	JobsOnly  bool
}

// Broad says that objects are chosen by what they are like and not by name, so that more can be hit than was thought of.
func (q Query) Broad() bool { return len(q.Listed) > 0 }

// NewQuery checks what was given, without a request. The errors name the flags as they are typed.
func NewQuery(g Given, rules Rules) (Query, error) {
	listed, named := splitKinds(g, rules)
	q := Query{
		AllNamespaces: g.AllNamespaces, Files: g.Files, Kustomize: g.Kustomize, Recursive: g.Recursive, JobsOnly: g.JobsOnly,
	}
	if err := exclusions(g, named); err != nil {
		return Query{}, err
	}
	var err error
	if q.Labels, q.Fields, err = selectors(g); err != nil {
		return Query{}, err
	}
	if q.Status, err = ParseStatus(g.Status); err != nil {
		return Query{}, err
	}
	if q.Refs, err = Parse(named, rules.Kinds...); err != nil {
		return Query{}, err
	}
	switch {
	case len(q.Refs) > 0 || len(q.Files) > 0 || q.Kustomize != "":
		return q, nil
	case rules.Everything, rules.Typed && len(listed) > 0:
	case !broad(g):
		return Query{}, errNothingNamed
	case rules.Chosen && !chooses(g):
		return Query{}, errNothingChosen
	}
	if q.Listed, err = listedKinds(listed, rules); err != nil {
		return Query{}, err
	}
	if len(q.Status) > 0 {
		if len(listed) > 0 && slices.Contains(q.Listed, CronJob) {
			return Query{}, errors.New("--status is about Jobs: leave out cronjobs")
		}
		q.Listed = []Kind{Job} // a CronJob has no such status, and none was typed
	}
	if len(listed) == 0 && slices.Contains(q.Listed, Job) && beyondMetadata(q.Fields) {
		q.Listed = []Kind{Job} // of a CronJob the server knows no such field, and refuses the whole list
	}
	return q, nil
}

// beyondMetadata says whether a selector asks for a field that not all kinds have.
func beyondMetadata(s fields.Selector) bool {
	return s != nil && slices.ContainsFunc(s.Requirements(), func(r fields.Requirement) bool {
		return !strings.HasPrefix(r.Field, "metadata.")
	})
}

// Nothing says that of some kinds nothing was found in a namespace; in any: "".
func Nothing(kinds []Kind, namespace string) string {
	what := "Jobs or CronJobs"
	if len(kinds) == 1 {
		what = map[Kind]string{Job: "Jobs", CronJob: "CronJobs"}[kinds[0]]
	}
	if namespace == "" {
		return fmt.Sprintf("no %s found in any namespace", what)
	}
	return fmt.Sprintf("no %s found in namespace %q", what, namespace)
}

var errNothingNamed = errors.New("which Job? give a name, -l, --all or -f\nkubectl jobx get lists the Jobs and CronJobs there are")

var errNothingChosen = errors.New("-A says where, and not which: add --all, -l, --field-selector or --status")

// splitKinds takes a lone "jobs" or "jobs,cronjobs" for kinds to list, if something selects among them or they mean all, and
// everything else for names.
func splitKinds(g Given, rules Rules) (listed, named []string) {
	if len(g.Args) != 1 || (!broad(g) && !rules.Everything && !rules.Typed) {
		return nil, g.Args
	}
	words := strings.Split(g.Args[0], ",")
	for _, w := range words {
		if _, ok := KindOf(w); !ok {
			return nil, g.Args
		}
	}
	return words, nil
}

func broad(g Given) bool { return chooses(g) || g.AllNamespaces }

func chooses(g Given) bool { return g.All || g.Labels != "" || g.Fields != "" || len(g.Status) > 0 }

// exclusions refuses what cannot be meant together.
func exclusions(g Given, named []string) error {
	file := len(g.Files) > 0 || g.Kustomize != ""
	selector := g.Labels != "" || g.Fields != ""
	stdin := 0
	for _, f := range g.Files {
		if f == "" {
			return errors.New("-f must not be empty\ngive a file, a folder, a URL, or - for stdin")
		}
		if f == "-" {
			stdin++
		}
	}
	switch {
	case g.All && len(named) > 0:
		return nameAndAll(named[0])
	case (selector || len(g.Status) > 0) && len(named) > 0:
		return errors.New("a name and a selector exclude each other")
	case g.All && selector:
		return errors.New("--all and a selector exclude each other")
	case g.AllNamespaces && len(named) > 0:
		return errors.New("a name needs one namespace: leave out -A, or choose with -l or --field-selector")
	case file && len(g.Args) > 0:
		return errors.New("a file and a name exclude each other: with -f and -k the file says which objects are meant")
	case file && broad(g):
		return errors.New("a file and a selector exclude each other: with -f and -k the file says which objects are meant")
	case len(g.Files) > 0 && g.Kustomize != "":
		return errors.New("-f and -k exclude each other")
	case stdin > 1:
		return errors.New("-f -: stdin can be read once only")
	case g.JobsOnly && !file:
		return errors.New("--jobs-only goes with -f or -k")
	default:
		return nil
	}
}

// nameAndAll says which word was taken for a name: it may have been meant for a kind.
func nameAndAll(word string) error {
	const text = "a name and --all exclude each other"
	if _, kind := KindOf(word); kind || strings.Contains(word, "/") {
		return errors.New(text)
	}
	return fmt.Errorf("%s, and %s was taken for a name\nthe kinds are jobs and cronjobs", text, quote(word))
}

func selectors(g Given) (labels.Selector, fields.Selector, error) {
	var byLabel labels.Selector
	var byField fields.Selector
	var err error
	if g.Labels != "" {
		if byLabel, err = labels.Parse(g.Labels); err != nil {
			return nil, nil, fmt.Errorf("-l %s: %s\nwant KEY=VALUE, KEY!=VALUE, KEY in (A,B) or KEY, separated by commas", quote(g.Labels), reason(err))
		}
	}
	if g.Fields != "" {
		if byField, err = fields.ParseSelector(g.Fields); err != nil {
			return nil, nil, fmt.Errorf("--field-selector %s: %s\nwant FIELD=VALUE or FIELD!=VALUE, separated by commas", quote(g.Fields), reason(err))
		}
	}
	return byLabel, byField, nil
}

// reason is the last part of a parser's error: what is in front repeats the input.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, "unable to parse requirement: "); i >= 0 {
		text = text[i+len("unable to parse requirement: "):]
	}
	return text
}

func listedKinds(words []string, rules Rules) ([]Kind, error) {
	if len(words) == 0 {
		return rules.Listed, nil
	}
	var kinds []Kind
	for _, w := range words {
		k, _ := KindOf(w)
		if err := allow(Ref{Kind: k}, w, rules.Kinds); err != nil {
			return nil, err
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}
