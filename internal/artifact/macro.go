package artifact

import (
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

func writeMacro(s *jsonSink, m *manifest.Macro) {
	s.openNamed(string(m.ID))
	s.text("name", m.Name)
	s.text("resource_type", string(manifest.KindMacro))
	s.text("package_name", m.Package)
	s.text("path", m.Path)
	s.text("original_file_path", m.OriginalFilePath)
	s.text("unique_id", string(m.ID))
	s.text("macro_sql", m.Raw)
	s.open("depends_on")
	s.ids("macros", m.Macros)
	s.close()
	s.text("description", m.Description)
	s.dict("meta", m.Meta)
	writeDocs(s, m.Docs)
	writeMacroConfig(s, m)
	s.textOrNull("patch_path", m.PatchPath)
	s.list("arguments", m.Arguments)
	s.float("created_at", m.CreatedAt)
	if m.Languages == nil {
		s.value("supported_languages", nil)
	} else {
		s.texts("supported_languages", m.Languages)
	}
	s.close()
}

// writeMacroConfig writes a macro's own config; one without any repeats its
// meta and docs there, as dbt does.
func writeMacroConfig(s *jsonSink, m *manifest.Macro) {
	if m.Config != nil && m.Config.Len() > 0 {
		s.dict("config", m.Config)
		return
	}
	s.open("config")
	s.dict("meta", m.Meta)
	writeDocs(s, m.Docs)
	s.close()
}

func writeDoc(s *jsonSink, d *manifest.Doc) {
	s.openNamed(string(d.ID))
	s.text("name", d.Name)
	s.text("resource_type", string(manifest.KindDoc))
	s.text("package_name", d.Package)
	s.text("path", d.Path)
	s.text("original_file_path", d.OriginalFilePath)
	s.text("unique_id", string(d.ID))
	s.text("block_contents", d.Contents)
	s.close()
}

// GroupDict is a group as templates see it: graph.groups[...].
func GroupDict(g *manifest.Group) *value.Dict {
	s := newDictSink()
	groupFields(s, g)
	return s.root
}

func writeGroup(s *jsonSink, g *manifest.Group) {
	s.openNamed(string(g.ID))
	groupFields(s, g)
	s.close()
}

func groupFields(s sink, g *manifest.Group) {
	s.text("name", g.Name)
	s.text("resource_type", string(manifest.KindGroup))
	s.text("package_name", g.Package)
	s.text("path", g.Path)
	s.text("original_file_path", g.OriginalFilePath)
	s.text("unique_id", string(g.ID))
	s.dict("owner", g.Owner)
	s.textOrNull("description", g.Description)
	if g.Config == nil {
		s.open("config")
		s.value("meta", value.NewDict(0))
		s.close()
	} else {
		s.dict("config", g.Config)
	}
}
