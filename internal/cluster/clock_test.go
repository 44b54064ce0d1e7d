package cluster

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// P3: the first reply sets the clock, whichever way and however far this one is wrong.
func TestP3AWrongClockIsSetByTheFirstReply(t *testing.T) {
	for _, wrong := range []time.Duration{time.Hour, -time.Hour, 3 * time.Second, -30 * 24 * time.Hour} {
		t.Run(wrong.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(700 * time.Millisecond) // the header has whole seconds
				server := apistub.New()
				defer server.Close()
				server.Put(aJob("u", 0))
				local := func() time.Time { return time.Now().Add(wrong) }
				clock := NewClock(local)
				config := server.Config()
				config.Wrap(clock.Heed)
				client, err := New(config, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got := clock.Now(); !got.Equal(local()) {
					t.Errorf("before the first reply: %v, want the local time", got)
				}
				for range 3 {
					if _, err := client.Job(t.Context(), ns, name); err != nil {
						t.Fatal(err)
					}
					if off := time.Until(clock.Now()); off.Abs() > time.Second {
						t.Errorf("the clock is off by %v", off)
					}
					time.Sleep(10 * time.Minute)
				}
			})
		})
	}
}

// P3: a clock that is right is left alone, so that moments below a second stay as they are.
func TestP3AClockThatIsRightStaysAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(999 * time.Millisecond)
		server := apistub.New()
		defer server.Close()
		server.Put(aJob("u", 0))
		clock := NewClock(time.Now)
		config := server.Config()
		config.Wrap(clock.Heed)
		client, err := New(config, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Job(t.Context(), ns, name); err != nil {
			t.Fatal(err)
		}
		if got := clock.Now(); !got.Equal(time.Now()) {
			t.Errorf("%v at %v", got, time.Now())
		}
	})
}

func TestP3Skew(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Unix(1000, 0).Add(d) }
	for _, c := range []struct {
		name                 string
		sent, received, date time.Duration
		want                 time.Duration
	}{
		{"the same second", 100 * time.Millisecond, 200 * time.Millisecond, 0, 0},
		{"the second changed on the way", 900 * time.Millisecond, 1100 * time.Millisecond, time.Second, 0},
		{"a slow reply", 0, 5 * time.Second, 2 * time.Second, 0},
		{"ours is behind", 0, 0, 3600 * time.Second, 3600*time.Second + 500*time.Millisecond},
		{"ours is ahead", 3600 * time.Second, 3600 * time.Second, 0, -3600*time.Second + 500*time.Millisecond},
		{"ours is ahead, a reply of a second", 3600 * time.Second, 3601 * time.Second, 0, -3600 * time.Second},
	} {
		if got := skew(at(c.sent), at(c.received), at(c.date)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// P3: what says no time, or not one that can be read, sets nothing; the next reply may.
func TestP3AReplyWithoutADate(t *testing.T) {
	clock := NewClock(func() time.Time { return time.Unix(1000, 0) })
	for _, date := range []string{"", "yesterday"} {
		clock.note(time.Unix(1000, 0), time.Unix(1000, 0), http.Header{"Date": {date}})
	}
	if got := clock.Now(); !got.Equal(time.Unix(1000, 0)) {
		t.Errorf("got %v", got)
	}
	clock.note(time.Unix(1000, 0), time.Unix(1000, 0), http.Header{"Date": {time.Unix(2000, 0).UTC().Format(http.TimeFormat)}})
	if got := clock.Now().Unix(); got != 2000 {
		t.Errorf("got %v", got)
	}
}
