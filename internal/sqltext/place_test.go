package sqltext

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Scanner and Split are two readers of one language: they find the same semicolons.
func TestScannerAgreesWithSplit(t *testing.T) {
	words := []string{"'", "''", `"`, "\\", "--", "\n", "\r", "/*", "*/", ";", "$$", "$t$", "$1", "e'", "E'", "1e'", "a", " ", "x$y$", "else'", "é", "'\n'", "("}
	for _, d := range []Dialect{DuckDB, Postgres, {DollarQuotes: true, EscapeStrings: true}} {
		for seed := range uint64(20000) {
			r := rand.New(rand.NewPCG(seed, 5))
			var b strings.Builder
			for range 1 + r.IntN(14) {
				b.WriteString(words[r.IntN(len(words))])
			}
			sql := b.String()
			var ends []int
			c := Scanner{D: d}
			c.Feed(sql, func(u Unit) {
				if u.Kind == Semicolon {
					ends = append(ends, u.Start)
				}
			})
			from, kept := 0, 0
			for _, end := range append(ends, len(sql)) {
				if !Blank(sql[from:end], d) {
					kept++
				}
				from = end + min(1, len(sql)-end)
			}
			if got := Split(sql, d); len(got) != kept {
				t.Fatalf("%q: Split finds %d statements, Scanner %d", sql, len(got), kept)
			}
		}
	}
}

func TestScannerPlaces(t *testing.T) {
	for text, want := range map[string]Place{
		"select ": Bare, "select '": InString, "select 'a''": InString, "select 'a'": Bare, "x E'": InEscape, `e'\'`: InEscape, `fe'`: InString,
		"1e'": InEscape, "u&'": InEscape, `u&"`: InEscape, "e'a'\n'": InEscape, "'a'\n'": InString, `"`: InName, `""`: Bare, "-- '": InLine, "--\r": Bare,
		"/* /* */": InBlock, "/* /* */ */": Bare, "$a$ '": InDollar, "$a$ $b$": InDollar, "$a$ $a$": Bare, "a$b$": Bare, "$1$": Bare, "e 'x": InString,
	} {
		c := Scanner{D: DuckDB}
		c.Feed(text, nil)
		if c.Place != want {
			t.Errorf("behind %q the place is %s, want %s", text, c.Place, want)
		}
	}
}
