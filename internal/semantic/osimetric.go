package semantic

import (
	"regexp"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// osiMetric is a metric of a document on its way into the manifest.
type osiMetric struct {
	name, description, expr string
	sets                    []*value.Dict // the datasets beside it
	path                    []any
}

// metric makes the metrics of an expression: a simple one of a single aggregation, a
// ratio with the two that it is made of, and else a simple one that sums the
// expression as it stands, which is for the reader to correct. dbt does the same.
func (r *osiReader) metric(m osiMetric) {
	if a, ok := readAggregate(m.expr); ok {
		r.simple(m, a.column, a.datasetOf(m.sets), a.agg, a.percentile)
		return
	}
	if num, den, ok := ratio(m.expr); ok {
		parts := [2]osiMetric{{name: m.name + "_numerator", expr: num}, {name: m.name + "_denominator", expr: den}}
		for _, part := range parts {
			part.sets, part.path = m.sets, m.path
			r.metric(part)
		}
		b := builder{}
		r.add(m, "ratio", osiParams(b.input(value.Str(parts[0].name)), b.input(value.Str(parts[1].name)), nil, nil))
		return
	}
	first := ""
	if len(m.sets) > 0 {
		first = textAt(m.sets[0], "name")
	}
	r.simple(m, m.expr, first, "sum", nil)
}

func (r *osiReader) simple(m osiMetric, expr, dataset, agg string, percentile value.Value) {
	var params *value.Dict
	if percentile != nil {
		params = fields("percentile", percentile, "use_discrete_percentile", value.Bool(false), "use_approximate_percentile", value.Bool(false))
	}
	r.add(m, "simple", osiParams(nil, nil, value.Str(expr), fields(
		"semantic_model", value.Str(dataset), "agg", value.Str(agg), "agg_params", params, "agg_time_dimension", nil, "non_additive_dimension", nil)))
}

func (r *osiReader) add(m osiMetric, kind string, params *value.Dict) {
	r.out.Metrics = append(r.out.Metrics, OSIMetric{Name: m.name, Description: m.description, Path: m.path, Fields: fields(
		"label", value.Str(m.name), "type", value.Str(kind), "type_params", params, "filter", nil, "metadata", nil, "time_granularity", nil)})
}

func osiParams(numerator, denominator, expr value.Value, agg *value.Dict) *value.Dict {
	return fields(
		"measure", nil, "input_measures", value.NewList(), "numerator", numerator, "denominator", denominator, "expr", expr,
		"window", nil, "grain_to_date", nil, "metrics", nil, "conversion_type_params", nil, "cumulative_type_params", nil,
		"metric_aggregation_params", agg, "fill_nulls_with", nil, "join_to_timespine", value.Bool(false), "is_private", value.Bool(false))
}

// aggregate is an expression that is one aggregation.
type aggregate struct {
	agg        string
	column     string // without the dataset in front of it
	dataset    string // as written in front of the column; "" where there is none
	percentile value.Value
}

// datasetOf is the dataset that the column is of: the one that is written in front of
// it, or the first that has a field of that name or expression, or the first of all.
func (a *aggregate) datasetOf(sets []*value.Dict) string {
	if a.dataset != "" {
		return a.dataset
	}
	for _, d := range sets {
		for _, f := range dictsAt(d, "fields") {
			expr := ""
			if all := dictsAt(dictAt(f, "expression"), "dialects"); len(all) > 0 {
				expr = textAt(all[0], "expression")
			}
			if textAt(f, "name") == a.column || expr[strings.LastIndex(expr, ".")+1:] == a.column {
				return textAt(d, "name")
			}
		}
	}
	if len(sets) == 0 {
		return ""
	}
	return textAt(sets[0], "name")
}

var (
	callForm       = regexp.MustCompile(`(?is)^([a-z_]+)\s*\((.*)\)$`)
	percentileForm = regexp.MustCompile(`(?is)^percentile_(cont|disc)\s*\(\s*([0-9.]+)\s*\)\s*within\s+group\s*\(\s*order\s+by\s+(.*?)(?:\s+(?:asc|desc))?\s*\)$`)
	booleanForm    = regexp.MustCompile(`(?is)^case\s+when\s+(.*)\s+then\s+1\s+else\s+0\s+end$`)
	distinctForm   = regexp.MustCompile(`(?is)^distinct\s+(.*)$`)
	columnForm     = regexp.MustCompile(`(?s)^((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))*)\.("[^"]+"|\w+)$`)
	leadingForm    = regexp.MustCompile(`(?s)^(\w+)\.([^.]*)$`)
	branchForm     = regexp.MustCompile(`(?i)\b(case|when|then|else)\b`)
	qualifierForm  = regexp.MustCompile(`\b([A-Za-z_]\w*)\.[A-Za-z_"]`)
)

var osiAggregations = map[string]string{"sum": "sum", "count": "count", "avg": "average", "min": "min", "max": "max"}

// readAggregate reads an expression that is one aggregation; false of all others.
func readAggregate(expr string) (aggregate, bool) {
	expr = strings.TrimSpace(expr)
	if m := percentileForm.FindStringSubmatch(expr); m != nil && len(topLevel(m[3], ",")) == 1 {
		p, err := strconv.ParseFloat(m[2], 64)
		a := columnOf(m[3])
		a.agg, a.percentile = "percentile", value.Float(p)
		if p == 0.5 && strings.EqualFold(m[1], "cont") {
			a.agg, a.percentile = "median", nil
		}
		a.dataset = "" // dbt: looked for by the name of the column
		return a, err == nil
	}
	m := callForm.FindStringSubmatch(expr)
	if m == nil || !wrapped("("+m[2]+")") {
		return aggregate{}, false
	}
	agg, inner := osiAggregations[strings.ToLower(m[1])], strings.TrimSpace(m[2])
	if d := distinctForm.FindStringSubmatch(inner); d != nil && agg == "count" {
		agg, inner = "count_distinct", d[1]
	}
	if agg == "" || inner == "" || len(topLevel(inner, ",")) != 1 {
		return aggregate{}, false
	}
	if b := booleanForm.FindStringSubmatch(inner); b != nil && agg == "sum" && !branchForm.MatchString(b[1]) {
		a := aggregate{agg: "sum_boolean", column: b[1]}
		if q := qualifierForm.FindStringSubmatch(b[1]); q != nil {
			a.dataset = q[1]
		}
		return a, true
	}
	if agg == "sum" && branchForm.MatchString(inner) {
		return aggregate{}, false
	}
	a := columnOf(inner)
	a.agg = agg
	return a, true
}

// columnOf takes apart a column and what stands in front of it. Of an expression of one
// qualified column, the qualifier is taken off as well.
func columnOf(expr string) aggregate {
	expr = strings.TrimSpace(expr)
	if m := columnForm.FindStringSubmatch(expr); m != nil {
		return aggregate{column: strings.Trim(m[2], `"`), dataset: strings.ReplaceAll(m[1], `"`, "")}
	}
	if m := leadingForm.FindStringSubmatch(expr); m != nil && !strings.ContainsAny(m[1][:1], "0123456789") {
		return aggregate{column: m[2], dataset: m[1]}
	}
	a := aggregate{column: expr}
	if q := qualifierForm.FindStringSubmatch(expr); q != nil {
		a.dataset = q[1]
	}
	if len(expr) > 2 && expr[0] == '"' && strings.IndexByte(expr[1:], '"') == len(expr)-2 {
		a.column = expr[1 : len(expr)-1]
	}
	return a
}

// ratio takes a division apart, without the parentheses around its sides; false of an
// expression whose last step is another.
func ratio(expr string) (num, den string, ok bool) {
	expr = strings.TrimSpace(expr)
	if len(topLevel(expr, "+-<>=!|,")) > 1 || wordAtTop(expr) {
		return "", "", false
	}
	sides := topLevel(expr, "*/%")
	if len(sides) < 2 {
		return "", "", false
	}
	den = sides[len(sides)-1]
	at := len(expr) - len(den) - 1
	if expr[at] != '/' {
		return "", "", false
	}
	return unwrap(expr[:at]), unwrap(den), true
}

func unwrap(s string) string {
	s = strings.TrimSpace(s)
	if wrapped(s) {
		return strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// wrapped reports whether one pair of parentheses encloses all of s.
func wrapped(s string) bool {
	if len(s) < 2 || s[0] != '(' || s[len(s)-1] != ')' {
		return false
	}
	whole := true
	walkSQL(s, func(i, depth int) {
		if depth == 0 && i < len(s)-1 {
			whole = false
		}
	})
	return whole
}

// topLevel cuts s at those of the bytes of cut that stand outside of parentheses and
// quotes.
func topLevel(s, cut string) []string {
	var out []string
	from := 0
	walkSQL(s, func(i, depth int) {
		if depth == 0 && strings.IndexByte(cut, s[i]) >= 0 {
			out, from = append(out, s[from:i]), i+1
		}
	})
	return append(out, s[from:])
}

var operatorWord = regexp.MustCompile(`(?i)\b(and|or|not|case|is|in|like|between)\b`)

// wordAtTop reports whether an operator that is a word stands outside of parentheses.
func wordAtTop(s string) bool {
	top := []byte(s)
	keep := make([]bool, len(s))
	walkSQL(s, func(i, depth int) { keep[i] = depth == 0 })
	for i := range top {
		if !keep[i] {
			top[i] = '.'
		}
	}
	return operatorWord.Match(top)
}

// walkSQL calls visit for each byte of s outside of quotes, with the number of
// parentheses that are open behind it.
func walkSQL(s string, visit func(i, depth int)) {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			continue
		case c == '\'' || c == '"':
			quote = c
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		visit(i, depth)
	}
}
