package observe

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Subject is which Jobs are followed: some by name, or all of a selection.
type Subject struct {
	Refs          []target.Ref
	Next          bool // of the one CronJob: its next run
	All           bool
	AllNamespaces bool
	Selector      labels.Selector // nil: none given

	selector string
}

// AddFlags adds kubectl's flags of selection.
func (s *Subject) AddFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&s.selector, "selector", "l", "", "Label selector of the Jobs (e.g. -l key1=value1,key2!=value2)")
	flags.BoolVar(&s.All, "all", false, "All Jobs of the namespace")
	flags.BoolVarP(&s.AllNamespaces, "all-namespaces", "A", false, "With -l or --all: in all namespaces")
}

// Parse reads the names and checks them against the flags, before anything is sent.
func (s *Subject) Parse(args []string) error {
	var err error
	if s.Refs, err = target.Parse(args, target.Job, target.CronJob); err != nil {
		return err
	}
	selects := s.All || s.selector != ""
	switch {
	case len(s.Refs) > 0 && selects:
		return errors.New("a name and a selector (-l, --all) exclude each other")
	case len(s.Refs) > 0 && s.AllNamespaces:
		return errors.New("a name needs one namespace: -A goes with -l or --all")
	case len(s.Refs) == 0 && !selects && s.AllNamespaces:
		s.All = true
	case len(s.Refs) == 0 && !selects:
		return errNoSubject
	}
	if s.Next && (len(s.Refs) != 1 || s.Refs[0].Kind == target.Job) {
		return errors.New("--next needs one CronJob: cronjob/NAME")
	}
	if s.selector == "" {
		return nil
	}
	if s.Selector, err = labels.Parse(s.selector); err != nil {
		return fmt.Errorf("-l %+q: %w", s.selector, err)
	}
	return nil
}

// Selection is the subject as a selection, in a namespace.
func (s *Subject) Selection(namespace string) cluster.Selection {
	if s.AllNamespaces {
		namespace = ""
	}
	return cluster.Selection{Namespace: namespace, Labels: s.Selector}
}

// Named says whether the Jobs were named rather than selected.
func (s *Subject) Named() bool { return len(s.Refs) > 0 }

// NoJobs says that the selection holds none in a namespace, or in any, or that the namespace itself is not there.
func (s *Subject) NoJobs(ctx context.Context, r target.Resolver) error {
	where := "in any namespace"
	if !s.AllNamespaces {
		if err := r.CheckNamespace(ctx); err != nil {
			return err
		}
		where = fmt.Sprintf("in namespace %q", r.Namespace)
	}
	if s.selector != "" {
		return fmt.Errorf("no Jobs with -l %+q %s", s.selector, where)
	}
	return fmt.Errorf("no Jobs %s", where)
}
