package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// describeRelease writes what goes beside the archives: checksums, SBOM and the krew manifest, under the name that krew's
// validator wants.
func describeRelease(o options, made release) error {
	sums := made.sums
	manifest, err := manifest(o.version, sums)
	if err != nil {
		return err
	}
	bill, err := made.modules.spdx(o.version)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("kubectl-jobx_%s_sbom.spdx.json", o.version)
	sums[name] = sum(bill)
	for file, text := range map[string][]byte{"jobx.yaml": manifest, name: bill, "checksums.txt": checksums(sums)} {
		if err := os.WriteFile(filepath.Join(o.out, file), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// manifest fills in .krew.yaml with what krew-release-bot's functions give (pkg/source/template.go there), but with the
// checksums of the archives that were just built.
func manifest(version string, sums map[string]string) ([]byte, error) {
	text, err := os.ReadFile(".krew.yaml")
	if err != nil {
		return nil, err
	}
	about := struct{ TagName string }{version}
	functions := template.FuncMap{
		"indent": func(n int, s string) string { return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", n)) },
		"addURIAndSha": func(url, tag string) (string, error) {
			var uri bytes.Buffer
			t, err := template.New("").Parse(url)
			if err != nil {
				return "", err
			}
			if err := t.Execute(&uri, struct{ TagName string }{tag}); err != nil {
				return "", err
			}
			digest, ok := sums[path.Base(uri.String())]
			if !ok {
				return "", fmt.Errorf("%s: no such archive was built", path.Base(uri.String()))
			}
			return fmt.Sprintf("uri: %s\nsha256: %s", uri.String(), digest), nil
		},
	}
	t, err := template.New("").Funcs(functions).Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf(".krew.yaml: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, about); err != nil {
		return nil, fmt.Errorf(".krew.yaml: %w", err)
	}
	// The comment in front is about the template.
	_, body, _ := strings.Cut(out.String(), "\napiVersion:")
	return []byte("apiVersion:" + body), nil
}

// checksums has sha256sum's format.
func checksums(sums map[string]string) []byte {
	names := make([]string, 0, len(sums))
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&b, "%s  %s\n", sums[name], name)
	}
	return b.Bytes()
}
