// Package engine is the one door to dex: the command line, the server and the
// scheduler all come through Invoke. It lists the stages of each command and
// decides nothing itself.
//
// Begin with Invoke and the table of commands; load.go sets up a project and its
// target, run.go carries out plans, list.go, show.go, debug.go and clean.go are
// the commands of those names.
package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"dex/internal/event"
)

// Engine carries out invocations. The zero value drops all events.
type Engine struct {
	Sink event.Sink
	// Version and Commit are dex's own.
	Version, Commit string
	// Getenv looks up environment variables; nil is the process's own.
	Getenv func(string) (string, bool)
	// Learn is told the texts that must never be shown, once they are known.
	Learn func(secrets []string)
	// Known is told when all of them are: what is said before may hold one that is not
	// known for it. A command that fails early, or reads no project, does not come to it.
	Known func()
	// Clean takes those texts out of what is written to files; nil leaves it as it is.
	Clean func(string) string
	// CleanJSON does so with JSON text, and leaves it JSON; nil leaves it as it is.
	CleanJSON func([]byte) []byte
	// Holds reports whether one of those texts is in some bytes; nil says no.
	Holds func([]byte) bool
	// Now is the clock; nil is the machine's.
	Now func() time.Time
}

// stage does one part of a command.
type stage func(ctx context.Context, w *work) error

// commands lists the stages of each command, in order. A stage's error ends the
// command; what was found so far stays in the outcome.
var commands = map[string][]stage{
	"parse":         {loadProject, parseProject, writeManifest},
	"list":          {loadProject, parseProject, selectNodes, listNodes, writeManifest},
	"compile":       {loadProject, parseProject, inlineNode, openDatabase, selectNodes, planRun, compileNodes, writeArtifacts, showCompiled},
	"show":          {showDirect, loadProject, parseProject, inlineNode, openDatabase, selectNodes, planRun, showNodes, writeArtifacts},
	"run":           {loadProject, parseProject, openDatabase, selectNodes, planRun, runNodes, writeArtifacts},
	"seed":          {loadProject, parseProject, openDatabase, selectNodes, planRun, runNodes, writeArtifacts, showSeeds},
	"snapshot":      {loadProject, parseProject, openDatabase, selectNodes, planRun, runNodes, writeArtifacts},
	"test":          {loadProject, parseProject, openDatabase, selectNodes, planRun, runNodes, writeArtifacts},
	"build":         {loadProject, parseProject, openDatabase, selectNodes, planRun, runNodes, writeArtifacts, showSeeds},
	"clone":         {loadProject, parseProject, openDatabase, selectNodes, planRun, runNodes, writeArtifacts},
	"run-operation": {loadProject, parseProject, openDatabase, runOperation, writeArtifacts},
	"generate":      {loadProject, parseProject, openDatabase, selectNodes, planRun, compileDocs, writeSite, writeCatalog},
	"serve":         {loadSite, serveDocs},
	"freshness":     {loadProject, parseProject, openDatabase, selectNodes, keepFresh, planFreshness, runNodes, writeArtifacts},
	"retry":         {refuseRetry},
	"lint":          {loadProject, parseProject, readOperations, selectNodes, lintProject},

	"operation run":     {loadProject, parseProject, readOperations, prepareOperation, awaitTurn, openDatabase, runScript},
	"operation plan":    {loadProject, parseProject, readOperations, prepareOperation, openDatabase, planScript},
	"operation list":    {loadProject, parseProject, readOperations, listOperations},
	"operation show":    {loadProject, parseProject, readOperations, showOperation},
	"operation history": {loadProject, operationHistory},
	"operation new":     {loadProject, newOperation},

	"hooks lint": {loadProject, parseProject, readOperations, selectNodes, lintProject},
	"hooks list": {loadProject, parseProject, selectNodes, listHooks, writeManifest},
	"hooks run":  {needHookChoice, loadProject, parseProject, openDatabase, selectNodes, runHooks, writeManifest},
	"hooks show": {needHookModel, loadProject, parseProject, openToLook, selectNodes, showHooks, writeManifest},

	"notify test":       {loadNotifications, testChannel},
	"notify channels":   {loadNotifications, listChannels},
	"notify deliveries": {loadNotifications, listDeliveries},
	"notify flush":      {loadNotifications, flushNotices},
	"notify redeliver":  {loadNotifications, redeliverNotice},

	"audit list":   {listAudit},
	"audit verify": {verifyAudit},
	"audit export": {exportAudit},

	"debug": {debugProject},
	"deps":  {installDeps},
	"clean": {cleanProject},
}

// Commands lists the commands that Invoke knows.
func Commands() []string {
	out := make([]string, 0, len(commands))
	for c := range commands {
		out = append(out, c)
	}
	return out
}

// Invoke carries out inv. The error says that the command could not be done
// (exit code 2): *diag.ListError for faults of the project. Failed nodes are in
// the outcome, which comes with an error too.
func (e *Engine) Invoke(ctx context.Context, inv Invocation) (*Outcome, error) {
	stages, ok := commands[inv.Command]
	if !ok {
		return nil, fmt.Errorf("no such command: %s", inv.Command)
	}
	if inv.ID == "" {
		inv.ID = uuid.NewString()
	}
	w := newWork(e, inv)
	defer w.close()
	defer func() { w.out.Elapsed = e.now().Sub(w.started) }()
	if err := w.take(inv.Warnings); err != nil {
		return w.out, errors.Join(err, w.summarizeDeprecations())
	}
	err := w.carryOut(ctx, stages)
	if w.alerts != nil && !w.previewing() { // nobody is told of what is not done
		w.alerts.end(ctx, err)
	}
	// Behind the alerts: how their deliveries ended is recorded as well.
	err = errors.Join(err, w.endAudit(ctx, err))
	if err != nil {
		err = errors.Join(err, w.leaveManifest(ctx))
	}
	return w.out, errors.Join(err, w.summarizeDeprecations())
}

// carryOut runs the stages of a command up to the first that fails.
func (w *work) carryOut(ctx context.Context, stages []stage) error {
	for _, s := range stages {
		if err := s(ctx, w); err != nil {
			return err
		}
		if w.finished {
			return nil
		}
	}
	return nil
}

// leaveManifest writes the manifest of a command that ended early: the project
// was parsed, and dbt has written it by then.
func (w *work) leaveManifest(ctx context.Context) error {
	if w.out.Manifest == nil || w.written {
		return nil
	}
	return writeManifest(context.WithoutCancel(ctx), w)
}

func (e *Engine) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

func (e *Engine) emit(l event.Level, d event.Data) {
	if e.Sink != nil {
		e.Sink.Emit(event.Event{Time: e.now(), Level: l, Data: d, Thread: "MainThread"})
	}
}
