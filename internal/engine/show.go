package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"dex/internal/agate"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// inlineNode adds the node that --inline describes to the manifest and selects
// it alone.
func inlineNode(ctx context.Context, w *work) error {
	if w.inv.Inline == "" {
		return nil
	}
	n, err := w.inlineQuery(ctx, w.inv.Inline)
	if err != nil {
		return &diag.ListError{List: diag.List{{Code: "inline", Summary: "Error parsing inline query\n" + err.Error()}}}
	}
	w.selected.inline = n
	return nil
}

// inlineQuery makes a node of SQL given on the command line: it is parsed for
// what it refers to, and stands outside of the manifest.
func (w *work) inlineQuery(ctx context.Context, sql string) (*manifest.Node, error) {
	n := w.sqlOperation(sql)
	_, notes, err := w.render.ParseText(ctx, n, sql, n.Name)
	if err != nil {
		return nil, inlineFault(err)
	}
	for _, r := range notes.Refs {
		to, err := w.out.Manifest.ResolveRef(n.Package, r)
		if err != nil {
			return nil, lookupFault(n, err)
		}
		n.Parents = append(n.Parents, to.ID)
	}
	for _, s := range notes.Sources {
		to, err := w.out.Manifest.ResolveSource(n.Package, s[0], s[1])
		if err != nil {
			return nil, lookupFault(n, err)
		}
		n.Parents = append(n.Parents, to.ID)
	}
	n.Refs, n.Sources, n.Macros = notes.Refs, notes.Sources, notes.Macros
	return n, nil
}

// inlineFault makes a fault of an error whose text begins with dbt's heading.
func inlineFault(err error) error {
	d := diag.Diagnostic{Code: "inline", Class: diag.Compilation, Summary: err.Error()}
	head, body, _ := strings.Cut(d.Summary, "\n")
	if class, where, ok := strings.Cut(head, " Error in "); ok {
		d.Class, d.Where, d.Summary = diag.Class(class), where, strings.ReplaceAll(strings.TrimPrefix(body, "  "), "\n  ", "\n")
	}
	return &diag.ListError{List: diag.List{d}}
}

func lookupFault(n *manifest.Node, err error) error {
	var miss *manifest.LookupError
	if errors.As(err, &miss) {
		return &diag.ListError{List: diag.List{miss.Diagnostic(n, diag.Pos{})}}
	}
	return err
}

// showCompiled prints what compile was asked for by --select or --inline.
func showCompiled(_ context.Context, w *work) error {
	if len(w.inv.Select) == 0 && w.inv.Inline == "" && w.inv.Selector == "" {
		return nil
	}
	for i := range w.out.Results {
		r := &w.out.Results[i]
		n := w.node(r.Node)
		if n == nil || !r.Compiled || !w.askedFor(n) {
			continue
		}
		w.out.Shown = append(w.out.Shown, r)
		if w.inv.Output == "json" {
			if err := w.jsonLine("compiled", n, value.Str(r.Code)); err != nil {
				return err
			}
			continue
		}
		if n == w.selected.inline {
			w.out.Lines = append(w.out.Lines, "Compiled inline node is:\n"+r.Code)
		} else {
			w.out.Lines = append(w.out.Lines, fmt.Sprintf("Compiled node '%s' is:\n%s", n.Name, r.Code))
		}
	}
	return nil
}

// askedFor reports whether a node's text is part of what compile and show print:
// not the tests that come along with a model. dbt: a node whose name is within
// the words of --select, which knows no operators; dbt looks at the first word
// alone.
func (w *work) askedFor(n *manifest.Node) bool {
	if n == w.selected.inline {
		return true
	}
	for _, word := range w.inv.Select {
		if strings.Contains(word, n.Name) {
			return true
		}
	}
	return false
}

func (w *work) jsonLine(key string, n *manifest.Node, v value.Value) error {
	d := value.NewDict(2)
	if n != w.selected.inline {
		d.SetStr("node", value.Str(n.Name))
	}
	d.SetStr(key, v)
	b, err := value.AppendJSON(nil, d, value.JSONOptions{Indent: 2, EnsureASCII: true})
	w.out.Lines = append(w.out.Lines, string(b))
	return err
}

// showNodes compiles the selected nodes and prints the first rows that each
// gives. dbt: ShowTask.
func showNodes(ctx context.Context, w *work) error {
	if len(w.inv.Select) == 0 && w.inv.Inline == "" && w.inv.Selector == "" {
		return &diag.ListError{List: diag.List{{Class: diag.Runtime, Code: "nothing-to-show", Summary: "Either --select or --inline must be passed to show"}}}
	}
	if err := compileNodes(ctx, w); err != nil {
		return err
	}
	for i := range w.out.Results {
		r := &w.out.Results[i]
		// dbt runs the tests that come along as well, shows nothing of them, and
		// fails where their model was not built yet. dex leaves them alone.
		if !w.askedFor(w.node(r.Node)) {
			continue
		}
		show := w.showNode
		if n := w.node(r.Node); n.Kind == manifest.KindSeed {
			show = w.showSeed
		}
		if err := show(ctx, r); err != nil {
			return err
		}
		w.out.Shown = append(w.out.Shown, r)
	}
	return nil
}

// node finds a node of the manifest, or the inline one.
func (w *work) node(id string) *manifest.Node {
	if n := w.selected.inline; n != nil && string(n.ID) == id {
		return n
	}
	return w.out.Manifest.Node(manifest.ID(id))
}

// showNode sends a node's query with its limit.
func (w *work) showNode(ctx context.Context, r *result.Result) error {
	n := w.node(r.Node)
	o := w.sessions()
	s := session.New(w.adapter, r.Node, &o)
	defer s.Close()
	f := w.render.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread, f.Code = s, "MainThread", r.Code
	header := value.Value(value.None)
	if v, ok := n.Config.Get("sql_header"); ok && v != nil {
		header = v
	}
	limit := value.Value(value.None)
	if w.inv.Limit >= 0 {
		limit = value.Int(w.inv.Limit)
	}
	sql, err := f.CallNamed("get_show_sql", []value.Value{value.Str(r.Code), header, limit}, nil)
	if err != nil {
		return &NodeFailed{result.Result{Node: r.Node, Message: f.Message(err), Err: err}}
	}
	r.Code = value.ToStr(sql) // dbt: what was sent stands as compiled_code
	from := time.Now()
	resp, table, err := s.Execute(ctx, r.Code, false, true, 0)
	if err != nil {
		return &NodeFailed{result.Result{Node: r.Node, Message: f.Message(err), Err: err}}
	}
	r.Timing = append(slices.DeleteFunc(r.Timing, func(t result.Timing) bool { return t.Name == "execute" }),
		result.Timing{Name: "execute", Start: from, End: time.Now()})
	t := render.TableOf(table)
	r.Table, r.Adapter = t, (&render.Response{Response: resp}).Whole()
	return w.printTable(n, t)
}

// showSeed loads a seed and prints all of its rows. dbt: `show` of a seed loads
// it, and knows no limit.
func (w *work) showSeed(ctx context.Context, r *result.Result) error {
	e := *w.executor()
	e.CompileOnly, e.KeepSeeds = false, true
	n := w.node(r.Node)
	if err := e.MakeSchemas(ctx, []*manifest.Node{n}); err != nil {
		return err
	}
	*r = e.One(ctx, n)
	t, ok := r.Table.(*agate.Table)
	if !ok {
		return &NodeFailed{*r}
	}
	return w.printTable(n, t)
}

// showDirect sends the query of --inline-direct as it is. Neither the project's
// files nor templates have a part in it. dbt: ShowTaskDirect.
func showDirect(ctx context.Context, w *work) error {
	if w.inv.InlineDirect == "" {
		return nil
	}
	w.finished = true
	if err := loadTarget(ctx, w); err != nil {
		return err
	}
	if err := openDatabase(ctx, w); err != nil {
		return err
	}
	o := w.sessions()
	s := session.New(w.adapter, "show", &o)
	defer s.Close()
	_, table, err := s.Execute(ctx, w.inv.InlineDirect, false, true, max(w.inv.Limit, 0))
	if err != nil {
		return err
	}
	n := w.sqlOperation(w.inv.InlineDirect)
	w.selected.inline = n
	return w.printTable(n, render.TableOf(table))
}

// showSeeds prints some rows of each seed that was loaded, in no order: seed
// --show. dbt: SeedTask.show_tables.
func showSeeds(_ context.Context, w *work) error {
	if !w.inv.ShowSeeds {
		return nil
	}
	for i := range w.out.Results {
		r := &w.out.Results[i]
		t, ok := r.Table.(*agate.Table)
		n := w.node(r.Node)
		if !ok || n == nil {
			continue
		}
		header := "Random sample of table: " + n.Schema + "." + n.Alias
		w.engine.emit(event.Info, event.Formatting{})
		w.engine.emit(event.Info, event.SeedHeader{Header: header})
		w.engine.emit(event.Info, event.Note{Msg: strings.Repeat("-", len(header))})
		o := agate.DefaultPrint
		o.Rows, o.Columns, o.Clean = 10, -1, w.engine.Clean
		w.engine.emit(event.Info, event.PrintEvent{Output: true, Msg: t.Picked(rand.Perm(t.Len())).Layout(o)})
		w.engine.emit(event.Info, event.Formatting{})
	}
	return nil
}

func (w *work) printTable(n *manifest.Node, t *agate.Table) error {
	if w.inv.Output == "json" {
		return w.jsonLine("show", n, t.Records())
	}
	var b strings.Builder
	if n == w.selected.inline {
		b.WriteString("Previewing inline node:\n")
	} else {
		fmt.Fprintf(&b, "Previewing node '%s':\n", n.SearchName())
	}
	b.WriteString(t.Print(w.engine.Clean))
	w.out.Lines = append(w.out.Lines, b.String())
	return nil
}
