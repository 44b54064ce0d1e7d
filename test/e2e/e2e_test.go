//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScenarios runs every folder of testdata. Folders that begin with "real" need containers: they run when
// JOBX_E2E_MODE is real, the others when it is simulated.
func TestScenarios(t *testing.T) {
	l := newLab(t)
	folders, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	if !l.real { // what one scenario does to the real node others would see
		t.Parallel()
	}
	ran := 0
	for _, folder := range folders {
		name := filepath.Base(folder)
		if strings.HasPrefix(name, "real") != l.real {
			continue
		}
		scripts, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		ran += len(scripts)
		t.Run(name, func(t *testing.T) {
			if !l.real {
				t.Parallel()
			}
			testscript.Run(t, testscript.Params{
				Dir: folder, Setup: l.setup, Cmds: commands(), Condition: l.condition, RequireExplicitExec: true,
				RequireUniqueNames: true, UpdateScripts: os.Getenv("JOBX_E2E_UPDATE") != "",
			})
		})
	}
	if ran == 0 {
		t.Fatal("no scenario was found for this mode")
	}
}
