package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

// Completer is the program that kubectl runs to complete "kubectl jobx": its name is kubectl's rule (plugin_completion.go
// in k8s.io/kubectl/pkg/cmd/plugin). It is a script, so that it stays right when the plugin is upgraded.
type Completer struct{ Name, Text string }

// mark tells this program's own script from somebody else's file.
const mark = "Completes \"kubectl jobx\": kubectl runs it."

// CompleterFor returns the completer of an operating system.
func CompleterFor(goos string) Completer {
	if goos == "windows" {
		return Completer{"kubectl_complete-jobx.cmd", "@rem " + mark + "\r\n@kubectl-jobx.exe __complete %* 2>nul\r\n"}
	}
	return Completer{"kubectl_complete-jobx", "#!/bin/sh\n# " + mark + "\nexec kubectl-jobx __complete \"$@\" 2>/dev/null\n"}
}

func installCommand(f *factory.Factory) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "install [--dir DIR]", Short: "Let kubectl complete kubectl jobx", Args: cobra.NoArgs, DisableFlagsInUseLine: true,
		Long: `Write the program kubectl_complete-jobx, which kubectl runs to complete "kubectl jobx", into the folder where
kubectl-jobx is found on PATH, or into --dir.`,
		Example: "  kubectl jobx completion install\n  kubectl jobx completion install --dir ~/bin",
		RunE: func(*cobra.Command, []string) error {
			path, err := completerPath(dir)
			if err != nil {
				return err
			}
			if err := install(path); err != nil {
				return err
			}
			_, err = fmt.Fprintln(f.Out, path)
			if !onPath(f, filepath.Dir(path)) {
				f.Warn(fmt.Sprintf("%s is not on PATH: kubectl finds kubectl_complete-jobx only there", filepath.Dir(path)))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "The folder, one of PATH's (default: where kubectl-jobx is found)")
	factory.Folder(cmd, "dir")
	return cmd
}

func uninstallCommand(f *factory.Factory) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "uninstall [--dir DIR]", Short: "Undo completion install", Args: cobra.NoArgs, DisableFlagsInUseLine: true,
		Example: "  kubectl jobx completion uninstall",
		RunE: func(*cobra.Command, []string) error {
			path, err := completerPath(dir)
			if err != nil {
				return err
			}
			if err := ours(path); err != nil {
				return err
			}
			err = os.Remove(path)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s is not there: nothing was removed\n--dir names the folder that it was installed into", path)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(f.Out, "%s removed\n", path)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "The folder (default: where kubectl-jobx is found)")
	factory.Folder(cmd, "dir")
	return cmd
}

// completerPath is where the completer belongs: in the given folder, or beside the program as PATH finds it. That is
// krew's bin folder and not its store.
func completerPath(dir string) (string, error) {
	if dir == "" {
		program, err := exec.LookPath("kubectl-jobx")
		if err != nil {
			return "", fmt.Errorf("kubectl-jobx is not on PATH: %w\n--dir names the folder to use", err)
		}
		dir = filepath.Dir(program)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, CompleterFor(runtime.GOOS).Name), nil
}

// install writes the completer. It is written aside and renamed, so that no shell ever runs half of it.
func install(path string) error {
	if err := ours(path); err != nil {
		return err
	}
	aside, err := os.CreateTemp(filepath.Dir(path), ".kubectl_complete-jobx-")
	if err != nil {
		return fmt.Errorf("cannot write into %s: %w\n--dir names another folder of PATH", filepath.Dir(path), err)
	}
	defer func() { _ = os.Remove(aside.Name()) }()
	_, err = aside.WriteString(CompleterFor(runtime.GOOS).Text)
	if err := errors.Join(err, aside.Close()); err != nil {
		return err
	}
	if err := os.Chmod(aside.Name(), 0o755); err != nil { //nolint:gosec // a program that everybody may run
		return err
	}
	return os.Rename(aside.Name(), path)
}

// ours refuses to touch a file that this program did not write.
func ours(path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the path is the user's own
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !bytes.Contains(text, []byte(mark)) {
		return fmt.Errorf("%s is there already and is not jobx's\nremove it, or name another folder with --dir", path)
	}
	return nil
}

func onPath(f *factory.Factory, dir string) bool {
	path, _ := f.LookupEnv("PATH")
	for _, folder := range filepath.SplitList(path) {
		if abs, err := filepath.Abs(folder); err == nil && folder != "" && abs == dir {
			return true
		}
	}
	return false
}
