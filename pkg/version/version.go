// Package version tells which jobx this is, and with --server which Kubernetes it talks to.
package version

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	apiversion "k8s.io/apimachinery/pkg/version"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

// Stamp is the version, set by the linker from the tag that a release is built from.
var Stamp string //nolint:gochecknoglobals // the linker can set nothing else

// Options is what was asked for.
type Options struct {
	Server  bool
	Address string // of the server, if --server gave one
	Output  string // "", json or yaml
}

// Info is what is told, and the shape of -o json.
type Info struct {
	Client Client           `json:"clientVersion"`
	Server *apiversion.Info `json:"serverVersion,omitempty"`
}

// Client is this program.
type Client struct {
	Version   string `json:"version"`
	Commit    string `json:"gitCommit,omitempty"`
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"`
}

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var o Options
	var server string
	cmd := &cobra.Command{
		Use:   "version [--server [URL]] [-o json|yaml]",
		Short: "Print the version of jobx, and of the server with --server",
		Example: `  kubectl jobx version
  kubectl jobx version --server -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && server == "true" { // "--server URL" and "-s URL", as every other command takes it
				server = args[0]
				return nil
			}
			return cobra.NoArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Server = cmd.Flags().Changed("server") && server != "false"
			if o.Server && server != "true" {
				o.Address = server
			}
			if err := o.validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	// Everywhere else --server names the API server; here the bare flag asks it for its version.
	cmd.Flags().StringVarP(&server, "server", "s", "", "Ask the server for its version as well; a URL says which server")
	cmd.Flags().Lookup("server").NoOptDefVal = "true"
	cmd.Flags().StringVarP(&o.Output, "output", "o", "", "Output format: json or yaml")
	return cmd
}

func (o Options) validate() error {
	switch o.Output {
	case "", "json", "yaml":
		return nil
	default:
		return fmt.Errorf("-o %q: want json or yaml", o.Output)
	}
}

func run(ctx context.Context, f *factory.Factory, o Options) error {
	info := Info{Client: client(debug.ReadBuildInfo)}
	if o.Server {
		if o.Address != "" {
			f.Server(o.Address)
		}
		c, err := f.Client()
		if err != nil {
			return err
		}
		if info.Server, err = c.ServerVersion(ctx); err != nil {
			return err
		}
	}
	return write(f.Out, info, o.Output)
}

// client reads the stamp, and where there is none what the Go tool recorded in the program.
func client(read func() (*debug.BuildInfo, bool)) Client {
	c := Client{Version: Stamp, GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := read()
	if !ok {
		return c
	}
	if c.Version == "" {
		c.Version = build.Main.Version
	}
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" {
			c.Commit = s.Value
		}
	}
	return c
}

func write(w io.Writer, info Info, format string) error {
	var text []byte
	var err error
	switch format {
	case "json":
		text, err = json.MarshalIndent(info, "", "  ")
		text = append(text, '\n')
	case "yaml":
		text, err = yaml.Marshal(info)
	default:
		text = fmt.Appendf(nil, "Client Version: %s\n", info.Client.Version)
		if info.Server != nil {
			text = fmt.Appendf(text, "Server Version: %s\n", info.Server.GitVersion)
		}
	}
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
