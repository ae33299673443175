package render

import (
	"strings"

	"dex/internal/jinja/value"
)

// callColumnConstraints writes the column definitions of a contracted model:
// name, type and the constraints that stand at a column. dbt:
// render_raw_columns_constraints.
func callColumnConstraints(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	cols, ok := v[0].(*value.Dict)
	if !ok {
		return nil, value.TypeErrorf("render_raw_columns_constraints takes a dict of columns")
	}
	out := value.NewList()
	cols.Each(func(_, c value.Value) bool {
		name := itemText(c, "name")
		if q, err := value.GetItem(c, value.Str("quote")); err == nil && q.Truth() {
			name = quoted(name)
		}
		parts := []string{name, itemText(c, "data_type")}
		if list, err := value.GetItem(c, value.Str("constraints")); err == nil {
			elems, _ := value.ToSlice(list)
			for _, k := range elems {
				if text := f.columnConstraint(k); text != "" {
					parts = append(parts, text)
				}
			}
		}
		out.Elems = append(out.Elems, value.Str(strings.Join(parts, " ")))
		return true
	})
	return out, nil
}

func itemText(v value.Value, key string) string {
	x, err := value.GetItem(v, value.Str(key))
	if err != nil {
		return ""
	}
	return optText(x)
}

func itemTexts(v value.Value, key string) []string {
	x, err := value.GetItem(v, value.Str(key))
	if err != nil || x == value.None {
		return nil
	}
	elems, err := value.ToSlice(x)
	if err != nil {
		return nil
	}
	out := make([]string, len(elems))
	for i, e := range elems {
		out[i] = value.ToStr(e)
	}
	return out
}

// columnConstraint writes one constraint of a column; "" for what cannot be
// written at a column.
func (f *Frame) columnConstraint(k value.Value) string {
	expr := itemText(k, "expression")
	var text string
	switch itemText(k, "type") {
	case "check":
		if expr == "" {
			return ""
		}
		text = "check (" + expr + ")"
	case "not_null":
		text = "not null " + expr
	case "unique":
		text = "unique " + expr
	case "primary_key":
		text = "primary key " + expr
	case "foreign_key":
		to, cols := itemText(k, "to"), itemTexts(k, "to_columns")
		switch {
		case to != "" && len(cols) > 0:
			text = "references " + f.foreignTable(to) + " (" + strings.Join(cols, ", ") + ")"
		case expr != "":
			text = "references " + expr
		}
	case "custom":
		text = expr
	}
	return strings.TrimSpace(text)
}

// foreignTable is what a foreign key refers to as the database takes it.
func (f *Frame) foreignTable(to string) string {
	if parts := strings.SplitN(to, ".", 2); f.Inv.Dialect.ShortReferences && strings.Count(to, ".") > 1 {
		return parts[1]
	}
	return to
}

// callModelConstraints writes the constraints of a whole model.
func callModelConstraints(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	elems, err := value.ToSlice(v[0])
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	for _, k := range elems {
		if text := f.modelConstraint(k); text != "" {
			out.Elems = append(out.Elems, value.Str(text))
		}
	}
	return out, nil
}

func (f *Frame) modelConstraint(k value.Value) string {
	prefix := ""
	if name := itemText(k, "name"); name != "" {
		prefix = "constraint " + name + " "
	}
	expr := itemText(k, "expression")
	cols := strings.Join(itemTexts(k, "columns"), ", ")
	with := func(s string) string {
		if expr != "" {
			s += " " + expr
		}
		return prefix + s
	}
	switch itemText(k, "type") {
	case "check":
		if expr == "" {
			return ""
		}
		return prefix + "check (" + expr + ")"
	case "unique":
		return with("unique (" + cols + ")")
	case "primary_key":
		return with("primary key (" + cols + ")")
	case "foreign_key":
		if to, refs := itemText(k, "to"), itemTexts(k, "to_columns"); to != "" && len(refs) > 0 {
			return prefix + "foreign key (" + cols + ") references " + f.foreignTable(to) + " (" + strings.Join(refs, ", ") + ")"
		}
		if expr != "" {
			return prefix + "foreign key (" + cols + ") references " + expr
		}
	case "custom":
		if expr != "" {
			return prefix + expr
		}
	}
	return ""
}
