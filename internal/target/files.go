package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// maxFile bounds what is read of one file, in bytes. An object in etcd has at most 1.5 MiB.
	maxFile = 10 << 20
	// urlPatience bounds how long a URL may take.
	urlPatience = 30 * time.Second
)

// fileEndings are those of the files that a folder is read for, as kubectl has it.
var fileEndings = []string{".json", ".yaml", ".yml"}

// Files reads manifests.
type Files struct {
	Paths     []string // files, folders, URLs, or - for In
	Kustomize string   // a kustomization's folder
	Recursive bool
	JobsOnly  bool // leave objects of other kinds alone instead of refusing the file
	In        io.Reader
	Warn      func(string) // takes notes for people; nil: none
}

// Document is a Job or a CronJob of a file.
type Document struct {
	Object
	Source string // FILE:LINE
}

// Load reads and understands everything, so that a mistake in the last file is known before anything is done about the
// first. Files are read strictly: doubled keys and unknown fields are refused. The error is FILE:LINE: reason.
func (l Files) Load(ctx context.Context) ([]Document, error) {
	var all []Document
	add := func(name string, raw []byte) error {
		documents, err := l.decode(name, raw)
		all = append(all, documents...)
		return err
	}
	if l.Kustomize != "" {
		raw, err := kustomized(ctx, l.Kustomize)
		if err != nil {
			return nil, err
		}
		if err := add(l.Kustomize, raw); err != nil {
			return nil, err
		}
	}
	for _, path := range l.Paths {
		if err := l.read(ctx, path, add); err != nil {
			return nil, err
		}
	}
	switch {
	case len(all) > 0:
		return all, nil
	case l.Kustomize != "":
		return nil, fmt.Errorf("-k %s: it names no Job and no CronJob", quotePath(l.Kustomize))
	case len(l.Paths) != 1:
		return nil, fmt.Errorf("-f: the %d files and folders name no Job and no CronJob", len(l.Paths))
	}
	shown := l.Paths[0]
	if isURL(shown) {
		shown = shownURL(shown)
	}
	return nil, fmt.Errorf("-f %s: it names no Job and no CronJob", quotePath(shown))
}

func isURL(path string) bool {
	return strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://")
}

func (l Files) read(ctx context.Context, path string, add func(string, []byte) error) error {
	switch {
	case path == "-":
		raw, err := limited("stdin", l.In)
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(raw)) == "" {
			return errors.New("-f -: no objects on stdin")
		}
		return add("stdin", raw)
	case isURL(path):
		shown := shownURL(path)
		raw, err := fetch(ctx, path, shown)
		if err != nil {
			return err
		}
		return add(shown, raw)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fileError(path, err)
	}
	if !info.IsDir() {
		return readFile(path, info, add)
	}
	return l.folder(path, add)
}

// folder reads the manifests of a folder, in order of name.
func (l Files) folder(root string, add func(string, []byte) error) error {
	some := false
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fileError(path, err)
		case d.IsDir() && path != root && !l.Recursive:
			return filepath.SkipDir
		case d.IsDir() || !slices.Contains(fileEndings, filepath.Ext(path)):
			return nil
		}
		some = true
		info, err := os.Stat(path)
		if err != nil {
			return fileError(path, err)
		}
		return readFile(path, info, add)
	})
	if err != nil {
		return err
	}
	if !some {
		return fmt.Errorf("-f %s: the folder has no file that ends in %s\n-R looks into the folders inside it too",
			quotePath(root), strings.Join(fileEndings, ", "))
	}
	return nil
}

// readFile refuses what is no regular file: opening a named pipe waits until somebody writes to it.
func readFile(path string, info fs.FileInfo, add func(string, []byte) error) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("-f %s: not a regular file\nfor a pipe use -f - and redirect stdin", quotePath(path))
	}
	file, err := os.Open(path)
	if err != nil {
		return fileError(path, err)
	}
	defer func() { _ = file.Close() }()
	raw, err := limited(path, file)
	if err != nil {
		return err
	}
	return add(path, raw)
}

func limited(name string, r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, fmt.Errorf("-f %s: there is nothing to read from", quotePath(name))
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fileError(name, err)
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("-f %s: larger than 10 MiB", quotePath(name))
	}
	return raw, nil
}

// fileError words what the system said about a file.
func fileError(path string, err error) error {
	var where *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("-f %s: there is no such file or folder", quotePath(path))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("-f %s: %w", quotePath(path), fs.ErrPermission)
	case errors.As(err, &where):
		return fmt.Errorf("-f %s: %w", quotePath(path), where.Err)
	default:
		return fmt.Errorf("-f %s: %w", quotePath(path), err)
	}
}

// shownURL is an address without what may be a secret: the user, and what stands behind the path, where signatures and
// tokens are.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		scheme, _, _ := strings.Cut(address, "://")
		return scheme + "://…"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// fetch reads an address. shown takes its place in errors, of which only the cause is told: net/http puts the address
// in front.
func fetch(ctx context.Context, address, shown string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, urlPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("-f %s: not a URL", quotePath(shown))
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("-f %s: cannot read the URL: %w", quotePath(shown), errors.Unwrap(err))
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("-f %s: the server answered %s", quotePath(shown), answer.Status)
	}
	return limited(shown, answer.Body)
}

// kustomized has kubectl build a kustomization, and returns its objects as a stream of YAML documents. Who has a plugin has
// kubectl, and so -k names what the same kubectl's apply -k has made (docs/decisions/0002-kustomize.md).
func kustomized(ctx context.Context, folder string) ([]byte, error) {
	var complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, "kubectl", "kustomize", "--", folder)
	cmd.Stderr, cmd.WaitDelay = &complaint, time.Second
	objects, err := cmd.Output()
	switch said := strings.TrimPrefix(strings.TrimSpace(complaint.String()), "error: "); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("-k %s: kubectl, which builds it, is not on PATH", quotePath(folder))
	case err != nil && said != "":
		return nil, fmt.Errorf("-k %s: %s", quotePath(folder), said)
	case err != nil:
		return nil, fmt.Errorf("-k %s: kubectl kustomize: %w", quotePath(folder), err)
	}
	return objects, nil
}
