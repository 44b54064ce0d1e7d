package cli

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// T8: what could not be written was not done, and no exit code says otherwise.
func TestT8AFullDiskIsAnError(t *testing.T) {
	env, _ := running(t, "never")
	for _, line := range []string{
		"watch job/x --timeout 20s", "watch job/x -o json --timeout 20s", "describe job/x",
		"get job/x", "why job/x", "version", "completion bash", "options", "--help", "get --help", "help get", "",
	} {
		t.Run(line, func(t *testing.T) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer full.Close()
			command := exec.CommandContext(t.Context(), os.Args[0], strings.Fields(line)...)
			command.Env = append(os.Environ(), env...)
			var said bytes.Buffer
			command.Stdout, command.Stderr = full, &said
			_ = command.Run()
			if code := command.ProcessState.ExitCode(); code != 1 || !strings.Contains(said.String(), "no space left on device") {
				t.Errorf("exit code %d, said %q", code, said.String())
			}
		})
	}
}
