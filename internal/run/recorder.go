package run

import (
	"context"
	"fmt"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/result"
	"dex/internal/session"
)

// Recorder is told what has ended, by the goroutine that has done it: it must not
// keep it waiting.
type Recorder interface {
	// NodeEnded is told of each node that was run. Of what was skipped only Execute's
	// results tell.
	NodeEnded(n *manifest.Node, r *result.Result)
	// HookEnded is told of each declared hook, once its account is complete.
	HookEnded(h *result.Hook)
}

func (e *Executor) nodeEnded(n *manifest.Node, r *result.Result) {
	if e.Recorder != nil {
		e.Recorder.NodeEnded(n, r)
	}
}

// counting counts the rows of a node's relation before and after it is run.
type counting struct {
	w *worker
	n *manifest.Node
	s *session.Session
}

// counted begins to count the rows of n; nil where nobody asks for it.
func (w *worker) counted(n *manifest.Node, s *session.Session) *counting {
	if w.CountRows == nil || w.CompileOnly || !relational(n) || n.Kind == manifest.KindFunction || !w.CountRows(n) {
		return nil
	}
	return &counting{w, n, s}
}

// before counts the rows that there are; a relation that is not there yet has none.
func (c *counting) before(ctx context.Context) *int64 {
	if c == nil {
		return nil
	}
	r := adapter.Relation{Database: c.n.Database, Schema: c.n.Schema, Identifier: c.n.Alias}
	if _, there, known := c.w.Inv.Cache.Find(r); known && !there {
		return new(int64)
	}
	return c.count(ctx)
}

// after counts the rows that a node has left. Where it failed, or its transaction is
// still open, nobody can tell what stays.
func (c *counting) after(ctx context.Context, res *result.Result) *int64 {
	if c == nil || res.Status != result.Success || c.s.InTransaction() {
		return nil
	}
	return c.count(ctx)
}

func (c *counting) count(ctx context.Context) *int64 {
	_, got, err := c.s.Execute(ctx, "select count(*) from "+c.n.RelationName, false, true, 0)
	if err != nil {
		c.s.Warn(fmt.Sprintf("The rows of %s were not counted for the audit: %v", c.n.RelationName, err))
		return nil
	}
	if got == nil || len(got.Rows) != 1 {
		return nil
	}
	n, ok := got.Rows[0][0].(value.Int)
	if !ok {
		return nil
	}
	rows := int64(n)
	return &rows
}
