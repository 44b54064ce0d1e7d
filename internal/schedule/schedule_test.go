package schedule

import (
	"errors"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func cronJob(text, zone string) *batchv1.CronJob {
	c := &batchv1.CronJob{Spec: batchv1.CronJobSpec{Schedule: text}}
	c.CreationTimestamp = metav1.NewTime(at("2026-01-01T00:00:30Z"))
	if zone != "" {
		c.Spec.TimeZone = &zone
	}
	return c
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, text, zone, now string
		want                  []string
	}{
		{"minutes", "*/5 * * * *", "", "2026-11-23T13:01:00Z", []string{"2026-11-23T13:05:00Z", "2026-11-23T13:10:00Z"}},
		{"a slot is not its own next", "0 * * * *", "", "2026-11-23T13:00:00Z", []string{"2026-11-23T14:00:00Z"}},
		{"in its zone", "4 18 * * *", "Asia/Tokyo", "2026-11-23T13:00:00Z", []string{"2026-11-24T18:04:00+09:00"}},
		{"zone in the text", "TZ=Asia/Tokyo 4 18 * * *", "", "2026-11-23T13:00:00Z", []string{"2026-11-24T18:04:00+09:00"}},
		{"spring forward: the hour that is not there", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-30T02:30:00+02:00"}},
		{"@daily", "@daily", "", "2026-11-23T13:00:00Z", []string{"2026-11-24T00:00:00Z"}},
		{"an interval counts from the creation", "@every 1h", "", "2026-01-01T05:00:00Z", []string{"2026-01-01T05:00:30Z", "2026-01-01T06:00:30Z"}},
		{"never", "0 0 30 2 *", "", "2026-11-23T13:00:00Z", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Of(cronJob(c.text, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			got := s.Next(at(c.now), max(1, len(c.want)))
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i].Format(time.RFC3339) != c.want[i] {
					t.Errorf("slot %d: got %s, want %s", i, got[i].Format(time.RFC3339), c.want[i])
				}
			}
		})
	}
}

func TestFallBackRunsTheRepeatedHourAsTheControllerDoes(t *testing.T) {
	s, err := Of(cronJob("30 2 * * *", "Europe/Berlin"))
	if err != nil {
		t.Fatal(err)
	}
	got := s.Next(at("2026-10-24T12:00:00Z"), 2)
	if got[0].UTC() != at("2026-10-25T00:30:00Z") && got[0].UTC() != at("2026-10-25T01:30:00Z") {
		t.Errorf("the run of 25 October: %s", got[0])
	}
	if got[1].UTC() != at("2026-10-26T01:30:00Z") && got[1].UTC() != at("2026-10-25T01:30:00Z") {
		t.Errorf("the run after it: %s", got[1])
	}
}

func TestMissed(t *testing.T) {
	s, err := Of(cronJob("*/10 * * * *", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, since, now, latest string
		count                    int
		more                     bool
	}{
		{"none", "2026-11-23T13:00:00Z", "2026-11-23T13:09:59Z", "", 0, false},
		{"one, at its very moment", "2026-11-23T13:00:00Z", "2026-11-23T13:10:00Z", "2026-11-23T13:10:00Z", 1, false},
		{"three", "2026-11-23T13:00:00Z", "2026-11-23T13:35:00Z", "2026-11-23T13:30:00Z", 3, false},
		{"too many", "2026-10-23T13:00:00Z", "2026-11-23T13:35:00Z", "2026-11-23T13:30:00Z", MostMissed, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := s.MissedSince(at(c.since), at(c.now))
			latest := ""
			if !m.Latest.IsZero() {
				latest = m.Latest.Format(time.RFC3339)
			}
			if m.Count != c.count || m.More != c.more || latest != c.latest {
				t.Errorf("got %d more=%v latest=%s", m.Count, m.More, latest)
			}
		})
	}
}

func TestMissedOfARareScheduleSinceLongAgo(t *testing.T) {
	s, err := Of(cronJob("0 0 1 1 *", ""))
	if err != nil {
		t.Fatal(err)
	}
	m := s.MissedSince(at("1500-01-01T00:00:00Z"), at("2026-11-23T00:00:00Z"))
	if want := at("2026-01-01T00:00:00Z"); !m.Latest.Equal(want) || !m.More {
		t.Errorf("latest %s more=%v, want %s", m.Latest, m.More, want)
	}
}

// TestDue: what mostRecentScheduleTime of Kubernetes 1.37 gives, also where it overlooks a slot.
func TestDue(t *testing.T) {
	for _, c := range []struct{ name, text, earliest, now, want string }{
		{"none yet", "0 * * * *", "2026-11-23T13:00:00Z", "2026-11-23T13:59:59Z", ""},
		{"at its very moment", "0 * * * *", "2026-11-23T13:00:00Z", "2026-11-23T14:00:00Z", "2026-11-23T14:00:00Z"},
		{"the newest of many", "0 * * * *", "2026-10-23T13:00:00Z", "2026-11-23T14:30:00Z", "2026-11-23T14:00:00Z"},
		{"a working day's, on a Sunday", "0 9 * * 1-5", "2026-11-18T09:00:00Z", "2026-11-22T12:00:00Z", ""},
		{"a working day's, on Monday", "0 9 * * 1-5", "2026-11-18T09:00:00Z", "2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z"},
		{"a working day's, from Friday on", "0 9 * * 1-5", "2026-11-19T09:00:00Z", "2026-11-22T12:00:00Z", "2026-11-20T09:00:00Z"},
		{"two a day, before the next", "0 9,10 * * *", "2026-11-20T10:00:00Z", "2026-11-22T08:00:00Z", ""},
		{"two a day, at the next", "0 9,10 * * *", "2026-11-20T10:00:00Z", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"},
		{"an interval", "@every 1h", "2026-11-23T10:00:00Z", "2026-11-23T15:05:00Z", "2026-11-23T15:00:00Z"},
		{"an interval from a deadline on", "@every 1h", "2026-11-23T14:55:00Z", "2026-11-23T15:05:00Z", ""},
		{"never", "0 0 30 2 *", "2026-11-23T14:55:00Z", "2026-11-23T15:05:00Z", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Of(cronJob(c.text, ""))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if due := s.Due(at(c.earliest), at(c.now)); !due.IsZero() {
				got = due.Format(time.RFC3339)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStarved(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit *int64
		want  bool
	}{
		{"@every 1h", new(int64(3599)), true}, {"@every 1h", new(int64(3600)), false}, {"@every 1h", nil, false}, {"0 * * * *", new(int64(10)), false},
	} {
		job := cronJob(c.text, "")
		job.Spec.StartingDeadlineSeconds = c.limit
		var starved *Starved
		if s, err := Of(job); errors.As(err, &starved) != c.want || !c.want && err != nil || s.Words() == "" {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	var zone *UnknownZone
	var text *Unparseable
	for _, c := range []struct {
		text, zone string
		want       any
	}{
		{"* * * * *", "Mars/Olympus", &zone},
		{"* * * * *", "Local", &zone},
		{"TZ=Nowhere * * * * *", "", &zone},
		{"every minute", "", &text},
		{"61 * * * *", "", &text},
		{"TZ=UTC", "", &text},
		{"", "", &text},
		{"TZ=UTC TZ=UTC", "", &text},
	} {
		if _, err := Of(cronJob(c.text, c.zone)); !errors.As(err, c.want) {
			t.Errorf("%q in %q: %v", c.text, c.zone, err)
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"* * * * *":              "every minute",
		"*/1 * * * *":            "every minute",
		"*/15 * * * *":           "every 15 minutes",
		"*/7 * * * *":            "*/7 * * * *", // not evenly: 56, then 0
		"5 * * * *":              "every hour at :05",
		"15 3 * * *":             "at 03:15 every day",
		"15 3 * * MON-FRI":       "at 03:15 on Monday to Friday",
		"15 3 * * 1,3":           "at 03:15 on Monday, Wednesday",
		"0 6,18 * * *":           "at 06:00, 18:00 every day",
		"0 */6 * * *":            "every 6 hours at :00",
		"0 0 1 * *":              "at 00:00 on day 1 of the month",
		"@yearly":                "at 00:00 on 1 January",
		"@every 90s":             "every 90s",
		"CRON_TZ=UTC 15 3 * * *": "at 03:15 every day",
		"1-5 3 1,15 * 2#1":       "1-5 3 1,15 * 2#1",
	} {
		if got := (Schedule{Text: text}).Words(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, seed := range []string{"* * * * *", "@every 1s", "TZ=UTC 0 0 * * *", "@", "*/0 * * * *", "TZ= ", "@every 0s", "@every -1h"} {
		f.Add(seed)
	}
	now := at("2026-11-23T13:00:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Of(cronJob(text, ""))
		_ = s.Words()
		if err != nil {
			return
		}
		for _, slot := range s.Next(now, 3) {
			if !slot.After(now) {
				t.Errorf("%q: %s is not after %s", text, slot, now)
			}
		}
		if m := s.MissedSince(now.Add(-time.Hour), now); m.Latest.After(now) {
			t.Errorf("%q: missed %s is after %s", text, m.Latest, now)
		}
		if due := s.Due(now.Add(-time.Hour), now); due.After(now) {
			t.Errorf("%q: due %s is after %s", text, due, now)
		}
	})
}
