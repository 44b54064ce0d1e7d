package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cli"
)

type platform struct{ os, arch string }

func (p platform) archive(version string) string {
	extension := "tar.gz"
	if p.os == "windows" {
		extension = "zip"
	}
	return fmt.Sprintf("kubectl-jobx_%s_%s_%s.%s", version, p.os, p.arch, extension)
}

func (p platform) program() string {
	if p.os == "windows" {
		return "kubectl-jobx.exe"
	}
	return "kubectl-jobx"
}

// build compiles the program. What the environment could change is set here. The commit is left out, so that the
// manifest with the checksums can be part of the commit that is tagged. cache is a build cache of its own, or "".
func (p platform) build(root, version, cache string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "jobx-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, p.program())
	const stamp = "github.com/kubectl-jobx/kubectl-jobx/pkg/version.Stamp="
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X "+stamp+version, "-o", out, "./cmd/kubectl-jobx")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0",
		"GOFLAGS=-mod=readonly", "GOEXPERIMENT=", "GOFIPS140=off", "GOWORK=off", "GOTOOLCHAIN="+toolchain)
	if cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+cache)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("build for %s/%s: %w", p.os, p.arch, err)
	}
	return os.ReadFile(out)
}

type file struct {
	name string
	mode int64
	data []byte
}

// epoch stands for the time of every file: a real one would change the bytes. It is the first that a zip can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// pack makes the archive: the program, what kubectl runs to complete it, its licence and those of the modules that it holds.
func (p platform) pack(root string, binary []byte, held modules) ([]byte, error) {
	licence, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		return nil, err
	}
	notices, err := held.notices(root)
	if err != nil {
		return nil, err
	}
	completer := cli.CompleterFor(p.os)
	files := []file{
		{"LICENSE", 0o644, licence},
		{"THIRD_PARTY_NOTICES", 0o644, notices},
		{p.program(), 0o755, binary},
		{completer.Name, 0o755, []byte(completer.Text)},
	}
	if p.os == "windows" {
		return zipped(files)
	}
	return tarred(files)
}

func tarred(files []file) ([]byte, error) {
	var b bytes.Buffer
	packed, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(packed)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: epoch, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := packed.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func zipped(files []file) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: epoch}
		header.SetMode(os.FileMode(f.mode))
		entry, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
