package render

import (
	"regexp"
	"strconv"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Column is a column as templates see it: what adapter.get_columns_in_relation
// gives and api.Column makes. dbt: Column.
type Column struct {
	adapter.Column
	types *adapter.TypeNames
}

// stringType writes a text type of a size.
func stringType(size int) string { return "character varying(" + strconv.Itoa(size) + ")" }

// typeLabels are names of types that stand for others in every database. dbt:
// Column.TYPE_LABELS.
var typeLabels = map[string]string{"STRING": "TEXT"}

// Type implements value.Value.
func (c *Column) Type() string { return "Column" }

// Truth implements value.Value.
func (c *Column) Truth() bool { return true }

// AppendStr implements value.Value.
func (c *Column) AppendStr(b []byte) []byte { return c.AppendRepr(b) }

// AppendRepr implements value.Value. dbt: Column.__repr__; dbt-duckdb's column is a
// dataclass, which shows its fields.
func (c *Column) AppendRepr(b []byte) []byte {
	if c.types.Record != "" {
		b = append(b, c.types.Record+"(column="+value.Repr(value.Str(c.Name))+", dtype="+value.Repr(value.Str(c.Column.Type))+", char_size="...)
		b = append(intOrNone(c.CharSize).AppendRepr(b), ", numeric_precision="...)
		b = append(intOrNone(c.Precision).AppendRepr(b), ", numeric_scale="...)
		b = append(intOrNone(c.Scale).AppendRepr(b), ", fields="...)
		return append(c.structFields().AppendRepr(b), ')')
	}
	return append(b, "<Column "+c.Name+" ("+c.dataType()+")>"...)
}

// Equal implements value.Equaler.
func (c *Column) Equal(o value.Value) bool {
	other, ok := o.(*Column)
	return ok && c.Column == other.Column
}

// HashKey implements value.Hashable.
func (c *Column) HashKey() any { return c.Column }

func (c *Column) isString() bool  { return c.types.IsString(c.Column.Type) }
func (c *Column) isInteger() bool { return c.types.IsInteger(c.Column.Type) }
func (c *Column) isFloat() bool   { return c.types.IsFloat(c.Column.Type) }
func (c *Column) isNumeric() bool { return c.types.IsNumeric(c.Column.Type) }

// isBare reports whether a text is written as its type is named. dbt-postgres: only
// these two names, so that varchar and character come out with a size.
func (c *Column) isBare() bool {
	if !c.types.BareText {
		return false
	}
	name := strings.ToLower(c.Column.Type)
	return name == "text" || name == "character varying" && c.CharSize == 0
}

// stringSize is the size of a text column; 256 where it is not known (dbt).
func (c *Column) stringSize() int {
	if c.Column.Type == "text" || c.CharSize == 0 {
		return 256
	}
	return c.CharSize
}

func (c *Column) dataType() string {
	switch {
	case c.isBare():
		return c.Column.Type
	case c.isString():
		return stringType(c.stringSize())
	case c.isNumeric():
		return numericType(c.Column.Type, c.Precision, c.Scale)
	}
	return c.Column.Type
}

func numericType(name string, precision, scale int) string {
	if precision == 0 {
		return name
	}
	return name + "(" + strconv.Itoa(precision) + "," + strconv.Itoa(scale) + ")"
}

// Attr implements value.Getter.
func (c *Column) Attr(name string) (value.Value, bool) {
	if get, ok := columnProps[name]; ok {
		return get(c), true
	}
	if fn, ok := columnMethods[name]; ok {
		return value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			return fn(c, args, kw)
		}), true
	}
	return nil, false
}

var columnProps = map[string]func(*Column) value.Value{
	"name":               func(c *Column) value.Value { return value.Str(c.Name) },
	"column":             func(c *Column) value.Value { return value.Str(c.Name) },
	"quoted":             func(c *Column) value.Value { return value.Str(quoted(c.Name)) },
	"dtype":              func(c *Column) value.Value { return value.Str(c.Column.Type) },
	"data_type":          func(c *Column) value.Value { return value.Str(c.dataType()) },
	"expanded_data_type": func(c *Column) value.Value { return value.Str(c.dataType()) },
	"char_size":          func(c *Column) value.Value { return intOrNone(c.CharSize) },
	"numeric_precision":  func(c *Column) value.Value { return intOrNone(c.Precision) },
	"numeric_scale": func(c *Column) value.Value {
		if c.Precision == 0 {
			return value.None
		}
		return value.Int(c.Scale)
	},
	"fields": func(c *Column) value.Value { return c.structFields() },
}

func intOrNone(n int) value.Value {
	if n == 0 {
		return value.None
	}
	return value.Int(n)
}

type columnMethod func(c *Column, args []value.Value, kw []value.Arg) (value.Value, error)

func columnTest(f func(*Column) bool) columnMethod {
	return func(c *Column, _ []value.Value, _ []value.Arg) (value.Value, error) { return value.Bool(f(c)), nil }
}

var columnMethods = map[string]columnMethod{
	"is_string":  columnTest((*Column).isString),
	"is_integer": columnTest((*Column).isInteger),
	"is_float":   columnTest((*Column).isFloat),
	"is_numeric": columnTest((*Column).isNumeric),
	"is_number": columnTest(func(c *Column) bool {
		return c.isInteger() || c.isFloat() || c.isNumeric()
	}),
	"is_struct": columnTest(func(c *Column) bool {
		return strings.HasPrefix(strings.ToLower(c.Column.Type), "struct")
	}),
	"string_size": func(c *Column, _ []value.Value, _ []value.Arg) (value.Value, error) {
		if !c.isString() {
			return nil, value.Errorf("DbtRuntimeError", "Called string_size() on non-string field!")
		}
		return value.Int(c.stringSize()), nil
	},
	"can_expand_to": func(c *Column, args []value.Value, kw []value.Arg) (value.Value, error) {
		v, err := value.Bind("can_expand_to", args, kw, "other_column")
		if err != nil {
			return nil, err
		}
		other, ok := v[0].(*Column)
		return value.Bool(ok && !c.types.Unsized && c.isString() && other.isString() && other.stringSize() > c.stringSize()), nil
	},
	"literal": func(c *Column, args []value.Value, kw []value.Arg) (value.Value, error) {
		v, err := value.Bind("literal", args, kw, "value")
		if err != nil {
			return nil, err
		}
		return value.Str(value.ToStr(v[0]) + "::" + c.dataType()), nil
	},
	"flatten": func(c *Column, _ []value.Value, _ []value.Arg) (value.Value, error) {
		out := value.NewList()
		c.flatten("", out)
		return out, nil
	},
}

// structFields splits a STRUCT type into its fields. dbt-duckdb: DuckDBColumn.
func (c *Column) structFields() *value.List {
	out := value.NewList()
	t := c.Column.Type
	if !strings.HasPrefix(strings.ToUpper(t), "STRUCT(") || !strings.HasSuffix(t, ")") {
		return out
	}
	for _, f := range splitTop(t[len("STRUCT(") : len(t)-1]) {
		name, typ, _ := strings.Cut(strings.TrimSpace(f), " ")
		out.Elems = append(out.Elems, &Column{Column: adapter.Column{Name: name, Type: typ}, types: c.types})
	}
	return out
}

func (c *Column) flatten(prefix string, out *value.List) {
	fields := c.structFields()
	if len(fields.Elems) == 0 {
		col := *c
		col.Name = prefix + c.Name
		out.Elems = append(out.Elems, &col)
		return
	}
	for _, f := range fields.Elems {
		f.(*Column).flatten(prefix+c.Name+".", out)
	}
}

// splitTop splits at commas outside parentheses.
func splitTop(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, s[from:i])
				from = i + 1
			}
		}
	}
	return append(out, s[from:])
}

// columnClass is api.Column and adapter.Column.
type columnClass struct{ types *adapter.TypeNames }

func (columnClass) Type() string                 { return "type" }
func (columnClass) Truth() bool                  { return true }
func (columnClass) AppendStr(b []byte) []byte    { return append(b, "<class 'Column'>"...) }
func (k columnClass) AppendRepr(b []byte) []byte { return k.AppendStr(b) }

// Call makes a column: api.Column(name, dtype, char_size, precision, scale).
func (k columnClass) Call(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("Column", args, kw, "column", "dtype", "char_size?", "numeric_precision?", "numeric_scale?")
	if err != nil {
		return nil, err
	}
	return &Column{types: k.types, Column: adapter.Column{
		Name: optText(v[0]), Type: optText(v[1]), CharSize: optInt(v[2]), Precision: optInt(v[3]), Scale: optInt(v[4]),
	}}, nil
}

func optInt(v value.Value) int {
	if n, ok := v.(value.Int); ok {
		return int(n)
	}
	return 0
}

func (k columnClass) translate(name string) string {
	if t, ok := typeLabels[strings.ToUpper(name)]; ok {
		return t
	}
	return name
}

var describedType = regexp.MustCompile(`^([^(]+)(\([^)]+\))?`)

// Attr implements value.Getter: the class methods.
func (k columnClass) Attr(name string) (value.Value, bool) {
	fn, ok := map[string]func(args []value.Value, kw []value.Arg) (value.Value, error){
		"translate_type": func(args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind(name, args, kw, "dtype")
			if err != nil {
				return nil, err
			}
			return value.Str(k.translate(optText(v[0]))), nil
		},
		"create": func(args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind(name, args, kw, "name", "label_or_dtype")
			if err != nil {
				return nil, err
			}
			return &Column{types: k.types, Column: adapter.Column{Name: optText(v[0]), Type: k.translate(optText(v[1]))}}, nil
		},
		"string_type": func(args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind(name, args, kw, "size")
			if err != nil {
				return nil, err
			}
			return value.Str(stringType(optInt(v[0]))), nil
		},
		"numeric_type": func(args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind(name, args, kw, "dtype", "precision", "scale")
			if err != nil {
				return nil, err
			}
			return value.Str(numericType(optText(v[0]), optInt(v[1]), optInt(v[2]))), nil
		},
		"from_description": func(args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind(name, args, kw, "name", "raw_data_type")
			if err != nil {
				return nil, err
			}
			return k.describe(optText(v[0]), optText(v[1]))
		},
	}[name]
	if !ok {
		return nil, false
	}
	return value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		return fn(args, kw)
	}), true
}

// describe reads "numeric(10,2)" and "varchar(12)".
func (k columnClass) describe(name, raw string) (value.Value, error) {
	m := describedType.FindStringSubmatch(raw)
	if m == nil {
		return nil, value.Errorf("DbtRuntimeError", "Could not interpret data type %q", raw)
	}
	c := adapter.Column{Name: name, Type: strings.TrimSpace(m[1])}
	if m[2] != "" {
		parts := strings.Split(m[2][1:len(m[2])-1], ",")
		var n []int
		for _, p := range parts {
			i, err := strconv.Atoi(strings.TrimSpace(p))
			if err != nil {
				return nil, value.Errorf("DbtRuntimeError", "Could not interpret data_type %q: could not convert %q to an integer", raw, p)
			}
			n = append(n, i)
		}
		if len(n) == 1 {
			c.CharSize = n[0]
		} else {
			c.Precision, c.Scale = n[0], n[1]
		}
	}
	return &Column{Column: c, types: k.types}, nil
}

func itoa(n int) string { return strconv.Itoa(n) }
