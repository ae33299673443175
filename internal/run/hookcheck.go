package run

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/plan"
	"dex/internal/result"
)

// checkHooks refuses a plan whose hooks name channels or operations that are not
// there, before anything is sent: all of them at once. Hooks for other targets are left
// to those.
func (e *Executor) checkHooks(p *plan.Plan) error {
	if e.CompileOnly {
		return nil
	}
	var faults diag.List
	for _, n := range planned(p) {
		a, err := e.aroundNode(n)
		if err != nil {
			return err
		}
		if a == nil {
			continue
		}
		for _, d := range a.hooks {
			if d.hook.Extended && e.meant(d) {
				faults = append(faults, a.check(d)...)
			}
		}
	}
	more, err := e.checkOnRun(p)
	if err != nil {
		return err
	}
	return append(faults, more...).Err()
}

// checkOnRun is checkHooks for on-run hooks that are maps.
func (e *Executor) checkOnRun(p *plan.Plan) (faults diag.List, err error) {
	for _, t := range p.Tasks {
		if t.Kind != plan.Hook {
			continue
		}
		event := phaseOf(t.Phase)
		h, err := mapHook(t.Node, event)
		if err != nil {
			return nil, err
		}
		if h == nil {
			continue
		}
		a := e.Around(string(t.Node.ID), nil, nil)
		a.Node = t.Node
		a.Declare(event, []manifest.Hook{*h})
		if d := a.hooks[0]; e.meant(d) {
			d.rec.Origin = t.Node.Pos
			faults = append(faults, a.check(d)...)
		}
	}
	return faults, nil
}

// meant reports whether a hook may run in this invocation.
func (e *Executor) meant(d *declared) bool {
	if r, _ := e.elsewhere(&d.hook); r != "" {
		return false
	}
	if e.LeaveOut == nil {
		return true
	}
	rec := d.rec
	r, _ := e.LeaveOut(&d.hook, &rec)
	return r == ""
}

// planned are the nodes of a plan whose hooks have accounts.
func planned(p *plan.Plan) []*manifest.Node {
	nodes := slices.Clone(p.Ephemeral)
	for _, t := range p.Tasks {
		if t.Phase == plan.Main {
			nodes = append(nodes, t.Node)
		}
	}
	return nodes
}

// check tells what a hook names that is not there.
func (a *Around) check(d *declared) (out diag.List) {
	fault := func(code, msg string) {
		out = append(out, diag.Diagnostic{
			Class: diag.Runtime, Code: code, Pos: a.e.hookPlace(a.Node, &d.rec), Node: a.id,
			Summary: fmt.Sprintf("%s of %s: %s", d.label(), a.id, msg),
		})
	}
	if d.hook.Operation != "" {
		if a.e.Operator == nil {
			fault("operation-unknown", "there is no operation '"+d.hook.Operation+"': the project has none")
		} else if err := a.e.Operator.CheckOperation(d.hook.Operation); err != nil {
			fault("operation-unknown", err.Error())
		}
	}
	for _, channel := range d.hook.Notify {
		if a.e.Notifier == nil {
			fault("channel-unknown", "there is no channel '"+channel+"': dex.yml has none under notifications: channels:")
			continue
		}
		if err := a.e.Notifier.Check(channel); err != nil {
			fault("channel-unknown", err.Error())
		}
	}
	return out
}

// label is the hook in a line: "post-hook audit", "post-hook 0".
func (d *declared) label() string {
	return d.rec.Event + " " + strings.TrimPrefix(d.rec.Name, d.rec.Event+".")
}

// hookPlace is where a hook is written, as far as that is known.
func (e *Executor) hookPlace(n *manifest.Node, h *result.Hook) diag.Pos {
	if h.Origin.File != "" || e.HookPlace == nil || n == nil {
		return h.Origin
	}
	return e.HookPlace(n, h.Event, h.Index)
}
