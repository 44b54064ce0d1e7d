package faultproxy

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// ParseRules reads rules from YAML or JSON: a list of them.
func ParseRules(raw []byte) ([]Rule, error) {
	var rules []Rule
	if err := yaml.UnmarshalStrict(raw, &rules); err != nil {
		return nil, fmt.Errorf("cannot read the rules: %w", err)
	}
	return rules, nil
}

// Control returns a handler that changes the proxy from outside its process:
//
//	PUT  /rules            the body, YAML or JSON, replaces all rules
//	POST /drop             break every connection
//	POST /down, /drain     refuse new connections; down breaks the open ones too
//	POST /up               take connections again
//	POST /outage?for=3s    down, and up after that time
//	POST /blackhole?all=1  lose what is on the open connections; all: new ones too
//	POST /heal             end of the black hole for new connections
//	GET  /counts           one line for each verb and resource
//	GET  /requests         each request as a line of JSON
//	POST /forget           empty the record of requests
func (p *Proxy) Control() http.Handler {
	mux := http.NewServeMux()
	act := func(path string, do func(*http.Request) error) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if err := do(r); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
	}
	act("PUT /rules", p.putRules)
	act("POST /drop", func(*http.Request) error { p.DropConnections(); return nil })
	act("POST /down", func(*http.Request) error { return p.Down() })
	act("POST /drain", func(*http.Request) error { return p.Drain() })
	act("POST /up", func(*http.Request) error { return p.Up() })
	act("POST /outage", p.outage)
	act("POST /blackhole", func(r *http.Request) error { p.BlackHole(r.FormValue("all") != ""); return nil })
	act("POST /heal", func(*http.Request) error { p.Heal(); return nil })
	act("POST /forget", func(*http.Request) error { p.Forget(); return nil })
	mux.HandleFunc("GET /counts", p.writeCounts)
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		lines := json.NewEncoder(w)
		for _, r := range p.Requests() {
			_ = lines.Encode(r)
		}
	})
	return mux
}

func (p *Proxy) putRules(r *http.Request) error {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return err
	}
	rules, err := ParseRules(raw)
	if err != nil {
		return err
	}
	return p.Set(rules...)
}

func (p *Proxy) outage(r *http.Request) error {
	d, err := time.ParseDuration(r.FormValue("for"))
	if err != nil {
		return err
	}
	if err := p.Down(); err != nil {
		return err
	}
	if err := pause(r.Context(), d); err != nil {
		return err
	}
	return p.Up()
}

func (p *Proxy) writeCounts(w http.ResponseWriter, _ *http.Request) {
	counts := p.Counts()
	keys := make([]Key, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Resource+a.Verb, b.Resource+b.Verb) })
	for _, k := range keys {
		c := counts[k]
		_, _ = fmt.Fprintf(w, "%s %s requests=%d faults=%d bytes=%d\n", k.Verb, k.Resource, c.Requests, c.Faults, c.Bytes)
	}
}
