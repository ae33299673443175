package agate

import (
	"math/big"
	"strings"
	"unicode/utf8"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// PrintOptions bound what Print shows; a negative number is no bound. The zero
// value shows nothing: begin with DefaultPrint.
type PrintOptions struct {
	Rows, Columns, Width, Precision int
	// Clean takes secrets out of a cell before it is cut: behind a cut, what is left of
	// one is not known for it. Nil leaves it as it is.
	Clean func(string) string
}

// DefaultPrint is what agate's print_table shows when it is told nothing.
var DefaultPrint = PrintOptions{Rows: 20, Columns: 6, Width: 20, Precision: 3}

// Print lays the whole table out as `dbt show` does: all rows, six columns. clean may be nil: see PrintOptions.
func (t *Table) Print(clean func(string) string) string {
	o := DefaultPrint
	o.Rows, o.Clean = -1, clean
	return t.Layout(o)
}

// Layout writes the table as Markdown. agate: print_table.
func (t *Table) Layout(o PrintOptions) string {
	cols, rows := len(t.names), len(t.rows)
	moreCols := o.Columns >= 0 && o.Columns < cols
	if moreCols {
		cols = o.Columns
	}
	moreRows := o.Rows >= 0 && o.Rows < rows
	if moreRows {
		rows = o.Rows
	}
	cells := [][]string{t.header(cols, moreCols, &o)}
	places, cut := t.precisions(cols, rows, o.Precision)
	for _, r := range t.rows[:rows] {
		line := make([]string, 0, cols+1)
		for j := range cols {
			line = append(line, o.cell(format(r[j], t.types[j], places[j], cut[j])))
		}
		if moreCols {
			line = append(line, ellipsis)
		}
		cells = append(cells, line)
	}
	return t.draw(cells, moreRows)
}

const ellipsis = "..."

func (t *Table) header(cols int, more bool, o *PrintOptions) []string {
	var out []string
	for _, n := range t.names[:cols] {
		out = append(out, o.cell(n))
	}
	if more {
		out = append(out, ellipsis)
	}
	return out
}

// cell is a text as it is shown.
func (o *PrintOptions) cell(s string) string {
	if o.Clean != nil {
		s = o.Clean(s)
	}
	return shorten(s, o.Width)
}

func shorten(s string, width int) string {
	if width < 0 || utf8.RuneCountInString(s) <= width {
		return s
	}
	// Below the dots' own width the bound counts from the end, as in Python.
	runes, keep := []rune(s), width-len(ellipsis)
	if keep < 0 {
		keep = max(0, len(runes)+keep)
	}
	return string(runes[:keep]) + ellipsis
}

// draw writes header, rule and rows, text to the left and the rest to the right.
func (t *Table) draw(cells [][]string, moreRows bool) string {
	width := make([]int, len(cells[0]))
	for _, line := range cells {
		for j, c := range line {
			width[j] = max(width[j], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	write := func(line []string) {
		b.WriteByte('|')
		for j, c := range line {
			if j > 0 {
				b.WriteByte('|')
			}
			// The dots of rows left out may be wider than their column.
			pad := strings.Repeat(" ", max(0, width[j]-utf8.RuneCountInString(c)))
			if j < len(t.types) && t.types[j] == Text {
				b.WriteString(" " + c + pad + " ")
			} else {
				b.WriteString(" " + pad + c + " ")
			}
		}
		b.WriteString("|\n")
	}
	write(cells[0])
	rule := make([]string, len(width))
	for j, w := range width {
		rule[j] = strings.Repeat("-", w)
	}
	write(rule)
	for _, line := range cells[1:] {
		write(line)
	}
	if moreRows {
		dots := make([]string, len(width))
		for j := range dots {
			dots[j] = ellipsis
		}
		write(dots)
	}
	return b.String()
}

// precisions finds how many decimal places each Number column shows, and whether
// some were cut off.
func (t *Table) precisions(cols, rows, most int) ([]int, []bool) {
	places, cut := make([]int, cols), make([]bool, cols)
	for j := range cols {
		if t.types[j] != Number {
			continue
		}
		for _, r := range t.rows[:rows] {
			places[j] = max(places[j], decimalPlaces(r[j]))
		}
		if most >= 0 && places[j] > most {
			places[j], cut[j] = most, true
		}
	}
	return places, cut
}

// decimalPlaces counts the digits behind the point, without zeros at the end.
func decimalPlaces(v value.Value) int {
	s := value.ToStr(v)
	if strings.ContainsAny(s, "eEnN") {
		if r, ok := new(big.Rat).SetString(s); ok {
			s = strings.TrimRight(r.FloatString(28), "0")
		}
	}
	_, frac, ok := strings.Cut(s, ".")
	if !ok {
		return 0
	}
	return len(strings.TrimRight(frac, "0"))
}

// format writes a value as print_table does: numbers with thousands' commas.
func format(v value.Value, k DataType, places int, cut bool) string {
	if isNone(v) {
		return ""
	}
	if k != Number {
		return value.ToStr(v)
	}
	r, ok := new(big.Rat).SetString(value.ToStr(v))
	if !ok {
		return value.ToStr(v)
	}
	s := grouped(halfEven(r, places))
	if r.Sign() < 0 && s[0] != '-' {
		s = "-" + s // a negative number that rounds to zero keeps its sign
	}
	if cut {
		s += "…"
	}
	return s
}

// halfEven rounds to places, halves to the even digit, as babel does.
func halfEven(r *big.Rat, places int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	x := new(big.Rat).Mul(r, new(big.Rat).SetInt(scale))
	q, m := new(big.Int).QuoRem(x.Num(), x.Denom(), new(big.Int))
	twice := new(big.Int).Abs(new(big.Int).Lsh(m, 1))
	if c := twice.Cmp(x.Denom()); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(int64(x.Sign())))
	}
	return new(big.Rat).SetFrac(q, scale).FloatString(places)
}

func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, frac, ok := strings.Cut(s, ".")
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if ok {
		b.WriteString("." + frac)
	}
	return sign + b.String()
}

// structure is the table of columns and types that str(table) gives.
func (t *Table) structure() string {
	s := &Table{names: []string{"column", "data_type"}, types: []DataType{Text, Text}}
	for j, n := range t.names {
		s.rows = append(s.rows, []value.Value{value.Str(n), value.Str(t.types[j])})
	}
	return s.Layout(PrintOptions{Rows: -1, Columns: -1, Width: -1, Precision: 3})
}

// print hands a text to Out line by line.
func (t *Table) print(s string) (value.Value, error) {
	if t.Out != nil {
		for _, line := range strings.Split(strings.TrimRight(s, "\n"), "\n") {
			t.Out(line)
		}
	}
	return value.None, nil
}

func printTable(t *Table, _ *value.Thread, v []value.Value) (value.Value, error) {
	o := DefaultPrint
	for i, p := range map[int]*int{0: &o.Rows, 1: &o.Columns, 3: &o.Width, 5: &o.Precision} {
		switch n := v[i].(type) {
		case value.Int:
			*p = int(n)
		case value.NoneType:
			*p = -1
		}
	}
	return t.print(t.Layout(o))
}

func printCSV(t *Table, _ *value.Thread, _ []value.Value) (value.Value, error) {
	var b strings.Builder
	write := func(fields []string) {
		for i, f := range fields {
			if i > 0 {
				b.WriteByte(',')
			}
			if strings.ContainsAny(f, ",\"\n\r") {
				f = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
			}
			b.WriteString(f)
		}
		b.WriteByte('\n')
	}
	write(t.names)
	for _, r := range t.rows {
		line := make([]string, len(r))
		for j, v := range r {
			line[j] = csvText(v)
		}
		write(line)
	}
	return t.print(b.String())
}

// csvText is agate's csvify: dates and times in ISO form, nulls empty.
func csvText(v value.Value) string {
	switch v.(type) {
	case nil, value.NoneType:
		return ""
	case *pylib.Date, *pylib.DateTime:
		v = jsonable(v)
	}
	return value.ToStr(v)
}

func printJSON(t *Table, _ *value.Thread, v []value.Value) (value.Value, error) {
	o := value.JSONOptions{}
	if n, ok := v[2].(value.Int); ok {
		o.Indent = int(n)
	}
	b, err := value.AppendJSON(nil, t.Records(), o)
	if err != nil {
		return nil, err
	}
	return t.print(string(b))
}
