package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
)

const (
	// bigPods is how many pods have large logs, bigLog the size of each in bytes, without timestamps.
	bigPods = 4
	bigLog  = 50_000_000
	// rawReaders is how many logs the raw reader reads at a time: as many as jobx does.
	rawReaders = "50"
)

// logsRows are what logs is measured by on simulated nodes.
func logsRows() []row {
	many := []string{"job/done-500", "--all-pods", "--prefix"}
	return []row{
		{
			name: "logs, 500 pods", jobx: jobx("logs", "job/done-500"), peers: []contender{raw("done-500")},
			target: "≤ 1.5", before: finished("done-500", 500),
		},
		{
			name: "logs, 500 pods", jobx: jobx("logs", "job/done-500"),
			peers: []contender{
				slow(kubectl(append([]string{"logs"}, many...)...)),
				slow(stern("job/done-500", "--no-follow", "--max-log-requests", "500")),
			},
			target: "≤ 0.017", before: finished("done-500", 500),
		},
		{
			name: "logs, 200 MB from memory", jobx: jobx("logs", "job/big", "--prefix"), peers: bigPeers(), runs: 5,
			target: "≤ 3 × raw, < 60 MiB", before: fromMemory,
		},
	}
}

// realLogsRows are what logs is measured by on a real node, where the kubelet is the bound.
func realLogsRows() []row {
	return []row{{
		name: "logs, 200 MB of containers", jobx: jobx("logs", "job/big", "--prefix"), peers: bigPeers(), runs: 3,
		target: "≤ 1.05 × raw, cpu ≤ ⅓", before: fromContainers,
	}, {
		name: "logs -f, 200 MB of containers", jobx: jobx("logs", "-f", "job/big", "--prefix"), runs: 3,
		peers:  []contender{kubectl("logs", "-f", "job/big", "--all-pods", "--prefix")},
		target: "cpu ≤ ⅓", before: fromContainers,
	}}
}

func bigPeers() []contender {
	return []contender{
		raw("big"),
		stamped("big"),
		kubectl("logs", "job/big", "--all-pods", "--prefix"),
		stern("job/big", "--no-follow"),
	}
}

// raw is this program reading the logs of a Job's pods and throwing them away: the floor.
func raw(job string) contender { return reader("raw reads", job, false) }

// stamped is raw with the time in front of each line, which is what jobx asks for: it cannot take a broken stream up again
// without. A kubelet takes longer for it.
func stamped(job string) contender { return reader("raw, timestamps", job, true) }

func reader(name, job string, timestamps bool) contender {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return contender{name: name, args: []string{self, rawCommand, job, rawReaders, strconv.FormatBool(timestamps)}}
}

// stern is a command line of stern's, in the namespace of the bench.
func stern(args ...string) contender {
	return contender{name: "stern", args: append(append([]string{"stern"}, args...), "-n", namespace)}
}

// slow is a contender that takes minutes: it runs once.
func slow(c contender) contender {
	c.slow = true
	return c
}

// fromContainers makes a Job whose containers write large logs, unless it is there, and waits for its end.
func fromContainers(ctx context.Context, b *bench) error {
	j := job("big", bigPods)
	c := &j.Spec.Template.Spec.Containers[0]
	c.Image = "busybox:1.36"
	c.Command = []string{"sh", "-c", fmt.Sprintf("yes %s | head -c %d", bigLine, bigLog)}
	return b.finish(ctx, j)
}
