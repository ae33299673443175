package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/engine"
	"dex/internal/event"
	"dex/internal/render"
	"dex/internal/run"
)

// execute hands an invocation to the engine and shows what happens. It returns
// the exit code.
func execute(ctx context.Context, p *Process, s *settings, inv engine.Invocation) int {
	inv.ID = uuid.NewString()
	secrets := newRedactor(p.Environ)
	view := newView(p, s, inv.ID, secrets)
	sinks := event.Fan{view}
	if file, err := openLog(s, inv, secrets); err != nil {
		fmt.Fprintf(p.Stderr, "dex goes on without a log file: %s\n", err)
	} else if file != nil {
		defer file.Close()
		sinks = append(sinks, file)
	}
	e := &engine.Engine{Sink: sinks, Version: p.Version, Commit: p.Commit, Getenv: p.getenv, Learn: secrets.add, Clean: secrets.clean}
	emit := func(l event.Level, d event.Data) {
		sinks.Emit(event.Event{Time: now(), Level: l, Data: d, Thread: "MainThread"})
	}
	emit(event.Info, event.MainReportVersion{Version: render.DBTVersion, DexVersion: p.Version})
	out, err := e.Invoke(ctx, inv)
	code := exitCode(out, err)
	view.Close()
	if out != nil {
		for _, line := range out.Lines {
			fmt.Fprintln(p.Stdout, secrets.clean(line))
		}
		summarize(emit, inv, out)
	}
	if err != nil {
		emit(event.Error, encountered(ctx, err))
	}
	elapsed := 0.0
	if out != nil {
		elapsed = out.Elapsed.Seconds()
	}
	emit(event.Debug, event.CommandCompleted{Command: inv.Command, Success: code == exitOK, Elapsed: elapsed})
	return code
}

// exitCode is dbt's: 2 for what could not be done, 1 where a node failed.
func exitCode(out *engine.Outcome, err error) int {
	var node *engine.NodeFailed
	switch {
	case errors.As(err, &node):
		return exitFailed
	case err != nil:
		return exitFault
	case out.Failed():
		return exitFailed
	}
	return exitOK
}

// encountered words an error that ended the command.
func encountered(ctx context.Context, err error) event.Data {
	msg := err.Error()
	var node *engine.NodeFailed
	var hook *run.HookAborted
	var target *engine.TargetError
	switch {
	case errors.As(err, &node):
		return event.CommandFailed{Msg: node.Error(), Handled: true}
	case ctx.Err() != nil:
		msg = "Interrupted: running statements were cancelled, open transactions rolled back. The next run works."
	case errors.As(err, &hook):
		msg = hook.Message
	case errors.As(err, &target) && errors.Is(err, adapter.ErrLocked):
		msg = "Runtime Error\n  " + strings.ReplaceAll(target.Err.Error(), "\n", "\n  ")
	default:
		var list *diag.ListError
		if !errors.As(err, &list) {
			msg = "Runtime Error\n  " + strings.ReplaceAll(msg, "\n", "\n  ")
		}
	}
	return event.CommandFailed{Msg: msg}
}

// openLog opens dbt.log below the log folder; nil where it is switched off.
func openLog(s *settings, inv engine.Invocation, secrets *redactor) (*logFile, error) {
	level := s.text("log-level-file", "debug")
	if level == "none" {
		return nil, nil
	}
	dir := s.text("log-path", "logs")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(inv.ProjectDir, dir)
	}
	if _, err := os.Stat(filepath.Join(inv.ProjectDir, "dbt_project.yml")); err != nil && s.text("log-path", "") == "" {
		return nil, nil // no project here: leave no folder behind
	}
	return newLogFile(dir, s.text("log-format-file", "debug"), levelOf(level), s.int("log-file-max-bytes", 10<<20), inv.ID, secrets)
}

func levelOf(name string) event.Level {
	switch name {
	case "debug":
		return event.Debug
	case "warn":
		return event.Warn
	case "error", "none":
		return event.Error
	}
	return event.Info
}
