package duckdb

import (
	"context"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// DuckDB answers a question for one table's keys or indexes by a scan of the whole
// catalog, and every table is asked for at each build. Most databases have none at
// all. So the whole catalog is asked once, and where it has none the answer stands
// until a statement is sent that could make one, or bring another database.

// catalogFacts is what holds of a whole instance as long as nothing that was sent
// since it was opened could have changed it.
type catalogFacts struct {
	sent   *atomic.Int64 // statements that could have
	opened int64         // sent when the instance was opened

	mu     sync.Mutex
	none   map[string]bool // kinds of thing that no attached database has any of
	duckdb map[string]bool // databases, by lower-case name, that are DuckDB's own
}

// keyStatements has a count of such statements for each file: two adapters of one
// process share its instance.
var keyStatements sync.Map

// keyCounter gives the count of a file, or a new one for a database in memory.
func keyCounter(c *Credentials) *atomic.Int64 {
	if c.memory() {
		return &atomic.Int64{}
	}
	n, _ := keyStatements.LoadOrStore(c.file(), &atomic.Int64{})
	return n.(*atomic.Int64)
}

// keyWords are words without which no statement makes a key or an index, or
// brings or takes a database (ATTACH, COPY FROM DATABASE). One that means
// something else costs a question more.
var keyWords = [...]string{"index", "unique", "primary", "foreign", "references", "attach", "detach", "import", "database"}

// noteKeys is called with each text before it runs.
func (d *database) noteKeys(sql string) {
	if makesKeys(sql) {
		d.keys.Add(1)
	}
}

// makesKeys reports whether one of keyWords stands in sql, in any case. Every
// statement comes by here, so it is one pass over the text.
func makesKeys(sql string) bool {
	for i := 0; i < len(sql); i++ {
		start := i
		for i < len(sql) && isWord(sql[i]) {
			i++
		}
		switch word := sql[start:i]; len(word) {
		case 5, 6, 7, 8, 10:
			for _, w := range keyWords {
				if len(w) == len(word) && strings.EqualFold(w, word) {
					return true
				}
			}
		}
	}
	return false
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

func newCatalogFacts(sent *atomic.Int64) *catalogFacts {
	return &catalogFacts{sent: sent, opened: sent.Load(), none: map[string]bool{}, duckdb: map[string]bool{}}
}

func (f *catalogFacts) hold() bool { return f.sent.Load() == f.opened }

// The questions to the whole catalog. Their texts hold no word of keyWords.
var counting = map[string]string{
	"keys":    "select count(*) from duckdb_constraints() where constraint_type not in ('CHECK', 'NOT NULL')",
	"indexes": "select count(*) from duckdb_indexes()",
}

// lacks reports whether it is known that there is none of a kind of thing.
func (f *catalogFacts) lacks(ctx context.Context, s adapter.Executor, kind string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.hold() {
		return false, nil
	}
	if none, known := f.none[kind]; known {
		return none, nil
	}
	_, tab, err := s.Execute(ctx, counting[kind], false, true, 0)
	if err != nil {
		return false, err
	}
	f.none[kind] = len(tab.Rows) == 1 && tab.Rows[0][0] == value.Int(0)
	return f.none[kind] && f.hold(), nil
}

// mayHaveIndexes is adapter.may_have_indexes, which is dex's own.
func mayHaveIndexes(c call, _ []value.Value) (value.Value, error) {
	none, err := c.db.facts.Load().lacks(c.ctx, c.s, "indexes")
	return value.Bool(!none), err
}

// supportsForeignKeys is adapter.catalog_supports_foreign_keys.
func supportsForeignKeys(c call, a []value.Value) (value.Value, error) {
	name := strings.ToLower(value.ToStr(a[0]))
	f := c.db.facts.Load()
	f.mu.Lock()
	known := f.duckdb[name] && f.hold()
	f.mu.Unlock()
	if known {
		return value.Bool(true), nil
	}
	_, tab, err := c.s.Execute(c.ctx, "select type from duckdb_databases() where lower(database_name) = "+literal(name), false, true, 0)
	if err != nil {
		return nil, err
	}
	own := len(tab.Rows) > 0 && strings.EqualFold(text(tab.Rows[0][0]), "duckdb")
	if own {
		f.mu.Lock()
		f.duckdb[name] = true
		f.mu.Unlock()
	}
	return value.Bool(own), nil
}

// keyConstraints is adapter.existing_key_constraint_types.
func keyConstraints(c call, a []value.Value) (value.Value, error) {
	none, err := c.db.facts.Load().lacks(c.ctx, c.s, "keys")
	if err != nil || none {
		return value.NewList(), err
	}
	var where []string
	for _, p := range [][2]string{{"database", "database_name"}, {"schema", "schema_name"}, {"identifier", "table_name"}} {
		s, err := attr(a[0], p[0])
		if err != nil {
			return nil, err
		}
		where = append(where, "lower("+p[1]+") = "+literal(strings.ToLower(s)))
	}
	_, tab, err := c.s.Execute(c.ctx, "select distinct constraint_type from duckdb_constraints() where constraint_type in "+
		"('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') and "+strings.Join(where, " and "), false, true, 0)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, row := range tab.Rows {
		names = append(names, strings.ReplaceAll(strings.ToLower(text(row[0])), " ", "_"))
	}
	sort.Strings(names)
	out := value.NewList()
	for _, n := range names {
		out.Elems = append(out.Elems, value.Str(n))
	}
	return out, nil
}
