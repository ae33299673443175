package render

import (
	"errors"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

var refFunctions = map[string]function{
	"ref":      {[]string{"*args", "**kw"}, callRef},
	"source":   {[]string{"*args", "**kw"}, callSource},
	"metric":   {[]string{"*args", "**kw"}, callMetric},
	"function": {[]string{"*args", "**kw"}, callFunction},
}

// refArgs reads ref('x'), ref('pkg', 'x'), version= and v=.
func refArgs(f *Frame, v []value.Value) (manifest.Ref, error) {
	kw := v[1].(*value.Dict)
	var r manifest.Ref
	var err error
	if r.Package, r.Name, err = targetArgs("ref", v[0].(*value.Tuple).Elems); err != nil {
		return r, err
	}
	for _, key := range []string{"version", "v"} {
		if x, ok := kw.GetStr(key); ok && x.Truth() {
			switch x.(type) {
			case value.Str, value.Int, value.Float:
				r.Version = x
			default:
				return r, compileErrorf("The version argument to ref() must be a string, int, float, or None - got %s", pyType(x))
			}
			break
		}
	}
	return r, nil
}

// targetArgs reads ('name') and ('package', 'name') of ref(), function() and
// metric(). dbt: validate_args.
func targetArgs(call string, args []value.Value) (pkg, name string, err error) {
	if len(args) < 1 || len(args) > 2 {
		return "", "", compileErrorf("%s() takes at most two arguments (%d given)", call, len(args))
	}
	last := args[len(args)-1]
	s, ok := last.(value.Str)
	if !ok {
		return "", "", compileErrorf("The name argument to %s() must be a string, got %s", call, pyType(last))
	}
	if len(args) == 2 && args[0] != value.None {
		p, ok := args[0].(value.Str)
		if !ok {
			return "", "", compileErrorf("The package argument to %s() must be a string or None, got %s", call, pyType(args[0]))
		}
		pkg = string(p)
	}
	return pkg, string(s), nil
}

// calledAs is a call of function() or metric() as notes keep it: {name} or
// {package, name}.
func calledAs(pkg, name string) []string {
	if pkg == "" {
		return []string{name}
	}
	return []string{pkg, name}
}

func pyType(v value.Value) string { return "<class '" + v.Type() + "'>" }

func callRef(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r, err := refArgs(f, v)
	if err != nil {
		return nil, err
	}
	if f.Phase == Parse {
		f.notes.Refs = append(f.notes.Refs, r)
		// dbt: while parsing, ref() gives the relation of the node that calls it.
		return f.ownRelation(), nil
	}
	n, err := f.manifest().ResolveRef(f.pkg, r)
	if err != nil {
		return nil, f.notFound(err)
	}
	if err := f.checkRef(n, r); err != nil {
		return nil, err
	}
	return f.relationOfRef(n)
}

// checkRef refuses a ref that parsing did not see: the graph would not hold.
// dbt: RuntimeRefResolver.validate.
func (f *Frame) checkRef(n *manifest.Node, r manifest.Ref) error {
	if f.operator || f.Node == nil {
		return nil
	}
	for _, p := range f.Node.Parents {
		if p == n.ID {
			return nil
		}
	}
	var args []string
	if r.Package != "" {
		args = append(args, "'"+r.Package+"'")
	}
	args = append(args, "'"+r.Name+"'")
	if r.Version != nil {
		args = append(args, "v="+value.Repr(r.Version))
	}
	call := "ref(" + strings.Join(args, ", ") + ")"
	return compileErrorf("dbt was unable to infer all dependencies for the model %q.\n"+
		"This typically happens when ref() is placed within a conditional block.\n\n"+
		"To fix this, add the following hint to the top of the model %q:\n\n-- depends_on: {{ %s }}",
		f.Node.Name, f.Node.Name, call)
}

func (f *Frame) relationOfRef(n *manifest.Node) (value.Value, error) {
	if n.Ephemeral() {
		if f.operator {
			return nil, compileErrorf("Operations can not ref() ephemeral nodes, but %s is ephemeral", n.Name)
		}
		f.addCTE(n.ID)
		r := f.Inv.ephemeral(n.Alias, f.Limit)
		r.filter = f.timeFilter(n)
		return r, nil
	}
	r, err := f.readRelation(n)
	if err != nil {
		return nil, err
	}
	r.limit, r.filter = f.Limit, f.timeFilter(n)
	return r, nil
}

func (f *Frame) addCTE(id manifest.ID) {
	for _, have := range f.CTEs {
		if have == id {
			return
		}
	}
	f.CTEs = append(f.CTEs, id)
}

func callSource(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	args := v[0].(*value.Tuple).Elems
	if len(args) != 2 {
		return nil, compileErrorf("source() takes exactly two arguments (%d given)", len(args))
	}
	for i, what := range []string{"source name (first)", "table name (second)"} {
		if _, ok := args[i].(value.Str); !ok {
			return nil, compileErrorf("The %s argument to source() must be a string, got %s", what, pyType(args[i]))
		}
	}
	src, table := value.ToStr(args[0]), value.ToStr(args[1])
	if f.Phase == Parse {
		f.notes.Sources = append(f.notes.Sources, []string{src, table})
		return f.ownRelation(), nil
	}
	n, err := f.manifest().ResolveSource(f.pkg, src, table)
	if err != nil {
		return nil, f.notFound(err)
	}
	if n.Kind == manifest.KindModel { // an input of a unit test
		f.addCTE(n.ID)
		return f.Inv.ephemeral(n.CTEName(), -1), nil
	}
	r := f.Inv.relationOf(n)
	r.limit, r.filter = f.Limit, f.timeFilter(n)
	return r, nil
}

// notFound words a failed look-up as dbt does, with the node that asked.
func (f *Frame) notFound(err error) error {
	from := f.Node
	if from == nil {
		from = &manifest.Node{Kind: "macro"}
	}
	var miss *manifest.LookupError
	if errors.As(err, &miss) {
		return compileErrorf("%s", miss.Message(from))
	}
	return err
}

// ownRelation is `this`, and what ref() gives while parsing.
func (f *Frame) ownRelation() *Relation {
	if f.Node == nil {
		return f.Inv.relation(adapter.Relation{}, f.Inv.Quoting)
	}
	return f.Inv.relationOf(f.Node)
}

// relationOf is the relation that a node makes or, for a source, reads. Quoting:
// the adapter's default, then the project's (not for sources), then the node's.
func (inv *Invocation) relationOf(n *manifest.Node) *Relation {
	q := inv.Quoting
	ident := n.Alias
	if n.Kind == manifest.KindSource {
		q = Quoting{true, true, true}
		ident = n.Source.Identifier
		if n.Source.Quoting != nil {
			mergePolicy(&q, n.Source.Quoting)
		}
	} else if v, ok := n.Config.Get("quoting"); ok {
		mergePolicy(&q, v)
	}
	r := inv.relation(adapter.Relation{Database: n.Database, Schema: n.Schema, Identifier: ident}, q)
	if n.Kind == manifest.KindSource && inv.Dialect.ExternalSources {
		r.external = externalLocation(n)
	}
	return r
}

// RelationOf is the relation of a node as templates see it.
func (inv *Invocation) RelationOf(n *manifest.Node) *Relation { return inv.relationOf(n) }

// RelationName is a node's relation_name in artifacts.
func (inv *Invocation) RelationName(n *manifest.Node) string { return inv.relationOf(n).Render() }

// externalLocation reads dbt-duckdb's meta.external_location (or config) of a
// source: a file or a function call to read in place of a table. Its template is
// one of three kinds: Python's str.format, %-formatting, or $names.
func externalLocation(n *manifest.Node) string {
	loc, formatter := "", "newstyle"
	look := func(d *value.Dict) {
		if d == nil {
			return
		}
		if v, ok := d.GetStr("external_location"); ok && v != value.None {
			loc = value.ToStr(v)
		}
		if v, ok := d.GetStr("formatter"); ok && v != value.None {
			formatter = value.ToStr(v)
		}
	}
	look(n.Source.SourceMeta)
	look(n.Meta)
	if v, ok := n.Config.Get("external_location"); ok && v != value.None {
		loc = value.ToStr(v)
	}
	if loc == "" {
		return ""
	}
	vars := map[string]string{"name": n.Name, "identifier": n.Source.Identifier, "schema": n.Schema, "database": n.Database, "source_name": n.Source.SourceName}
	for k, v := range vars {
		switch formatter {
		case "oldstyle":
			loc = strings.ReplaceAll(loc, "%("+k+")s", v)
		case "template":
			loc = strings.ReplaceAll(strings.ReplaceAll(loc, "${"+k+"}", v), "$"+k, v)
		default:
			loc = strings.ReplaceAll(loc, "{"+k+"}", v)
		}
	}
	if !strings.Contains(loc, "(") && !strings.HasPrefix(loc, "'") {
		loc = "'" + loc + "'"
	}
	return loc
}
