package cli

import "slices"

// cascadeWords are the values that may follow --cascade as a word of its own.
var cascadeWords = []string{"true", "false", "background", "foreground", "orphan"}

// orphanSpelling joins "--cascade false" into "--cascade=false". The flag may stand bare, as kubectl's does, so that the
// flag parser takes the next word as a name: kubectl then deletes a Job called "false" and cascades to the pods of the
// one that was meant to keep them. The word after a bare "--" is left alone.
func orphanSpelling(args []string) []string {
	joined := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(joined, args[i:]...)
		}
		if args[i] == "--cascade" && i+1 < len(args) && slices.Contains(cascadeWords, args[i+1]) {
			joined = append(joined, "--cascade="+args[i+1])
			i++
			continue
		}
		joined = append(joined, args[i])
	}
	return joined
}
