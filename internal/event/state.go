package event

import "strings"

// StateTargetEqual is a --state that names the folder which this invocation
// writes to.
type StateTargetEqual struct{ StatePath string }

// Name implements Data.
func (StateTargetEqual) Name() string { return "WarnStateTargetEqual" }

// Code implements Data.
func (StateTargetEqual) Code() string { return "I072" }

// Message implements Data.
func (e StateTargetEqual) Message() string {
	return Warned("The state and target directories are the same: '" + e.StatePath +
		"'. This could lead to missing changes due to overwritten state including non-idempotent retries.")
}

// Fields implements Fielder.
func (e StateTargetEqual) Fields(enc *Encoder) { enc.Str("state_path", e.StatePath) }

// UnversionedBreakingChange is a model without versions whose contract promised
// more than it now holds.
type UnversionedBreakingChange struct {
	BreakingChanges          []string // in words: see Describe
	ModelName, ModelFilePath string
	ContractEnforcedDisabled bool
	ColumnsRemoved           []string
	ColumnTypeChanges        []ColumnTypeChange
	ColumnConstraintsRemoved []ConstraintRemoved
	ModelConstraintsRemoved  []ConstraintRemoved
	MaterializationChanged   []string // from and to
}

// ColumnTypeChange is a column of another type than before.
type ColumnTypeChange struct{ Column, Previous, Current string }

// ConstraintRemoved is a constraint that no longer holds.
type ConstraintRemoved struct {
	On         string // the column, or the columns
	Name, Type string
}

// text is the constraint's name, or what dbt prints of its type.
func (k ConstraintRemoved) text() string {
	if k.Name != "" {
		return k.Name
	}
	return "ConstraintType." + k.Type
}

// Describe puts into words what the other fields say.
func (e *UnversionedBreakingChange) Describe() {
	say := func(what string, n int, line func(i int) string) {
		if n == 0 {
			return
		}
		lines := make([]string, n)
		for i := range lines {
			lines[i] = line(i)
		}
		e.BreakingChanges = append(e.BreakingChanges, what+": \n    - "+strings.Join(lines, "\n    - "))
	}
	if e.ContractEnforcedDisabled {
		e.BreakingChanges = append(e.BreakingChanges, "Contract enforcement was removed: Previously, this model had an enforced contract. "+
			"It is no longer configured to enforce its contract, and this is a breaking change.")
	}
	say("Columns were removed", len(e.ColumnsRemoved), func(i int) string { return e.ColumnsRemoved[i] })
	say("Columns with data_type changes", len(e.ColumnTypeChanges), func(i int) string {
		c := e.ColumnTypeChanges[i]
		return c.Column + " (" + c.Previous + " -> " + c.Current + ")"
	})
	say("Enforced column level constraints were removed", len(e.ColumnConstraintsRemoved), func(i int) string {
		k := e.ColumnConstraintsRemoved[i]
		return "'" + k.text() + "' constraint on column " + k.On
	})
	say("Enforced model level constraints were removed", len(e.ModelConstraintsRemoved), func(i int) string {
		k := e.ModelConstraintsRemoved[i]
		return "'" + k.text() + "' constraint on columns " + k.On
	})
	if m := e.MaterializationChanged; len(m) == 2 {
		say("Materialization changed with enforced constraints", 1, func(int) string { return m[0] + " -> " + m[1] })
	}
}

// Name implements Data.
func (*UnversionedBreakingChange) Name() string { return "UnversionedBreakingChange" }

// Code implements Data.
func (*UnversionedBreakingChange) Code() string { return "I071" }

// Message implements Data.
func (e *UnversionedBreakingChange) Message() string {
	return Warned("Breaking change to contracted, unversioned model " + e.ModelName + " (" + e.ModelFilePath + ")" +
		"\nWhile comparing to previous project state, dbt detected a breaking change to an unversioned model." +
		"\n  - " + strings.Join(e.BreakingChanges, "\n  - ") + "\n")
}

// Fields implements Fielder.
func (e *UnversionedBreakingChange) Fields(enc *Encoder) {
	enc.Strs("breaking_changes", e.BreakingChanges)
	enc.List("column_type_changes", len(e.ColumnTypeChanges), func(i int) {
		c := e.ColumnTypeChanges[i]
		enc.Str("column_name", c.Column)
		enc.Str("current_column_type", c.Current)
		enc.Str("previous_column_type", c.Previous)
	})
	enc.Strs("columns_removed", e.ColumnsRemoved)
	enc.Bool("contract_enforced_disabled", e.ContractEnforcedDisabled)
	constraints := func(name, on string, list []ConstraintRemoved) {
		enc.List(name, len(list), func(i int) {
			if on == "column_name" {
				enc.Str(on, list[i].On)
			}
			enc.Str("constraint_name", list[i].Name)
			enc.Str("constraint_type", list[i].Type)
			if on == "columns" {
				enc.Str(on, list[i].On)
			}
		})
	}
	constraints("enforced_column_constraint_removed", "column_name", e.ColumnConstraintsRemoved)
	constraints("enforced_model_constraint_removed", "columns", e.ModelConstraintsRemoved)
	enc.Strs("materialization_changed", e.MaterializationChanged)
	enc.Str("model_file_path", e.ModelFilePath)
	enc.Str("model_name", e.ModelName)
}
