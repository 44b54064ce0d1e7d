package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licenceFile is how files are called that say on what terms a module may be passed on, and whom to name.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|notice|copying|patents|authors)([-._].*)?$`)

// notices are the licences and notices of all modules that a program holds, and of Go's own library, as most of them want them to
// be passed on with it. A text that several modules have stands there once, below their names.
func (m modules) notices(root string) ([]byte, error) {
	folders, err := m.folders(root)
	if err != nil {
		return nil, err
	}
	goRoot, err := output(root, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	folders["Go "+strings.TrimPrefix(toolchain, "go")] = strings.TrimSpace(string(goRoot))
	names := make([]string, 0, len(folders))
	for name := range folders {
		names = append(names, name)
	}
	slices.Sort(names)
	var texts []string              // in the order in which they are first met
	owners := map[string][]string{} // by text
	for _, name := range names {
		found, err := licences(folders[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, text := range found {
			if owners[text] == nil {
				texts = append(texts, text)
			}
			owners[text] = append(owners[text], name)
		}
	}
	var b bytes.Buffer
	b.WriteString("kubectl-jobx holds the following modules, each with its version, licence and notices.\n")
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(owners[text], "\n"), text)
	}
	return b.Bytes(), nil
}

// folders are those of the modules' sources, by "path version".
func (m modules) folders(root string) (map[string]string, error) {
	args := []string{"mod", "download", "-json"}
	for path, module := range m {
		args = append(args, path+"@"+module.Version)
	}
	out, err := output(root, "go", args...)
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var module struct{ Path, Version, Dir string }
		switch err := decoder.Decode(&module); {
		case errors.Is(err, io.EOF):
			return folders, nil
		case err != nil:
			return nil, err
		}
		folders[module.Path+" "+module.Version] = module.Dir
	}
}

// licences are the texts in the root of a module. To have none is an error: nobody may pass such a module on.
func licences(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n")))
	}
	if len(texts) == 0 {
		return nil, errors.New("there is no licence")
	}
	return texts, nil
}

func output(root, program string, args ...string) ([]byte, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", program, args[0], err)
	}
	return out, nil
}
