package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/lint"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/sqltext"
)

// Lint are the flags of lint and hooks lint.
type Lint struct {
	// HooksOnly leaves operations out.
	HooksOnly bool
	// Baseline is the file of accepted findings; "" is that of dex.yml.
	Baseline string
	// WriteBaseline accepts what is found now.
	WriteBaseline bool
}

// lintProject holds hooks and operations against the rules.
func lintProject(_ context.Context, w *work) error {
	in, err := w.lintInput()
	if err != nil {
		return err
	}
	found := lint.Check(in)
	path := w.baselinePath(in.Settings)
	if w.inv.Lint.WriteBaseline {
		return w.writeBaseline(path, found)
	}
	var gone []lint.Accepted
	accepted := len(found)
	if path != "" {
		b, err := lint.ReadBaseline(path)
		if err != nil {
			return err
		}
		found, gone = b.New(found)
	}
	w.out.Findings = found
	lines, err := w.lintLines(found, accepted-len(found), gone)
	w.out.Lines = lines
	return err
}

// lintInput is what the project has for the rules to look at.
func (w *work) lintInput() (lint.Input, error) {
	dex := &w.project.Dex
	in := lint.Input{
		Macro: w.ownMacro, Targets: w.profile.TargetNames, Dialect: sqltext.Of(w.profile.Type), Transactions: w.transactional(),
		FirstRunFails: dex.Hooks.FirstRun == project.FirstRunFail,
		Settings:      lint.Settings{Rules: map[string]lint.Severity{}, Statements: dex.Lint.Statements, Baseline: dex.Lint.Baseline},
	}
	if w.profile.Type == "postgres" {
		in.Autocommit = !dex.Hooks.Strict
	}
	for code, severity := range dex.Lint.Rules {
		if !slices.ContainsFunc(lint.Rules(), func(r lint.Rule) bool { return r.Code == code }) {
			return in, fmt.Errorf("lint of %s names the rule %s, which there is not; docs/lint has a page for each", project.DexFile, code)
		}
		in.Settings.Rules[code] = lint.Severity(severity)
	}
	ids := w.selected.ids
	whole := len(w.inv.Select)+len(w.inv.Exclude) == 0 && w.inv.Selector == ""
	if whole {
		ids = append(slices.Clone(ids), append(w.out.Manifest.OnStart, w.out.Manifest.OnEnd...)...)
	}
	for _, id := range ids {
		n := w.out.Manifest.Node(id)
		if n == nil || n.Package != w.project.Root.Name {
			continue // what an installed package does is its authors' business
		}
		in.Calls = append(in.Calls, n)
		hooks, err := w.lintHooks(n)
		if err != nil {
			return in, err
		}
		in.Hooks = append(in.Hooks, hooks...)
	}
	if w.inv.Lint.HooksOnly || !whole {
		return in, nil // nodes were asked for
	}
	for _, o := range w.operations.All() {
		if o.Package == w.project.Root.Name && !o.Disabled {
			in.Operations = append(in.Operations, o)
		}
	}
	return in, nil
}

// lintHooks are the hooks of a node, or the on-run hook that it is.
func (w *work) lintHooks(n *manifest.Node) ([]lint.Hook, error) {
	var out []lint.Hook
	if n.Kind == manifest.KindOperation {
		event := "on-run-start"
		if slices.Contains(w.out.Manifest.OnEnd, n.ID) {
			event = "on-run-end"
		}
		h, err := manifest.HookOf(value.Str(n.Raw))
		if err != nil {
			return nil, err
		}
		return append(out, lint.Hook{Hook: h, Node: n, Event: event, Index: n.HookIndex, Pos: n.Pos, Line: w.project.Line(n.Pos)}), nil
	}
	for _, event := range []string{"pre-hook", "post-hook"} {
		hooks, err := n.Config.Hooks(event)
		if err != nil {
			return nil, err
		}
		if len(hooks) == 0 {
			continue
		}
		at := w.project.Origins(n, event)
		for i, h := range hooks {
			l := lint.Hook{Hook: h, Node: n, Event: event, Index: i}
			if i < len(at) {
				l.Pos, l.Line = at[i], w.project.Line(at[i])
			}
			out = append(out, l)
		}
	}
	return out, nil
}

// ownMacro finds a macro that the user's project or a package of it has.
func (w *work) ownMacro(pkg, name string) *manifest.Macro {
	for _, p := range []string{pkg, w.project.Root.Name} {
		if p == "dbt" || slices.Contains(w.render.InternalPackages, p) {
			continue
		}
		if m := w.out.Manifest.Macros[manifest.ID("macro."+p+"."+name)]; m != nil {
			return m
		}
	}
	return nil
}

// transactional reports whether the target has transactions, as far as that can be
// told without opening it.
func (w *work) transactional() bool {
	off, ok := w.profile.Target.GetStr("disable_transactions")
	return !ok || !off.Truth()
}

// baselinePath is the file of accepted findings; "" is none.
func (w *work) baselinePath(s lint.Settings) string {
	switch {
	case w.inv.Lint.Baseline != "":
		return w.inv.Lint.Baseline
	case s.Baseline != "":
		return filepath.Join(w.dir(), filepath.FromSlash(s.Baseline))
	}
	return ""
}

// writeBaseline accepts what was found. The file takes the place of the old one at
// once.
func (w *work) writeBaseline(path string, found []lint.Finding) error {
	if path == "" {
		return errors.New("--write-baseline needs a file: give --baseline FILE, or baseline: in the section lint of " + project.DexFile)
	}
	src, err := lint.NewBaseline(found).JSON()
	if err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, src, 0o644); err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	w.engine.emit(event.Info, event.Note{Msg: fmt.Sprintf("%s accepted in %s", plural(len(found), "finding"), path)})
	return nil
}

// lintLines are the findings as the command prints them.
func (w *work) lintLines(found []lint.Finding, accepted int, gone []lint.Accepted) ([]string, error) {
	switch w.inv.Output {
	case "sarif":
		src, err := lint.SARIF(found, w.engine.Version)
		return []string{string(src)}, err
	case "json":
		return lintJSON(found)
	}
	var lines []string
	for i := range found {
		lines = append(lines, lintText(&found[i]))
	}
	lines = append(lines, lintSummary(found, accepted, gone))
	return lines, nil
}

// lintText is a finding for people: place and line with a caret.
func lintText(f *lint.Finding) string {
	d := diag.Diagnostic{Summary: fmt.Sprintf("%s %s: %s", f.Rule, f.Severity, f.Message), Hint: f.Hint, Pos: f.Pos, Source: f.Line}
	body := d.Body()
	if n := len(f.Nodes); n > 1 {
		body += fmt.Sprintf("\nIt is a hook of %d nodes: %s", n, shortList(f.Nodes, 3))
	}
	return body + "\n"
}

func shortList(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", ..."
}

func lintSummary(found []lint.Finding, accepted int, gone []lint.Accepted) string {
	count := map[lint.Severity]int{}
	for i := range found {
		count[found[i].Severity]++
	}
	line := fmt.Sprintf("%s, %s, %s", plural(count[lint.Fault], "error"), plural(count[lint.Warn], "warning"), plural(count[lint.Note], "note"))
	if accepted > 0 {
		line += fmt.Sprintf("; %d more in the baseline", accepted)
	}
	if len(gone) > 0 {
		line += fmt.Sprintf("; the baseline accepts %s no longer there: write it anew with --write-baseline", plural(len(gone), "finding"))
	}
	return line
}

// lintJSON is one object for each finding.
func lintJSON(found []lint.Finding) ([]string, error) {
	var lines []string
	for i := range found {
		f := &found[i]
		src, err := json.Marshal(map[string]any{
			"rule": f.Rule, "severity": f.Severity, "message": f.Message, "hint": f.Hint, "file": f.Pos.File, "line": f.Pos.Line, "column": f.Pos.Col,
			"nodes": f.Nodes, "event": f.Event, "fingerprint": f.Fingerprint(),
		})
		if err != nil {
			return nil, err
		}
		lines = append(lines, string(src))
	}
	return lines, nil
}
