// Command kubectl-jobx is a kubectl plugin for the whole life of a Job and a CronJob: kubectl jobx.
package main

import (
	"context"
	"os"
	"time"

	// The credential plug-ins that kubeconfig files name (OIDC, exec …).
	_ "k8s.io/client-go/plugin/pkg/client/auth"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Process{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv, Now: time.Now,
	}))
}
