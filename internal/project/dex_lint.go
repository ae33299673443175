package project

import (
	"fmt"
	"math"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Lint is the section lint of dex.yml.
type Lint struct {
	// Rules gives rules another severity: "off", "note", "warning" or "error", by code.
	Rules map[string]string
	// Statements is how many statements a hook may have; 0 is the default.
	Statements int
	// Baseline is the file of accepted findings; "" is none.
	Baseline string
}

func readLint(d *Dex, top *yamldoc.Mapping) {
	m := top.Child("lint", "lint")
	if m == nil {
		return
	}
	d.Lint.Statements = m.Int("statements", 0, 1, math.MaxInt)
	d.Lint.Baseline = m.Text("baseline", "")
	if rules := m.Child("rules", "the rules of lint"); rules != nil {
		d.Lint.Rules = map[string]string{}
		for _, code := range rules.Keys() {
			if !lintCode(code) {
				rules.Fault(code, "unknown-rule", fmt.Sprintf("'%s' is no code of a rule", code), "Codes are like HK01 and OP01: docs/lint.")
				continue
			}
			if rules.Value(code) == value.Bool(false) {
				d.Lint.Rules[code] = "off" // YAML takes off for false
				continue
			}
			d.Lint.Rules[code] = rules.OneOf(code, "", "off", "note", "warning", "error")
		}
	}
	m.Done()
}

// lintCode reports whether a text has the form of a code. Which codes there are is
// known to package lint, on a floor above.
func lintCode(s string) bool {
	return len(s) == 4 && (strings.HasPrefix(s, "HK") || strings.HasPrefix(s, "OP")) && s[2] >= '0' && s[2] <= '9' && s[3] >= '0' && s[3] <= '9'
}
