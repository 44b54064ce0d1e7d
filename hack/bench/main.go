// Command bench runs jobx and its peers side by side on one cluster, in turn, and prints medians, ratios, CPU, peak memory
// and requests. Ratios are what to read: absolute times hold for the machine alone.
//
// Usage: bench -kubeconfig FILE [-real] [-runs N] [-rows REGEXP]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"

	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	kubeconfig := flag.String("kubeconfig", os.Getenv("KUBECONFIG"), "the cluster to measure on")
	runs := flag.Int("runs", 7, "counted runs of each command")
	rows := flag.String("rows", "", "only the rows whose name matches")
	realNode := flag.Bool("real", false, "the rows for a cluster with a real node")
	flag.Parse()
	switch flag.Arg(0) {
	case rawCommand:
		return readRaw(ctx, flag.Args()[1:])
	case kubeletCommand:
		return serveFromMemory(os.Stdin, os.Stdout)
	}
	pattern, err := regexp.Compile(*rows)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, *kubeconfig, *runs)
	if err != nil {
		return err
	}
	defer b.close()
	table, failed := render.Table{Headers: headers}, []error(nil)
	for _, row := range catalogue(*realNode) {
		if !pattern.MatchString(row.name) {
			continue
		}
		for _, peer := range row.peers {
			fmt.Fprintln(os.Stderr, "measuring", row.name, "against", peer.name)
			result, err := b.measure(ctx, row, peer)
			if err != nil {
				failed = append(failed, fmt.Errorf("%s, against %s: %w", row.name, peer.name, err))
				continue
			}
			table.Rows = append(table.Rows, result.cells(row, peer))
		}
	}
	return errors.Join(append(failed, table.Write(os.Stdout, render.Style{UTF8: true}))...)
}
