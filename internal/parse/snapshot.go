package parse

import (
	"path"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// draftSnapshots reads the snapshot blocks of a file.
func (p *parser) draftSnapshots(f *project.File, src source) []*draft {
	blocks, outside, err := blocksOf(src, "snapshot")
	if err != nil {
		p.report(p.fileFault(f, src, err))
		return nil
	}
	p.report(outside...)
	out := make([]*draft, 0, len(blocks))
	for _, b := range blocks {
		d := p.newDraft(manifest.KindSnapshot, f.Package, b.name, b.body)
		n := d.node
		n.Path, n.OriginalFilePath = f.Rel, f.Path
		// dbt: the file's name is part of a snapshot's fqn.
		n.FQN = fqn(f.Package, f.Rel, strings.TrimSuffix(path.Base(f.Rel), path.Ext(f.Rel)), b.name)
		n.ChecksumName, n.Checksum = f.Checksum.Name, f.Checksum.Hex
		d.keepAs(f, b.name)
		p.readTemplate(d)
		out = append(out, d)
	}
	return out
}

// yamlSnapshot makes the node of a snapshot that a properties file defines by
// its `relation`; nil where the item describes one made elsewhere.
func (p *parser) yamlSnapshot(e *entry) *draft {
	v, ok := e.d.GetStr("relation")
	if !ok {
		return nil
	}
	relation := value.ToStr(v)
	ref, src, ok := render.StaticRef(relation)
	if !ok {
		p.report(e.fault("relation", diag.Parsing, "snapshot-relation", "Invalid jinja expression: "+relation))
		return nil
	}
	d := p.newDraft(manifest.KindSnapshot, e.props.pkg, e.name, source{
		file: e.pos.File, text: "select * from {{ " + relation + " }}", made: true,
	})
	n := d.node
	n.Pos = e.pos
	n.Path, n.OriginalFilePath = e.name+".sql", e.props.file.Path
	n.FQN = fqn(e.props.pkg, e.props.file.Rel, e.name)
	n.ChecksumName, n.Checksum = e.props.file.Checksum.Name, e.props.file.Checksum.Hex
	d.notes = &render.Notes{}
	if src != nil {
		d.notes.Sources = [][]string{src}
	} else {
		d.notes.Refs = []manifest.Ref{ref}
	}
	p.ownConfig(d)
	return d
}

// snapshotFault is what a snapshot's configuration lacks, "" for nothing. dbt:
// SnapshotConfig.final_validate.
func snapshotFault(c *manifest.Config) string {
	strategy := c.Str("strategy")
	key, _ := c.Get("unique_key")
	cols, _ := c.Get("check_cols")
	has := func(v value.Value) bool { return v != nil && v.Truth() }
	switch {
	case strategy == "" || !has(key):
		return "Snapshots must be configured with a 'strategy' and 'unique_key'."
	case strategy == "check" && !has(cols):
		return "A snapshot configured with the check strategy must specify a check_cols configuration."
	case strategy == "timestamp" && !has(value.Str(c.Str("updated_at"))):
		return "A snapshot configured with the timestamp strategy must specify an updated_at configuration."
	case strategy == "timestamp" && has(cols):
		return "A 'timestamp' snapshot should not have 'check_cols'"
	}
	if s, ok := cols.(value.Str); ok && strategy == "check" && s != "all" {
		return "Invalid value for 'check_cols': " + string(s) + ". Expected 'all' or a list of strings."
	}
	return ""
}
