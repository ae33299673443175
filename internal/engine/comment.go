package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"dex/internal/event"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// queryComment makes the function that puts the project's query-comment around
// statements; nil where dbt_project.yml switches it off. dbt: MacroQueryStringSetter.
func (w *work) queryComment() func(conn, sql string) string {
	if c := w.commenter(); c != nil {
		return c.around
	}
	return nil
}

func (w *work) commenter() *commenter {
	text, atEnd, on := commentSetting(w.project.Root.QueryComment)
	if !on {
		return nil
	}
	return &commenter{work: w, text: text, atEnd: atEnd, made: map[string]string{}}
}

// checkComment is an error where the project's query-comment fails for what belongs to
// no node, or would end the comment that it stands in. dbt: MacroQueryStringSetter.reset.
func (w *work) checkComment() error {
	c := w.commenter()
	if c == nil || c.text == "" {
		return nil
	}
	text, err := c.render("master")
	switch {
	case err != nil:
		return fmt.Errorf("query-comment: %w", err)
	case strings.Contains(text, "*/"):
		return fmt.Errorf(`query comment contains illegal value "*/": %s`+"\n"+
			"What stands behind it would run as SQL: take it out of query-comment in %s.", text, project.ProjectFile)
	}
	return nil
}

// commentSetting reads query-comment: absent is dbt's own comment, null or ""
// none, a text or a map with comment and append a comment of the project's.
func commentSetting(v value.Value) (text string, atEnd, on bool) {
	switch x := v.(type) {
	case nil:
		return "", false, true
	case value.Str:
		return string(x), false, x != ""
	case *value.Dict:
		if a, ok := x.GetStr("append"); ok {
			atEnd = a.Truth()
		}
		c, ok := x.GetStr("comment")
		if !ok {
			return "", atEnd, true
		}
		if c == value.None {
			return "", atEnd, false
		}
		return value.ToStr(c), atEnd, value.ToStr(c) != ""
	}
	return "", false, false
}

// commenter remembers the comment of each connection: it is the same for all of
// a node's statements.
type commenter struct {
	work  *work
	text  string // "" is dbt's own comment
	atEnd bool

	mu   sync.Mutex
	made map[string]string
}

func (c *commenter) around(conn, sql string) string {
	comment := c.comment(conn)
	if comment == "" {
		return sql
	}
	if !c.atEnd {
		return "/* " + comment + " */\n" + sql
	}
	body := strings.TrimRight(sql, " \t\r\n")
	if strings.HasSuffix(body, ";") {
		return body[:len(body)-1] + "\n/* " + comment + " */;"
	}
	return body + "\n/* " + comment + " */"
}

func (c *commenter) comment(conn string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.made[conn]; ok {
		return s
	}
	text, err := c.render(conn)
	if err != nil {
		c.work.engine.emit(event.Warn, event.Note{Msg: "query-comment could not be rendered, statements of " + conn + " go without it: " + err.Error()})
		text = ""
	}
	s := closed(text)
	c.made[conn] = s
	return s
}

// closed keeps a comment from ending itself: its rest would run as SQL.
func closed(comment string) string { return strings.ReplaceAll(comment, "*/", "* /") }

// render gives the comment of a connection, without blanks around it.
func (c *commenter) render(conn string) (string, error) {
	r := c.work.render
	var node *manifest.Node
	if r.Manifest != nil {
		node = r.Manifest.Node(manifest.ID(conn))
	}
	if c.text == "" {
		return c.standard(conn, node), nil
	}
	f := r.NewFrame(context.Background(), render.Compile, nil)
	f.Extra = map[string]value.Value{"connection_name": value.Str(conn), "node": value.None}
	if node != nil {
		f.Extra["node"] = render.NodeValue(node)
	}
	s, err := f.RenderText("query-comment", c.text)
	var given jinja.Return // dbt: the text is the body of a macro
	if errors.As(err, &given) {
		s, err = "", nil
		if given.Value != nil && given.Value != value.None {
			s = value.ToStr(given.Value)
		}
	}
	return strings.TrimSpace(s), err
}

// standard is dbt's own comment: a JSON object that says who sends the statement.
func (c *commenter) standard(conn string, node *manifest.Node) string {
	d := value.NewDict(5)
	d.SetStr("app", value.Str("dbt"))
	d.SetStr("dbt_version", value.Str(render.DBTVersion))
	d.SetStr("profile_name", value.Str(c.work.profile.Name))
	d.SetStr("target_name", value.Str(c.work.profile.TargetName))
	if node != nil {
		d.SetStr("node_id", value.Str(node.ID))
	} else {
		d.SetStr("connection_name", value.Str(conn))
	}
	b, err := value.AppendJSON(nil, d, value.JSONOptions{EnsureASCII: true})
	if err != nil {
		return "" // texts alone: cannot fail
	}
	return string(b)
}
