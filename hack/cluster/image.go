package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Images are packed here, since a throwaway cluster has no registry to pull from.

const pauseImage = "localhost/jobx-pause:1"

// piScript stands in for perl in the image of examples/pi.yaml: it prints the digits that the example asks perl for.
const piScript = "#!/bin/sh\n# Stands in for perl -wle 'print bpi(2000)'.\necho 'scale=2004; 4*a(1)' | BC_LINE_LENGTH=0 bc -l | cut -c1-2001\n"

// image is one image to pack: its names and what it runs by default.
type image struct {
	tags       []string
	entrypoint []string
	extra      map[string]string // further executables by path
}

func images() []image {
	return []image{
		{tags: []string{pauseImage}, entrypoint: []string{"/bin/sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 86400 & wait $!; done"}},
		{tags: []string{"docker.io/library/busybox:1.36", "docker.io/library/busybox:latest"}},
		{tags: []string{"docker.io/library/perl:5.34.0"}, extra: map[string]string{"usr/bin/perl": piScript}},
	}
}

// importImages packs every image and gives it to containerd.
func (c cluster) importImages(ctx context.Context, t tools, l *logger) error {
	busybox, err := os.ReadFile(t.busybox)
	if err != nil {
		return err
	}
	list, err := exec.CommandContext(ctx, t.busybox, "--list").Output()
	if err != nil {
		return fmt.Errorf("%s --list: %w", t.busybox, err)
	}
	applets := strings.Fields(string(list))
	for _, img := range images() {
		archive, err := packImage(img, busybox, applets)
		if err != nil {
			return err
		}
		cmd := c.ctr(ctx, t.ctr, "images", "import", "-")
		cmd.Stdin = bytes.NewReader(archive)
		if err := runQuietly(cmd); err != nil {
			return err
		}
	}
	return nil
}

// packImage makes what `docker save` would: one layer with busybox under all its names.
func packImage(img image, busybox []byte, applets []string) ([]byte, error) {
	layer, err := packLayer(img, busybox, applets)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(layer)
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config": map[string]any{
			"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
			"Entrypoint": img.entrypoint,
			"Cmd":        defaultCommand(img),
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(digest[:])}},
	})
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal([]map[string]any{{"Config": "config.json", "RepoTags": img.tags, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range []struct {
		name string
		data []byte
	}{{"manifest.json", manifest}, {"config.json", config}, {"layer.tar", layer}} {
		if err := writeFile(w, f.name, f.data, 0o644); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}

func defaultCommand(img image) []string {
	if len(img.entrypoint) > 0 {
		return nil
	}
	return []string{"sh"}
}

// packLayer is the image's file system.
func packLayer(img image, busybox []byte, applets []string) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for dir, mode := range map[string]int64{"bin/": 0o755, "etc/": 0o755, "tmp/": 0o1777, "usr/": 0o755, "usr/bin/": 0o755, "root/": 0o700} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: mode}); err != nil {
			return nil, err
		}
	}
	if err := writeFile(w, "bin/busybox", busybox, 0o755); err != nil {
		return nil, err
	}
	for _, name := range applets {
		if name == "busybox" {
			continue
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "/bin/busybox", Mode: 0o777}); err != nil {
			return nil, err
		}
	}
	files := map[string]string{"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", "etc/group": "root:x:0:\n"}
	for name, text := range files {
		if err := writeFile(w, name, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	for name, text := range img.extra {
		if err := writeFile(w, name, []byte(text), 0o755); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func writeFile(w *tar.Writer, name string, data []byte, mode int64) error {
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: mode}); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}
