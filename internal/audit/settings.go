package audit

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/yamldoc"
)

// Settings are the section audit of dex.yml. The zero value keeps no record.
type Settings struct {
	Enabled bool
	// Relation is the table in the warehouse, by its parts: one to three names. Nil is
	// none.
	Relation []string
	// RowsOf select the nodes whose rows are counted before and after.
	RowsOf []string
	// Kinds are those that are recorded; nil is all.
	Kinds []string
	// Fail makes a record that cannot be written an error of the command, and not a
	// warning.
	Fail bool
}

// Keeps reports whether records of a kind are kept.
func (s *Settings) Keeps(kind string) bool {
	return s.Enabled && (s.Kinds == nil || slices.Contains(s.Kinds, kind))
}

// Read reads the section. What is wrong with it is a fault of m.
func Read(m *yamldoc.Mapping) Settings {
	s := Settings{
		Enabled: m.Bool("enabled", true),
		Fail:    m.OneOf("on_error", "warn", "warn", "fail") == "fail",
	}
	if text := m.Text("relation", ""); text != "" {
		s.Relation = relationParts(m, text)
	}
	if rows := m.Child("rows", "rows of audit"); rows != nil {
		s.RowsOf = rows.Texts("before_after")
		rows.Done()
	}
	if m.Has("kinds") {
		s.Kinds = m.Texts("kinds")
		for _, k := range s.Kinds {
			checkKind(m, k)
		}
	}
	m.Done()
	return s
}

func checkKind(m *yamldoc.Mapping, kind string) {
	if slices.Contains(Kinds, kind) {
		return
	}
	hint := "They are: " + strings.Join(Kinds, ", ") + "."
	if near := yamldoc.Nearest(kind, Kinds); near != "" {
		hint = fmt.Sprintf("Did you mean '%s'? %s", near, hint)
	}
	m.Fault("kinds", "bad-value", fmt.Sprintf("there are no audit records of the kind '%s'", kind), hint)
}

// relationParts splits database.schema.table, of which each may stand in quotes.
func relationParts(m *yamldoc.Mapping, text string) []string {
	parts := strings.Split(text, ".")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(p), "\"`")
	}
	if len(parts) > 3 || slices.Contains(parts, "") {
		m.Fault("relation", "bad-value", fmt.Sprintf("relation of audit is no name of a table: '%s'", text), "Write it as table, schema.table or database.schema.table.")
		return nil
	}
	return parts
}
