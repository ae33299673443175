package render

import (
	"sort"
	"strings"

	"dex/internal/jinja/value"
)

// varFunction is `var`: var('x', default), var.has_var('x').
type varFunction struct{ f *Frame }

func (v *varFunction) Type() string               { return "Var" }
func (v *varFunction) Truth() bool                { return true }
func (v *varFunction) AppendStr(b []byte) []byte  { return append(b, "<var>"...) }
func (v *varFunction) AppendRepr(b []byte) []byte { return v.AppendStr(b) }

// CallMode implements value.Moded.
func (v *varFunction) CallMode() value.CallMode { return value.CallPure }

// Call gives a variable: --vars, then the root project's vars for the node's
// package, then the package's own. dbt: ModelConfiguredVar.
func (v *varFunction) Call(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	a, err := value.Bind("var", args, kw, "var_name", "default?")
	if err != nil {
		return nil, err
	}
	name := value.ToStr(a[0])
	if got, ok := v.f.lookupVar(name); ok {
		if s, ok := got.(value.Str); ok {
			text, err := v.f.RenderText("var "+name, string(s))
			return value.Str(text), err
		}
		return value.Copy(got), nil
	}
	if a[1] != nil {
		return a[1], nil
	}
	if v.f.Phase == Parse && !v.f.configuring {
		return value.None, nil // dbt: ParseVar.get_missing_var
	}
	return nil, v.f.missingVar(name)
}

// Attr implements value.Getter.
func (v *varFunction) Attr(name string) (value.Value, bool) {
	if name != "has_var" {
		return nil, false
	}
	return value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		a, err := value.Bind("has_var", args, kw, "var_name")
		if err != nil {
			return nil, err
		}
		_, ok := v.f.lookupVar(value.ToStr(a[0]))
		return value.Bool(ok), nil
	}), true
}

// lookupVar finds a variable for the frame's node: what a unit test says goes
// before --vars.
func (f *Frame) lookupVar(name string) (value.Value, bool) {
	if v, ok := f.unit.variable(name); ok {
		return v, true
	}
	return f.Inv.lookupVar(f.pkg, name)
}

// lookupVar finds a variable for a node of package pkg.
func (inv *Invocation) lookupVar(pkg, name string) (value.Value, bool) {
	if inv.CLIVars != nil {
		if v, ok := inv.CLIVars.GetStr(name); ok {
			return v, true
		}
	}
	if v, ok := varsFor(inv.PackageVars[inv.Project], pkg, name); ok {
		return v, true
	}
	if pkg != inv.Project {
		return varsFor(inv.PackageVars[pkg], pkg, name)
	}
	return nil, false
}

// varsFor looks into one project's vars: what is nested under the package's name
// wins over what stands at the top. dbt: VarProvider.vars_for.
func varsFor(vars *value.Dict, pkg, name string) (value.Value, bool) {
	if vars == nil {
		return nil, false
	}
	if nested, ok := vars.GetStr(pkg); ok {
		if d, ok := nested.(*value.Dict); ok {
			if v, ok := d.GetStr(name); ok {
				return v, true
			}
		}
	}
	return vars.GetStr(name)
}

func (f *Frame) missingVar(name string) error {
	vars := map[string]value.Value{}
	add := func(d *value.Dict) {
		if d != nil {
			d.Each(func(k, v value.Value) bool { vars[value.ToStr(k)] = v; return true })
		}
	}
	add(f.Inv.PackageVars[f.Inv.Project])
	add(f.Inv.CLIVars)
	if f.unit != nil {
		add(f.unit.Vars)
	}
	keys := make([]string, 0, len(vars))
	for k := range vars {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	d := value.NewDict(len(keys))
	for _, k := range keys {
		d.SetStr(k, vars[k])
	}
	shown, err := value.AppendJSON(nil, d, value.JSONOptions{Indent: 4, SortKeys: true, EnsureASCII: true})
	if err != nil {
		shown = []byte(strings.Join(keys, ", "))
	}
	who := "<Configuration>"
	if f.Node != nil {
		who = f.Node.Name
	}
	return compileErrorf("Required var '%s' not found in config:\nVars supplied to %s = %s", name, who, shown)
}
