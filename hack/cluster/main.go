// Command cluster starts and stops a throwaway Kubernetes that is built from Go modules. README.md tells how.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: go run . COMMAND [flags]

commands
  up          start the cluster, or say that it runs
  down        stop it and remove everything that it left
  status      say what runs
  env         print the line for your shell: export KUBECONFIG=...
  kubeconfig  print the path of its kubeconfig
  path        print the folder of its programs (kubectl and the others)
  build       build the programs and start nothing
  restart WHAT [--signal KILL|TERM]
              kill and start again one process: apiserver, controller-manager, scheduler, etcd, kubelet

flags
`

// options are the flags of every command.
type options struct {
	mode       mode
	name       string
	k8s        string
	programs   string
	nodes      int
	signal     string
	downFor    time.Duration
	logMaxSize string
	quiet      bool
	given      map[string]bool // the flags that were typed, and those whose variable is set
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "cluster: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// run carries out one command line.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "simkubelet" {
		return runSimKubelet(ctx, args[1:])
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		printUsage()
		return errors.New("no command given")
	}
	command, rest := args[0], args[1:]
	what := ""
	if command == "restart" {
		if len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
			return errors.New("restart: say what: apiserver, controller-manager, scheduler, etcd or kubelet")
		}
		what, rest = rest[0], rest[1:]
	}
	o, err := parseFlags(rest)
	if err != nil {
		return err
	}
	c, err := newCluster(o.name)
	if err != nil {
		return err
	}
	l := &logger{out: os.Stderr, quiet: o.quiet}
	switch command {
	case "up":
		return c.up(ctx, o, l)
	case "down":
		return c.down(l)
	case "status":
		return c.status(ctx, os.Stdout)
	case "env":
		fmt.Printf("export KUBECONFIG=%s\n", shellWord(c.kubeconfig()))
		return nil
	case "kubeconfig":
		fmt.Println(c.kubeconfig())
		return nil
	case "path", "build":
		return c.programsCommand(ctx, command, o, l)
	case "restart":
		return c.restart(ctx, what, o, l)
	default:
		printUsage()
		return fmt.Errorf("unknown command %q", command)
	}
}

func printUsage() {
	fmt.Fprint(os.Stderr, usage)
	flags(&options{}, new(string)).PrintDefaults()
}

func flags(o *options, m *string) *flag.FlagSet {
	fs := flag.NewFlagSet("cluster", flag.ContinueOnError)
	fs.StringVar(m, "mode", string(modeSimulated), "simulated (any user; Linux, macOS) or real (root; Linux)")
	fs.StringVar(&o.name, "name", "", "name of the cluster (default jobx, or jobx-real in real mode)")
	fs.StringVar(&o.k8s, "k8s", "", "Kubernetes version such as 1.34: one that a folder programs-* pins (default the one that programs pins)")
	fs.StringVar(&o.programs, "programs", os.Getenv("JOBX_PROGRAMS"), "folder of ready binaries; nothing is built (JOBX_PROGRAMS)")
	fs.IntVar(&o.nodes, "nodes", 10, "simulated nodes; each takes 2000 pods")
	fs.StringVar(&o.signal, "signal", "KILL", "restart: the signal that ends the process, KILL or TERM")
	fs.DurationVar(&o.downFor, "down-for", 0, "restart: how long the process stays down")
	fs.StringVar(&o.logMaxSize, "log-max-size", cmp.Or(os.Getenv("JOBX_LOG_MAX_SIZE"), "10Mi"), "real mode: size at which a container's log is rotated (JOBX_LOG_MAX_SIZE)")
	fs.BoolVar(&o.quiet, "quiet", false, "say nothing but errors")
	return fs
}

func parseFlags(args []string) (options, error) {
	var o options
	var m string
	fs := flags(&o, &m)
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	o.given = map[string]bool{"programs": o.programs != "", "log-max-size": os.Getenv("JOBX_LOG_MAX_SIZE") != ""}
	fs.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
	var err error
	if o.mode, err = parseMode(m); err != nil {
		return o, err
	}
	if o.name == "" {
		o.name = defaultName(o.mode)
	}
	if o.nodes < 1 || o.nodes > 1000 {
		return o, fmt.Errorf("--nodes %d: want 1 to 1000", o.nodes)
	}
	return o, nil
}

// programsCommand prints the programs' folder, or builds what is missing in it. The folder is that of the cluster's own
// programs where there is one: what is pinned may have changed since, and nobody has built it.
func (c cluster) programsCommand(ctx context.Context, command string, o options, l *logger) error {
	set, err := findPrograms(o.k8s, o.programs)
	if err != nil {
		return err
	}
	if command == "build" {
		return set.ensure(ctx, programsFor(o.mode), l)
	}
	if s, err := c.load(); err == nil && s.differs(o, set) == "" {
		set.bin = s.Programs
	}
	fmt.Println(set.bin)
	return nil
}

// plain are the words that mean the same to a shell with and without quotes.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./@%+=:,-]+$`)

// shellWord quotes a word for a shell where that is needed.
func shellWord(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
