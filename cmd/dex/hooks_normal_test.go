package main

import (
	"regexp"
	"strings"
)

// blanker replaces what differs from run to run: the project's folder, the name of
// its database, ids, times, durations.
type blanker struct {
	root     string
	database string // recorded as hooks; no name of the tests' is part of another
}

var blanks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(([+-]\d\d(:?\d\d)?)| ?UTC|Z)?`), "<time>"},
	{regexp.MustCompile(`(__dbt_tmp|__dbt_backup|__dbt_stg_)\d{6,}`), "$1<n>"},
	{regexp.MustCompile(`pg_terminate_backend\(\d+\)`), "pg_terminate_backend(<n>)"},
	{regexp.MustCompile(`\b\d+\.\d+ ?s(econds)?\b`), "<n>s"},
}

func (b blanker) text(s string) string {
	s = strings.ReplaceAll(s, b.root, "<project>")
	if b.database != "" {
		s = strings.ReplaceAll(s, b.database, "hooks")
	}
	for _, x := range blanks {
		s = x.pattern.ReplaceAllString(s, x.with)
	}
	return s
}

var (
	lineNumber = regexp.MustCompile(`(line|LINE) \d+`)
	// Where a driver points at the place of a fault.
	pointing = regexp.MustCompile(`^\s*(LINE <n>: .*|\^|Did you mean .*\?)$`)
	compiled = regexp.MustCompile(`^\s*compiled [Cc]ode at`)
	folder   = regexp.MustCompile(`/\S*/(models|macros|seeds|snapshots|target)/`)
)

// message is a message of run_results.json without what depends on the place of
// the project or on the database's driver.
func (b blanker) message(s *string) *string {
	if s == nil {
		return nil
	}
	var out []string
	for _, line := range strings.Split(b.text(*s), "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" || compiled.MatchString(line) {
			continue
		}
		line = lineNumber.ReplaceAllString(line, "$1 <n>")
		if !pointing.MatchString(line) {
			out = append(out, folder.ReplaceAllString(line, "$1/"))
		}
	}
	text := strings.Join(out, "\n")
	return &text
}

var blanksTwice = regexp.MustCompile(` {2,}`)

// squeeze takes comments out of SQL, makes each run of blanks outside quotes one
// blank, and drops blanks and semicolons at the end.
func (b blanker) squeeze(sql string) string {
	var out strings.Builder
	space := false
	for i := 0; i < len(sql); {
		end, blank := token(sql, i)
		if blank {
			space = true
		} else {
			if space && out.Len() > 0 {
				out.WriteByte(' ')
			}
			space = false
			out.WriteString(sql[i:end])
		}
		i = end
	}
	text := out.String()
	if !strings.Contains(text, "'") { // then the record has single blanks in dollar quotes as well
		text = blanksTwice.ReplaceAllString(text, " ")
	}
	return b.text(strings.TrimSpace(strings.TrimRight(text, ";")))
}

// token gives the end of what begins at i: a comment or a run of blanks (blank),
// a quoted text, or one byte.
func token(sql string, i int) (end int, blank bool) {
	rest := sql[i:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "/*"):
		return after(sql, i+2, "*/"), true
	case strings.HasPrefix(rest, "--"):
		return i + len(strings.SplitN(rest, "\n", 2)[0]), true
	case c == '\'' || c == '"':
		return endOfQuote(sql, i), false
	case c == '$':
		if tag := dollarTag.FindString(rest); tag != "" {
			return after(sql, i+len(tag), tag), false
		}
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		return i + 1, true
	}
	return i + 1, false
}

var dollarTag = regexp.MustCompile(`^\$\w*\$`)

// after gives the place behind the next mark from i on, or the end.
func after(s string, i int, mark string) int {
	if j := strings.Index(s[i:], mark); j >= 0 {
		return i + j + len(mark)
	}
	return len(s)
}

// endOfQuote gives the place behind the quoted text that begins at i; a doubled
// quote does not end it.
func endOfQuote(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		if s[j] != s[i] {
			continue
		}
		if j+1 < len(s) && s[j+1] == s[i] {
			j++
			continue
		}
		return j + 1
	}
	return len(s)
}
