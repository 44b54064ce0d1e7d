package faultproxy

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Rule says which requests go wrong, and how. An empty field matches everything; of several rules the first that
// fires decides about a request.
type Rule struct {
	Name      string   `json:"name,omitempty"`
	Verbs     []string `json:"verbs,omitempty"`     // get list watch create update patch delete deletecollection
	Resources []string `json:"resources,omitempty"` // jobs, pods, pods/log, events …
	Path      string   `json:"path,omitempty"`      // a regular expression for the path and the query

	// Which of the matching requests, counted from 1 since the rule was set. Nth alone is one request; Every alone is
	// each so-manieth; both is the nth and then each so-manieth after it. Neither is all of them.
	Nth         int     `json:"nth,omitempty"`
	Every       int     `json:"every,omitempty"`
	Times       int     `json:"times,omitempty"`       // fires at most so often; 0: no limit
	Probability float64 `json:"probability,omitempty"` // fires with this chance, drawn from the proxy's seed; 0: always

	Fault
}

// Fault is what happens to one request. Several can be combined: a delay and then a stream that ends.
type Fault struct {
	Delay metav1.Duration `json:"delay,omitzero"` // wait before anything else

	Status     int    `json:"status,omitempty"`     // answer this HTTP status instead of asking the server
	RetryAfter int    `json:"retryAfter,omitempty"` // seconds, as a header beside Status
	Message    string `json:"message,omitempty"`    // of the Status object; empty: a word for the status

	Reset     bool `json:"reset,omitempty"`     // break the connection instead of answering
	LoseReply bool `json:"loseReply,omitempty"` // let the server do it, then break the connection
	// DateAhead moves the Date of the reply: to the client the server's clock is that far ahead of its own, or behind.
	DateAhead metav1.Duration `json:"dateAhead,omitzero"`
	GoAway    bool            `json:"goAway,omitempty"` // answer, then close the connection in good order (HTTP/2: GOAWAY)

	// Where a stream or a body comes to its end. AfterEvents counts the frames of a watch; AfterBytes counts bytes of
	// any body, AtRandom draws that number between 1 and itself. Without End nothing ends.
	AfterEvents int   `json:"afterEvents,omitempty"`
	AfterBytes  int64 `json:"afterBytes,omitempty"`
	AtRandom    int64 `json:"atRandom,omitempty"`
	End         End   `json:"end,omitempty"`

	SwallowDeleted bool `json:"swallowDeleted,omitempty"` // DELETED events of a watch disappear
	Duplicate      bool `json:"duplicate,omitempty"`      // every event of a watch comes twice
	BytesPerSecond int  `json:"bytesPerSecond,omitempty"` // a slow line
}

// End is how a stream ends.
type End string

// The ends.
const (
	Clean   End = "clean"   // as if there were no more
	Abort   End = "abort"   // the connection breaks off
	Half    End = "half"    // the next frame of a watch is cut in its middle, then a clean end
	Expired End = "expired" // an ERROR event that says 410, then a clean end
	Stall   End = "stall"   // nothing more comes, though the connection lives
)

var ends = []End{"", Clean, Abort, Half, Expired, Stall}

// armed is a rule with its counters.
type armed struct {
	Rule
	path           *regexp.Regexp
	matched, fired int
}

func arm(r Rule) (*armed, error) {
	a := &armed{Rule: r}
	if !slices.Contains(ends, r.End) {
		return nil, fmt.Errorf("rule %q: end %q: want one of %q", r.Name, r.End, ends[1:])
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return nil, fmt.Errorf("rule %q: status %d: want 200 to 599", r.Name, r.Status)
	}
	if r.Path != "" {
		path, err := regexp.Compile(r.Path)
		if err != nil {
			return nil, fmt.Errorf("rule %q: path: %w", r.Name, err)
		}
		a.path = path
	}
	return a, nil
}

// fires counts a request against the rule and says whether it is one that goes wrong. chance draws from [0, 1).
func (a *armed) fires(r Request, chance func() float64) bool {
	if !a.matches(r) {
		return false
	}
	a.matched++
	if !a.due() || a.Times > 0 && a.fired >= a.Times {
		return false
	}
	if a.Probability > 0 && chance() >= a.Probability {
		return false
	}
	a.fired++
	return true
}

func (a *armed) matches(r Request) bool {
	return (len(a.Verbs) == 0 || slices.Contains(a.Verbs, r.Verb)) &&
		(len(a.Resources) == 0 || slices.Contains(a.Resources, r.Resource)) &&
		(a.path == nil || a.path.MatchString(r.Path))
}

func (a *armed) due() bool {
	switch {
	case a.Every == 0:
		return a.Nth == 0 || a.matched == a.Nth
	case a.Nth == 0:
		return a.matched%a.Every == 0
	default:
		return a.matched >= a.Nth && (a.matched-a.Nth)%a.Every == 0
	}
}

// touchesBody reports whether the answer's body has to be looked at on its way.
func (f Fault) touchesBody() bool {
	return f.End != "" || f.SwallowDeleted || f.Duplicate || f.BytesPerSecond > 0
}

func (f Fault) delay() time.Duration { return f.Delay.Duration }
