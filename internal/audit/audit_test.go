package audit

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dex/internal/store"
	"dex/internal/store/sqlite"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// chain makes a store with a chain of n records: a run of n nodes.
func chain(t *testing.T, n int) (project string, s *sqlite.Store) {
	t.Helper()
	project = t.TempDir()
	s, err := sqlite.OpenBelow(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	at := noon
	l := &Log{Chain: s, Now: func() time.Time { at = at.Add(time.Second); return at }}
	for i := range n {
		if err := l.Append(t.Context(), node(i)); err != nil {
			t.Fatal(err)
		}
	}
	return project, s
}

func node(i int) Entry {
	return Entry{
		Kind: Node, Event: "model", Invocation: fmt.Sprintf("0000-%d", i/4), Target: "dev", Command: "run", Node: fmt.Sprintf("model.shop.n%d", i), Status: "success",
		StartedAt: noon, Duration: 1500 * time.Millisecond, RowsBefore: Unknown, RowsAfter: 0, RowsAffected: int64(i), User: "ann", Version: "0.1",
	}
}

// tamper changes the file behind the store's back.
func tamper(t *testing.T, project string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", sqlite.Path(project))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// forge gives the SQL that puts a record of its own making in, with a hash that fits
// its place.
func forge(t *testing.T, s *sqlite.Store, seq int64) string {
	t.Helper()
	before := store.Record{}
	if seq > 1 {
		before = recordAt(t, s, seq-1)
	}
	r := store.Record{Seq: seq, At: noon, Kind: Node, Body: []byte(`{"node":"model.shop.forged"}`), Prev: before.Hash}
	return fmt.Sprintf("insert into records values (%d, %d, '%s', x'%s', '%s', '%s')", r.Seq, r.At.UnixNano(), r.Kind, hex.EncodeToString(r.Body), r.Prev, Hash(r))
}

func recordAt(t *testing.T, s *sqlite.Store, seq int64) store.Record {
	t.Helper()
	r, err := s.Records(t.Context(), seq, 1)
	if err != nil || len(r) != 1 || r[0].Seq != seq {
		t.Fatalf("record %d: %v, %v", seq, r, err)
	}
	return r[0]
}

// shift moves the records from number from on by one, so that a place is free.
func shift(from int) []string {
	return []string{fmt.Sprintf("update records set seq = -seq where seq >= %d", from), "update records set seq = 1 - seq where seq < 0"}
}

func TestVerifyFindsWhatWasDone(t *testing.T) {
	fixed := func(s ...string) func(*testing.T, *sqlite.Store) []string {
		return func(*testing.T, *sqlite.Store) []string { return s }
	}
	for _, c := range []struct {
		name   string
		tamper func(t *testing.T, s *sqlite.Store) []string
		fault  Fault
		seq    int64
	}{
		{"nothing", fixed(), "", 0},
		{"body", fixed(`update records set body = replace(cast(body as text), '"success"', '"error"') where seq = 4`), Changed, 4},
		{"a count", fixed(`update records set body = replace(cast(body as text), '"rows_affected":6', '"rows_affected":7') where seq = 7`), Changed, 7},
		{"time", fixed("update records set at = at + 1 where seq = 5"), Changed, 5},
		{"kind", fixed("update records set kind = 'hook' where seq = 1"), Changed, 1},
		{"hash alone", fixed("update records set hash = upper(hash) where seq = 9"), Changed, 9},
		{"prev", fixed("update records set prev = '' where seq = 3"), Changed, 3},
		{"body and hash", func(t *testing.T, s *sqlite.Store) []string {
			return []string{"delete from records where seq = 4", forge(t, s, 4)}
		}, Unlinked, 5},
		{"one removed", fixed("delete from records where seq = 6"), Removed, 6},
		{"some removed", fixed("delete from records where seq between 3 and 7"), Removed, 3},
		{"the first removed", fixed("delete from records where seq = 1"), Removed, 1},
		{"removed and closed up", fixed("delete from records where seq = 6", "update records set seq = seq - 1 where seq > 6"), Moved, 6},
		{"all but the last, as if it were the first", fixed("delete from records where seq < 10", "update records set seq = 1", "update head set seq = 1"), Moved, 1},
		{"two exchanged", fixed("update records set seq = -4 where seq = 4", "update records set seq = 4 where seq = 8", "update records set seq = 8 where seq = -4"), Moved, 4},
		{"one put in", func(t *testing.T, s *sqlite.Store) []string {
			return append(shift(5), forge(t, s, 5))
		}, Moved, 6},
		{"one put in before the first", fixed("insert into records values (0, 0, 'node', x'7b7d', '', '')"), Appended, 0},
		{"one put in behind the end", func(t *testing.T, s *sqlite.Store) []string { return []string{forge(t, s, 11)} }, Appended, 11},
		{"the last cut off", fixed("delete from records where seq = 10"), Truncated, 10},
		{"the end cut off", fixed("delete from records where seq > 6"), Truncated, 7},
		{"all cut off", fixed("delete from records"), Truncated, 1},
		{"the mark removed", fixed("delete from head"), Headless, 10},
		{"the mark changed", fixed("update head set hash = 'x'"), Headless, 10},
		{"the end exchanged", func(t *testing.T, s *sqlite.Store) []string {
			return []string{"delete from records where seq = 10", forge(t, s, 10)}
		}, Headless, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			project, s := chain(t, 10)
			tamper(t, project, c.tamper(t, s)...)
			rep, err := Verify(t.Context(), s, "")
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.fault == "" && rep.Break != nil:
				t.Errorf("a whole chain is said to be broken: %+v", rep.Break)
			case c.fault == "" && rep.Records != 10:
				t.Errorf("%d records were looked at", rep.Records)
			case c.fault != "" && rep.Break == nil:
				t.Error("it was not found")
			case c.fault != "" && (rep.Break.Fault != c.fault || rep.Break.Seq != c.seq || !strings.Contains(rep.Break.Says, fmt.Sprint(c.seq))):
				t.Errorf("found %+v, not %s at %d", rep.Break, c.fault, c.seq)
			}
		})
	}
}

// Every record, changed in every column, is found and named.
func TestVerifyNamesEachRecord(t *testing.T) {
	for _, change := range []string{"at = at - 1", "kind = kind || 'x'", "body = body || ' '", "prev = prev || '0'", "hash = hash || '0'"} {
		project, s := chain(t, 12)
		for seq := int64(1); seq <= 12; seq++ {
			tamper(t, project, "create table if not exists saved as select * from records", fmt.Sprintf("update records set %s where seq = %d", change, seq))
			rep, err := Verify(t.Context(), s, "")
			if err != nil || rep.Break == nil || rep.Break.Seq != seq {
				t.Errorf("%s of record %d: %+v, %v", change, seq, rep.Break, err)
			}
			tamper(t, project, fmt.Sprintf("delete from records where seq = %d", seq), fmt.Sprintf("insert into records select * from saved where seq = %d", seq))
		}
		if rep, err := Verify(t.Context(), s, ""); err != nil || rep.Break != nil {
			t.Fatalf("put back: %+v, %v", rep.Break, err)
		}
	}
}

// A chain that was written anew from a record on, with its mark, is whole by itself:
// only a hash kept elsewhere tells.
func TestKeptHead(t *testing.T) {
	_, s := chain(t, 10)
	kept := recordAt(t, s, 6).Hash
	if rep, err := Verify(t.Context(), s, kept); err != nil || rep.Break != nil || rep.Kept != 6 {
		t.Fatalf("%+v, %v", rep, err)
	}
	project, other := chain(t, 4)
	tamper(t, project, "delete from records where seq = 4", forge(t, other, 4), "update head set hash = (select hash from records where seq = 4)")
	if rep, err := Verify(t.Context(), other, ""); err != nil || rep.Break != nil {
		t.Fatalf("a chain written anew is whole: %+v, %v", rep.Break, err)
	}
	rep, err := Verify(t.Context(), other, kept)
	if err != nil || rep.Break == nil || rep.Break.Fault != Rewritten {
		t.Errorf("%+v, %v", rep.Break, err)
	}
}

// Behind a tail that was cut off, the gap stays to be seen however much is appended;
// behind a forged record nothing is.
func TestAppendToABrokenChain(t *testing.T) {
	project, s := chain(t, 5)
	tamper(t, project, "delete from records where seq >= 4")
	l := &Log{Chain: s}
	if err := l.Append(t.Context(), node(0), node(1)); err != nil {
		t.Fatal(err)
	}
	if rep, err := Verify(t.Context(), s, ""); err != nil || rep.Break == nil || rep.Break.Fault != Removed || rep.Break.Seq != 4 {
		t.Errorf("%+v, %v", rep.Break, err)
	}
	project, s = chain(t, 5)
	tamper(t, project, forge(t, s, 6))
	if err := (&Log{Chain: s}).Append(t.Context(), node(0)); err == nil {
		t.Error("a record was appended in the place of a forged one")
	}
}

// More records than one page, read while another opening appends.
func TestVerifyWhileAppending(t *testing.T) {
	project, s := chain(t, 1)
	other, err := sqlite.OpenBelow(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	done := make(chan error)
	go func() {
		l := &Log{Chain: other}
		for i := range 40 {
			batch := make([]Entry, 60)
			for j := range batch {
				batch[j] = node(i)
			}
			if err := l.Append(t.Context(), batch...); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		if rep, err := Verify(t.Context(), s, ""); err != nil || rep.Break != nil {
			t.Fatalf("%+v, %v", rep.Break, err)
		}
	}
	if rep, err := Verify(t.Context(), s, ""); err != nil || rep.Records != 2401 {
		t.Errorf("%+v, %v", rep, err)
	}
}

// The hash is that of the line that export shows, without its member "hash": docs/audit.md
// says so to those who check a chain by other means.
func TestHashIsOfTheLine(t *testing.T) {
	_, s := chain(t, 1)
	l := &Log{Chain: s, Clean: func(s string) string { return strings.ReplaceAll(s, "sesame", "*****") }}
	e := node(1)
	e.Message = "line\nquote \" back \\ bell \a e\u0301 \u2028 <&> sesame \xff"
	if err := l.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	r := recordAt(t, s, 2)
	line := string(Line(r))
	bare := strings.Replace(line, `,"hash":"`+r.Hash+`"`, "", 1)
	if sum := sha256.Sum256([]byte(bare)); hex.EncodeToString(sum[:]) != r.Hash || bare == line {
		t.Errorf("the hash is not that of %s", bare)
	}
	if strings.Contains(line, "sesame") || !strings.Contains(line, `\u0007 e`) || !strings.Contains(line, "\u2028 <&> *****") {
		t.Errorf("the line is %s", line)
	}
	// Keys in order, and no others: what a canonical encoder makes of it is the same.
	var parsed map[string]any
	d := json.NewDecoder(strings.NewReader(bare))
	d.UseNumber()
	if err := d.Decode(&parsed); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	enc := json.NewEncoder(&again)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(parsed); err != nil {
		t.Fatal(err)
	}
	if got := strings.NewReplacer(`\u2028`, "\u2028").Replace(strings.TrimSpace(again.String())); got != bare {
		t.Errorf("written again it is\n%s, not\n%s", got, bare)
	}
}

func TestEntriesComeBack(t *testing.T) {
	_, s := chain(t, 0)
	want := node(3)
	want.Message, want.Reason, want.Name, want.Project, want.Commit = "a", "b", "c", "d", "e"
	empty := Entry{Kind: Run, RowsBefore: Unknown, RowsAfter: Unknown, RowsAffected: Unknown}
	if err := (&Log{Chain: s}).Append(t.Context(), want, empty); err != nil {
		t.Fatal(err)
	}
	got, err := List(t.Context(), s, Filter{})
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	want.StartedAt = want.StartedAt.Truncate(time.Microsecond)
	if diff := cmp.Diff([]Entry{want, empty}, []Entry{got[0].Entry, got[1].Entry}); diff != "" {
		t.Error(diff)
	}
	if string(got[1].Body) != "{}" {
		t.Errorf("an empty entry is %s", got[1].Body)
	}
}

func TestList(t *testing.T) {
	_, s := chain(t, 2500)
	if err := (&Log{Chain: s, Now: func() time.Time { return noon }}).Append(t.Context(), Entry{Kind: Run, Invocation: "0000-1"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{Limit: 3}, "[2499 2500 2501]"},
		{Filter{Invocation: "0000-62", Kind: Node, Limit: 3}, "[2498 2499 2500]"},
		{Filter{Invocation: "0000-620"}, "[2481 2482 2483 2484]"},
		{Filter{Node: "n7"}, "[8]"},
		{Filter{Node: "model.shop.n2499"}, "[2500]"},
		{Filter{Node: "7"}, "[]"},
		{Filter{Kind: Run}, "[2501]"},
		{Filter{Since: noon.Add(2499 * time.Second)}, "[2499 2500]"},
		{Filter{Kind: "none"}, "[]"},
	} {
		got, err := List(t.Context(), s, c.f)
		seqs := []int64{}
		for _, f := range got {
			seqs = append(seqs, f.Seq)
		}
		if err != nil || fmt.Sprint(seqs) != c.want {
			t.Errorf("%+v gives %v (%v), not %s", c.f, seqs, err, c.want)
		}
	}
	if all, err := List(t.Context(), s, Filter{}); err != nil || len(all) != 2501 || all[0].Seq != 1 {
		t.Errorf("all: %d, %v", len(all), err)
	}
}

func TestExports(t *testing.T) {
	_, s := chain(t, 2)
	e := node(2)
	e.Message = "=cmd()|'/c calc', and \"quotes\""
	if err := (&Log{Chain: s}).Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	all, err := List(t.Context(), s, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var lines, table bytes.Buffer
	if err := Lines(&lines, all); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(lines.Bytes(), []byte("\n")); n != 3 {
		t.Errorf("%d lines", n)
	}
	if err := CSV(&table, all); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 4 || len(rows[0]) != len(columns) {
		t.Fatal(rows, err)
	}
	get := func(row int, name string) string {
		for i, n := range rows[0] {
			if n == name {
				return rows[row][i]
			}
		}
		t.Fatal("no column", name)
		return ""
	}
	for name, want := range map[string]string{"seq": "3", "rows_before": "", "rows_after": "0", "rows_affected": "2", "duration": "1.500000", "message": "'" + e.Message, "started_at": "2026-03-01 12:00:00.123456"} {
		if got := get(3, name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
}
