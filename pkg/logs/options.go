package logs

import (
	"regexp"
	"text/template"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Target   target.Ref
	Selector labels.Selector // nil: the target
	Runs     int             // of a CronJob; 0: the running or newest one
	OnePod   bool            // of each Job only its newest pod

	Select logstream.Selection

	Follow       bool
	Merge        bool
	ExitStatus   bool
	Strict       bool
	IgnoreErrors bool
	StartTimeout time.Duration // how long -f waits for the first container; 0: as long as it can still start

	Tail            int64 // negative: all
	Since           time.Duration
	SinceTime       time.Time
	LimitBytes      int64
	Requests        int
	InsecureBackend bool

	Output     Output
	Template   *template.Template
	Timestamps bool
	Prefix     logtail.Prefix
	RawControl bool
	Include    []*regexp.Regexp
	Exclude    []*regexp.Regexp
	Highlight  []*regexp.Regexp

	Save  string // folder
	Force bool
}

// Output is the shape of what is printed.
type Output string

// The outputs.
const (
	Text Output = "text"
	Raw  Output = "raw"
	JSON Output = "json"
)
