package project

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

const catalogsFile = "catalogs.yml"

// catalogChecker holds catalogs.yml against its rules. No adapter of dex has
// catalogs to write to, so a file without fault is refused as well, as dbt does
// with such an adapter.
type catalogChecker struct {
	l   *loader
	doc *yamldoc.Doc
	// refused is what is said of the first catalog without fault; "" is none.
	refused   string
	refusedAt diag.Pos
}

// catalogs reads catalogs.yml, where there is one, in the form that the project
// asks for. dbt: load_catalogs, load_catalogs_v2.
func (l *loader) catalogs() {
	doc := l.extraFile(catalogsFile)
	if doc == nil {
		return
	}
	c := &catalogChecker{l: l, doc: doc}
	before := len(l.faults)
	if !doc.Value.Truth() {
		c.fail(diag.Parsing, diag.Pos{File: doc.File, Line: 1, Col: 1}, "Error reading %s: The file is empty", catalogsFile)
		return
	}
	top, ok := doc.Value.(*value.Dict)
	if !ok {
		c.invalid(doc.Start(doc.Value), "catalogs.yml must be a mapping at the top level, got %s", doc.Value.Type())
		return
	}
	list, ok := c.list(top)
	if !ok {
		return
	}
	check := c.first
	if l.o.CatalogsV2 {
		check = c.second
	}
	names := map[string]bool{}
	for i, raw := range list.Elems {
		at := doc.ItemPos(list, i)
		d, ok := raw.(*value.Dict)
		if !ok {
			c.invalid(at, "Each entry in catalogs.yml 'catalogs' must be a mapping, got %s", raw.Type())
			continue
		}
		v, faults := doc.Render(d, nil, yamldoc.Rendering{With: l.o.SecretRenderer})
		l.faults = append(l.faults, faults...)
		if d, ok = v.(*value.Dict); ok && !faults.HasErrors() {
			check(d, at, names)
		}
	}
	if c.refused != "" && !l.faults[before:].HasErrors() {
		c.invalid(c.refusedAt, "%s", c.refused)
	}
}

// refuse notes that a catalog is one that the adapter cannot have.
func (c *catalogChecker) refuse(at diag.Pos, format string, args ...any) {
	if c.refused == "" {
		c.refused, c.refusedAt = fmt.Sprintf(format, args...), at
	}
}

// list gives the catalogs that the file lists.
func (c *catalogChecker) list(top *value.Dict) (*value.List, bool) {
	if c.l.o.CatalogsV2 {
		if _, ok := top.GetStr("iceberg_catalogs"); ok {
			c.invalid(c.doc.KeyPos(top, "iceberg_catalogs"), "v2 catalogs.yml uses 'catalogs', not 'iceberg_catalogs'")
			return nil, false
		}
		if more := keysBeyond(top, "catalogs"); len(more) > 0 {
			c.invalid(c.doc.KeyPos(top, more[0]), "Unknown top-level keys in catalogs.yml: %s. Only 'catalogs' is allowed", names(more))
			return nil, false
		}
	} else {
		c.l.faults = append(c.l.faults, c.doc.Unknown(top, "catalogs")...)
	}
	v, ok := top.GetStr("catalogs")
	if !ok {
		return value.NewList(), true
	}
	list, ok := v.(*value.List)
	if !ok {
		c.invalid(c.doc.ValuePos(top, "catalogs"), "'catalogs' in catalogs.yml must be a list, got %s", v.Type())
	}
	return list, ok
}

// first checks an entry of the first form: a catalog and how it is written to.
func (c *catalogChecker) first(d *value.Dict, at diag.Pos, _ map[string]bool) {
	name := textAt(d, "name")
	if name == "" {
		c.invalid(at, "at path []: 'name' is a required property")
		return
	}
	var known []string
	types := map[string]string{}
	v, _ := d.GetStr("write_integrations")
	list, _ := v.(*value.List)
	if list == nil {
		list = value.NewList()
	}
	for i, e := range list.Elems {
		w, _ := e.(*value.Dict)
		if w == nil {
			w = value.NewDict(0)
		}
		for _, key := range [...]string{"name", "catalog_type"} {
			if textAt(w, key) == "" {
				c.invalid(at, "at path ['write_integrations'][%d]: '%s' is a required property", i, key)
				return
			}
		}
		n := textAt(w, "name")
		if slices.Contains(known, n) {
			c.invalid(at, "Catalog '%s' cannot have multiple 'write_integrations' with the same name: '%s'.", name, n)
			return
		}
		known = append(known, n)
		types[n] = textAt(w, "catalog_type")
	}
	active := textAt(d, "active_write_integration")
	switch {
	case active == "" && len(known) == 1:
		active = known[0]
	case active == "":
		c.invalid(at, "Catalog '%s' must specify an 'active_write_integration' when multiple 'write_integrations' are provided.", name)
		return
	case !slices.Contains(known, active):
		c.invalid(at, "Catalog '%s' must specify an 'active_write_integration' from its set of defined 'write_integrations': %s. Got: '%s'.", name, names(known), active)
		return
	}
	c.refuse(at, "Catalog type is not supported.\nReceived: %s\nExpected one of: none, on %s", types[active], c.l.o.Adapter)
}

var (
	catalogKeys  = []string{"name", "type", "table_format", "config"}
	tableFormats = []string{"default", "iceberg"}
)

// second checks an entry of the second form: a catalog, and what each platform has
// to know of it.
func (c *catalogChecker) second(d *value.Dict, at diag.Pos, seen map[string]bool) {
	if more := keysBeyond(d, catalogKeys...); len(more) > 0 {
		c.invalid(at, "Unknown keys in catalog entry: %s. Allowed keys: %s", names(more), names(slices.Sorted(slices.Values(catalogKeys))))
		return
	}
	var missing []string
	for _, key := range catalogKeys {
		if _, ok := d.GetStr(key); !ok {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		c.invalid(at, "Missing required keys in catalog entry: %s", names(missing))
		return
	}
	v, _ := d.GetStr("name")
	s, _ := v.(value.Str)
	name := strings.TrimSpace(string(s))
	if name == "" {
		c.invalid(at, "catalogs[].name must be a non-empty string")
		return
	}
	format, _ := d.GetStr("table_format")
	if !slices.Contains(tableFormats, strings.ToLower(value.ToStr(format))) {
		c.invalid(at, "Invalid table_format '%s'. Must be one of %s", value.ToStr(format), names(tableFormats))
		return
	}
	v, _ = d.GetStr("config")
	config, ok := v.(*value.Dict)
	if !ok {
		c.invalid(at, "Catalog '%s' config must be a mapping, got %s", name, v.Type())
		return
	}
	for i := range config.Len() {
		k, block := config.At(i)
		if _, ok := block.(*value.Dict); !ok && block != value.None {
			c.invalid(at, "Catalog '%s' config.%s must be a mapping", name, value.ToStr(k))
			return
		}
	}
	if seen[name] {
		c.invalid(at, "Duplicate catalog name '%s' in catalogs.yml", name)
		return
	}
	seen[name] = true
	c.refuse(at, "Adapter '%s' does not support catalogs.yml v2 yet. Use catalogs.yml v1 or upgrade to a supported adapter version.", c.l.o.Adapter)
}

func (c *catalogChecker) invalid(at diag.Pos, format string, args ...any) {
	c.fail(diag.Runtime, at, format, args...)
}

func (c *catalogChecker) fail(class diag.Class, at diag.Pos, format string, args ...any) {
	c.l.faults.Add(c.doc.Fault(at, class, "catalogs-invalid", fmt.Sprintf(format, args...)))
}

// keysBeyond lists the keys of d that are not known, sorted.
func keysBeyond(d *value.Dict, known ...string) []string {
	var out []string
	for i := range d.Len() {
		k, _ := d.At(i)
		if key := value.ToStr(k); !slices.Contains(known, key) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// names shows texts as Python shows a list.
func names(list []string) string {
	out := value.NewList()
	for _, s := range list {
		out.Elems = append(out.Elems, value.Str(s))
	}
	return value.Repr(out)
}

func textAt(d *value.Dict, key string) string {
	v, ok := d.GetStr(key)
	if !ok || v == value.None {
		return ""
	}
	return value.ToStr(v)
}
