package main

// seeRows are what get, pods, describe and why are measured by, and the start of the program.
func seeRows() []row {
	return []row{
		{
			// No namespace here: kubectl takes what follows a first flag for a plugin's name.
			name: "start", jobx: contender{name: "jobx", args: []string{"kubectl-jobx", "--help"}},
			peers: []contender{{name: "kubectl", args: []string{"kubectl", "--help"}}}, target: "≤ 0.25",
		},
		{
			name: "describe, 200 pods", jobx: jobx("describe", "job/done-200"),
			peers: []contender{kubectl("describe", "job/done-200")}, target: "≤ 0.5", before: finished("done-200", 200),
		},
		{
			name: "pods of 200", jobx: jobx("pods", "job/done-200"),
			peers: []contender{kubectl("get", "pods", "-l", "job-name=done-200")}, target: "≤ 0.35", before: finished("done-200", 200),
		},
	}
}
