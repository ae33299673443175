// Package seedfile reads the CSV file of a seed as dbt does: Python's csv module
// takes it apart, and agate, dbt's table library, finds each column's type.
//
// It knows files and types, not databases and not nodes. Begin with Read; the
// csv rules are in csv.go, the types in infer.go and what makes a value of which
// type in number.go and datetime.go.
package seedfile

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Options say how a file is to be read.
type Options struct {
	// Delimiter parts the fields. It is one character; a comma is dbt's default,
	// which the seed's configuration holds.
	Delimiter string
	// TextColumns are kept as text: those with a type under column_types. Names
	// that the file does not have are ignored.
	TextColumns []string
}

// File is a seed in memory.
type File struct {
	// Table holds the values: None, Decimal, Bool, a date or datetime, or Str. As
	// in agate every number is a Decimal, whole ones too.
	Table *adapter.Table
	// Types are the columns' types for adapter.ConvertType: SeedInteger where no
	// number of a column has decimals.
	Types []adapter.SeedType
}

// Error is a fault of a file, with its place.
type Error struct {
	Line int // from 1
	Msg  string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// Read reads a whole file.
func Read(src []byte, opt Options) (*File, error) {
	delimiter, size := utf8.DecodeRuneInString(opt.Delimiter)
	if size == 0 || size != len(opt.Delimiter) {
		return nil, &Error{1, fmt.Sprintf("the delimiter must be one character, not %q", opt.Delimiter)}
	}
	text, err := decode(src)
	if err != nil {
		return nil, err
	}
	records := parse(text, delimiter)
	if len(records) == 0 {
		return nil, &Error{1, "the file is empty: a seed needs a line with the names of its columns"}
	}
	names := columnNames(records)
	if err := checkWidth(records[1:], len(names)); err != nil {
		return nil, err
	}
	return build(names, records[1:], opt.TextColumns), nil
}

// decode checks the encoding, drops one byte order mark, and makes every line
// end \n, inside quotes too, as Python does on reading a text file.
func decode(src []byte) (string, error) {
	if !utf8.Valid(src) {
		at := 0
		for r, n := utf8.DecodeRune(src); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(src[at:]) {
			at += n
		}
		line := 1 + strings.Count(string(src[:at]), "\n")
		return "", &Error{line, fmt.Sprintf("the file is not UTF-8: byte 0x%02x at position %d; save it as UTF-8", src[at], at)}
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	return text, nil
}

// columnNames makes agate's column names of the first record: a blank one is
// called by a letter, one that is there already gets a number.
func columnNames(records []record) []string {
	head := records[0].fields
	if len(head) == 0 && len(records) > 1 {
		head = make([]string, len(records[1].fields))
	}
	names := make([]string, 0, len(head))
	taken := make(map[string]bool, len(head))
	for i, base := range head {
		if base == "" {
			base = letterName(i)
		}
		name := base
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", base, n)
		}
		taken[name] = true
		names = append(names, name)
	}
	return names
}

// letterName calls columns a to z, then aa, bb and so on.
func letterName(i int) string {
	return strings.Repeat(string(rune('a'+i%26)), i/26+1)
}

func checkWidth(records []record, width int) error {
	for i, r := range records {
		if len(r.fields) > width {
			return &Error{r.line, fmt.Sprintf("Row %d has %d values, but Table only has %d columns.", i, len(r.fields), width)}
		}
	}
	return nil
}

// build types the columns and makes the values. The cells share one slice.
func build(names []string, records []record, textColumns []string) *File {
	width := len(names)
	f := &File{Table: &adapter.Table{Columns: make([]adapter.Column, width)}, Types: make([]adapter.SeedType, width)}
	forced := make(map[string]bool, len(textColumns))
	for _, n := range textColumns {
		forced[n] = true
	}
	cells := make([]value.Value, len(records)*width)
	f.Table.Rows = make([][]value.Value, len(records))
	for i := range f.Table.Rows {
		f.Table.Rows[i] = cells[i*width : (i+1)*width : (i+1)*width]
	}
	for c, name := range names {
		f.Table.Columns[c].Name = name
		first := kindInteger
		if forced[name] {
			first = kindText
		}
		f.Types[c] = column(f.Table.Rows, records, c, first)
	}
	return f
}
