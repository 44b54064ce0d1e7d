package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// cascadeSpelling joins "--cascade false" into "--cascade=false". The flag may stand bare, as kubectl's does, so that the
// flag parser takes the next word as a name: kubectl then deletes a Job called "false" and cascades to the pods of the
// one that was meant to keep them. Every word is joined and not only the known ones: a slip such as "orphans" would else
// be a second name, and delete the pods of the first; joined, the flag refuses it. What is typed TYPE/NAME stays a name,
// and so does what stands after a bare "--".
func cascadeSpelling(args []string) []string {
	joined := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(joined, args[i:]...)
		}
		if args[i] == "--cascade" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") && !strings.Contains(args[i+1], "/") {
			joined = append(joined, "--cascade="+args[i+1])
			i++
			continue
		}
		joined = append(joined, args[i])
	}
	return joined
}

// switchSpelling joins "--force false" into "--force=false" for the verbs that change things. A switch takes no next word,
// so that the flag parser would take this one as a name: with kubectl this deletes x by force, and a Job called "false".
// Such a Job is still to be had as job/false.
func switchSpelling(root *cobra.Command, args []string) []string {
	cmd, _, err := root.Find(args)
	if err != nil || cmd.GroupID != groupAct {
		return args
	}
	joined := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(joined, args[i:]...)
		}
		if i+1 < len(args) && (args[i+1] == "true" || args[i+1] == "false") && isSwitch(cmd, args[i]) {
			joined = append(joined, args[i]+"="+args[i+1])
			i++
			continue
		}
		joined = append(joined, args[i])
	}
	return joined
}

// isSwitch says whether a word is a flag that is on or off, or several such in short.
func isSwitch(cmd *cobra.Command, word string) bool {
	if name, long := strings.CutPrefix(word, "--"); long {
		flag := cmd.Flag(name)
		return flag != nil && flag.Value.Type() == "bool"
	}
	letters, short := strings.CutPrefix(word, "-")
	for _, letter := range letters {
		flag := cmd.Flags().ShorthandLookup(string(letter))
		if flag == nil || flag.Value.Type() != "bool" {
			return false
		}
	}
	return short && letters != ""
}
