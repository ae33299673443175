package yamldoc

import (
	"bytes"
	"fmt"
	"testing"
)

// properties is a properties file of about 3 MB, as a large project has them in
// all.
func properties() []byte {
	var b bytes.Buffer
	b.WriteString("version: 2\nmodels:\n")
	for m := 0; b.Len() < 3<<20; m++ {
		fmt.Fprintf(&b, "  - name: model_%d\n    description: >\n      Orders of the day, one row for each,\n      with what was paid.\n    config:\n      tags: [daily, 'finance']\n      meta: {owner: team_%d, level: 3}\n    columns:\n", m, m%7)
		for c := range 12 {
			fmt.Fprintf(&b, "      - name: column_%d\n        description: \"The column {{ doc('c%d') }} of the model\"\n        data_type: varchar\n        tests:\n          - not_null\n          - accepted_values:\n              values: ['a', 'b', 10, yes]\n", c, c)
		}
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	src := properties()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, faults := Decode("models.yml", src); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	words := []string{"not_null", "orders", "yes", "12", "name", "2024-01-31", "The day's orders", "1.5", "true"}
	b.ReportAllocs()
	for b.Loop() {
		for _, w := range words {
			if _, err := resolve(w); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	src := properties()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compose(src); err != nil {
			b.Fatal(err)
		}
	}
}
