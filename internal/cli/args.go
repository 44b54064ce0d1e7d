package cli

import "strings"

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
