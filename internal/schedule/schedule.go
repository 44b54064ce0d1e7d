package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a machine without zone files, as most containers are, must not tell other times

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
)

// Schedule is when a CronJob is to run.
type Schedule struct {
	Text string         // as in spec.schedule
	Zone *time.Location // that the text is read in
	// Assumed says that the CronJob names no zone: the controller then uses that of its own machine, which a client
	// cannot know. UTC is what it nearly always is.
	Assumed bool

	slots cron.Schedule
	base  time.Time // from which an interval (@every) is counted
}

// UnknownZone says that spec.timeZone is not a zone. The controller then starts nothing (event UnknownTimeZone).
type UnknownZone struct{ Zone string }

// Error names the zone.
func (e *UnknownZone) Error() string { return fmt.Sprintf("unknown time zone %+q", e.Zone) }

// Unparseable says that spec.schedule cannot be read. The controller then starts nothing (event UnparseableSchedule).
type Unparseable struct {
	Text string
	Err  error
}

// Error quotes the schedule and says what is wrong.
func (e *Unparseable) Error() string {
	return fmt.Sprintf("schedule %+q cannot be read: %v", e.Text, e.Err)
}

// Unwrap returns what the parser said.
func (e *Unparseable) Unwrap() error { return e.Err }

// Starved says that a CronJob's starting deadline is shorter than the interval of its schedule ("@every 1h"). The
// controller counts the interval from the deadline on, anew each time that it looks, and so never comes to a slot.
type Starved struct {
	Text     string
	Interval time.Duration
	Limit    int64 // seconds
}

// Error names both.
func (e *Starved) Error() string {
	return fmt.Sprintf("startingDeadlineSeconds %d is less than the interval of its schedule %+q", e.Limit, e.Text)
}

// Of returns the schedule of a CronJob. The error, with which no run is ever started, is an *UnknownZone, an *Unparseable,
// or a *Starved; with the last the schedule can be read.
func Of(c *batchv1.CronJob) (Schedule, error) {
	s := Schedule{Text: c.Spec.Schedule, Zone: time.UTC, Assumed: true, base: c.CreationTimestamp.Time}
	if last := c.Status.LastScheduleTime; last != nil {
		s.base = last.Time
	}
	text := s.Text
	switch zone, rest, own := ZoneInText(text); {
	case own:
		// The API refuses this in new objects and the controller honours it in old ones.
		loc, err := location(zone)
		if err != nil {
			return s, err
		}
		s.Zone, s.Assumed, text = loc, false, rest
	case c.Spec.TimeZone != nil:
		loc, err := location(*c.Spec.TimeZone)
		if err != nil {
			return s, err
		}
		s.Zone, s.Assumed = loc, false
	}
	slots, err := parse(text)
	if err != nil {
		return s, &Unparseable{s.Text, err}
	}
	s.slots = slots
	limit := c.Spec.StartingDeadlineSeconds
	if every, ok := slots.(cron.ConstantDelaySchedule); ok && limit != nil && float64(*limit) < every.Delay.Seconds() {
		return s, &Starved{s.Text, every.Delay, *limit}
	}
	return s, nil
}

// parse guards the parser, which is known to panic on some texts.
func parse(text string) (slots cron.Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			slots, err = nil, fmt.Errorf("%v", p)
		}
	}()
	if strings.Contains(text, "TZ=") {
		return nil, errors.New("a zone stands where none may")
	}
	return cron.ParseStandard(text)
}

// ZoneInText splits "TZ=Asia/Tokyo 0 4 * * *"; false: the text names no zone.
func ZoneInText(text string) (zone, rest string, ok bool) {
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		if after, found := strings.CutPrefix(text, prefix); found {
			zone, rest, _ = strings.Cut(after, " ")
			return zone, strings.TrimSpace(rest), true
		}
	}
	return "", text, false
}

func location(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "Local") {
		return nil, &UnknownZone{name}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &UnknownZone{name}
	}
	return loc, nil
}

// Next returns the next n slots after now, in the schedule's zone; fewer when there are no more (as on 30 February).
func (s Schedule) Next(now time.Time, n int) []time.Time {
	var slots []time.Time
	t := s.after(now)
	for len(slots) < n && !t.IsZero() {
		slots = append(slots, t)
		t = s.slots.Next(t)
	}
	return slots
}

// after is the first slot later than t; zero: there is none.
func (s Schedule) after(t time.Time) time.Time {
	if s.slots == nil {
		return time.Time{}
	}
	every, ok := s.slots.(cron.ConstantDelaySchedule)
	if !ok {
		return s.slots.Next(t.In(s.Zone))
	}
	// An interval has no slots of its own: the controller counts it from the last run, or from the creation.
	base := s.base.In(s.Zone)
	if base.IsZero() || base.After(t) {
		return s.slots.Next(t.In(s.Zone))
	}
	return base.Add((t.Sub(base)/every.Delay + 1) * every.Delay)
}

// MostMissed is how many missed slots are counted at most: the controller's own limit for its warning
// TooManyMissedTimes.
const MostMissed = 100

// Missed are slots that passed without a run.
type Missed struct {
	First, Latest time.Time // zero: none
	Count         int
	More          bool // there are more than were counted
}

// MissedSince returns the slots after since, up to and with now. The controller starts one of them at most: see Due.
func (s Schedule) MissedSince(since, now time.Time) Missed {
	var m Missed
	for t := s.after(since); !t.IsZero() && !t.After(now); t = s.slots.Next(t) {
		if m.Count == MostMissed {
			m.More = true
			m.Latest = s.latest(t, now)
			break
		}
		if m.Count++; m.Count == 1 {
			m.First = t
		}
		m.Latest = t
	}
	return m
}

// Due is the slot that the controller starts a run for when it looks at now, with earliest as the last slot that it has
// dealt with; zero: for none. It is not always the newest slot that has passed: the controller takes the time between the
// first two for the time between any two, looks only at what that leads to, and with "0 9 * * 1-5" finds nothing on a
// Sunday. At a slot itself it always finds that one. (mostRecentScheduleTime in pkg/controller/cronjob/utils.go)
func (s Schedule) Due(earliest, now time.Time) time.Time {
	if s.slots == nil {
		return time.Time{}
	}
	first := s.slots.Next(earliest.In(s.Zone))
	if first.IsZero() || first.After(now) {
		return time.Time{}
	}
	second := s.slots.Next(first)
	if second.After(now) {
		return first
	}
	gap := second.Sub(first).Round(time.Second)
	if gap < time.Second {
		return time.Time{} // there is no second one
	}
	var due time.Time
	from := first.Add((now.Sub(first).Truncate(time.Second)/gap - 1) * gap)
	for t := s.slots.Next(from); !t.IsZero() && !t.After(now); t = s.slots.Next(t) {
		due = t
	}
	return due
}

// Earliest is from when on the controller looks for slots: the last one that it started a run for, or the creation, but no
// earlier than startingDeadlineSeconds before now.
func Earliest(c *batchv1.CronJob, now time.Time) time.Time {
	from := c.CreationTimestamp.Time
	if last := c.Status.LastScheduleTime; last != nil {
		from = last.Time
	}
	if limit := c.Spec.StartingDeadlineSeconds; limit != nil {
		if earliest := now.Add(-time.Duration(*limit) * time.Second); earliest.After(from) {
			from = earliest
		}
	}
	return from
}

// latest is the last slot up to and with now, knowing that t is one. It looks back from now in windows that grow.
func (s Schedule) latest(t, now time.Time) time.Time {
	for window := time.Minute; ; window *= 4 {
		from := now.Add(-window)
		if from.Before(t) {
			from = t.Add(-time.Second)
		}
		found := time.Time{}
		for n := s.after(from); !n.IsZero() && !n.After(now); n = s.slots.Next(n) {
			found = n
		}
		if !found.IsZero() {
			return found
		}
		if from.Before(t) {
			return t
		}
	}
}
