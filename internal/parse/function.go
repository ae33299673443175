package parse

import (
	"path"
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// functionLanguage is the language of a function's file. dbt: ModelLanguage.
func functionLanguage(rel string) string {
	switch path.Ext(rel) {
	case ".py":
		return "python"
	case ".js":
		return "javascript"
	}
	return "sql"
}

// unspecified is what a function has that no properties file describes.
func unspecified() *value.Dict {
	d := value.NewDict(3)
	d.SetStr("returns", record(value.NewDict(0), "data_type", value.Str("INVALID_TYPE"), "description", value.None))
	d.SetStr("arguments", value.NewList())
	d.SetStr("overloads", value.NewList())
	return d
}

// functionOf reads what a properties file says of a function beside what it says
// of any node. It reports faults, and leaves out what has one.
func (p *parser) functionOf(e *entry) *value.Dict {
	out := unspecified()
	returns, ok := e.d.GetStr("returns")
	if d, isDict := returns.(*value.Dict); ok && isDict {
		out.SetStr("returns", p.returnsOf(e, d))
	} else {
		p.report(e.fault("", diag.Parsing, "properties-invalid", entryInvalid(e, "at path []: 'returns' is a required property")))
	}
	out.SetStr("arguments", p.argumentsOf(e, e.d))
	overloads := value.NewList()
	for _, o := range items(e.d, "overloads") {
		if text(o, "defined_in") == "" {
			p.report(e.fault("overloads", diag.Parsing, "properties-invalid", entryInvalid(e, "at path ['overloads'][0]: 'defined_in' is a required property")))
			continue
		}
		x := record(o, "defined_in", value.None, "arguments", value.None, "returns", value.None, "description", value.None,
			"raw_body", value.None, "compiled_body", value.None)
		x.SetStr("arguments", p.argumentsOf(e, o))
		if r, ok := optional(o, "returns").(*value.Dict); ok {
			x.SetStr("returns", p.returnsOf(e, r))
		}
		overloads.Elems = append(overloads.Elems, x)
	}
	out.SetStr("overloads", overloads)
	return out
}

func (p *parser) returnsOf(e *entry, d *value.Dict) *value.Dict {
	if text(d, "data_type") == "" {
		p.report(e.fault("returns", diag.Parsing, "properties-invalid", entryInvalid(e, "at path ['returns']: 'data_type' is a required property")))
	}
	return record(d, "data_type", value.None, "description", value.None)
}

// argumentsOf reads the arguments of a function or of an overload. Those without
// a default cannot stand behind those with one.
func (p *parser) argumentsOf(e *entry, d *value.Dict) *value.List {
	out := value.NewList()
	optionalFrom := ""
	for _, a := range items(d, "arguments") {
		for _, key := range [...]string{"name", "data_type"} {
			if optional(a, key) == nil {
				p.report(e.fault("arguments", diag.Parsing, "properties-invalid", entryInvalid(e, "at path ['arguments'][0]: '"+key+"' is a required property")))
			}
		}
		x := record(a, "name", value.None, "data_type", value.None, "description", value.None, "default_value", value.None)
		if v, _ := x.GetStr("default_value"); v != value.None {
			optionalFrom = text(a, "name")
		} else if optionalFrom != "" {
			p.report(e.fault("arguments", diag.Parsing, "function-arguments", "Non-defaulted argument '"+text(a, "name")+"' of function '"+e.name+
				"' comes after a defaulted argument. Non-defaulted arguments cannot come after defaulted arguments. '"+optionalFrom+"' has a default."))
		}
		out.Elems = append(out.Elems, x)
	}
	return out
}

// absorbOverloads makes the files that functions name as overloads parts of them:
// such a file makes no node, and what it refers to its function refers to. dbt:
// FunctionPatchParser._absorb_overloads.
func (p *parser) absorbOverloads() {
	owner := map[*draft]*draft{}
	for _, d := range p.drafts {
		if d.node.Kind != manifest.KindFunction || d.patch == nil || d.patch.function == nil || d.off {
			continue
		}
		v, _ := d.patch.function.GetStr("overloads")
		for _, o := range v.(*value.List).Elems {
			p.absorb(d, o.(*value.Dict), owner)
		}
	}
	if len(owner) == 0 {
		return
	}
	p.drafts = slices.DeleteFunc(p.drafts, func(d *draft) bool { return owner[d] != nil })
}

// absorb makes one file an overload of a function.
func (p *parser) absorb(root *draft, overload *value.Dict, owner map[*draft]*draft) {
	name, e := text(overload, "defined_in"), root.patch.e
	fault := func(msg string) { p.report(e.fault("overloads", diag.Parsing, "function-overload", msg)) }
	if name == root.node.Name {
		fault("Function '" + name + "' cannot list itself in overloads (defined_in: '" + name + "').")
		return
	}
	var part *draft
	for _, d := range p.index.rest[string(manifest.KindFunction)+"."+name] {
		if d.pkg == root.pkg && !d.off {
			part = d
		}
	}
	switch {
	case part == nil:
		fault("Function overload '" + name + "' (defined_in) not found. Expected a SQL file at functions/" + name + ".sql")
		return
	case owner[part] != nil:
		fault("Function overload '" + name + "' (defined_in) is already used by '" + string(owner[part].node.ID) +
			"'. Each overload file can only belong to one root function.")
		return
	}
	owner[part] = root
	overload.SetStr("raw_body", value.Str(part.node.Raw))
	if part.notes == nil || root.notes == nil {
		return // the file has a fault of its own
	}
	notes := *root.notes // the file's own are kept in the parsing cache
	notes.Refs = slices.Clone(notes.Refs)
	for _, r := range part.notes.Refs {
		if !slices.ContainsFunc(notes.Refs, func(x manifest.Ref) bool {
			return x.Name == r.Name && x.Package == r.Package && versionText(x) == versionText(r)
		}) {
			notes.Refs = append(notes.Refs, r)
		}
	}
	notes.Sources = addCalls(notes.Sources, part.notes.Sources)
	notes.Functions = addCalls(notes.Functions, part.notes.Functions)
	root.notes = &notes
}

func versionText(r manifest.Ref) string {
	if r.Version == nil {
		return ""
	}
	return value.ToStr(r.Version)
}

// addCalls adds the calls that list does not have yet.
func addCalls(list, more [][]string) [][]string {
	list = slices.Clone(list)
	for _, call := range more {
		if !slices.ContainsFunc(list, func(x []string) bool { return slices.Equal(x, call) }) {
			list = append(list, call)
		}
	}
	return list
}

// checkFunctions refuses functions in a language that the database does not have. dbt:
// _check_function_language_support, which knows of JavaScript on BigQuery and Snowflake
// alone.
func (p *parser) checkFunctions([]*manifest.Node) {
	for _, d := range p.drafts {
		n := d.node
		if n.Kind == manifest.KindFunction && n.Language == "javascript" && !d.off {
			p.report(nodeFault(n, diag.Parsing, "function-language",
				"Function '"+n.Name+"' uses JavaScript, which is not supported on '"+p.inv.AdapterType+"'."))
		}
	}
}
