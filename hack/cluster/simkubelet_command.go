package main

import (
	"context"
	"flag"

	"github.com/kubectl-jobx/kubectl-jobx/hack/cluster/simkubelet"
)

// runSimKubelet is the hidden command that the launcher starts a copy of itself with.
func runSimKubelet(ctx context.Context, args []string) error {
	var o simkubelet.Options
	fs := flag.NewFlagSet("simkubelet", flag.ContinueOnError)
	fs.StringVar(&o.Server, "server", "", "address of the API server")
	fs.StringVar(&o.PKI, "pki", "", "folder of the certificates")
	fs.IntVar(&o.Port, "port", 0, "port to listen on")
	if err := fs.Parse(args); err != nil {
		return err
	}
	return simkubelet.Run(ctx, o)
}
