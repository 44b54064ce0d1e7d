package faultproxy

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Request is one request as the proxy saw it.
type Request struct {
	At        time.Time
	Verb      string // get list watch create update patch delete deletecollection; or the HTTP method in small letters
	Resource  string // jobs, pods, pods/log …; empty for a path that is no resource
	Namespace string
	Name      string
	Path      string // with the query
	Status    int    // what was answered; 0: not yet, or the connection broke before
	Rule      string // the rule that fired, if one did
	Bytes     int64  // of the answer's body that were sent
}

// read tells what a request asks for, by the rules of the API server's own URLs:
// /api/v1/…, /apis/GROUP/VERSION/…, then [namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]].
func read(r *http.Request) Request {
	out := Request{Verb: strings.ToLower(r.Method), Path: r.URL.RequestURI()}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return out
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		out.Namespace, parts = parts[1], parts[2:]
	}
	out.Resource = parts[0]
	if len(parts) > 1 {
		out.Name = parts[1]
	}
	if len(parts) > 2 {
		out.Resource += "/" + parts[2]
	}
	out.Verb = verb(r.Method, out.Name, r.URL.Query())
	return out
}

func verb(method, name string, query url.Values) string {
	switch method {
	case http.MethodGet, http.MethodHead:
		switch {
		case query.Get("watch") == "true" || query.Get("watch") == "1":
			return "watch"
		case name == "":
			return "list"
		}
		return "get"
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodDelete:
		if name == "" {
			return "deletecollection"
		}
	}
	return strings.ToLower(method)
}
