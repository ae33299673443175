package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
)

// patch is what a properties file says about one node.
type patch struct {
	e *entry
	// config is what it configures, nil where it says nothing; rawConfig the
	// same before rendering.
	config, rawConfig *value.Dict
	description       string
	columns           []*manifest.Column
	constraints       []value.Value
	access            string // of a version, beside its config

	// of a versioned model
	version, latest value.Value
	versionConfig   *value.Dict // what the version says itself
	deprecation     value.Value
	timeSpine       value.Value
	definedIn       string

	function *value.Dict // of a function: returns, arguments, overloads
}

// newPatch reads an item that describes a node.
func (p *parser) newPatch(e *entry) *patch {
	out := &patch{e: e, description: text(e.d, "description"), rawConfig: e.rawConfig}
	if c := e.config(); c != nil && c.Len() > 0 {
		out.config = c
	}
	out.columns = p.columnsOf(e, items(e.d, "columns"))
	out.constraints = p.modelConstraints(e, items(e.d, "constraints"))
	if e.section.key == "functions" {
		out.function = p.functionOf(e)
	}
	if e.section.key == "models" {
		out.deprecation = deprecation(e.d)
		out.timeSpine = p.timeSpine(e)
	}
	return out
}

func (p *parser) modelConstraints(e *entry, list []*value.Dict) []value.Value {
	var out []value.Value
	for _, k := range list {
		if !slices.Contains(constraintTypes, text(k, "type")) {
			quoted := make([]string, len(constraintTypes))
			for i, t := range constraintTypes {
				quoted[i] = "'" + t + "'"
			}
			p.report(e.props.doc.Fault(e.props.doc.Start(k), diag.Parsing, "constraint-invalid",
				"Invalid constraint type on model "+e.name+": Type must be one of ["+strings.Join(quoted, ", ")+"]"))
			continue
		}
		out = append(out, constraintDict(k, true))
	}
	return out
}

// reconfigures reports whether the node's configuration changes by the patch:
// that of a version always does, since its name has changed.
func (x *patch) reconfigures() bool { return x.config != nil || x.version != nil }

// fault is a fault in what the patch configures.
func (x *patch) fault(n *manifest.Node, err error) diag.Diagnostic {
	class, words := configWords(err, n.Kind == manifest.KindSeed)
	f := x.e.fault("config", class, "config-invalid", words)
	f.Where, f.Node = n.Where(), string(n.ID)
	return f
}

// describe puts what the patch says into the node, but for its configuration.
func (x *patch) describe(n *manifest.Node) {
	n.PatchPath = x.e.props.fileID()
	n.Description = x.description
	n.SetColumns(x.columns)
	if x.function != nil {
		n.Extra = x.function
	}
	if n.Kind != manifest.KindModel {
		return
	}
	n.Version, n.LatestVersion = x.version, x.latest
	n.DeprecationDate = x.deprecation
	n.TimeSpine = x.timeSpine
	n.DefinedIn = x.definedIn
}

// constrain applies constraints, which need the final configuration: it checks
// them, takes down what foreign keys refer to, and computes the contract's
// checksum.
func (x *patch) constrain(n *manifest.Node) diag.List {
	if n.Kind != manifest.KindModel {
		return nil
	}
	n.Constraints = x.constraints
	faults := x.contractFaults(n)
	faults = append(faults, x.keyFaults(n)...)
	faults = append(faults, foreignKeys(n, func(summary string) diag.Diagnostic {
		return x.e.fault("", diag.Parsing, "constraint-invalid", summary)
	})...)
	contractChecksum(n)
	return faults
}

func (x *patch) contractFaults(n *manifest.Node) diag.List {
	if !n.Contract.Enforced {
		return nil
	}
	var why []string
	if len(n.Columns()) == 0 {
		why = append(why, "Constraints must be defined in a `yml` schema configuration file like `schema.yml`.")
	}
	if n.Language != "sql" {
		why = append(why, "Language Error: Expected 'sql' but found '"+n.Language+"'")
	}
	faults := x.unsupported(n)
	if why == nil {
		return faults
	}
	f := x.e.fault("", diag.Parsing, "contract-invalid",
		"Contract enforcement failed for: ("+n.OriginalFilePath+")\n"+strings.Join(why, "\n"))
	f.Node = string(n.ID)
	return append(faults, f)
}

// unsupported warns about constraints of a model that is no table.
func (x *patch) unsupported(n *manifest.Node) diag.List {
	kind := n.Config.Materialized()
	if kind == "table" || kind == "incremental" {
		return nil
	}
	warns := func(list []value.Value) bool {
		return slices.ContainsFunc(list, func(c value.Value) bool {
			v, _ := c.(*value.Dict).GetStr("warn_unsupported")
			return v != nil && v.Truth()
		})
	}
	found := warns(n.Constraints)
	for _, c := range n.Columns() {
		found = found || warns(c.Constraints)
	}
	if !found {
		return nil
	}
	return diag.List{x.e.warn("constraint-unsupported", "Constraint types are not supported for "+kind+" materializations and will be ignored.  "+
		"Set 'warn_unsupported: false' on this constraint to ignore this warning.")}
}

// keyFaults checks that a primary key is declared once. dbt:
// _validate_pk_constraints.
func (x *patch) keyFaults(n *manifest.Node) diag.List {
	isKey := func(k value.Value) bool { return text(k.(*value.Dict), "type") == "primary_key" }
	var cols, why []string
	for _, c := range n.Columns() {
		for _, k := range c.Constraints {
			if isKey(k) {
				cols = append(cols, c.Name)
			}
		}
	}
	if len(cols) > 1 {
		why = append(why, "Found "+value.ToStr(value.Int(len(cols)))+" columns ("+value.Repr(texts(cols))+") with primary key constraints defined. "+
			"Primary keys for multiple columns must be defined as a model level constraint.")
	}
	if len(cols) > 0 && slices.ContainsFunc(n.Constraints, isKey) {
		why = append(why, "Primary key constraints defined at the model level and the columns level. "+
			"Primary keys can be defined at the model level or the column level, not both.")
	}
	if why == nil {
		return nil
	}
	f := x.e.fault("", diag.Parsing, "constraint-invalid",
		"Primary key constraint error: ("+n.OriginalFilePath+")\n"+strings.Join(why, "\n"))
	f.Node = string(n.ID)
	return diag.List{f}
}

// foreignKeys adds what foreign keys refer to to the node's references. fault
// makes a fault at the place where they stand.
func foreignKeys(n *manifest.Node, fault func(summary string) diag.Diagnostic) diag.List {
	var faults diag.List
	visit := func(k value.Value) {
		d := k.(*value.Dict)
		to := text(d, "to")
		if text(d, "type") != "foreign_key" || to == "" {
			return
		}
		ref, src, ok := render.StaticRef(to)
		switch {
		case !ok:
			f := fault("Invalid 'ref' or 'source' syntax on foreign key constraint 'to' on model " + n.Name + ": " + to + ".")
			f.Node = string(n.ID)
			faults.Add(f)
		case src != nil:
			n.Sources = append(n.Sources, src)
		default:
			n.Refs = append(n.Refs, ref)
		}
	}
	for _, k := range n.Constraints {
		visit(k)
	}
	for _, c := range n.Columns() {
		for _, k := range c.Constraints {
			visit(k)
		}
	}
	return faults
}

// contractChecksum makes the checksum by which a change of a contract shows.
// dbt: build_contract_checksum, over Python's repr of its constraints.
func contractChecksum(n *manifest.Node) {
	if !n.Contract.Enforced {
		return
	}
	cols := slices.Clone(n.Columns())
	slices.SortStableFunc(cols, func(a, b *manifest.Column) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	for _, c := range cols {
		b.WriteString("|" + c.Name)
		if c.DataType == "" {
			b.WriteString("None")
		} else {
			b.WriteString(c.DataType)
		}
		b.WriteString(constraintRepr(c.Constraints, "ColumnLevelConstraint"))
	}
	if m := n.Config.Materialized(); m == "table" || m == "incremental" {
		b.WriteString(m)
		b.WriteString(constraintRepr(n.Constraints, "ModelLevelConstraint"))
	}
	sum := sha256.Sum256([]byte(b.String()))
	n.Contract.Checksum = hex.EncodeToString(sum[:])
}
