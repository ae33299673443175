package postgres

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"dex/internal/adapter"
)

// databaseError makes an error with the text that psycopg2 gives, so that dbt's users
// read what they know.
func databaseError(pg *pgconn.PgError, sql string) *adapter.DatabaseError {
	e := &adapter.DatabaseError{Msg: errorText(pg, sql), SQL: sql, Err: pg}
	if pg.Position > 0 {
		e.Line, _, _ = place(sql, int(pg.Position))
	}
	return e
}

// errorText is the message with its lines below, in libpq's order. libpq:
// PQresultErrorMessage with the verbosity "default"; psycopg2 takes the severity away.
func errorText(pg *pgconn.PgError, sql string) string {
	var b strings.Builder
	b.WriteString(pg.Message)
	switch {
	case pg.Position > 0:
		excerpt(&b, sql, int(pg.Position))
	case pg.InternalPosition > 0 && pg.InternalQuery != "":
		excerpt(&b, pg.InternalQuery, int(pg.InternalPosition))
	}
	for _, l := range []struct{ name, text string }{
		{"DETAIL", pg.Detail}, {"HINT", pg.Hint}, {"QUERY", pg.InternalQuery}, {"CONTEXT", pg.Where},
	} {
		if l.text != "" {
			fmt.Fprintf(&b, "\n%s:  %s", l.name, l.text)
		}
	}
	return strings.TrimSpace(b.String())
}

// noticeText is what the database says by the way: WARNING:  there is no transaction.
func noticeText(msg *pgproto3.NoticeResponse, sql string) string {
	pg := pgconn.ErrorResponseToPgError((*pgproto3.ErrorResponse)(msg))
	return pg.Severity + ":  " + errorText(pg, sql)
}

// The width that an excerpt of a statement has at most, and how much of it is kept
// behind the place where it allows.
const (
	excerptWidth = 60
	excerptAfter = 10
)

// place finds the line, from 1, and the text of the line that the pos-th character of
// a text stands in, and where in that line, from 0.
func place(sql string, pos int) (line int, text []rune, at int) {
	runes := []rune(sql)
	at = pos - 1
	if at > len(runes) {
		return 0, nil, 0
	}
	line = 1
	start := 0
	for i := 0; i < at; i++ {
		switch {
		case runes[i] == '\n' && i > 0 && runes[i-1] == '\r':
			start = i + 1 // the \r has been counted
		case runes[i] == '\n' || runes[i] == '\r':
			line++
			start = i + 1
		}
	}
	end := at
	for end < len(runes) && runes[end] != '\n' && runes[end] != '\r' {
		end++
	}
	return line, runes[start:end], at - start
}

// excerpt writes the line of the statement with a caret below the place. libpq:
// reportErrorPosition.
func excerpt(b *strings.Builder, sql string, pos int) {
	line, text, at := place(sql, pos)
	if line == 0 {
		return
	}
	begin, end := cut(text, at)
	head := fmt.Sprintf("LINE %d: ", line)
	if begin > 0 {
		head += "..."
	}
	shown := strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		return r
	}, string(text[begin:end]))
	if end < len(text) {
		shown += "..."
	}
	fmt.Fprintf(b, "\n%s%s\n%s^", head, shown, strings.Repeat(" ", len(head)+width(text[begin:at])))
}

// cut keeps a long line to the excerpt's width, so that the place is in it.
func cut(text []rune, at int) (begin, end int) {
	end = len(text)
	if width(text) <= excerptWidth {
		return 0, end
	}
	if width(text[:at])+excerptAfter <= excerptWidth {
		for width(text[:end]) > excerptWidth {
			end--
		}
		return 0, end
	}
	for end > at && width(text[at:end]) > excerptAfter {
		end--
	}
	for width(text[begin:end]) > excerptWidth {
		begin++
	}
	return begin, end
}

// width is how many columns of a terminal a text takes.
func width(text []rune) int {
	n := 0
	for _, r := range text {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

// wide reports whether a character takes two columns: East Asian scripts and emoji.
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf && r != 0x303f || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 ||
		r >= 0x1f300 && r <= 0x1faff && !unicode.IsControl(r) || r >= 0x20000 && r <= 0x3fffd)
}
