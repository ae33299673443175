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
	"dex/internal/jinja/value"
	"dex/internal/render"
	"dex/internal/run"
	"dex/internal/secret"
)

// execute hands an invocation to the engine and shows what happens. It returns
// the exit code.
func execute(ctx context.Context, p *Process, s *settings, inv engine.Invocation) int {
	inv.ID = uuid.NewString()
	secrets := secret.New(p.Environ)
	secrets.Add(secretVars(inv.Vars))
	file, err := openLog(s, inv, secrets)
	if err != nil {
		fmt.Fprintf(p.Stderr, "dex goes on without a log file: %s\n", secrets.Clean(err.Error()))
	}
	shown := newView(p, s, shownAs(&inv), inv.ID, secrets)
	defer shown.Close() // a terminal is left as it was, whatever happens
	sinks := newLayout(shown)
	if file != nil {
		sinks.sinks = append(sinks.sinks, file)
		defer closeLog(p, file, secrets)
	}
	stop, err := recordTiming(s.text("record-timing-info", ""))
	if err != nil {
		fmt.Fprintf(p.Stderr, "dex goes on without a profile: %s\n", err)
	}
	defer func() {
		if err := stop(); err != nil {
			fmt.Fprintf(p.Stderr, "the profile is not whole: %s\n", err)
		}
	}()
	return invoke(ctx, p, s, inv, &stage{view: shown, sinks: sinks, first: &hold{to: sinks, open: outright[inv.Command]}, secrets: secrets})
}

// shownAs is the command by which a view is chosen: in a dry run there is nothing to
// watch.
func shownAs(inv *engine.Invocation) string {
	if inv.DryRun {
		return "dry-run"
	}
	return inv.Command
}

// stage is where an invocation is shown.
type stage struct {
	view    view
	sinks   *layout
	first   *hold // before sinks
	secrets *secret.Redactor
}

func (st *stage) emit(l event.Level, d event.Data) {
	st.first.Emit(event.Event{Time: now(), Level: l, Data: d, Thread: "MainThread"})
}

// invoke runs inv from its first event to its last.
func invoke(ctx context.Context, p *Process, s *settings, inv engine.Invocation, st *stage) int {
	began := now()
	st.emit(event.Info, event.MainReportVersion{Version: render.DBTVersion, DexVersion: p.Version})
	st.emit(event.Debug, event.MainReportArgs{Args: s.shown(inv.Command)})
	e := &engine.Engine{
		Sink: st.first, Version: p.Version, Commit: p.Commit, Getenv: p.getenv,
		Learn: st.secrets.Add, Known: st.first.known, Clean: st.secrets.Clean, CleanJSON: st.secrets.CleanJSON, Holds: st.secrets.Holds,
	}
	out, err := e.Invoke(ctx, inv)
	st.first.end()
	st.view.Close()
	elapsed := 0.0
	if out != nil {
		elapsed = out.Elapsed.Seconds()
		for _, d := range outputs(&inv, out, s.bool("quiet", false), st.secrets.Clean) {
			st.emit(event.Info, d)
		}
		st.checks(out, inv.Command == "audit verify")
		st.summarize(&inv, out, ctx.Err() != nil)
	}
	if err != nil {
		st.emit(event.Error, encountered(ctx, err))
	}
	code := exitCode(out, err)
	st.reportResources(&inv, code == exitOK, now().Sub(began), s.bool("show-resource-report", false))
	st.emit(event.Debug, event.CommandCompleted{Command: inv.Command, Success: code == exitOK, At: now(), Elapsed: elapsed})
	return code
}

// checks shows findings. Good ones are what was asked for, or, as dbt has it of debug,
// a part of the log.
func (st *stage) checks(out *engine.Outcome, asked bool) {
	failed := 0
	for _, c := range out.Checks {
		msg := strings.TrimRight(fmt.Sprintf("%-28s %s", c.Name, c.Value), " ")
		switch {
		case !c.OK:
			failed++
			st.emit(event.Error, event.Note{Msg: msg})
		case asked:
			st.emit(event.Info, event.PrintEvent{Msg: msg, Output: true})
		default:
			st.emit(event.Info, event.Note{Msg: msg})
		}
	}
	if failed > 0 {
		st.emit(event.Error, event.Note{Msg: counted(failed, "check") + " failed"})
	}
}

func closeLog(p *Process, file *logFile, secrets *secret.Redactor) {
	if err := file.Close(); err != nil {
		fmt.Fprintf(p.Stderr, "dbt.log is not complete: %s\n", secrets.Clean(err.Error()))
	}
}

// exitCode is dbt's: 2 for what could not be done, 1 where a node failed.
func exitCode(out *engine.Outcome, err error) int {
	switch {
	case err != nil:
		return exitFault
	case out.Failed():
		return exitFailed
	}
	return exitOK
}

// encountered words an error that ended the command.
func encountered(ctx context.Context, err error) event.Data {
	var list *diag.ListError
	var hook *run.HookAborted
	var target *engine.TargetError
	msg := err.Error()
	switch {
	case ctx.Err() != nil:
		msg = "Interrupted: running statements were cancelled, open transactions rolled back. The next run works."
	case errors.As(err, &hook):
		msg = hook.Message
	case errors.As(err, &target) && errors.Is(err, adapter.ErrLocked):
		msg = runtimeError(target.Err.Error())
	case !errors.As(err, &list):
		msg = runtimeError(msg)
	}
	return event.CommandFailed{Msg: msg}
}

// runtimeError gives an error that has no heading of its own dbt's.
func runtimeError(msg string) string {
	return "Runtime Error\n  " + strings.ReplaceAll(msg, "\n", "\n  ")
}

// openLog opens dbt.log below the log folder; nil where it is switched off.
func openLog(s *settings, inv engine.Invocation, secrets *secret.Redactor) (*logFile, error) {
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
	format := s.text("log-format-file", "debug")
	if format == "default" {
		format = "debug"
	}
	return newLogFile(logOptions{
		dir: dir, format: format, level: levelOf(level), maxBytes: s.int("log-file-max-bytes", 10<<20),
		id: inv.ID, colour: s.bool("use-colors-file", false), secrets: secrets,
	})
}

func levelOf(name string) event.Level {
	switch name {
	case "debug":
		return event.Debug
	case "warn":
		return event.Warn
	case "error":
		return event.Error
	case "none":
		return silent
	}
	return event.Info
}

// secretVars are the values of --vars whose names say that they are secret, and all
// texts and numbers in them.
func secretVars(vars *value.Dict) []string {
	if vars == nil {
		return nil
	}
	var out []string
	vars.Each(func(k, v value.Value) bool {
		if strings.HasPrefix(value.ToStr(k), secret.Prefix) {
			out = append(out, leaves(v)...)
		}
		return true
	})
	return out
}

func leaves(v value.Value) []string {
	var out []string
	switch x := v.(type) {
	case *value.Dict:
		x.Each(func(_, e value.Value) bool {
			out = append(out, leaves(e)...)
			return true
		})
	case *value.List:
		for _, e := range x.Elems {
			out = append(out, leaves(e)...)
		}
	case value.Bool: // a word that is in every text
	default:
		if v != value.None {
			out = append(out, value.ToStr(v))
		}
	}
	return out
}
