package main

// watchRows are what watch and wait are measured by.
func watchRows() []row {
	return []row{
		{
			name: "watch, finished Job", jobx: jobx("watch", "job/done-1"), peers: []contender{kubectl("get", "job/done-1")},
			target: "≤ 1.0", before: finished("done-1", 1),
		},
		{
			name: "wait, finished Job", jobx: jobx("wait", "job/done-1"),
			peers:  []contender{kubectl("wait", "--for=condition=complete", "job/done-1")},
			target: "≤ 0.3", before: finished("done-1", 1),
		},
	}
}
