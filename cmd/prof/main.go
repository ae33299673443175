package main

import (
	"context"
	"os"
	"runtime/pprof"

	_ "dex/internal/adapter/all"
	"dex/internal/cli"
)

func main() {
	f, _ := os.Create(os.Getenv("CPUPROF"))
	pprof.StartCPUProfile(f)
	code := cli.Main(context.Background(), cli.Process{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Version: "0", Commit: ""})
	pprof.StopCPUProfile()
	f.Close()
	os.Exit(code)
}
