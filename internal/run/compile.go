package run

import (
	"context"
	"slices"
	"sync"

	"dex/internal/eventtime"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/session"
	"dex/internal/sqltext"
)

// Compiled is a node's SQL once its template is rendered.
type Compiled struct {
	Code string        // with the CTEs of the ephemeral models it refers to
	Bare string        // without them
	CTEs []sqltext.CTE // in the order in which they stand
	// Macros are those that the template called.
	Macros []string
	// References are the relations that the model's foreign keys refer to.
	References map[string]string
}

// Writer stores the SQL of a node, or of one batch of it; batch is "" for the
// whole.
type Writer func(n *manifest.Node, batch, sql string) error

// Compiler renders nodes, each ephemeral model once per invocation. It is safe
// for many goroutines.
type Compiler struct {
	Inv *render.Invocation
	// Limit is the row limit that --empty puts on refs; -1 is none.
	Limit int
	// Bare leaves ephemeral models out of the SQL: it names them, and they are not
	// there.
	Bare bool
	// Write, if not nil, stores the SQL of each ephemeral model, which is compiled
	// when a node first inlines it, selected or not.
	Write Writer

	unit      *unitTest // whose nodes are compiled; nil for those of the project
	mu        sync.Mutex
	ephemeral map[manifest.ID]*ephemeralModel
}

// ephemeralModel is compiled by the first node that inlines it; the others wait.
type ephemeralModel struct {
	once  sync.Once
	done  Compiled
	frame *render.Frame
	err   error
}

// Compile renders n on a session and injects the ephemeral models that it
// refers to. extra are names beside dbt's own. The frame is given back for its
// faults' wording, error or not.
func (c *Compiler) Compile(ctx context.Context, n *manifest.Node, s *session.Session, thread string, extra map[string]value.Value) (Compiled, *render.Frame, error) {
	f := c.Inv.NewFrame(ctx, render.Compile, n)
	f.Session, f.Thread, f.Limit, f.Extra = s, thread, c.Limit, extra
	out, err := c.render(ctx, f)
	return out, f, err
}

// CompileBatch is Compile for one batch of a microbatch model.
func (c *Compiler) CompileBatch(ctx context.Context, n *manifest.Node, span eventtime.Span, s *session.Session, thread string) (Compiled, *render.Frame, error) {
	f := c.Inv.NewFrame(ctx, render.Compile, n)
	f.Session, f.Thread, f.Limit, f.Batch = s, thread, c.Limit, &span
	out, err := c.render(ctx, f)
	return out, f, err
}

// render renders a frame's node, and what it inlines.
func (c *Compiler) render(ctx context.Context, f *render.Frame) (Compiled, error) {
	if c.unit != nil {
		c.unit.frame(f)
	}
	t, err := c.Inv.Template(c.written(f.Node))
	if err != nil {
		return Compiled{}, err
	}
	if err := f.TestKwargs(); err != nil {
		return Compiled{}, err
	}
	bare, err := body(f, f.Node, t)
	if err != nil {
		return Compiled{}, err
	}
	out := Compiled{Code: bare, Bare: bare, Macros: calledBy(f), References: f.References()}
	out.CTEs, err = c.collect(ctx, f.CTEs, f.Session, f.Thread)
	if err != nil {
		return out, err
	}
	if len(out.CTEs) > 0 {
		if !c.Bare {
			out.Code = sqltext.InjectCTEs(bare, out.CTEs)
		}
	}
	return out, nil
}

// body is a node's rendered text: its template's, or a Python model as it is with
// what gives it its refs, sources and configuration behind it. dbt:
// Compiler.compile_node.
func body(f *render.Frame, n *manifest.Node, t *jinja.Template) (string, error) {
	if n.Kind != manifest.KindModel || n.Language != "python" {
		return f.Render(t)
	}
	postfix, err := f.RenderText("py_script_postfix", "{{ py_script_postfix(model) }}")
	return n.Raw + "\n\n" + postfix, err
}

// collect gives the CTEs of ephemeral models, each behind those that it refers
// to itself, and each once. dbt: Compiler._recursively_prepend_ctes.
func (c *Compiler) collect(ctx context.Context, ids []manifest.ID, s *session.Session, thread string) ([]sqltext.CTE, error) {
	var out []sqltext.CTE
	seen := map[string]bool{}
	for _, id := range ids {
		n := c.node(id)
		done, _, err := c.Ephemeral(ctx, n, s, thread)
		if err != nil {
			return nil, err
		}
		for _, cte := range append(slices.Clip(done.CTEs), sqltext.EphemeralCTE(string(id), n.CTEName(), done.Bare)) {
			if !seen[cte.ID] {
				seen[cte.ID] = true
				out = append(out, cte)
			}
		}
	}
	return out, nil
}

// written is the node whose file n's template stands in.
func (c *Compiler) written(n *manifest.Node) *manifest.Node {
	if c.unit != nil && n == c.unit.node {
		return c.unit.model
	}
	return n
}

func (c *Compiler) node(id manifest.ID) *manifest.Node {
	if c.unit != nil {
		return c.unit.inputs.Nodes[id]
	}
	return c.Inv.Manifest.Nodes[id]
}

// Ephemeral compiles an ephemeral model, unless that was done before.
func (c *Compiler) Ephemeral(ctx context.Context, n *manifest.Node, s *session.Session, thread string) (Compiled, *render.Frame, error) {
	e := c.ephemeralOf(n.ID)
	e.once.Do(func() {
		e.done, e.frame, e.err = c.Compile(ctx, n, s, thread, nil)
		if e.err == nil && c.Write != nil {
			e.err = c.Write(n, "", e.done.Code)
		}
	})
	return e.done, e.frame, e.err
}

// compiled gives an ephemeral model that some node has inlined. All nodes are done
// by then.
func (c *Compiler) compiled(id manifest.ID) (Compiled, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.ephemeral[id]
	if e == nil || e.err != nil {
		return Compiled{}, false
	}
	return e.done, true
}

func (c *Compiler) ephemeralOf(id manifest.ID) *ephemeralModel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ephemeral == nil {
		c.ephemeral = map[manifest.ID]*ephemeralModel{}
	}
	e := c.ephemeral[id]
	if e == nil {
		e = &ephemeralModel{}
		c.ephemeral[id] = e
	}
	return e
}

// calledBy lists the macros that a frame's node called itself.
func calledBy(f *render.Frame) []string {
	out := make([]string, len(f.Called))
	for i, id := range f.Called {
		out[i] = string(id)
	}
	return out
}
