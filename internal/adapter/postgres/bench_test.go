package postgres

import (
	"context"
	"testing"

	"dex/internal/pgtest"
)

// BenchmarkConn is what a node pays for its connection: dbt's way, one for each.
func BenchmarkConn(b *testing.B) {
	d := openAt(b, pgtest.Database(b), nil)
	b.ReportAllocs()
	for b.Loop() {
		c, err := d.Conn(context.Background(), "a")
		if err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
}

func BenchmarkStatement(b *testing.B) {
	s := newSession(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Execute(context.Background(), "select 1", false, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFetch(b *testing.B) {
	s := newSession(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		_, tab, err := s.Execute(context.Background(), "select n, 'text of ' || n, n * 0.5::numeric(10,2), now() from generate_series(1, 10000) n", true, 0)
		if err != nil || len(tab.Rows) != 10000 {
			b.Fatal(err, len(tab.Rows))
		}
	}
}
