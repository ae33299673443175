package parse

import (
	"strconv"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// modelVersion is one item of `versions:`.
type modelVersion struct {
	d       *value.Dict
	v       value.Value
	columns []*value.Dict // the model's columns that it takes over, and its own
}

// label is the version as names show it: "v2".
func (v *modelVersion) label() string { return "v" + value.ToStr(v.v) }

// versionsOf reads the versions of a model; false where they are at fault, which
// has been reported.
func (p *parser) versionsOf(e *entry) ([]*modelVersion, bool) {
	list := items(e.d, "versions")
	out := make([]*modelVersion, 0, len(list))
	seen := map[string]bool{}
	ok := true
	for _, d := range list {
		v, has := d.GetStr("v")
		if !has || v == value.None {
			p.report(e.props.doc.Fault(e.props.doc.Start(d), diag.Parsing, "version-invalid",
				entryInvalid(e, "at path ['versions']: 'v' is a required property")))
			return nil, false
		}
		if s := value.ToStr(v); seen[s] {
			p.report(e.props.doc.Fault(e.props.doc.ValuePos(d, "v"), diag.Parsing, "version-duplicate",
				"Found duplicate version: '"+s+"' in versions list of model '"+e.name+"'"))
			ok = false
		} else {
			seen[s] = true
		}
		cols, good := p.versionColumns(e, d)
		ok = ok && good
		out = append(out, &modelVersion{d: d, v: v, columns: cols})
	}
	return out, ok
}

func entryInvalid(e *entry, reason string) string { return (&entryCheck{e: e}).invalid(reason) }

// versionColumns lists the columns of a version: the model's, as an item with
// include and exclude chooses, then the version's own.
func (p *parser) versionColumns(e *entry, d *value.Dict) ([]*value.Dict, bool) {
	var choice *value.Dict
	var own []*value.Dict
	for _, c := range items(d, "columns") {
		_, inc := c.GetStr("include")
		if !inc {
			own = append(own, c)
			continue
		}
		if choice != nil {
			p.report(e.props.doc.Fault(e.props.doc.Start(c), diag.Parsing, "version-invalid",
				"version can have at most one include/exclude element"))
			return nil, false
		}
		choice = c
	}
	var out []*value.Dict
	for _, c := range items(e.d, "columns") {
		if choice == nil || chosen(choice, text(c, "name")) {
			out = append(out, c)
		}
	}
	return append(out, own...), true
}

// chosen reports whether include and exclude let a column in.
func chosen(choice *value.Dict, name string) bool {
	inc, _ := choice.GetStr("include")
	in := false
	for _, s := range textList(inc) {
		_, isText := inc.(value.Str)
		in = in || s == name || isText && (s == "all" || s == "*")
	}
	exc, _ := choice.GetStr("exclude")
	for _, s := range textList(exc) {
		in = in && s != name
	}
	return in
}

// latestOf is the version that a ref without one means: what latest_version
// says, else the greatest.
func (p *parser) latestOf(e *entry, versions []*modelVersion) (value.Value, bool) {
	if v := optional(e.d, "latest_version"); v != nil {
		all := value.NewList()
		for _, x := range versions {
			if value.Equal(x.v, v) {
				return v, true
			}
			all.Elems = append(all.Elems, x.v)
		}
		p.report(e.fault("latest_version", diag.Parsing, "version-invalid", "latest_version: "+value.ToStr(v)+
			" is not one of model '"+e.name+"' versions: "+value.Repr(all)+" "))
		return nil, false
	}
	latest := versions[0].v
	for _, x := range versions[1:] {
		if olderVersion(latest, x.v) {
			latest = x.v
		}
	}
	return latest, true
}

// olderVersion orders versions: as numbers where both are, else as text.
func olderVersion(a, b value.Value) bool {
	x, errX := strconv.ParseFloat(value.ToStr(a), 64)
	y, errY := strconv.ParseFloat(value.ToStr(b), 64)
	if errX == nil && errY == nil {
		return x < y
	}
	return value.ToStr(a) < value.ToStr(b)
}

// applyVersions finds the model of each version.
func (p *parser) applyVersions(e *entry) {
	versions, ok := p.versionsOf(e)
	if !ok {
		return
	}
	latest, ok := p.latestOf(e, versions)
	if !ok {
		return
	}
	for _, v := range versions {
		p.applyVersion(e, v, latest)
	}
}

func (p *parser) applyVersion(e *entry, v *modelVersion, latest value.Value) {
	file := text(v.d, "defined_in")
	if file == "" {
		file = e.name + "_" + v.label()
	}
	d := p.versionDraft(e, file, v, latest)
	if d == nil {
		p.report(e.noNode(file))
		return
	}
	if d.patch != nil && !d.off {
		p.report(duplicatePatch(e, d.patch.e))
		return
	}
	d.patch = p.versionPatch(e, v, latest)
	e.taken = true
	n := d.node
	p.index.remove(d, n.Name)
	n.ID = manifest.ID("model." + d.pkg.Name + "." + e.name + "." + v.label())
	n.Name = e.name
	n.FQN = append(append([]string(nil), n.FQN[:len(n.FQN)-1]...), e.name, v.label())
}

// versionDraft finds the model file of a version. The latest one may stand in a
// file without a suffix.
func (p *parser) versionDraft(e *entry, file string, v *modelVersion, latest value.Value) *draft {
	pkg := e.props.pkg.Name
	own := func(name string) *draft {
		d := enabled(p.index.refs[name], pkg)
		if d == nil || d.pkg.Name != pkg || d.node.Kind != manifest.KindModel {
			return nil
		}
		return d
	}
	if d := own(file); d != nil {
		return d
	}
	if value.Equal(v.v, latest) {
		if d := own(e.name); d != nil {
			return d
		}
	}
	if off := disabled(p.index.refs[file], "", manifest.KindModel); len(off) > 0 {
		return off[0]
	}
	return nil
}

// versionPatch is the model's patch with what the version says over it.
func (p *parser) versionPatch(e *entry, v *modelVersion, latest value.Value) *patch {
	x := &patch{e: e, version: v.v, latest: latest, definedIn: text(v.d, "defined_in")}
	if x.description = text(v.d, "description"); x.description == "" {
		x.description = text(e.d, "description")
	}
	x.columns = p.columnsOf(e, v.columns)
	own, _ := v.d.GetStr("config")
	cfg, _ := own.(*value.Dict)
	x.config, x.versionConfig = deepMerge(e.config(), cfg), cfg
	x.rawConfig = e.rawVersions[value.ToStr(v.v)] // dbt: the model's own is not looked at
	x.access = text(v.d, "access")
	constraints := items(v.d, "constraints")
	if len(constraints) == 0 {
		constraints = items(e.d, "constraints")
	}
	x.constraints = p.modelConstraints(e, constraints)
	x.deprecation = deprecation(v.d)
	return x
}

// versioned reports whether a name is that of a version: "orders.v2".
func versionedName(name string, v value.Value) string {
	return strings.Join([]string{name, "v" + value.ToStr(v)}, ".")
}
