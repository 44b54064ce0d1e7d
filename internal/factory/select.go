package factory

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// SelectFlags are the flags that say which objects a command is about. They are kubectl's, and --status.
type SelectFlags struct {
	given target.Given
	flags *pflag.FlagSet
}

// AddSelectors adds -l, --field-selector, --all, -A and --status.
func (s *SelectFlags) AddSelectors(f *pflag.FlagSet) {
	s.flags = f
	f.StringVarP(&s.given.Labels, "selector", "l", "", "Objects by label, e.g. app=x,tier!=y")
	f.StringVar(&s.given.Fields, "field-selector", "", "Objects by field, e.g. metadata.name!=x or, for Jobs, status.successful=1")
	f.BoolVar(&s.given.All, "all", false, "All Jobs of the namespace (all CronJobs: cronjobs --all)")
	f.BoolVarP(&s.given.AllNamespaces, "all-namespaces", "A", false, "In all namespaces")
	f.StringSliceVar(&s.given.Status, "status", nil,
		"Jobs by the status that kubectl get prints: Complete, Failed, Running, Suspended, Terminating; or Finished, Unfinished (several with commas)")
}

// AddFiles adds -f, -k, -R and --jobs-only.
func (s *SelectFlags) AddFiles(f *pflag.FlagSet) {
	f.StringSliceVarP(&s.given.Files, "filename", "f", nil, "What these files name: a file, a folder, a URL, or - for stdin")
	f.StringVarP(&s.given.Kustomize, "kustomize", "k", "", "What this kustomization folder names")
	f.BoolVarP(&s.given.Recursive, "recursive", "R", false, "With -f: the folders inside a folder too")
	f.BoolVar(&s.given.JobsOnly, "jobs-only", false, "With -f and -k: leave objects of other kinds alone instead of refusing the file")
}

// Query checks what was typed, without a request. args are the positional arguments.
func (s *SelectFlags) Query(args []string, rules target.Rules) (target.Query, error) {
	given := s.given
	given.Args = args
	if err := s.noneEmpty(rules); err != nil {
		return target.Query{}, err
	}
	return target.NewQuery(given, rules)
}

// noneEmpty refuses a flag that was given with nothing: a variable of a script that is not set would widen the choice of what
// is changed. Where nothing is changed -l "" chooses all, as kubectl has it.
func (s *SelectFlags) noneEmpty(rules target.Rules) error {
	empty := map[string]bool{"status": len(s.given.Status) == 0}
	if rules.Changes {
		empty["selector"], empty["field-selector"] = s.given.Labels == "", s.given.Fields == ""
	}
	for name, is := range empty {
		if is && s.flags.Changed(name) {
			return fmt.Errorf("--%s must not be empty\nleave it out to choose by something else", name)
		}
	}
	return nil
}

// Finder returns what finds the objects of a query made under the rules: in this factory's namespace, with its stdin.
func (f *Factory) Finder(client *cluster.Client, rules target.Rules) (target.Finder, error) {
	resolver, err := f.Resolver(client, rules.Bare...)
	if err != nil {
		return target.Finder{}, err
	}
	near := []target.Kind{}
	for _, k := range rules.Kinds {
		if k != target.Pod {
			near = append(near, k)
		}
	}
	resolver.Near = near
	return target.Finder{Resolver: resolver, In: f.In, Warn: f.Warn}, nil
}

// Resolver returns what finds objects by reference in this factory's namespace. bare are the kinds that a bare name may
// have.
func (f *Factory) Resolver(client *cluster.Client, bare ...target.Kind) (target.Resolver, error) {
	namespace, explicit, err := f.Namespace()
	if err != nil {
		return target.Resolver{}, err
	}
	return target.Resolver{Client: client, Namespace: namespace, Explicit: explicit, Bare: bare}, nil
}

// Warn writes a note for people to stderr.
func (f *Factory) Warn(text string) { warningWriter{f.ErrOut}.HandleWarningHeader(299, "", text) }
