package result

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// docs/hooks.md has the reasons of the closed list and no others.
func TestReasonsAreTold(t *testing.T) {
	src, err := os.ReadFile("../../docs/hooks.md")
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)\| reason \|.*?\n\n`).Find(src)
	var told []Reason
	for _, row := range regexp.MustCompile(`(?m)^\| (`+"`"+`[^|]*) \|`).FindAllSubmatch(table, -1) {
		for _, word := range regexp.MustCompile("`([a-z_]+)`").FindAllSubmatch(row[1], -1) {
			told = append(told, Reason(word[1]))
		}
	}
	for _, r := range Reasons {
		if !slices.Contains(told, r) {
			t.Errorf("docs/hooks.md does not tell the reason %s", r)
		}
	}
	for _, r := range told {
		if !slices.Contains(Reasons, r) {
			t.Errorf("docs/hooks.md tells the reason %s, which there is not", r)
		}
	}
}
