package faultproxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"
)

func TestRefusedAndUpAgain(t *testing.T) {
	p := start(t, Options{TLS: true})
	if _, _, err := get(t, p, "/version"); err != nil {
		t.Fatal(err)
	}
	if err := p.Down(); err != nil {
		t.Fatal(err)
	}
	_, _, _ = get(t, p, "/version") // may still meet the end of the old connection
	if _, _, err := get(t, p, "/version"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("down: got %v, want refused", err)
	}
	if err := p.Up(); err != nil {
		t.Fatal(err)
	}
	if status, _, err := get(t, p, "/version"); status != 200 || err != nil {
		t.Errorf("up again: %d, %v", status, err)
	}
}

func TestDrainLetsOpenConnectionsLive(t *testing.T) {
	p := start(t, Options{})
	client := &http.Client{Transport: &http.Transport{}}
	ask := func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.Config().Host+"/version", nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		return errors.Join(err, answer.Body.Close())
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	if err := p.Drain(); err != nil {
		t.Fatal(err)
	}
	if err := ask(); err != nil {
		t.Errorf("the open connection: %v", err)
	}
	client.CloseIdleConnections()
	if err := ask(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a new one: got %v, want refused", err)
	}
}

func TestBlackHole(t *testing.T) {
	p := start(t, Options{})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ask := func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Config().Host+"/version", nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		return errors.Join(err, answer.Body.Close())
	}
	if err := ask(time.Second); err != nil {
		t.Fatal(err)
	}
	p.BlackHole(false)
	if err := ask(50 * time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("in the hole: got %v", err)
	}
	if err := ask(time.Second); err != nil {
		t.Errorf("a new connection: %v", err)
	}
	p.BlackHole(true)
	client.CloseIdleConnections()
	if err := ask(50 * time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a new one in the hole: got %v", err)
	}
	p.Heal()
	if err := ask(time.Second); err != nil {
		t.Errorf("healed: %v", err)
	}
}
