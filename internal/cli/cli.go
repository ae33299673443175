// Package cli is the command line: words in, exit code out. It settles flags,
// hands an Invocation to the engine, and shows the engine's events: on a
// terminal, as plain lines, as JSON, and in logs/dbt.log.
//
// It decides nothing about projects. Begin with Main; the commands are the table
// in command.go, the flags the table in flag.go.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dex/internal/engine"
	"dex/internal/render"
	"dex/internal/secret"
	"dex/internal/yamldoc"
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
	root.SetArgs(spelled(p.Args))
	if len(p.Args) == 0 {
		root.SetArgs([]string{"--help"})
	}
	err := root.Execute()
	var done *exitError
	switch {
	case err == nil && len(p.Args) == 0:
		return exitFault // dbt: help, and exit code 2
	case err == nil:
		return exitOK
	case errors.As(err, &done):
		return done.code
	}
	// What is left are command lines that cannot be understood. They are quoted.
	fmt.Fprint(p.Stderr, secret.New(p.Environ).Clean(fmt.Sprintf("%s\nError: %s\n", usageOf(root, p.Args), err)))
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
	if c, _, err := root.Find(strings.Fields(name)); err == nil && c != root {
		path := strings.TrimSuffix(c.CommandPath(), c.Name())
		return "Usage: " + path + c.Use + " [FLAGS]\nTry '" + path + c.Name() + " --help' for help."
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
	under := map[string]*cobra.Command{"": root}
	for word, short := range groups {
		under[word] = newGroup(word, short)
		for alias, of := range groupAliases {
			if of == word {
				under[word].Aliases = append(under[word].Aliases, alias)
			}
		}
		root.AddCommand(under[word])
	}
	for _, def := range commandDefs {
		under[def.under].AddCommand(newCommand(p, def))
	}
	root.AddCommand(newInit(p))
	return root
}

// newGroup makes the cobra command of a word that stands before others.
func newGroup(word, short string) *cobra.Command {
	return &cobra.Command{Use: word, Short: short, RunE: func(c *cobra.Command, args []string) error {
		var has []string
		for _, sub := range c.Commands() {
			has = append(has, sub.Name())
		}
		known := fmt.Sprintf("dex %s has %s.", word, strings.Join(has, ", "))
		if len(args) == 0 {
			return &usageError{"Missing command: " + known}
		}
		if near := yamldoc.Nearest(args[0], has); near != "" {
			known = fmt.Sprintf("did you mean '%s'? %s", near, known)
		}
		return &usageError{fmt.Sprintf("No such command '%s': %s", args[0], known)}
	}, Args: cobra.ArbitraryArgs, FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}} // of what use would a word about a flag be
}

// newCommand makes the cobra command of an engine command.
func newCommand(p *Process, def *commandDef) *cobra.Command {
	use := def.usage
	if use == "" {
		use = def.name
	}
	defs := def.allFlags()
	c := &cobra.Command{
		Use: use, Aliases: def.alias, Short: def.short, Long: def.long, Example: def.example,
		Args: atMost(def.args),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := settle(defs, func(f *flagDef) ([]string, bool) { return given(c.Flags(), f) }, p.getenv, here())
			if err != nil {
				return err
			}
			s.warnOutdated(p.Args, p.Environ)
			inv := s.invocation(def.command())
			inv.Flags = s.templateFlags(p.Args)
			switch {
			case def.take != nil:
				def.take(&inv, args)
			case len(args) > 0:
				inv.Macro, inv.Word = args[0], args[0]
			}
			if def.under == "operation" {
				inv.Macro, inv.Operation = "", inv.Macro
				if inv.Operation == "" && def.args > 0 && !strings.Contains(def.usage, "[") {
					return &usageError{"Missing argument 'NAME': dex operation " + def.usage}
				}
			}
			if err := checkModels(def, p.Args); err != nil {
				return err
			}
			if err := checkWord(def, args); err != nil {
				return err
			}
			if err := checkOperation(&inv, s); err != nil {
				return err
			}
			inv.OperationFlags.Ask = p.ask
			if def.command() == "retry" {
				if inv, err = s.retry(p, inv); err != nil {
					return err
				}
			}
			if err := s.enter(p); err != nil {
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
	completeCommand(p, c, def, defs)
	c.Flags().SortFlags = true
	return c
}

// atMost refuses words behind a command that takes fewer, naming the first.
func atMost(n int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return &usageError{fmt.Sprintf("Got unexpected extra argument '%s'.", args[n])}
		}
		return nil
	}
}

// checkModels refuses --models beside what it means in `list`: a selection, and of
// models. dbt: ListTask.
func checkModels(def *commandDef, args []string) error {
	if def.command() != "list" || !slices.ContainsFunc(args, saysModels) {
		return nil
	}
	other := ""
	for _, a := range args {
		switch word, _, _ := strings.Cut(a, "="); word {
		case "-s", "--select":
			other = "select"
		case "--resource-type", "--resource-types":
			other = "resource_type"
		}
	}
	if other == "" {
		return nil
	}
	return &usageError{`"models" and "` + other + `" are mutually exclusive arguments`}
}

// checkWord asks for the word that a command of notify needs.
func checkWord(def *commandDef, args []string) error {
	if def.under != "notify" || len(args) >= def.args {
		return nil
	}
	_, word, _ := strings.Cut(def.usage, " ")
	return &usageError{"Missing argument '" + word + "': see dex notify " + def.name + " --help."}
}

// checkOperation refuses what run-operation cannot make sense of.
func checkOperation(inv *engine.Invocation, s *settings) error {
	switch inv.Command {
	case "run-operation":
	default:
		return nil
	}
	_, args := s.given["args"]
	switch {
	case inv.SQL != "" && inv.Macro != "":
		return &usageError{"Cannot specify both a macro name and --sql for run-operation"}
	case inv.SQL != "" && args:
		return &usageError{"--args cannot be used with --sql; pass arguments directly in the SQL"}
	case inv.SQL == "" && inv.Macro == "":
		return &usageError{"Either a macro name or --sql must be passed to run-operation"}
	}
	return nil
}

// ask asks a person at a terminal; nobody else agrees to anything.
func (p *Process) ask(question string) bool {
	in, ok := p.Stdin.(*os.File)
	if !ok || !isTerminal(p.Stderr) {
		return false
	}
	if st, err := in.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	fmt.Fprintf(p.Stderr, "%s\nType yes to go on: ", question)
	line, err := bufio.NewReader(in).ReadString('\n')
	return err == nil && strings.EqualFold(strings.TrimSpace(line), "yes")
}

// register adds a flag to cobra's set. A boolean gets its --no- form as well.
func register(fs *pflag.FlagSet, f *flagDef) {
	short := f.short
	switch f.kind {
	case boolean:
		fs.BoolP(f.name, short, f.def == "true", f.help)
		fs.Bool("no-"+f.name, false, "the opposite of --"+f.name)
		_ = fs.MarkHidden("no-" + f.name) // the flag was added a line above
	default:
		fs.VarP(&flagValue{def: f}, f.name, short, f.help)
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
	if v, ok := fs.Lookup(f.name).Value.(*flagValue); ok {
		return v.words, true
	}
	return []string{fs.Lookup(f.name).Value.String()}, true
}

// flagValue is what the command line says of a flag that takes words, as they
// were written: settle reads them, whether they come from here, from a variable
// or from dbt_project.yml.
type flagValue struct {
	def   *flagDef
	words []string
}

// Set implements pflag.Value.
func (v *flagValue) Set(s string) error {
	v.words = append(v.words, s)
	return nil
}

// String implements pflag.Value: the default, for help.
func (v *flagValue) String() string {
	if v.def == nil {
		return "" // pflag asks a zero value what its default is
	}
	return v.def.def
}

// Type implements pflag.Value: what help calls the value.
func (v *flagValue) Type() string {
	switch v.def.kind {
	case list:
		return "words"
	case mapping:
		return "yaml"
	case number:
		return "n"
	}
	return "word"
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
