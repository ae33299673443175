package state

import (
	"slices"
	"strings"
	"time"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// BreakingChange is a versioned model whose contract was broken: a fault, since a
// new version could have been made.
type BreakingChange struct {
	Node    *manifest.Node
	Changes []string
}

func (e *BreakingChange) Error() string {
	return "While comparing to previous project state, dbt detected a breaking change to an enforced contract." +
		"\n  - " + strings.Join(e.Changes, "\n  - ") + "\n" +
		"Consider making an additive (non-breaking) change instead, if possible.\n" +
		"Otherwise, create a new model version: https://docs.getdbt.com/docs/collaborate/govern/model-versions"
}

// Class is the heading of the fault.
func (e *BreakingChange) Class() diag.Class { return "Breaking change to contract" }

// sameContract compares contracts. One that promised something which no longer
// holds is told. dbt: ModelNode.same_contract.
func (c *Comparison) sameContract(was, now *manifest.Node) (bool, error) {
	if now.Kind != manifest.KindModel || was.Kind != manifest.KindModel {
		return true, nil
	}
	if !was.Contract.Enforced {
		return !now.Contract.Enforced, nil
	}
	if now.Contract.Enforced && now.Contract.Checksum == was.Contract.Checksum {
		return true, nil
	}
	b := &event.UnversionedBreakingChange{ContractEnforcedDisabled: !now.Contract.Enforced}
	compareColumns(b, was, now)
	compareConstraints(b, was, now)
	if enforces(was) && !enforces(now) && hasConstraints(was) {
		b.MaterializationChanged = []string{was.Config.Materialized(), now.Config.Materialized()}
	}
	b.Describe()
	return false, c.broken(now, b)
}

// enforces reports whether constraints of a model reach the database.
func enforces(n *manifest.Node) bool {
	m := n.Config.Materialized()
	return m == "table" || m == "incremental"
}

func hasConstraints(n *manifest.Node) bool {
	return len(n.Constraints) > 0 || slices.ContainsFunc(n.Columns(), func(c *manifest.Column) bool { return len(c.Constraints) > 0 })
}

// compareColumns finds columns that are gone, of another type, or without a
// constraint that the database enforced.
func compareColumns(b *event.UnversionedBreakingChange, was, now *manifest.Node) {
	columns := map[string]*manifest.Column{}
	for _, c := range now.Columns() {
		columns[c.Name] = c
	}
	for _, old := range byName(was.Columns()) {
		c := columns[old.Name]
		if c == nil {
			b.ColumnsRemoved = append(b.ColumnsRemoved, old.Name)
			continue
		}
		if baseType(old.DataType) != baseType(c.DataType) {
			b.ColumnTypeChanges = append(b.ColumnTypeChanges, event.ColumnTypeChange{Column: old.Name, Previous: orNone(old.DataType), Current: orNone(c.DataType)})
		}
		if !enforces(was) {
			continue
		}
		for _, k := range lost(old.Constraints, c.Constraints) {
			b.ColumnConstraintsRemoved = append(b.ColumnConstraintsRemoved, event.ConstraintRemoved{On: old.Name, Name: textOf(k, "name"), Type: textOf(k, "type")})
		}
	}
}

func compareConstraints(b *event.UnversionedBreakingChange, was, now *manifest.Node) {
	if !enforces(was) {
		return
	}
	for _, k := range lost(was.Constraints, now.Constraints) {
		columns := get(asDict(k), "columns")
		if columns == nil || columns == value.None {
			columns = value.NewList()
		}
		b.ModelConstraintsRemoved = append(b.ModelConstraintsRemoved, event.ConstraintRemoved{On: value.Repr(columns), Name: textOf(k, "name"), Type: textOf(k, "type")})
	}
}

// enforced are the kinds of constraint that DuckDB holds data to. dbt:
// CONSTRAINT_SUPPORT of dbt-duckdb.
var enforced = map[string]bool{"check": true, "not_null": true, "unique": true, "primary_key": true, "foreign_key": true}

// lost lists the enforced constraints that stand in one list and not in another.
func lost(was, now []value.Value) []value.Value {
	var out []value.Value
	for _, k := range was {
		kept := slices.ContainsFunc(now, func(v value.Value) bool { return same(k, v) })
		if !kept && enforced[textOf(k, "type")] {
			out = append(out, k)
		}
	}
	return out
}

// baseType is a data type without its size, precision and scale: a change of
// those breaks nothing.
func baseType(s string) string {
	base, _, _ := strings.Cut(s, "(")
	return strings.ToLower(strings.TrimSpace(base))
}

func orNone(s string) string {
	if s == "" {
		return "None"
	}
	return s
}

func textOf(v value.Value, key string) string {
	x := get(asDict(v), key)
	if x == nil || x == value.None {
		return ""
	}
	return value.ToStr(x)
}

// broken tells of a broken contract: a warning, and a fault for a versioned model.
func (c *Comparison) broken(n *manifest.Node, b *event.UnversionedBreakingChange) error {
	if len(b.BreakingChanges) == 0 {
		return nil
	}
	if n.Version != nil && n.Version != value.None {
		return &BreakingChange{n, b.BreakingChanges}
	}
	b.ModelName, b.ModelFilePath = n.Name, n.OriginalFilePath
	return c.tell(string(n.ID)+"\x00"+strings.Join(b.BreakingChanges, "\x00"), b)
}

// tell warns once of what key names.
func (c *Comparison) tell(key string, e event.Data) error {
	if c.told[key] || c.Warn == nil {
		return nil
	}
	if c.told == nil {
		c.told = map[string]bool{}
	}
	c.told[key] = true
	return c.Warn(e)
}

// removedContracts tells of models with a contract that are no longer there:
// deleted, renamed or disabled. dbt: same_contract_removed.
func (c *Comparison) removedContracts() error {
	for _, n := range c.Previous.Manifest.Graph().Nodes {
		if n.Kind != manifest.KindModel {
			continue
		}
		gone, what := n, "was deleted or renamed."
		if off := c.m.Disabled[n.ID]; len(off) > 0 {
			gone, what = off[0], "was disabled."
		} else if c.m.Nodes[n.ID] != nil {
			continue
		}
		if gone.Kind != manifest.KindModel || !gone.Contract.Enforced || pastDeprecation(gone) {
			continue
		}
		b := &event.UnversionedBreakingChange{BreakingChanges: []string{"Contracted model '" + string(gone.ID) + "' " + what}}
		if err := c.broken(gone, b); err != nil {
			return err
		}
	}
	return nil
}

// pastDeprecation reports whether a model was to go by now.
func pastDeprecation(n *manifest.Node) bool {
	if n.DeprecationDate == nil || n.DeprecationDate == value.None {
		return false
	}
	written := strings.Replace(value.ToStr(n.DeprecationDate), " ", "T", 1)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, written, time.Local); err == nil {
			return at.Before(time.Now())
		}
	}
	return false
}
