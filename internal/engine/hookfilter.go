package engine

import (
	"errors"
	"path"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/result"
	"dex/internal/selector"
)

// hookFilter says which hooks are left out: by --no-hooks, by --skip-hooks, by
// hooks.disable of dex.yml.
type hookFilter struct {
	none     bool
	patterns []*hookPattern
}

// hookPattern is one expression of --skip-hooks or hooks.disable: terms with commas
// between them, all of which a hook has to meet.
type hookPattern struct {
	text   string
	reason result.Reason
	from   string // "--skip-hooks"
	at     diag.Pos
	terms  []hookTerm
}

// hookTerm is one word of a pattern.
type hookTerm struct {
	method, value string
	nodes         map[manifest.ID]bool // of a selection of nodes
}

// hookMethods are the words before a colon that look at a hook itself. All others
// select nodes, as in --select.
var hookMethods = map[string]func(h *hookAt, want string) bool{
	"package": func(h *hookAt, want string) bool { return h.node != nil && glob(want, h.node.Package) },
	"name":    func(h *hookAt, want string) bool { return glob(want, h.name()) },
	"event":   func(h *hookAt, want string) bool { return strings.ReplaceAll(want, "_", "-") == h.event },
	"kind":    func(h *hookAt, want string) bool { return want == h.hook.Kind() },
}

// glob matches a name with a shell's pattern.
func glob(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil || pattern == name
}

// filterHooks reads what the command line and dex.yml leave out. A pattern that
// cannot be is an error, one that meets no hook of the project a warning.
func (w *work) filterHooks() error {
	f := &hookFilter{none: w.inv.NoHooks}
	var faults diag.List
	add := func(texts []string, reason result.Reason, from string, at diag.Pos) {
		for _, text := range texts {
			p, err := w.hookPattern(text)
			if err != nil {
				faults = append(faults, diag.Diagnostic{Class: diag.Runtime, Code: "hook-pattern", Pos: at, Summary: from + ": " + text + ": " + err.Error(), Hint: hookPatternHint})
				continue
			}
			p.reason, p.from, p.at = reason, from, at
			f.patterns = append(f.patterns, p)
		}
	}
	add(w.inv.SkipHooks, result.NoHooks, "--skip-hooks", diag.Pos{})
	disabled, at := w.disabledHooks()
	add(disabled, result.Disabled, "hooks.disable of dex.yml", at)
	if err := faults.Err(); err != nil {
		return err
	}
	w.hooks = f
	return w.tellIdle(f)
}

const hookPatternHint = "A pattern is package:NAME, name:NAME, event:pre-hook, post-hook, on-run-start or on-run-end, kind:sql, macro, operation or notify, " +
	"or a selection of nodes as in --select; words with commas between them must all be met."

func (w *work) hookPattern(text string) (*hookPattern, error) {
	p := &hookPattern{text: text}
	var nodes []string
	for _, word := range strings.Split(text, ",") {
		word = strings.TrimSpace(word)
		method, want, ok := strings.Cut(word, ":")
		switch {
		case word == "" || ok && want == "":
			return nil, errors.New("a word is missing")
		case ok && hookMethods[method] != nil:
			if method == "event" && !slices.Contains(hookEvents, strings.ReplaceAll(want, "_", "-")) {
				return nil, errors.New("there is no event " + want)
			}
			p.terms = append(p.terms, hookTerm{method: method, value: want})
		default:
			nodes = append(nodes, word)
		}
	}
	if len(nodes) == 0 {
		return p, nil
	}
	found, err := w.nodesNamed([]string{strings.Join(nodes, ",")})
	if err != nil {
		return nil, err
	}
	p.terms = append(p.terms, hookTerm{nodes: found})
	return p, nil
}

// nodesNamed finds the nodes of a selection, tests that come along left out.
func (w *work) nodesNamed(words []string) (map[manifest.ID]bool, error) {
	spec, err := selector.Parse(words, nil, selector.Empty)
	if err != nil {
		return nil, err
	}
	kinds, err := selector.Kinds("hooks list", nil, nil)
	if err != nil {
		return nil, err
	}
	set, _, err := selector.New(w.out.Manifest, selector.Options{Kinds: kinds, Glob: w.glob, History: w.comparison()}).Select(spec)
	if err != nil {
		return nil, err
	}
	out := map[manifest.ID]bool{}
	for _, id := range w.out.Manifest.Graph().IDs(set) {
		out[id] = true
	}
	return out, nil
}

func (p *hookPattern) meets(h *hookAt) bool {
	for _, t := range p.terms {
		if t.nodes != nil {
			if h.node == nil || !t.nodes[h.node.ID] {
				return false
			}
		} else if !hookMethods[t.method](h, t.value) {
			return false
		}
	}
	return true
}

// leftOut tells whether a hook is left out, and by what.
func (f *hookFilter) leftOut(h *hookAt) (result.Reason, string) {
	if f == nil {
		return "", ""
	}
	if f.none {
		return result.NoHooks, "--no-hooks"
	}
	for _, p := range f.patterns {
		if p.meets(h) {
			return p.reason, p.from + " " + p.text
		}
	}
	return "", ""
}

// tellIdle warns of patterns that meet no hook of the project: they may be
// misspelled, and what they were to leave out runs.
func (w *work) tellIdle(f *hookFilter) error {
	if len(f.patterns) == 0 {
		return nil
	}
	all, err := w.allHooks()
	if err != nil {
		return err
	}
	for _, p := range f.patterns {
		if slices.ContainsFunc(all, p.meets) {
			continue
		}
		err := w.warnOf(diag.Diagnostic{
			Severity: diag.Warning, Class: diag.Runtime, Code: "hook-pattern-idle", Pos: p.at,
			Summary: p.from + ": no hook of this project meets '" + p.text + "', so that it leaves none out.",
			Hint:    "`dex hooks list` shows the hooks that there are.",
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// disabledHooks is hooks.disable of dex.yml, and where it stands.
func (w *work) disabledHooks() ([]string, diag.Pos) {
	h := &w.project.Dex.Hooks
	return h.Disable, h.DisableAt
}

// leaveOut is run.Executor.LeaveOut; nil where nothing is left out.
func (w *work) leaveOut() func(h *manifest.Hook, rec *result.Hook) (result.Reason, string) {
	if f := w.hooks; f == nil || !f.none && len(f.patterns) == 0 {
		return nil
	}
	return func(h *manifest.Hook, rec *result.Hook) (result.Reason, string) {
		id := manifest.ID(or(rec.From, rec.Node))
		return w.hooks.leftOut(&hookAt{node: w.out.Manifest.Node(id), hook: *h, event: rec.Event, index: rec.Index})
	}
}
