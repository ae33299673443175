// Command dex runs dbt projects: models, hooks and operations on a database.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	_ "dex/internal/adapter/all"
	"dex/internal/cli"
	"dex/internal/dotenv"
)

// version and commit are set by the linker: see the Makefile.
var (
	version = "0.1.0-dev"
	commit  = "unknown"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the command in good order; a second one ends it at once.
	context.AfterFunc(ctx, stop)
	for _, note := range dotenv.Load(".") {
		fmt.Fprintln(os.Stderr, note)
	}
	code := cli.Main(ctx, cli.Process{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(),
		Version: version, Commit: commit,
	})
	stop()
	os.Exit(code)
}
