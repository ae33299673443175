package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkLoad reads a project of 1,000 models with 200 properties files.
func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	write("dbt_project.yml", "name: shop\nmodels:\n  +materialized: view\n  shop:\n    area_1: {+materialized: table}\n")
	for i := range 1000 {
		write(fmt.Sprintf("models/area_%d/m_%d.sql", i%20, i), strings.Repeat("select a, b, c from {{ ref('x') }} where a > 1\n", 30))
	}
	for i := range 200 {
		write(fmt.Sprintf("models/area_%d/p_%d.yml", i%20, i), "version: 2\n"+strings.Repeat("# x\n", 200))
	}
	b.ReportAllocs()
	for b.Loop() {
		raw, faults := ReadRaw(dir)
		if raw == nil {
			b.Fatal(faults)
		}
		if p, faults, err := Load(context.Background(), Options{Raw: raw}); p == nil {
			b.Fatal(faults, err)
		}
	}
}

func BenchmarkSum(b *testing.B) {
	text := strings.Repeat("select a, b, c from {{ ref('x') }} where a > 1\n", 30)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		sum(text)
	}
}

func BenchmarkConfigFor(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ProjectFile), []byte("name: shop\nmodels:\n  +materialized: view\n  shop:\n    staging: {+schema: s, +tags: [a]}\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	raw, _ := ReadRaw(dir)
	p, faults, err := Load(context.Background(), Options{Raw: raw})
	if p == nil {
		b.Fatal(faults, err)
	}
	fqn := []string{"shop", "staging", "orders"}
	b.ReportAllocs()
	for b.Loop() {
		if len(p.Root.ConfigFor("model", fqn)) != 3 {
			b.Fatal("layers")
		}
	}
}
