package tablediff

import (
	"slices"
	"strings"
)

// alignment says which row of one table is which of the other.
type alignment struct {
	before, after *Table
	a2b, b2a      []int // unlinked, none, or a row
	linked        []int // rows of before, in the order in which they were first linked
	keyed         []bool
	used, usedRev []bool
	// left and leftRev count the rows for which a partner is still sought.
	left, leftRev int
}

const (
	none     = -1
	unlinked = -2
)

// tried is how many columns are tried in all combinations: those with most
// different values.
const tried = 5

// align finds rows that belong together: first by the combinations of columns
// that tell rows apart, the ones with fewer columns first, then by rows that are
// alike and stand next to ones that were found.
func align(before, after *Table) *alignment {
	ha, hb := before.height(), after.height()
	a := &alignment{
		before: before, after: after, a2b: slices.Repeat([]int{unlinked}, ha), b2a: slices.Repeat([]int{unlinked}, hb),
		keyed: make([]bool, len(before.Columns)), used: make([]bool, hb), usedRev: make([]bool, ha), left: ha, leftRev: hb,
	}
	columns := telling(before, after)
	pending := make([]int, ha)
	for i := range pending {
		pending[i] = i
	}
	last := 1<<len(columns) - 1
	var top *index
	count := 0
	for k := 1; k <= last && a.left > 0; k++ {
		var chosen []int
		for bit, c := range columns {
			if k>>bit&1 == 1 {
				chosen = append(chosen, c)
				a.keyed[c] = true
			}
		}
		x := newIndex(before, after, chosen)
		if k == last {
			top = x
		}
		// A combination under which many rows are alike tells nothing.
		if float64(x.most)/float64(max(ha, hb)+20) >= 0.1 && (count > 0 || k < last) {
			continue
		}
		count++
		pending = a.byIndex(x, pending)
	}
	if top != nil {
		a.extend(top, ha, hb)
	}
	a.rest(ha, hb)
	return a
}

// telling gives the columns to try, by number.
func telling(before, after *Table) []int {
	columns := make([]int, len(before.Columns))
	for c := range columns {
		columns[c] = c
	}
	if len(columns) <= tried {
		return columns
	}
	different := make([]int, len(columns))
	for c := range columns {
		for _, t := range []*Table{before, after} {
			seen := map[string]bool{}
			for row := range t.height() {
				seen[t.cell(c, row).plain()] = true
			}
			different[c] += len(seen)
		}
	}
	slices.SortStableFunc(columns, func(x, y int) int { return different[y] - different[x] })
	return columns[:tried]
}

func (a *alignment) link(row, to int) {
	if a.a2b[row] == unlinked {
		a.linked = append(a.linked, row)
	}
	a.a2b[row] = to
	if to != none {
		a.b2a[to] = row
	}
}

// byIndex links the pending rows whose key is found once in each table, and
// gives back those that are left.
func (a *alignment) byIndex(x *index, pending []int) []int {
	rest := pending[:0:0]
	for _, row := range pending {
		key := x.beforeKeys[row]
		in, there := x.before[key], x.after[key]
		if key == "" || len(in) != 1 || len(there) != 1 || a.used[there[0]] {
			rest = append(rest, row)
			continue
		}
		a.link(row, there[0])
		a.used[there[0]] = true
		if !a.usedRev[row] {
			a.leftRev--
		}
		a.usedRev[row] = true
		a.left--
	}
	return rest
}

// extend links rows that are alike and follow, or precede, ones that are linked:
// from either table, in either direction.
func (a *alignment) extend(x *index, ha, hb int) {
	forward := func(xa, xb int) { a.link(xa, xb) }
	a.side(sweep{from: a.a2b, keys: x.beforeKeys, others: x.afterKeys, taken: a.used, own: a.usedRev, left: &a.left, link: forward}, ha, hb)
	backward := func(xb, xa int) { a.link(xa, xb) }
	a.side(sweep{from: a.b2a, keys: x.afterKeys, others: x.beforeKeys, taken: a.usedRev, own: a.used, left: &a.leftRev, link: backward}, hb, ha)
}

// sweep is a look at one table's rows for partners in the other.
type sweep struct {
	from         []int // partners so far
	keys, others []string
	taken, own   []bool
	left         *int
	link         func(row, other int)
}

func (a *alignment) side(s sweep, height, others int) {
	for _, step := range []int{1, -1} {
		if *s.left <= 0 {
			continue
		}
		at, known := 0, false
		first := 0
		if step < 0 {
			first, at, known = height-1, others-1, others > 0
		}
		for i := range height {
			row := first + i*step
			if to := s.from[row]; to != unlinked {
				at, known = to+step, true
				if at >= others || at < 0 {
					break
				}
				continue
			}
			if !known || s.keys[row] != s.others[at] || s.taken[at] {
				continue
			}
			s.link(row, at)
			s.taken[at], s.own[row] = true, true
			*s.left--
			at += step
			if at >= others || at < 0 || *s.left == 0 {
				break
			}
		}
	}
}

// rest marks what found no partner, and puts the headers together.
func (a *alignment) rest(ha, hb int) {
	for row := 1; row < ha; row++ {
		if !a.usedRev[row] {
			a.link(row, none)
		}
	}
	for row := 1; row < hb; row++ {
		if !a.used[row] {
			a.b2a[row] = none
		}
	}
	a.link(0, 0)
}

// order gives the rows in the order in which they are shown: that of the second
// table, with the rows that it lacks where they stood.
func (a *alignment) order() []pair {
	var stay, gone []pair
	for _, row := range a.linked {
		if to := a.a2b[row]; to >= 0 {
			stay = append(stay, pair{row, to})
		} else {
			gone = append(gone, pair{row, none})
		}
	}
	for row, from := range a.b2a {
		if from == none {
			stay = append(stay, pair{none, row})
		}
	}
	slices.SortStableFunc(stay, func(x, y pair) int { return x.after - y.after })
	slices.SortStableFunc(gone, func(x, y pair) int { return x.before - y.before })
	out := make([]pair, 0, len(stay)+len(gone))
	for len(stay) > 0 || len(gone) > 0 {
		if len(stay) == 0 || len(gone) > 0 && stay[0].before > gone[0].before {
			out, gone = append(out, gone[0]), gone[1:]
			continue
		}
		out, stay = append(out, stay[0]), stay[1:]
	}
	return out
}

// index finds rows of both tables by the values of some columns.
type index struct {
	before, after         map[string][]int
	beforeKeys, afterKeys []string
	most                  int // rows of one table that share a key, at most
}

func newIndex(before, after *Table, columns []int) *index {
	x := &index{}
	x.before, x.beforeKeys = x.read(before, columns)
	x.after, x.afterKeys = x.read(after, columns)
	return x
}

func (x *index) read(t *Table, columns []int) (map[string][]int, []string) {
	rows, keys := make(map[string][]int, t.height()), make([]string, t.height())
	for row := range keys {
		keys[row] = rowKey(t, row, columns)
		rows[keys[row]] = append(rows[keys[row]], row)
		x.most = max(x.most, len(rows[keys[row]]))
	}
	return rows, keys
}

// rowKey joins the values of some columns; that of the header is marked. What
// says that it is nothing is nothing.
func rowKey(t *Table, row int, columns []int) string {
	var b strings.Builder
	if row == 0 {
		b.WriteByte('_')
	}
	for k, c := range columns {
		if k > 0 {
			b.WriteString(" // ")
		}
		if s := t.cell(c, row).plain(); s != "null" && s != "undefined" {
			b.WriteString(s)
		}
	}
	return b.String()
}
