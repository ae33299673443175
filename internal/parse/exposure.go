package parse

import (
	"regexp"
	"slices"
	"sync"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
)

var (
	exposureTypes = []string{"dashboard", "notebook", "analysis", "ml", "application"}
	exposureName  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN_-]+$`) })
	maturities    = []string{"low", "medium", "high"}
)

// exposureNode makes the node of an exposure; nil where it is at fault, which
// has been reported.
func (p *parser) exposureNode(e *entry) *draft {
	pkg := e.props.pkg
	n := &manifest.Node{
		ID: manifest.ID("exposure." + pkg.Name + "." + e.name), Kind: manifest.KindExposure, Package: pkg.Name, Name: e.name,
		FQN: fqn(pkg, e.props.file.Rel, e.name), Path: e.props.file.Rel, OriginalFilePath: e.props.file.Path,
		Description: text(e.d, "description"), CreatedAt: p.createdAt, Pos: e.pos, Docs: manifest.Docs{Show: true},
	}
	n.Exposure = &manifest.ExposureInfo{
		Type: text(e.d, "type"), Maturity: text(e.d, "maturity"), Label: text(e.d, "label"), URL: text(e.d, "url"),
	}
	if !p.exposureFields(e, n) {
		return nil
	}
	if !exposureName().MatchString(e.name) {
		p.report(e.warn("exposure-name", "Starting in v1.3, the 'name' of an exposure should contain only letters, numbers, and underscores. '"+
			e.name+"' has others: they belong in its 'label', which is for people."))
	}
	d := &draft{node: n, pkg: pkg}
	c, err := p.config(pkg, n.Kind, n.FQN, e.config(), nil)
	if err != nil {
		p.report(p.spreadAt(d, e.fault("config", "", "config-invalid", err.Error()), err, hooksUnder(e.props.doc, e.config()))...) // dbt gives no heading here
		return nil
	}
	p.exposureConfig(e, n, c)
	d.off = !c.Enabled()
	n.Unrendered = p.unrendered(d, n.FQN, e.config(), nil)
	if !p.exposureRefs(e, n) {
		return nil
	}
	p.finishLate(d, hooksUnder(e.props.doc, e.config()), e.config())
	return d
}

// exposureFields checks what an exposure must say.
func (p *parser) exposureFields(e *entry, n *manifest.Node) bool {
	owner, ok := p.owner(e, "Exposure")
	if !ok {
		return false
	}
	n.Exposure.Owner = owner
	for _, f := range [...]struct {
		key, val string
		known    []string
	}{{"type", n.Exposure.Type, exposureTypes}, {"maturity", n.Exposure.Maturity, maturities}} {
		if f.val == "" && f.key == "maturity" || slices.Contains(f.known, f.val) {
			continue
		}
		reason := "at path ['" + f.key + "']: '" + f.val + "' is not one of " + value.Repr(texts(f.known))
		if f.val == "" {
			reason = "at path []: '" + f.key + "' is a required property"
		}
		p.report(e.fault(f.key, diag.Parsing, "exposure-invalid", entryInvalid(e, reason)))
		return false
	}
	return true
}

// owner reads the owner of an exposure or group, who needs a name or an e-mail
// address.
func (p *parser) owner(e *entry, what string) (*value.Dict, bool) {
	v, _ := e.d.GetStr("owner")
	d, _ := v.(*value.Dict)
	if d == nil {
		p.report(e.fault("", diag.Parsing, "owner-missing", entryInvalid(e, "at path []: 'owner' is a required property")))
		return nil, false
	}
	if optional(d, "name") == nil && optional(d, "email") == nil {
		p.report(e.fault("owner", diag.Parsing, "owner-missing",
			entryInvalid(e, what+" owner must have at least one of 'name' or 'email'.")))
		return nil, false
	}
	out := value.NewDict(2)
	for _, key := range [...]string{"email", "name"} {
		x, ok := d.GetStr(key)
		if !ok {
			x = value.None
		}
		out.SetStr(key, x)
	}
	return withRest(out, d), true
}

// exposureConfig gives an exposure its configuration, whose tags and meta are
// those of the item as well.
func (p *parser) exposureConfig(e *entry, n *manifest.Node, c manifest.Config) {
	tags, _ := c.Get("tags")
	if tags == value.None {
		p.report(e.fault("tags", diag.Parsing, "config-invalid", `Field "tags" of type List[str] in ExposureConfig has invalid value None`))
	}
	n.Tags = sortedUnique(append(plainTags(e.d), textList(tags)...))
	n.Meta = value.NewDict(0)
	for _, v := range [...]value.Value{optional(e.d, "meta"), dictOf(&c, "meta")} {
		if m, ok := v.(*value.Dict); ok {
			m.Each(func(k, v value.Value) bool {
				_ = n.Meta.Set(k, v) // k was the key of a dict already
				return true
			})
		}
	}
	c.Set("tags", texts(n.Tags))
	c.Set("meta", n.Meta)
	n.Config = c
}

// exposureRefs takes down what an exposure depends on.
func (p *parser) exposureRefs(e *entry, n *manifest.Node) bool {
	v, _ := e.d.GetStr("depends_on")
	list, _ := v.(*value.List)
	if list == nil {
		return true
	}
	ok := true
	for i, item := range list.Elems {
		expr := value.ToStr(item)
		ref, src, static := render.StaticRef(expr)
		switch {
		case static && src != nil:
			n.Sources = append(n.Sources, src)
		case static:
			n.Refs = append(n.Refs, ref)
		default:
			_, notes, err := p.inv.ParseText(p.ctx, n, "{{ "+expr+"}}", "depends_on")
			if err != nil {
				f := p.renderFault(n, source{}, err)
				f.Pos = e.props.doc.ItemPos(list, i)
				f.Source = e.props.doc.Line(f.Pos.Line)
				p.report(f)
				ok = false
				continue
			}
			addNotes(n, notes)
		}
	}
	return ok
}

// groupOf makes a group.
func (p *parser) groupOf(e *entry) *manifest.Group {
	owner, ok := p.owner(e, "Group")
	if !ok {
		return nil
	}
	pkg := e.props.pkg
	c, err := p.config(pkg, manifest.KindGroup, fqn(pkg, e.props.file.Rel, e.name), e.config(), nil)
	if err != nil {
		p.report(e.fault("config", diag.Parsing, "config-invalid", err.Error()))
		return nil
	}
	return &manifest.Group{
		ID: manifest.ID("group." + pkg.Name + "." + e.name), Name: e.name, Package: pkg.Name, Path: e.props.file.Rel,
		OriginalFilePath: e.props.file.Path, Owner: owner, Description: text(e.d, "description"), Config: groupConfig(&c),
	}
}

// groupConfig is a group's configuration. dbt: it comes from the models: tree,
// whose hooks get lost on the way.
func groupConfig(c *manifest.Config) *value.Dict {
	d := c.Dict()
	for _, key := range hookKeys {
		d.Delete(value.Str(key))
	}
	return d
}
