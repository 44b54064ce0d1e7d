package walls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/kubectl-jobx/kubectl-jobx/"

// room is a folder and what it may import of this module. A prefix that ends in / allows what is below it.
type room struct {
	may []string
	why string
}

// shell are the rooms that a verb may use: every internal room, and never another verb.
var shell = []string{"internal/"}

var rooms = map[string]room{
	"cmd/kubectl-jobx":       {[]string{"internal/cli"}, "main only gives streams and a clock"},
	"internal/cli":           {[]string{"internal/", "pkg/"}, "the command tree knows the verbs"},
	"internal/factory":       {[]string{"internal/target", "internal/cluster", "internal/term", "internal/term/safetext", "internal/render"}, "what a verb is given"},
	"internal/target":        {[]string{"internal/cluster", "internal/jobstatus"}, "references to objects"},
	"internal/cluster":       {[]string{"internal/jobstatus"}, "the only room that talks to the API"},
	"internal/observe":       {[]string{"internal/cluster", "internal/exit", "internal/jobstatus", "internal/logstream", "internal/logtail", "internal/render", "internal/target", "internal/term/safetext"}, "following until a rule is met"},
	"internal/exit":          {[]string{"internal/jobstatus"}, "outcome to exit code"},
	"internal/jobstatus":     {nil, "pure core"},
	"internal/schedule":      {nil, "pure core"},
	"internal/diagnosis":     {[]string{"internal/jobstatus", "internal/schedule"}, "pure core"},
	"internal/logtail":       {[]string{"internal/jobstatus", "internal/logstream", "internal/term/safetext"}, "opens what logstream planned"},
	"internal/logstream":     {[]string{"internal/jobstatus"}, "pure core"},
	"internal/render":        {[]string{"internal/jobstatus", "internal/schedule", "internal/diagnosis", "internal/term/safetext"}, "pure: status to text"},
	"internal/term":          {[]string{"internal/term/safetext"}, "facts about the terminal"},
	"internal/term/safetext": {nil, "pure text"},
	"internal/act":           {[]string{"internal/cluster", "internal/exit", "internal/factory", "internal/jobstatus", "internal/target", "internal/term/safetext"}, "what the verbs that change things share"},
	"internal/suspension":    {[]string{"internal/act", "internal/cluster", "internal/exit", "internal/factory", "internal/observe", "internal/schedule", "internal/target", "internal/term/safetext"}, "suspend and resume share it"},
	"internal/verbose":       {nil, "the client library's log"},
}

// notLinked may use what the program does not link.
var notLinked = []string{"hack", "internal/testkit"}

// outside lists third-party doors that only some rooms have.
var outside = map[string][]string{
	"github.com/olekukonko/tablewriter": {"internal/render"},
	// Each of these links discovery, OpenAPI and the kinds of sixty API groups, and every start of the program pays for it.
	"k8s.io/client-go/kubernetes":              notLinked,
	"k8s.io/client-go/discovery":               notLinked,
	"k8s.io/client-go/applyconfigurations":     notLinked,
	"k8s.io/cli-runtime/pkg/genericclioptions": notLinked,
	"k8s.io/cli-runtime/pkg/resource":          notLinked,
	"sigs.k8s.io/kustomize":                    notLinked, // kubectl builds kustomizations: docs/decisions/0002-kustomize.md
	"github.com/robfig/cron/v3":                {"internal/schedule"},
}

// pacers may read the clock themselves: they pace requests by it, which tests run in a bubble of synctest, and no state
// that is shown depends on it.
var pacers = []string{"internal/cluster"}

func TestImportWalls(t *testing.T) {
	for _, f := range sources(t) {
		for _, imp := range f.imports {
			if door, ok := forbidden(f.folder, imp); ok {
				t.Errorf("%s imports %s: %s", f.path, imp, door)
			}
		}
	}
}

func TestOnlyMainTouchesTheProcess(t *testing.T) {
	for _, f := range sources(t) {
		if within(f.folder, []string{"cmd", "hack", "test", "internal/testkit"}) {
			continue
		}
		for _, call := range f.calls {
			switch call {
			case "time.Now":
				if !within(f.folder, pacers) {
					t.Errorf("%s uses %s: the clock is an argument", f.path, call)
				}
			case "os.Exit", "context.Background", "context.TODO":
				t.Errorf("%s uses %s: only main may", f.path, call)
			}
		}
	}
}

// TestWallsNoticeABreach is the control: a breach made up here must be seen.
func TestWallsNoticeABreach(t *testing.T) {
	for _, c := range []struct{ folder, imp string }{
		{"pkg/watch", module + "pkg/logs"},
		{"internal/jobstatus", module + "internal/cluster"},
		{"pkg/pods", "github.com/olekukonko/tablewriter"},
		{"internal/render", "k8s.io/client-go/kubernetes/typed/batch/v1"},
		{"internal/unheard-of", module + "internal/cluster"},
	} {
		if _, ok := forbidden(c.folder, c.imp); !ok {
			t.Errorf("%s may import %s", c.folder, c.imp)
		}
	}
}

func forbidden(folder, imp string) (string, bool) {
	for door, owners := range outside {
		if strings.HasPrefix(imp, door) && !within(folder, owners) {
			return "of the rooms only these may: " + strings.Join(owners, ", "), true
		}
	}
	local, ok := strings.CutPrefix(imp, module)
	if !ok {
		return "", false
	}
	r, known := rooms[folder]
	switch {
	case strings.HasPrefix(folder, "pkg/"):
		r = room{shell, "a verb never imports another verb"}
	case within(folder, []string{"internal/testkit", "hack", "test"}):
		return "", false
	case !known:
		return "this room is not in the plan: add it to internal/walls with what it may import", true
	}
	if strings.HasPrefix(local, "internal/testkit") {
		return "the test kit is for tests alone", true
	}
	if local == folder || slices.ContainsFunc(r.may, func(m string) bool {
		return local == m || (strings.HasSuffix(m, "/") && strings.HasPrefix(local, m))
	}) {
		return "", false
	}
	return r.why, true
}

func within(folder string, owners []string) bool {
	return slices.ContainsFunc(owners, func(o string) bool { return folder == o || strings.HasPrefix(folder, o+"/") })
}

type source struct {
	path, folder   string
	imports, calls []string
}

// sources parses every Go file of the module that is not a test.
func sources(t *testing.T) []source {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var all []source
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, statErr := os.Stat(filepath.Join(path, "go.mod"))
			if path != root && (statErr == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
				return filepath.SkipDir // another module, or no code
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		s, err := parse(root, path)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d files found under %s", len(all), root)
	}
	return all
}

func parse(root, path string) (source, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return source{}, err
	}
	s := source{path: filepath.ToSlash(rel), folder: filepath.ToSlash(filepath.Dir(rel))}
	for _, i := range file.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, name)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := sel.X.(*ast.Ident); ok {
				s.calls = append(s.calls, pkg.Name+"."+sel.Sel.Name)
			}
		}
		return true
	})
	return s, nil
}
