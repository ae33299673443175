package pyrun

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"

	"dex/internal/jinja/value"
)

// exchange is one request with the means to answer it.
type exchange struct {
	b    *bridge
	conn net.Conn
	r    *bufio.Reader
	args *value.Dict
}

// requests are what an operation can ask for.
var requests = map[string]request{
	"query":    askQuery,
	"execute":  askExecute,
	"begin":    steer(Host.Begin),
	"commit":   steer(Host.Commit),
	"rollback": steer(Host.Rollback),
	"ref":      askRef,
	"source":   askSource,
	"var":      askVar,
	"env":      askEnv,
	"log":      tellLog,
	"progress": tellProgress,
	"notify":   askNotify,
	"result":   askResult,
	"artifact": askArtifact,
	"failed":   tellFailed,
	"bye":      askBye,
	// Words about a query's rows that came when the query had ended.
	"more": ignored,
	"stop": ignored,
}

func (x *exchange) text(name string) string {
	if v := x.given(name); v != nil && v != value.None {
		return value.ToStr(v)
	}
	return ""
}

// given is an argument, nil where the script gave none.
func (x *exchange) given(name string) value.Value {
	v, _ := x.args.GetStr(name)
	return v
}

func (x *exchange) number(name string) float64 {
	v := x.given(name)
	if v == nil {
		return 0
	}
	f, err := value.ToFloat(v)
	if err != nil {
		return 0
	}
	return f
}

// reply writes the answer {"ok": v}.
func (x *exchange) reply(v value.Value) error {
	x.b.out = append(appendValue(append(x.b.out, `{"ok":`...), v), '}')
	return nil
}

func (x *exchange) statement() Statement {
	q := Statement{SQL: x.text("sql"), Line: int(x.number("line"))}
	switch p := x.given("params").(type) {
	case *value.List:
		for _, v := range p.Elems {
			q.Args = append(q.Args, value.Arg{Value: v})
		}
	case *value.Tuple:
		for _, v := range p.Elems {
			q.Args = append(q.Args, value.Arg{Value: v})
		}
	case *value.Dict:
		p.Each(func(k, v value.Value) bool {
			q.Args = append(q.Args, value.Arg{Name: value.ToStr(k), Value: v})
			return true
		})
	}
	return q
}

func steer(f func(Host, context.Context) error) request {
	return func(ctx context.Context, x *exchange) error {
		if err := f(x.b.host, ctx); err != nil {
			return err
		}
		return x.reply(value.None)
	}
}

// askQuery answers with {"columns": …, "types": …}, pieces {"rows": …}, and {"ok": n}.
// Pieces go out as they come from the host, so that a large result is never in memory
// as a whole here.
func askQuery(ctx context.Context, x *exchange) error {
	pull, _ := x.given("pull").(value.Bool)
	out := &pieces{x: x, pull: bool(pull)}
	if err := x.b.host.Query(ctx, x.statement(), out); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return x.reply(value.Int(out.count))
}

// pieceRows bounds the rows of one piece.
const pieceRows = 2048

type pieces struct {
	x *exchange
	// pull waits for the script's word before the next piece.
	pull  bool
	count int
}

// errEnough ends a query whose script wants no more rows.
var errEnough = errors.New("the script wants no more rows")

// more waits for the script to ask for the next piece.
func (p *pieces) more() error {
	if !p.pull {
		return nil
	}
	m, err := readMessage(p.x.r)
	if err == errGone {
		return &lostError{err}
	}
	if err != nil {
		return err
	}
	if op, _ := m.GetStr("op"); op != value.Value(value.Str("more")) {
		return errEnough
	}
	return nil
}

// Columns implements Rows.
func (p *pieces) Columns(names, types []string) error {
	b := p.x.b
	b.out = appendList(append(newMessage(b.out), `{"columns":`...), texts(distinct(names)))
	b.out = append(appendList(append(b.out, `,"types":`...), texts(types)), '}')
	return p.send()
}

// Rows implements Rows.
func (p *pieces) Rows(rows [][]value.Value) error {
	b := p.x.b
	for len(rows) > 0 {
		some := rows[:min(len(rows), pieceRows)]
		rows = rows[len(some):]
		p.count += len(some)
		b.out = append(newMessage(b.out), `{"rows":[`...)
		kinds := make([]string, len(some[0]))
		for i := range some[0] {
			if i > 0 {
				b.out = append(b.out, ',')
			}
			b.out, kinds[i] = appendColumn(b.out, some, i)
		}
		b.out = append(appendList(append(b.out, `],"kinds":`...), texts(kinds)), '}')
		if err := p.send(); err != nil {
			return err
		}
		if err := p.more(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pieces) send() error {
	if _, err := p.x.conn.Write(finish(p.x.b.out)); err != nil {
		return &lostError{err}
	}
	p.x.b.out = newMessage(p.x.b.out)
	return nil
}

func texts(ss []string) []value.Value {
	out := make([]value.Value, len(ss))
	for i, s := range ss {
		out[i] = value.Str(s)
	}
	return out
}

// distinct gives each column a name of its own, since rows are dicts in Python: a
// second "id" is "id_1".
func distinct(names []string) []string {
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		seen[n] = true
	}
	if len(seen) == len(names) {
		return names
	}
	out, used := make([]string, len(names)), map[string]bool{}
	for i, n := range names {
		name := n
		for k := 1; used[name] || name != n && seen[name]; k++ {
			name = fmt.Sprintf("%s_%d", n, k)
		}
		used[name] = true
		out[i] = name
	}
	return out
}

func askExecute(ctx context.Context, x *exchange) error {
	n, err := x.b.host.Execute(ctx, x.statement())
	if err != nil {
		return err
	}
	return x.reply(value.Int(n))
}

func askRef(ctx context.Context, x *exchange) error {
	var args []value.Value
	if l, ok := x.given("args").(*value.List); ok {
		args = l.Elems
	}
	kw, _ := x.given("kw").(*value.Dict)
	name, err := x.b.host.Ref(ctx, args, kw)
	if err != nil {
		return err
	}
	return x.reply(value.Str(name))
}

func askSource(ctx context.Context, x *exchange) error {
	name, err := x.b.host.Source(ctx, x.text("source"), x.text("table"))
	if err != nil {
		return err
	}
	return x.reply(value.Str(name))
}

func askVar(ctx context.Context, x *exchange) error {
	v, err := x.b.host.Var(ctx, x.text("name"), x.given("default"))
	if err != nil {
		return err
	}
	return x.reply(v)
}

func askEnv(ctx context.Context, x *exchange) error {
	v, err := x.b.host.Env(ctx, x.text("name"), x.given("default"))
	if err != nil {
		return err
	}
	return x.reply(v)
}

var levels = map[string]Level{"debug": Debug, "info": Info, "warning": Warning, "error": Error}

func tellLog(_ context.Context, x *exchange) error {
	level, ok := levels[x.text("level")]
	if !ok {
		level = Info
	}
	fields, _ := x.given("fields").(*value.Dict)
	x.b.log(Line{Text: cutText(x.text("text"), maxLine), Level: level, Stream: "log", Fields: fields})
	return nil
}

func tellProgress(_ context.Context, x *exchange) error {
	x.b.host.Progress(Progress{Done: x.number("done"), Total: x.number("total"), Message: x.text("message")})
	return nil
}

func askNotify(ctx context.Context, x *exchange) error {
	n := Notice{Message: x.text("message"), Title: x.text("title"), Severity: x.text("severity")}
	if l, ok := x.given("channels").(*value.List); ok {
		for _, c := range l.Elems {
			n.Channels = append(n.Channels, value.ToStr(c))
		}
	}
	if d, ok := x.given("details").(*value.Dict); ok {
		n.Details = map[string]string{}
		d.Each(func(k, v value.Value) bool {
			n.Details[value.ToStr(k)] = value.ToStr(v)
			return true
		})
	}
	if err := x.b.host.Notify(ctx, n); err != nil {
		return err
	}
	return x.reply(value.None)
}

func askResult(ctx context.Context, x *exchange) error {
	v := x.given("value")
	if v == nil {
		v = value.None
	}
	if err := x.b.host.Result(ctx, v); err != nil {
		return err
	}
	return x.reply(value.None)
}

// upload is a file that comes in pieces.
type upload struct {
	name string
	file *os.File
}

// askArtifact takes one piece of a file; the last one hands it to the host.
func askArtifact(ctx context.Context, x *exchange) error {
	name := x.text("name")
	if err := checkName(name); err != nil {
		return err
	}
	b := x.b
	if b.file == nil || b.file.name != name {
		b.dropUpload()
		f, err := os.CreateTemp(b.dir, "artifact-")
		if err != nil {
			return fmt.Errorf("keep the artifact %s: %w", name, err)
		}
		b.file = &upload{name, f}
	}
	data, _ := x.given("data").(value.Bytes)
	if _, err := b.file.file.WriteString(string(data)); err != nil {
		b.dropUpload()
		return fmt.Errorf("keep the artifact %s: %w", name, err)
	}
	if more, ok := x.given("more").(value.Bool); ok && bool(more) {
		return x.reply(value.None)
	}
	return x.keep(ctx, name)
}

func (x *exchange) keep(ctx context.Context, name string) error {
	defer x.b.dropUpload()
	f := x.b.file.file
	if err := f.Close(); err != nil {
		return fmt.Errorf("keep the artifact %s: %w", name, err)
	}
	kept, err := x.b.host.Artifact(ctx, name, f.Name())
	if err != nil {
		return err
	}
	return x.reply(value.Str(kept))
}

// dropUpload forgets a file that came in part, or that the host has taken.
func (b *bridge) dropUpload() {
	if b.file == nil {
		return
	}
	b.file.file.Close()
	os.Remove(b.file.file.Name())
	b.file = nil
}

// checkName refuses names of artifacts that would lead out of their folder.
func checkName(name string) error {
	ok := name != "" && len(name) < 256 && !strings.ContainsAny(name, "\\\x00:") && path.Clean(name) == name && filepath.IsLocal(filepath.FromSlash(name)) && name != "."
	if !ok {
		return fmt.Errorf("an artifact is named by a relative path within its folder, as \"report.csv\" or \"charts/a.png\"; %q is none", name)
	}
	return nil
}

// tellFailed is the script's own account of the exception that ends it.
func tellFailed(_ context.Context, x *exchange) error {
	x.b.end.failed = &Failed{
		Type: x.text("type"), Message: x.text("message"), Class: x.text("class"), Statement: x.text("statement"),
		Traceback: strings.TrimRight(x.text("traceback"), "\n"),
	}
	return nil
}

func ignored(context.Context, *exchange) error { return nil }

// askBye is the script's word that it is done. The answer lets it end: by then all
// that it asked for has been done.
func askBye(_ context.Context, x *exchange) error {
	x.b.end.bye = true
	return x.reply(value.None)
}
