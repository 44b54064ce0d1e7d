// Package e2e runs scenarios against a real API server. A scenario is a .txtar script in a folder of testdata that is
// named after its verb; README.md lists the commands that scripts have beside testscript's own.
package e2e
