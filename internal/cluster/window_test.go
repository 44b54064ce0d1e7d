package cluster

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/net/http2"
	"k8s.io/client-go/rest"
)

// The first thing a server hears says how much it may send of one answer before it is read.
func TestWindowOfAStream(t *testing.T) {
	certificate := httptest.NewTLSServer(http.NotFoundHandler())
	defer certificate.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: certificate.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	window := make(chan uint32, 1)
	go func() {
		defer close(window)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			if w, ok := hearWindow(c); ok {
				window <- w
			}
			_ = c.Close()
		}
	}()
	c, err := New(&rest.Config{Host: "https://" + listener.Addr().String(), TLSClientConfig: rest.TLSClientConfig{Insecure: true}}, rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = c.Job(t.Context(), "n", "x") }() // gets no answer
	if w := <-window; w != streamWindow {
		t.Errorf("the server may send %d bytes, want %d", w, streamWindow)
	}
}

// hearWindow reads the settings with which a client begins.
func hearWindow(c net.Conn) (uint32, bool) {
	if _, err := io.CopyN(io.Discard, c, int64(len(http2.ClientPreface))); err != nil {
		return 0, false
	}
	frame, err := http2.NewFramer(io.Discard, c).ReadFrame()
	if err != nil {
		return 0, false
	}
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok {
		return 0, false
	}
	return settings.Value(http2.SettingInitialWindowSize)
}
