package tablediff

import (
	"math"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The colours of a terminal.
const (
	head   = "\x1b[0;1m"
	minor  = "\x1b[33m"
	add    = "\x1b[32;1m"
	modify = "\x1b[34;1m"
	remove = "\x1b[31;1m"
	done   = "\x1b[0m"
)

var escape = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]")

// widest is the width from which columns are not padded any more.
const widest = 130

// String shows the difference as lines that end in CR and LF, in colours or not.
func (d *Diff) String(colours bool) string {
	rows := d.sheet()
	widths := columnWidths(rows)
	var b strings.Builder
	for y, row := range rows {
		target, at := 0, 0
		for x := range row {
			for ; widths != nil && at < target; at++ {
				b.WriteByte(' ')
			}
			if x > 0 {
				b.WriteString(minor + "," + done)
			}
			b.WriteString(csv(painted(rows, x, y)))
			if widths != nil {
				at += utf8.RuneCountInString(bare(rows, x, y))
				target += widths[x]
			}
		}
		b.WriteString("\r\n")
	}
	if colours {
		return b.String()
	}
	return escape.ReplaceAllString(b.String(), "")
}

// columnWidths are those that most cells fit in; nil where that is too wide.
func columnWidths(rows [][]Cell) []int {
	total := len(rows[0]) - 1
	widths := make([]int, len(rows[0]))
	for x := range widths {
		sum, squares := 0, 0
		lens := make([]int, len(rows))
		for y := range rows {
			lens[y] = utf8.RuneCountInString(bare(rows, x, y))
			sum += lens[y]
			squares += lens[y] * lens[y]
		}
		h := float64(len(rows))
		mean := float64(sum) / h
		most := int(mean + 2*math.Sqrt(max(0, float64(squares)/h-mean*mean)) + 0.5)
		widths[x] = lens[0]
		for _, n := range lens {
			if n <= most {
				widths[x] = max(widths[x], n)
			}
		}
		total += widths[x]
	}
	if total > widest {
		return nil
	}
	return widths
}

// look is how a cell is shown.
type look struct {
	colour    string // "" where it has none
	split     bool   // what it was, and what it becomes
	was, is   string
	withArrow string
}

// lookOf reads a cell's look from its row's mark and its column's head.
func lookOf(rows [][]Cell, x, y int) look {
	var l look
	mark, column := rows[y][0].plain(), rows[0][x].plain()
	gone := false
	switch {
	case strings.Contains(column, "+++"):
		l.colour = add
	case strings.Contains(column, "---"):
		l.colour, gone = remove, true
	}
	given := l.colour
	switch {
	case mark == "@@":
		l.colour = head
	case mark == "+++":
		if !gone {
			l.colour = add
		}
	case mark == "---":
		l.colour = remove
	case strings.Contains(mark, "->") && !gone:
		text := rows[y][x].plain()
		if strings.Contains(text, mark) {
			l.split = true
			parts := strings.Split(text, mark)
			parts[0], parts[1] = markSpaces(parts[0], parts[1]), markSpaces(parts[1], parts[0])
			l.was, l.is, l.withArrow = parts[0], parts[1], strings.Join(parts, "→")
			given = ""
		}
	}
	if given != "" {
		l.colour = given
	}
	return l
}

// markSpaces makes the blanks of a text visible that another lacks, where they
// are all that the two differ in.
func markSpaces(s, other string) string {
	if s == other || strings.ReplaceAll(s, " ", "") != strings.ReplaceAll(other, " ", "") {
		return s
	}
	l, r := []rune(s), []rune(other)
	var out []rune
	for i, j := 0, 0; i < len(l); {
		switch {
		case j < len(r) && l[i] == r[j]:
			out = append(out, l[i])
			i, j = i+1, j+1
		case j < len(r) && r[j] == ' ':
			j++
		default:
			out = append(out, '␣')
			i++
		}
	}
	return string(out)
}

// bare is a cell without colours, as CSV.
func bare(rows [][]Cell, x, y int) string {
	if l := lookOf(rows, x, y); l.split {
		return csv(l.withArrow)
	}
	return csv(shown(rows[y][x]))
}

// painted is a cell in its colours.
func painted(rows [][]Cell, x, y int) string {
	l := lookOf(rows, x, y)
	switch {
	case l.split:
		return remove + l.was + modify + "→" + add + l.is + done
	case l.colour != "":
		return l.colour + rows[y][x].Dressed + done
	}
	return shown(rows[y][x])
}

func shown(c Cell) string {
	if c.Null {
		return "NULL"
	}
	return c.Text
}

// csv quotes a cell that needs it.
func csv(s string) string {
	if s == "" || s[0] != ' ' && s[len(s)-1] != ' ' && !strings.ContainsAny(s, "\"\r\n\t,") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	breaks := ""
	for _, r := range s {
		if r == '"' {
			b.WriteByte('"')
		}
		if r == '\r' || r == '\n' {
			breaks += string(r)
			continue
		}
		b.WriteString(breaks)
		breaks = ""
		b.WriteRune(r)
	}
	b.WriteString(breaks)
	b.WriteByte('"')
	return b.String()
}
