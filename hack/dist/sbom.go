package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// modules are the Go modules that the programs hold, as the linker recorded them, by path.
type modules map[string]debug.Module

func (m modules) add(binary []byte) error {
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return err
	}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		m[dep.Path] = *dep
	}
	return nil
}

type spdxPackage struct {
	Name     string    `json:"name"`
	ID       string    `json:"SPDXID"`
	Version  string    `json:"versionInfo"`
	Download string    `json:"downloadLocation"`
	Analyzed bool      `json:"filesAnalyzed"`
	Refs     []spdxRef `json:"externalRefs"`
	Comment  string    `json:"comment,omitempty"`
}

type spdxRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxRelation struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// spdx writes the modules as an SPDX 2.3 document. Its time is the epoch of the archives, so that the same sources make
// the same bytes.
func (m modules) spdx(version string) ([]byte, error) {
	const self = "github.com/kubectl-jobx/kubectl-jobx"
	packages := []spdxPackage{goPackage(debug.Module{Path: self, Version: version})}
	relations := []spdxRelation{{"SPDXRef-DOCUMENT", "DESCRIBES", packages[0].ID}}
	paths := make([]string, 0, len(m))
	for path := range m {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range append(paths, "stdlib") {
		module := m[path]
		if path == "stdlib" {
			module = debug.Module{Path: path, Version: strings.TrimPrefix(toolchain, "go")}
		}
		p := goPackage(module)
		packages = append(packages, p)
		relations = append(relations, spdxRelation{packages[0].ID, "DEPENDS_ON", p.ID})
	}
	document := map[string]any{
		"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
		"name":              "kubectl-jobx " + version,
		"documentNamespace": fmt.Sprintf("https://%s/releases/download/%s/sbom", self, version),
		"creationInfo":      map[string]any{"created": epoch.Format("2006-01-02T15:04:05Z"), "creators": []string{"Tool: hack/dist"}},
		"packages":          packages, "relationships": relations,
	}
	out, err := json.MarshalIndent(document, "", "  ")
	return append(out, '\n'), err
}

func goPackage(m debug.Module) spdxPackage {
	p := spdxPackage{
		Name: m.Path, ID: "SPDXRef-" + notInID.ReplaceAllString(m.Path, "-"), Version: m.Version, Download: "NOASSERTION",
		Refs: []spdxRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + m.Path + "@" + m.Version}},
	}
	if digest, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:")); err == nil && len(digest) > 0 {
		p.Comment = "go.sum h1 (a hash of the module's file hashes): " + hex.EncodeToString(digest)
	}
	return p
}
