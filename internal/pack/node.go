package pack

import (
	"encoding/binary"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// config is a node's configuration as a Coder remembers it: many nodes have the
// same one, and share it.
type config struct {
	known bool
	of    manifest.Config
}

// Node codes a node. Its fields stand in the order of manifest.Node; a test
// holds the list against that type.
func (c *Coder) Node(n *manifest.Node) {
	Text(c, &n.ID)
	Text(c, &n.Kind)
	Text(c, &n.Package)
	Text(c, &n.Name)
	c.Strings(&n.FQN)
	Text(c, &n.Path)
	Text(c, &n.OriginalFilePath)
	Text(c, &n.PatchPath)
	Text(c, &n.RootPath)
	Text(c, &n.BuildPath)
	Text(c, &n.Database)
	Text(c, &n.Schema)
	Text(c, &n.Alias)
	Text(c, &n.RelationName)
	Text(c, &n.Raw)
	Text(c, &n.Language)
	Text(c, &n.ChecksumName)
	Text(c, &n.Checksum)
	c.Config(&n.Config)
	c.Dict(&n.Unrendered)
	c.Dict(&n.ConfigCall)
	c.Dict(&n.UnrenderedCall)
	c.described(n)
	c.versioned(n)
	c.related(n)
	Pointer(c, &n.Test, (*Coder).test)
	Pointer(c, &n.Source, (*Coder).source)
	Pointer(c, &n.Exposure, (*Coder).exposure)
	Pointer(c, &n.UnitTest, (*Coder).unitTest)
	c.Dict(&n.Extra)
	c.Int(&n.HookIndex)
	c.Dict(&n.Hook)
	Pointer(c, &n.HookPlaces, (*Coder).hookPlaces)
	c.Float(&n.CreatedAt)
	c.Pos(&n.Pos)
}

func (c *Coder) described(n *manifest.Node) {
	Text(c, &n.Description)
	Texts(c, &n.DescriptionBlock)
	Texts(c, &n.DocBlocks)
	c.columns(n)
	c.Dict(&n.Meta)
	c.Strings(&n.Tags)
	Text(c, &n.Group)
	Text(c, &n.Access)
	c.docs(&n.Docs)
	c.Bool(&n.Contract.Enforced)
	c.Bool(&n.Contract.AliasTypes)
	Text(c, &n.Contract.Checksum)
	List(c, &n.Constraints, (*Coder).Value)
}

func (c *Coder) versioned(n *manifest.Node) {
	c.Value(&n.Version)
	c.Value(&n.LatestVersion)
	Text(c, &n.DefinedIn)
	c.Value(&n.DeprecationDate)
	c.Value(&n.TimeSpine)
	c.Strings(&n.PrimaryKey)
}

func (c *Coder) related(n *manifest.Node) {
	List(c, &n.Refs, (*Coder).Ref)
	List(c, &n.Sources, (*Coder).Strings)
	List(c, &n.Metrics, (*Coder).Strings)
	List(c, &n.Functions, (*Coder).Strings)
	Texts(c, &n.Parents)
	Texts(c, &n.Macros)
}

// Ref codes a call of ref().
func (c *Coder) Ref(r *manifest.Ref) {
	Text(c, &r.Package)
	Text(c, &r.Name)
	c.Value(&r.Version)
}

// Pos codes a place.
func (c *Coder) Pos(p *diag.Pos) {
	Text(c, &p.File)
	c.Int(&p.Line)
	c.Int(&p.Col)
}

func (c *Coder) hookPlaces(h *manifest.HookPlaces) {
	c.HooksAt(&h.Properties)
	c.HooksAt(&h.Calls)
}

// HooksAt codes places of hooks.
func (c *Coder) HooksAt(h *manifest.HooksAt) {
	List(c, &h.Pre, (*Coder).Pos)
	List(c, &h.Post, (*Coder).Pos)
}

func (c *Coder) docs(d *manifest.Docs) {
	c.Bool(&d.Show)
	c.Value(&d.Color)
}

// columns codes a node's columns as a record in the record, which is read when
// they are asked for.
func (c *Coder) columns(n *manifest.Node) {
	if c.w != nil {
		x := &Coder{w: c.w, buf: c.w.buffer()}
		list := n.Columns()
		x.columnList(&list)
		c.Raw(&x.buf)
		c.w.release(x.buf)
		return
	}
	var list []byte
	c.Raw(&list)
	x := &Coder{r: c.r, buf: list}
	read := func() (out []*manifest.Column) {
		x.columnList(&out)
		return out
	}
	if len(list) == 1 { // none, or an empty list
		n.SetColumns(read())
		return
	}
	n.DeferColumns(read)
}

func (c *Coder) columnList(p *[]*manifest.Column) {
	List(c, p, func(c *Coder, p **manifest.Column) { Pointer(c, p, (*Coder).column) })
}

func (c *Coder) column(x *manifest.Column) {
	Text(c, &x.Name)
	Text(c, &x.Description)
	c.Dict(&x.Meta)
	Text(c, &x.DataType)
	List(c, &x.Constraints, (*Coder).Value)
	c.Value(&x.Quote)
	c.Dict(&x.Config)
	c.Strings(&x.Tags)
	Text(c, &x.Granularity)
	c.Value(&x.Dimension)
	c.Value(&x.Entity)
	Texts(c, &x.DocBlocks)
	c.Dict(&x.Extra)
}

func (c *Coder) test(x *manifest.TestInfo) {
	c.Bool(&x.Generic)
	Text(c, &x.Name)
	Text(c, &x.Namespace)
	c.Dict(&x.Kwargs)
	Text(c, &x.ColumnName)
	Text(c, &x.FileKey)
	Text(c, &x.Attached)
}

func (c *Coder) source(x *manifest.SourceInfo) {
	Text(c, &x.SourceName)
	Text(c, &x.SourceDescription)
	Text(c, &x.Loader)
	Text(c, &x.Identifier)
	c.Dict(&x.Quoting)
	Text(c, &x.LoadedAtField)
	Text(c, &x.LoadedAtQuery)
	c.Value(&x.Freshness)
	c.Value(&x.External)
	c.Dict(&x.SourceMeta)
	Text(c, &x.UnrenderedDB)
	Text(c, &x.UnrenderedSchema)
}

func (c *Coder) exposure(x *manifest.ExposureInfo) {
	Text(c, &x.Type)
	c.Dict(&x.Owner)
	Text(c, &x.Maturity)
	Text(c, &x.Label)
	Text(c, &x.URL)
}

func (c *Coder) unitTest(x *manifest.UnitTestInfo) {
	Text(c, &x.Model)
	List(c, &x.Given, (*Coder).Value)
	c.Value(&x.Expect)
	c.Value(&x.Overrides)
	c.Value(&x.Versions)
	Text(c, &x.Checksum)
}

// Macro codes a macro.
func (c *Coder) Macro(m *manifest.Macro) {
	Text(c, &m.ID)
	Text(c, &m.Name)
	Text(c, &m.Package)
	Text(c, &m.Path)
	Text(c, &m.OriginalFilePath)
	Text(c, &m.Raw)
	Texts(c, &m.Macros)
	Text(c, &m.Description)
	c.Dict(&m.Meta)
	c.Dict(&m.Config)
	c.docs(&m.Docs)
	Text(c, &m.PatchPath)
	List(c, &m.Arguments, (*Coder).Value)
	c.Strings(&m.Languages)
	c.Float(&m.CreatedAt)
	c.Pos(&m.Pos)
}

// Doc codes a docs block.
func (c *Coder) Doc(d *manifest.Doc) {
	Text(c, &d.ID)
	Text(c, &d.Name)
	Text(c, &d.Package)
	Text(c, &d.Path)
	Text(c, &d.OriginalFilePath)
	Text(c, &d.Contents)
}

// Group codes a group.
func (c *Coder) Group(g *manifest.Group) {
	Text(c, &g.ID)
	Text(c, &g.Name)
	Text(c, &g.Package)
	Text(c, &g.Path)
	Text(c, &g.OriginalFilePath)
	c.Dict(&g.Owner)
	Text(c, &g.Description)
	c.Dict(&g.Config)
}

// Diagnostic codes a fault of the project.
func (c *Coder) Diagnostic(d *diag.Diagnostic) {
	severity := int(d.Severity)
	c.Int(&severity)
	d.Severity = diag.Severity(severity)
	Text(c, &d.Class)
	Text(c, &d.Code)
	Text(c, &d.Event)
	Text(c, &d.Summary)
	Text(c, &d.Hint)
	c.Pos(&d.Pos)
	Text(c, &d.Source)
	Text(c, &d.Where)
	Text(c, &d.Node)
	Text(c, &d.Event)
	List(c, &d.Stack, func(c *Coder, f *diag.Frame) {
		Text(c, &f.Name)
		c.Pos(&f.Pos)
	})
}

// Config codes a configuration, which the file keeps once.
func (c *Coder) Config(p *manifest.Config) {
	if c.w != nil {
		x := &Coder{w: c.w, buf: c.w.buffer()}
		x.writeConfig(p)
		id := intern(c.w.configs, &c.w.configTab, c.w.config0, x.buf)
		c.w.release(x.buf)
		c.buf = binary.AppendUvarint(c.buf, uint64(id))
		return
	}
	id := c.uvarint()
	if id == 0 || id > uint64(len(c.configs)) {
		c.fail("no such configuration")
	}
	at := &c.configs[id-1]
	if !at.known {
		rest := c.buf
		c.buf = c.r.configs.at(int(id) - 1)
		at.of, at.known = c.readConfig(), true
		c.buf = rest
	}
	*p = at.of
}

func (c *Coder) writeConfig(p *manifest.Config) {
	var kind manifest.Kind
	if p.Schema != nil {
		kind = p.Schema.Kind
	}
	Text(c, &kind)
	n := uint64(p.SetLen())
	c.Uint(&n)
	p.EachSet(func(key string, v value.Value) {
		Text(c, &key)
		c.Value(&v)
	})
}

func (c *Coder) readConfig() manifest.Config {
	var kind manifest.Kind
	Text(c, &kind)
	var out manifest.Config
	if kind != "" {
		out = manifest.NewConfig(kind)
	}
	for range c.count(c.uvarint()) {
		var key string
		var v value.Value
		Text(c, &key)
		c.Value(&v)
		out.Set(key, v)
	}
	return out
}
