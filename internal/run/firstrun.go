package run

import (
	"context"
	"strings"

	"dex/internal/adapter"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/result"
	"dex/internal/sqltext"
)

// firstRun gives the text to send for a hook whose text names its node's relation
// while that is not there: with an empty relation in place of it wherever it is read.
// skip says why the hook cannot run so; "" sends the text, which is most often the
// one that came in.
//
// That the relation is not there must be known: to the cache, and then to the
// database, since the hook before may have made it. What is unknown is left to the
// database to judge.
func (a *Around) firstRun(ctx context.Context, d *declared, sql string) (text, skip string) {
	n := a.Node
	switch {
	case n == nil || !a.mayBeFirst(d):
		return sql, ""
	case n.Ephemeral():
		return a.ofQuery(sql), ""
	case a.e.FirstRun == project.FirstRunFail,
		d.rec.Event == preHook && !a.frame().KnownAbsent(), // behind a node that failed the cache knows nothing
		!strings.Contains(strings.ToLower(sql), strings.ToLower(n.Alias)):
		return sql, ""
	}
	name := [3]string{n.Database, n.Schema, n.Alias}
	use := sqltext.WithoutRelation(sql, a.dialect(), name, nothing)
	if use.Makes || use.Reads == 0 && use.Needs == "" || !a.absent(ctx, n) {
		return sql, ""
	}
	switch {
	case use.Needs != "":
		return sql, "it works on " + n.RelationName + ", which is not there before the first run"
	case a.e.FirstRun == project.FirstRunSkip:
		return sql, "it reads " + n.RelationName + ", which is not there before the first run"
	case use.Counted:
		return use.Text, ""
	}
	empty, ok := a.emptyRelation(ctx)
	if !ok {
		return sql, "it reads " + n.RelationName + ", which is not there before the first run, and what columns it will have is not known"
	}
	return sqltext.WithoutRelation(sql, a.dialect(), name, empty).Text, ""
}

// nothing is a relation without rows, for those who only count them.
const nothing = "(select 1 as dex_nothing where false)"

// mayBeFirst reports whether a hook runs at a time at which its node's relation may
// not be there: before the node, or behind one that failed.
func (a *Around) mayBeFirst(d *declared) bool {
	switch a.Node.Kind {
	case manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot:
		return a.Node.Ephemeral() || d.rec.Event == preHook || a.view.outcome() != result.Success
	}
	return false
}

// absent asks the database itself: what the session's own transaction has made is
// there, though the cache has not heard of it.
func (a *Around) absent(ctx context.Context, n *manifest.Node) bool {
	c, err := a.Session.Conn(ctx)
	if err != nil {
		return false
	}
	cols, err := c.Columns(ctx, adapter.Relation{Database: n.Database, Schema: n.Schema, Identifier: n.Alias})
	return err == nil && len(cols) == 0
}

// emptyRelation is a subquery without rows that has the columns which the node's
// relation will have; false where they are not known. It asks on a connection of its
// own: an error must not end the hook's transaction.
func (a *Around) emptyRelation(ctx context.Context) (string, bool) {
	f := a.frame()
	if f.Code == "" || a.Node.Language != "sql" || a.Node.Kind == manifest.KindSnapshot {
		return "", false
	}
	c, err := a.e.Inv.Adapter.Conn(ctx, a.id)
	if err != nil {
		return "", false
	}
	defer c.Release()
	d, ok := c.(adapter.Describer)
	if !ok {
		return "", false
	}
	cols, err := d.Describe(ctx, f.Code)
	if err != nil || len(cols) == 0 {
		return "", false
	}
	return "(select * from (\n" + f.Code + "\n) as dex_first where false)", true
}

// ofQuery puts the query of an ephemeral model where a hook of it reads its relation,
// which stands nowhere else.
func (a *Around) ofQuery(sql string) string {
	n, f := a.Node, a.frame()
	if f.Code == "" {
		return sql
	}
	return sqltext.WithoutRelation(sql, a.dialect(), [3]string{n.Database, n.Schema, n.Alias}, "(\n"+f.Code+"\n)").Text
}

// leaveFirst leaves out a hook that has nothing to work on yet, and says so.
func (a *Around) leaveFirst(d *declared, why string) {
	d.leave(result.FirstRun, why)
	a.warn(d, "did not run: "+why)
}

// dialect is that of the database.
func (a *Around) dialect() sqltext.Dialect { return sqltext.Of(a.e.Inv.AdapterType) }
