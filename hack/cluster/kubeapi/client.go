// Package kubeapi is a very small client of the Kubernetes API, made of the standard library alone, so that the launcher
// and its simulated kubelet need no dependency. It speaks JSON and knows no kinds.
package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Client talks to one API server as the administrator.
type Client struct {
	server string
	http   *http.Client
}

// New returns a client for the API server at server ("https://127.0.0.1:6443"); pki holds ca.crt, admin.crt and admin.key.
func New(server, pki string) (*Client, error) {
	ca, err := os.ReadFile(filepath.Join(pki, "ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s: no certificate in it", filepath.Join(pki, "ca.crt"))
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(pki, "admin.crt"), filepath.Join(pki, "admin.key"))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
		IdleConnTimeout:   30 * time.Second,
	}
	return &Client{server: server, http: &http.Client{Transport: transport}}, nil
}

// Error is an answer of the API server other than success.
type Error struct {
	Code    int    // HTTP status
	Message string // the server's own words
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%d)", e.Message, e.Code) }

// HasCode says whether err is the server's answer with this HTTP status.
func HasCode(err error, code int) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Content types of the bodies that Do sends.
const (
	JSON           = "application/json"
	MergePatch     = "application/merge-patch+json"
	StrategicPatch = "application/strategic-merge-patch+json"
)

// Do sends body (nil for none) and decodes the answer into out (nil to ignore it).
func (c *Client) Do(ctx context.Context, method, path, contentType string, body, out any) error {
	resp, err := c.open(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// Get reads one object or list.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.Do(ctx, http.MethodGet, path, "", nil, out)
}

// Create posts body to a collection. An object that exists already is fine.
func (c *Client) Create(ctx context.Context, path string, body any) error {
	err := c.Do(ctx, http.MethodPost, path, JSON, body, nil)
	if HasCode(err, http.StatusConflict) {
		return nil
	}
	return err
}

// Event is one line of a watch.
type Event struct {
	Type   string          `json:"type"`
	Object json.RawMessage `json:"object"`
}

// Watch calls each for every event until the stream ends, each returns an error, or ctx is done. A stream that the server
// closed in the ordinary way returns nil.
func (c *Client) Watch(ctx context.Context, path string, each func(Event) error) error {
	resp, err := c.open(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	dec := json.NewDecoder(resp.Body)
	for {
		var e Event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := each(e); err != nil {
			return err
		}
	}
}

func (c *Client) open(ctx context.Context, method, path, contentType string, body any) (*http.Response, error) {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.server+path, reader)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", JSON)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	var status struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &status) != nil || status.Message == "" {
		status.Message = string(bytes.TrimSpace(text))
	}
	return nil, &Error{Code: resp.StatusCode, Message: status.Message}
}
