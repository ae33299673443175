// Package cli is the command line: words in, exit code out. It settles flags,
// hands an Invocation to the engine, and shows the engine's events: on a
// terminal, as plain lines, as JSON, and in logs/dbt.log.
//
// It decides nothing about projects. Begin with Main; the commands are the table
// in command.go, the flags the table in flag.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dex/internal/engine"
	"dex/internal/render"
)

// Exit codes, as dbt's.
const (
	exitOK     = 0 // all went well
	exitFailed = 1 // some node failed
	exitFault  = 2 // dex could not do what was asked
)

// Process is what the operating system gives a command.
type Process struct {
	Args            []string
	Stdin           io.Reader
	Stdout, Stderr  io.Writer
	Environ         []string
	Version, Commit string
}

func (p *Process) getenv(name string) (string, bool) {
	for i := len(p.Environ) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(p.Environ[i], "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}

// Main runs one command and returns its exit code.
func Main(ctx context.Context, p Process) int {
	root := newRoot(ctx, &p)
	root.SetArgs(normalize(p.Args, commandsByName()))
	err := root.Execute()
	var done *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &done):
		return done.code
	}
	// What is left are command lines that cannot be understood.
	fmt.Fprintf(p.Stderr, "%s\nError: %s\n", usageOf(root, p.Args), err)
	return exitFault
}

// exitError carries an exit code out of cobra; everything has been said.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

func usageOf(root *cobra.Command, args []string) string {
	name, _ := splitCommand(args, commandsByName())
	if name == "" {
		return "Usage: dex COMMAND [FLAGS]\nTry 'dex --help' for help."
	}
	for _, c := range root.Commands() {
		if c.Name() == name || c.HasAlias(name) {
			return "Usage: dex " + c.Use + " [FLAGS]\nTry 'dex " + c.Name() + " --help' for help."
		}
	}
	return "Usage: dex COMMAND [FLAGS]"
}

func newRoot(ctx context.Context, p *Process) *cobra.Command {
	root := &cobra.Command{
		Use:           "dex",
		Short:         "Run SQL transformations, compatible with dbt",
		Long:          "dex runs dbt projects: models, tests, seeds and snapshots, with hooks and operations.\nWithout a profiles.yml it builds into a DuckDB file in the project's folder.",
		Example:       "  dex init my_project        a project that builds\n  dex build                  run everything\n  dex run -s +orders         one model and what it needs\n  dex run-operation my_macro --args '{days: 7}'",
		SilenceErrors: true, SilenceUsage: true,
		Version: fmt.Sprintf("%s (commit %s, dbt %s)", p.Version, p.Commit, render.DBTVersion),
	}
	root.SetVersionTemplate("dex {{.Version}}\n")
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetIn(p.Stdin)
	root.SetContext(ctx)
	for _, def := range commandDefs {
		root.AddCommand(newCommand(p, def))
	}
	root.AddCommand(newInit(p))
	return root
}

// newCommand makes the cobra command of an engine command.
func newCommand(p *Process, def *commandDef) *cobra.Command {
	use := def.usage
	if use == "" {
		use = def.name
	}
	defs := with(globalFlags, def.flags...)
	c := &cobra.Command{
		Use: use, Aliases: def.alias, Short: def.short, Long: def.long, Example: def.example,
		Args: cobra.MaximumNArgs(def.args),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := settle(defs, func(f *flagDef) ([]string, bool) { return given(c.Flags(), f) }, p.getenv)
			if err != nil {
				return err
			}
			inv := s.invocation(def.name)
			if len(args) > 0 {
				inv.Macro = args[0]
			}
			if def.name == "docs" {
				if len(args) == 0 || args[0] != "generate" {
					return &usageError{"docs takes the word generate: dex docs generate."}
				}
				inv.Command, inv.Macro = "generate", ""
			}
			if err := checkOperation(&inv, s); err != nil {
				return err
			}
			if code := execute(c.Context(), p, s, inv); code != exitOK {
				return &exitError{code}
			}
			return nil
		},
	}
	for _, f := range defs {
		register(c.Flags(), f)
	}
	c.Flags().SortFlags = true
	return c
}

// checkOperation refuses what run-operation cannot make sense of.
func checkOperation(inv *engine.Invocation, s *settings) error {
	if inv.Command != "run-operation" {
		return nil
	}
	_, args := s.given["args"]
	switch {
	case inv.SQL != "" && (inv.Macro != "" || args):
		return &usageError{"--sql cannot be used together with a macro or --args."}
	case inv.SQL == "" && inv.Macro == "":
		return &usageError{"Missing argument 'MACRO': give a macro's name, or a statement with --sql."}
	}
	return nil
}

// register adds a flag to cobra's set. A boolean gets its --no- form as well.
func register(fs *pflag.FlagSet, f *flagDef) {
	short := f.short
	switch f.kind {
	case boolean:
		fs.BoolP(f.name, short, f.def == "true", f.help)
		fs.Bool("no-"+f.name, false, "the opposite of --"+f.name)
		_ = fs.MarkHidden("no-" + f.name) // the flag was added a line above
	case list:
		fs.StringArrayP(f.name, short, nil, f.help)
	default:
		fs.StringP(f.name, short, f.def, f.help)
	}
	if strings.HasPrefix(f.help, "taken for dbt's sake") {
		_ = fs.MarkHidden(f.name)
	}
}

// given is what the command line said of a flag.
func given(fs *pflag.FlagSet, f *flagDef) ([]string, bool) {
	if f.kind == boolean && fs.Changed("no-"+f.name) {
		return []string{"false"}, true
	}
	if !fs.Changed(f.name) {
		return nil, false
	}
	switch f.kind {
	case boolean:
		b, _ := fs.GetBool(f.name)
		return []string{fmt.Sprint(b)}, true
	case list:
		words, _ := fs.GetStringArray(f.name)
		return words, true
	}
	s, _ := fs.GetString(f.name)
	return []string{s}, true
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
