package artifact

import (
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// refer gives constraints with the relations that foreign keys refer to, as far
// as compiling found them; the list is left as it is. dbt:
// Compiler._compile_relation_for_foreign_key_constraint_relation.
func (c *Compiled) refer(list []value.Value) []value.Value {
	if c == nil || len(c.References) == 0 {
		return list
	}
	out := make([]value.Value, len(list))
	for i, k := range list {
		out[i] = k
		d, ok := k.(*value.Dict)
		if !ok {
			continue
		}
		to, _ := d.GetStr("to")
		if to == nil {
			continue
		}
		if r, ok := c.References[value.ToStr(to)]; ok {
			d = d.Clone()
			d.SetStr("to", value.Str(r))
			out[i] = d
		}
	}
	return out
}

func writeColumns(s sink, columns []*manifest.Column, done *Compiled) {
	s.open("columns")
	for _, c := range columns {
		s.openNamed(c.Name)
		writeColumn(s, c, done)
		s.close()
	}
	s.close()
}

func writeColumn(s sink, c *manifest.Column, done *Compiled) {
	s.text("name", c.Name)
	s.text("description", c.Description)
	s.dict("meta", c.Meta)
	s.textOrNull("data_type", c.DataType)
	s.list("constraints", done.refer(c.Constraints))
	s.value("quote", c.Quote)
	writeColumnConfig(s, c)
	s.texts("tags", c.Tags)
	s.textOrNull("granularity", c.Granularity)
	s.value("dimension", c.Dimension)
	s.value("entity", c.Entity)
	s.ids("doc_blocks", c.DocBlocks)
	if c.Extra != nil {
		c.Extra.Each(func(k, v value.Value) bool {
			s.named(value.ToStr(k), v)
			return true
		})
	}
}

// writeColumnConfig writes meta and tags first, whatever the file's order was.
func writeColumnConfig(s sink, c *manifest.Column) {
	var meta, tags value.Value
	if c.Config != nil {
		meta, _ = c.Config.GetStr("meta")
		tags, _ = c.Config.GetStr("tags")
	}
	s.open("config")
	if meta == nil {
		s.dict("meta", nil)
	} else {
		s.value("meta", meta)
	}
	if tags == nil {
		s.list("tags", nil)
	} else {
		s.value("tags", tags)
	}
	if c.Config != nil {
		c.Config.Each(func(k, v value.Value) bool {
			if name := value.ToStr(k); name != "meta" && name != "tags" {
				s.named(name, v)
			}
			return true
		})
	}
	s.close()
}
