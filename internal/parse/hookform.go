package parse

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/yamldoc"
)

// hookFaults are what is wrong with the hooks of one configuration.
type hookFaults []hookFault

type hookFault struct {
	manifest.HookFault
	event string
	index int
}

func (f hookFaults) Error() string {
	out := make([]string, len(f))
	for i := range f {
		out[i] = f[i].summary()
	}
	return strings.Join(out, "\n")
}

func (f *hookFault) summary() string { return fmt.Sprintf("%s %d: %s", f.event, f.index, f.Msg) }

// hookFaultsOf checks a hook with keys of dex's own.
func hookFaultsOf(d *value.Dict, event string, index int) hookFaults {
	h, err := manifest.HookOf(d)
	var found manifest.HookFaults
	if err != nil && !errors.As(err, &found) {
		found = manifest.HookFaults{{Msg: err.Error()}}
	}
	var out hookFaults
	for _, f := range append(found, h.Misplaced(event)...) {
		out = append(out, hookFault{f, event, index})
	}
	return out
}

// spread makes one fault of each thing that is wrong with the hooks of d, at the place
// where the hook is written; any other error is f alone. properties says that err is about
// a configuration which has the hooks of the properties, too.
func (p *parser) spread(d *draft, f diag.Diagnostic, err error, properties bool) diag.List {
	var of manifest.HooksAt
	if properties && d.patch != nil {
		of = d.patch.hooksAt()
	}
	return p.spreadAt(d, f, err, of)
}

// spreadAt is spread for hooks whose places in properties are given.
func (p *parser) spreadAt(d *draft, f diag.Diagnostic, err error, of manifest.HooksAt) diag.List {
	var all hookFaults
	if !errors.As(err, &all) {
		return diag.List{f}
	}
	if d.node.HookPlaces == nil {
		d.node.PlaceHooks(of, d.hooksAt)
	}
	var out diag.List
	for i := range all {
		one := f
		one.Code, one.Summary, one.Hint = "hook-invalid", all[i].summary(), nearWord(all[i].HookFault)
		if at := p.proj.Origins(d.node, all[i].event); all[i].index < len(at) {
			one.Pos, one.Source = at[all[i].index], d.lineAt(at[all[i].index])
			if one.Source == "" {
				one.Source = p.proj.Line(one.Pos)
			}
		}
		out = append(out, one)
	}
	return out
}

// lineAt is the line of d's files that a place is on; "" where it is in another.
func (d *draft) lineAt(at diag.Pos) string {
	switch {
	case at.File == d.src.file && !d.src.made && at.Line > d.src.line:
		lines := strings.Split(d.src.text, "\n")
		if n := at.Line - d.src.line - 1; n < len(lines) {
			return strings.TrimRight(lines[n], "\r")
		}
	case d.patch != nil && at.File == d.patch.e.pos.File:
		return d.patch.e.props.doc.Line(at.Line)
	}
	return ""
}

func nearWord(f manifest.HookFault) string {
	if near := yamldoc.Nearest(f.Got, f.Words); near != "" {
		return "Did you mean '" + near + "'?"
	}
	return ""
}

// hookLayer is one place where hooks of a node are configured.
type hookLayer struct {
	config *value.Dict
	at     diag.Diagnostic // a fault there
	shared bool            // by many nodes
}

// hookLayers are those of d's configuration, in the order of config.
func (p *parser) hookLayers(d *draft) []hookLayer {
	kind, n := string(d.node.Kind), d.node
	tree := diag.Diagnostic{Pos: diag.Pos{File: "dbt_project.yml"}}
	var out []hookLayer
	for _, l := range d.pkg.ConfigFor(kind, n.FQN) {
		out = append(out, hookLayer{l, tree, true})
	}
	if d.patch != nil && d.patch.config != nil {
		out = append(out, hookLayer{d.patch.config, d.patch.e.fault("config", "", "", ""), false})
	}
	if d.call != nil {
		out = append(out, hookLayer{d.call, d.configured(nodeFault(n, "", "", "")), false})
	}
	if !p.root(d.pkg) {
		for _, l := range p.proj.Root.ConfigFor(kind, n.FQN) {
			out = append(out, hookLayer{l, tree, true})
		}
	}
	return out
}

// warnOfHookKeys tells of keys of hooks that nobody knows: dbt drops them, and a
// hook that was meant to have a time limit has none. What stands in dbt_project.yml is
// told once.
func (p *parser) warnOfHookKeys(d *draft) {
	c := &d.node.Config
	if !c.IsSet(hookKeys[0]) && !c.IsSet(hookKeys[1]) {
		return
	}
	for _, l := range p.hookLayers(d) {
		for _, event := range hookKeys {
			for _, h := range layerHooks(l.config, event) {
				for _, f := range manifest.UnknownHookKeys(h) {
					w := l.at
					w.Severity, w.Class, w.Code = diag.Warning, "", "hook-key-unknown"
					w.Summary, w.Hint = f.Msg+" ("+event+" of "+string(d.node.ID)+")", nearWord(f)
					if l.shared {
						w.Summary, w.Where, w.Node = f.Msg+" ("+event+" in dbt_project.yml)", "", ""
						if _, told := p.toldHooks.LoadOrStore(w.Summary, true); told {
							continue
						}
					}
					p.report(w)
				}
			}
		}
	}
}

// layerHooks lists the hooks that a layer gives as maps.
func layerHooks(layer *value.Dict, event string) []*value.Dict {
	v, ok := layer.GetStr(event)
	if !ok {
		if v, ok = layer.GetStr(underscored(event)); !ok {
			return nil
		}
	}
	list := []value.Value{v}
	if l, isList := v.(*value.List); isList {
		list = l.Elems
	}
	var out []*value.Dict
	for _, e := range list {
		if d, isDict := e.(*value.Dict); isDict {
			out = append(out, d)
		}
	}
	return out
}

// hookTemplates are the templates of one hook: its sql, the call of its macro, its
// condition and message, the texts in its args and params. What they refer to is what
// the hook refers to.
func hookTemplates(d *value.Dict) []string {
	sql, _ := d.GetStr("sql")
	out := []string{value.ToStr(sql)}
	if !manifest.ExtendedHook(d) {
		return out
	}
	h, err := manifest.HookOf(d)
	if err != nil {
		return nil // has been reported
	}
	if h.SQL == "" {
		out = nil
	}
	if h.Macro != "" {
		out = append(out, callText(&h))
	}
	if h.When != "" {
		out = append(out, render.Expression(h.When))
	}
	if h.Message != "" {
		out = append(out, h.Message)
	}
	for _, args := range []*value.Dict{h.Args, h.Params} {
		if args != nil {
			out = textsIn(args, out)
		}
	}
	return out
}

// textsIn appends the templates inside v.
func textsIn(v value.Value, out []string) []string {
	switch x := v.(type) {
	case value.Str:
		if hasTags(string(x)) {
			out = append(out, string(x))
		}
	case *value.List:
		for _, e := range x.Elems {
			out = textsIn(e, out)
		}
	case *value.Dict:
		x.Each(func(_, e value.Value) bool {
			out = textsIn(e, out)
			return true
		})
	}
	return out
}

// callText is the call of a hook's macro as a template: so parsing sees what it
// sees of {{ macro(args) }} in a text.
func callText(h *manifest.Hook) string {
	var b strings.Builder
	b.WriteString("{{ " + h.Macro + "(")
	if h.Args != nil {
		first := true
		h.Args.Each(func(k, v value.Value) bool {
			if !first {
				b.WriteString(", ")
			}
			first = false
			b.WriteString(value.ToStr(k) + "=" + jinjaLiteral(v))
			return true
		})
	}
	b.WriteString(") }}")
	return b.String()
}

// jinjaLiteral writes a value as Jinja does.
func jinjaLiteral(v value.Value) string {
	switch x := v.(type) {
	case value.Str, value.Int, value.Float, value.Bool:
		return value.Repr(x)
	case *value.List:
		parts := make([]string, len(x.Elems))
		for i, e := range x.Elems {
			parts[i] = jinjaLiteral(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *value.Dict:
		var parts []string
		x.Each(func(k, e value.Value) bool {
			parts = append(parts, jinjaLiteral(k)+": "+jinjaLiteral(e))
			return true
		})
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if v == value.None {
		return "none"
	}
	return value.Repr(value.Str(value.ToStr(v)))
}

// missingMacros are the hooks of n that call a macro which is not there.
func (p *parser) missingMacros(n *manifest.Node) hookFaults {
	var out hookFaults
	for _, event := range hookKeys {
		if !n.Config.IsSet(event) {
			continue
		}
		hooks, err := n.Config.Hooks(event)
		if err != nil {
			continue // has been reported
		}
		for i := range hooks {
			name := hooks[i].Macro
			if name != "" && p.inv.Macros.Named(n.Package, name) == nil {
				out = append(out, hookFault{manifest.HookFault{
					Key: "macro", Got: name, Words: p.inv.Macros.Names(n.Package),
					Msg: "there is no macro '" + name + "'",
				}, event, i})
			}
		}
	}
	return slices.Clip(out)
}
