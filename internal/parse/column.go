package parse

import (
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// constraintTypes are the types that dbt knows.
var constraintTypes = []string{"check", "not_null", "unique", "primary_key", "foreign_key", "custom"}

// columnProps are the keys of a column that have a field of their own, or that
// are read elsewhere; all others are carried along.
var columnProps = []string{
	"name", "description", "meta", "data_type", "constraints", "docs", "config", "data_tests", "tests", "quote", "tags",
	"granularity", "dimension", "entity", "policy_tags", "doc_blocks",
}

// columnsOf reads the documented columns of an item; one that stands twice
// counts where it stands last.
func (p *parser) columnsOf(e *entry, cols []*value.Dict) []*manifest.Column {
	if len(cols) == 0 {
		return nil
	}
	out := make([]*manifest.Column, 0, len(cols))
	at := make(map[string]int, len(cols))
	for _, d := range cols {
		c := p.columnOf(e, d)
		if i, ok := at[c.Name]; ok {
			out[i] = c
			continue
		}
		at[c.Name] = len(out)
		out = append(out, c)
	}
	return out
}

func (p *parser) columnOf(e *entry, d *value.Dict) *manifest.Column {
	c := &manifest.Column{
		Name: text(d, "name"), Description: text(d, "description"), DataType: text(d, "data_type"),
		Granularity: text(d, "granularity"), Meta: mergedMeta(d), Tags: columnTags(d),
	}
	if v, ok := d.GetStr("quote"); ok && v != value.None {
		c.Quote = v
	}
	p.columnSemantics(e, c, d)
	for _, k := range items(d, "constraints") {
		if !slices.Contains(constraintTypes, text(k, "type")) {
			p.report(e.props.doc.Fault(e.props.doc.Start(k), diag.Parsing, "constraint-invalid",
				"Invalid constraint type on column "+c.Name))
			continue
		}
		c.Constraints = append(c.Constraints, constraintDict(k, false))
	}
	c.Config = value.NewDict(2)
	c.Config.SetStr("meta", c.Meta)
	c.Config.SetStr("tags", texts(c.Tags))
	d.Each(func(k, v value.Value) bool {
		if key := value.ToStr(k); !slices.Contains(columnProps, key) {
			if c.Extra == nil {
				c.Extra = value.NewDict(1)
			}
			c.Extra.SetStr(key, v)
		}
		return true
	})
	return c
}

func optional(d *value.Dict, key string) value.Value {
	if v, ok := d.GetStr(key); ok && v != value.None {
		return v
	}
	return nil
}

func texts(list []string) *value.List {
	l := value.NewList()
	for _, s := range list {
		l.Elems = append(l.Elems, value.Str(s))
	}
	return l
}

// mergedMeta is the meta of an item with that of its config over it.
func mergedMeta(d *value.Dict) *value.Dict {
	out := value.NewDict(0)
	put := func(v value.Value) {
		if m, ok := v.(*value.Dict); ok {
			m.Each(func(k, v value.Value) bool {
				_ = out.Set(k, v) // k was the key of a dict already
				return true
			})
		}
	}
	v, _ := d.GetStr("meta")
	put(v)
	cfg, _ := d.GetStr("config")
	if c, ok := cfg.(*value.Dict); ok {
		v, _ = c.GetStr("meta")
		put(v)
	}
	return out
}

// columnTags are a column's tags, those of its config included, each once.
func columnTags(d *value.Dict) []string {
	var out []string
	add := func(v value.Value) {
		for _, t := range textList(v) {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	v, _ := d.GetStr("tags")
	add(v)
	cfg, _ := d.GetStr("config")
	if c, ok := cfg.(*value.Dict); ok {
		v, _ = c.GetStr("tags")
		add(v)
	}
	return out
}

// constraintDict gives a constraint all its fields; that of a model has columns.
func constraintDict(d *value.Dict, model bool) *value.Dict {
	out := value.NewDict(8)
	field := func(key string, def value.Value) {
		if v, ok := d.GetStr(key); ok && v != value.None {
			out.SetStr(key, v)
		} else {
			out.SetStr(key, def)
		}
	}
	field("type", value.None)
	field("name", value.None)
	field("expression", value.None)
	field("warn_unenforced", value.Bool(true))
	field("warn_unsupported", value.Bool(true))
	field("to", value.None)
	field("to_columns", value.NewList())
	if model {
		field("columns", value.NewList())
	}
	return out
}

// constraintRepr is what Python's repr of dbt's constraint classes gives: the
// checksum of a contract is made of it.
func constraintRepr(list []value.Value, class string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(class + "(")
		d := v.(*value.Dict)
		for j := range d.Len() {
			if j > 0 {
				b.WriteString(", ")
			}
			k, x := d.At(j)
			b.WriteString(value.ToStr(k) + "=")
			if j == 0 {
				t := value.ToStr(x)
				b.WriteString("<ConstraintType." + t + ": '" + t + "'>")
			} else {
				b.WriteString(value.Repr(x))
			}
		}
		b.WriteByte(')')
	}
	b.WriteByte(']')
	return b.String()
}
