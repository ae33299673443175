package audit

import (
	"testing"
	"time"

	"dex/internal/store/sqlite"
)

// BenchmarkAppend is one transaction on the disk with a record, and with a hundred.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"1 record", 1}, {"100 records", 100}} {
		b.Run(c.name, func(b *testing.B) {
			s, err := sqlite.OpenBelow(b.Context(), b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			l := &Log{Chain: s, Now: func() time.Time { return noon }}
			entries := make([]Entry, c.n)
			for i := range entries {
				entries[i] = node(i)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := l.Append(b.Context(), entries...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
