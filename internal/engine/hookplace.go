package engine

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/result"
)

// placeHooks finds out where the hooks that failed are written, for the reader
// of the summary.
func (w *work) placeHooks(results []result.Result) {
	for i := range results {
		r := &results[i]
		if r.Hook == "" {
			continue
		}
		if n := w.out.Manifest.Node(manifest.ID(r.Node)); n != nil {
			r.HookPos = w.placeOf(n, r.Hook)
		}
	}
}

// placeOf looks for a hook's text where hooks of n can stand: in its own file,
// in its properties, in the dbt_project.yml of its package and of the root. What
// was put together by a macro stands nowhere as it is.
func (w *work) placeOf(n *manifest.Node, hook string) diag.Pos {
	first := firstLine(hook)
	if first == "" {
		return diag.Pos{}
	}
	for _, f := range w.hookFiles(n) {
		src, err := os.ReadFile(f.abs)
		if err != nil {
			continue // a place that cannot be read holds no answer
		}
		if line, col, ok := find(string(src), first); ok {
			return diag.Pos{File: f.shown, Line: line, Col: col}
		}
	}
	return diag.Pos{}
}

// placeHookResults finds out where each hook of the account is written.
func (w *work) placeHookResults(hooks []result.Hook) {
	type key struct{ file, text string }
	texts, found := map[string]string{}, map[key]diag.Pos{}
	for i := range hooks {
		h := &hooks[i]
		n := w.out.Manifest.Node(manifest.ID(cmp.Or(h.From, h.Node)))
		first := firstLine(h.Written)
		if h.Origin.File != "" || n == nil || first == "" {
			continue
		}
		for _, f := range w.hookFiles(n) {
			at := key{f.abs, first}
			pos, known := found[at]
			if !known {
				text, read := texts[f.abs]
				if !read {
					src, err := os.ReadFile(f.abs)
					if err != nil {
						src = nil // a place that cannot be read holds no answer
					}
					text = string(src)
					texts[f.abs] = text
				}
				if line, col, ok := find(text, first); ok {
					pos = diag.Pos{File: f.shown, Line: line, Col: col}
				}
				found[at] = pos
			}
			if pos.File != "" {
				h.Origin = pos
				break
			}
		}
	}
}

type hookFile struct{ abs, shown string }

func (w *work) hookFiles(n *manifest.Node) []hookFile {
	var out []hookFile
	add := func(pkg *project.Package, rel string) {
		if pkg == nil || pkg.Dir == "" || rel == "" {
			return
		}
		abs := filepath.Join(pkg.Dir, filepath.FromSlash(rel))
		shown, err := filepath.Rel(w.dir(), abs)
		if err != nil {
			shown = rel
		}
		out = append(out, hookFile{abs, filepath.ToSlash(shown)})
	}
	own, _ := w.project.Package(n.Package)
	add(own, n.OriginalFilePath)
	if name, rel, ok := strings.Cut(n.PatchPath, "://"); ok {
		pkg, _ := w.project.Package(name)
		add(pkg, rel)
	}
	add(own, project.ProjectFile)
	add(w.project.Root, project.ProjectFile)
	return out
}

func firstLine(s string) string {
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			return l
		}
	}
	return ""
}

var unescaped = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `''`, `'`)

// find gives the line and column, from 1, at which text begins. Quotes that a
// YAML or Jinja string had to escape are compared without their escapes.
func find(src, text string) (line, col int, ok bool) {
	for i, l := range strings.Split(src, "\n") {
		if at := strings.Index(l, text); at >= 0 {
			return i + 1, at + 1, true
		}
		if !strings.ContainsAny(l, `\'`) {
			continue
		}
		bare := unescaped.Replace(l)
		if strings.Contains(bare, text) {
			return i + 1, len(l) - len(strings.TrimLeft(l, " \t-")) + 1, true
		}
	}
	return 0, 0, false
}
