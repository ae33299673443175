package lint

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/syntax"
	"dex/internal/manifest"
)

// hookRules are the rules about hooks.
var hookRules = []Rule{
	{Code: "HK01", Name: "destructive-pre-hook", Severity: Warn, hook: destructivePreHook,
		Summary: "A pre-hook deletes, updates or drops: when the model then fails, the data is gone and nothing has taken its place.",
		hint:    "Let the model or its incremental strategy change the data, or do it in a post-hook."},
	{Code: "HK02", Name: "not-idempotent", Severity: Warn, hook: notIdempotent,
		Summary: "A statement fails, or does its work once more, when the hook runs a second time.",
		hint:    "Write it so that running it twice is like running it once: if not exists, or replace, if exists, on conflict."},
	{Code: "HK03", Name: "business-logic", Severity: Warn, hook: businessLogic,
		Summary: "A hook joins, uses CTEs or window functions, or has many statements: that is work for a model, which is tested and has lineage.",
		hint:    "Move the query into a model and let the hook do the side effect alone."},
	{Code: "HK04", Name: "frozen-macro", Severity: Fault, call: frozenMacro,
		Summary: "config(post_hook=my_macro()) is called while the project is parsed: `this` is not there yet, and what it gives is frozen.",
		hint:    "Put the call into quotes, so that it is rendered when the hook runs: post_hook=\"{{ my_macro() }}\"."},
	{Code: "HK05", Name: "no-transactions", Severity: Warn, hook: noTransactions,
		Summary: "transaction: false says nothing where the target has no transactions.",
		hint:    "Leave the key out, or give the hook targets: where there are transactions."},
	{Code: "HK06", Name: "renders-to-nothing", Severity: Warn, hook: rendersToNothing,
		Summary: "A hook can never render to a statement, so that it never does anything.",
		hint:    "Take it out, or write what it was meant to do."},
	{Code: "HK07", Name: "audit-without-invocation-id", Severity: Warn, hook: auditWithoutInvocation,
		Summary: "A row of an audit table does not tell which run wrote it.",
		hint:    "Add '{{ invocation_id }}' to what is inserted, or use `audit:` of dex.yml in place of the hook."},
	{Code: "HK08", Name: "grant-in-hook", Severity: Note, hook: grantInHook,
		Summary: "A hook grants a privilege on its own relation, which the config `grants` does, and takes back too.",
		hint:    "Use grants: {select: [role]} in the model's config."},
	{Code: "HK09", Name: "untargeted", Severity: Note, hook: untargeted,
		Summary: "A hook with effects outside of its relation runs on every target, production included, before it was tried on another.",
		hint:    "Give it targets: in its dict form, and add the production target once it has been tried."},
	{Code: "HK10", Name: "autocommit-after-pre-hook", Severity: Warn, hook: autocommit,
		Summary: "On this database a pre-hook outside of the transaction leaves the rest of its node without one: a failure half-way is not rolled back.",
		hint:    "Set hooks: {transactions: strict} in dex.yml, or run the hook inside of the transaction."},
	{Code: "HK11", Name: "fails-on-first-run", Severity: Warn, hook: failsOnFirstRun,
		Summary: "A pre-hook reads its own relation, which is not there before the first run.",
		hint:    "Set hooks: {first_run: empty} in dex.yml, or ask {{ relation_exists(this) }} first."},
}

var destructive = []string{"DELETE", "UPDATE", "TRUNCATE", "MERGE", "DROP"}

func destructivePreHook(_ *check, h *seen) string {
	if h.Event != "pre-hook" {
		return ""
	}
	for _, s := range h.statements {
		if len(s.words) > 0 && slices.Contains(destructive, s.words[0]) {
			return fmt.Sprintf("a pre-hook should not %s data before its model is built", strings.ToLower(s.words[0]))
		}
	}
	return ""
}

// made are the kinds of things that CREATE makes and DROP removes.
var made = []string{"TABLE", "VIEW", "SCHEMA", "INDEX", "SEQUENCE", "ROLE", "USER", "TYPE", "FUNCTION", "MACRO", "DATABASE", "EXTENSION", "TRIGGER", "POLICY"}

func notIdempotent(_ *check, h *seen) string {
	for i := range h.statements {
		s := &h.statements[i]
		switch {
		case s.starts("CREATE") && !s.has("OR", "REPLACE") && !s.has("IF", "NOT", "EXISTS") && !s.has("TEMP") && !s.has("TEMPORARY"):
			if kind := anyOf(s, made); kind != "" {
				return fmt.Sprintf("create %s fails the second time: say 'if not exists' or 'or replace'", strings.ToLower(kind))
			}
		case s.starts("DROP") && !s.has("IF", "EXISTS"):
			return "drop fails where there is nothing to drop: say 'if exists'"
		case s.starts("ALTER") && s.has("ADD", "COLUMN") && !s.has("IF", "NOT", "EXISTS"):
			return "add column fails the second time: say 'add column if not exists'"
		case s.starts("INSERT") && constant(s) && !s.has("ON", "CONFLICT") && !s.has("OR", "REPLACE") && !s.has("OR", "IGNORE"):
			return "an insert of constants adds the same row each time"
		}
	}
	return ""
}

func anyOf(s *statement, words []string) string {
	for _, w := range s.words {
		if slices.Contains(words, w) {
			return w
		}
	}
	return ""
}

// constant reports whether an INSERT's values are all constants: nothing of its
// VALUES comes from a template, a function or the clock.
func constant(s *statement) bool {
	at := slices.Index(s.words, "VALUES")
	if at < 0 || slices.Contains(s.words, "SELECT") {
		return false
	}
	for _, w := range s.words[at+1:] {
		switch w {
		case "(", ")", ",", "''", "0", "-", "+", ".", "TRUE", "FALSE", "NULL":
		default:
			return false
		}
	}
	// A literal that holds an expression is not constant: '{{ invocation_id }}'.
	return !strings.Contains(s.text, exprName) && !strings.Contains(s.text, thisName)
}

func businessLogic(c *check, h *seen) string {
	if n := len(h.statements); n > c.Settings.Statements {
		return fmt.Sprintf("%d statements in one hook; %d at most", n, c.Settings.Statements)
	}
	for i := range h.statements {
		s := &h.statements[i]
		switch {
		case s.has("JOIN"):
			return "a hook with a join is business logic"
		case s.starts("WITH") || s.has("AS", "(", "SELECT") && s.has("WITH"):
			return "a hook with a CTE is business logic"
		case s.has("OVER", "("):
			return "a hook with a window function is business logic"
		}
	}
	return ""
}

func noTransactions(c *check, h *seen) string {
	if !h.Transaction && !c.Transactions && len(h.Targets) == 0 {
		return "transaction: false has no meaning here: the target has no transactions"
	}
	return ""
}

func rendersToNothing(_ *check, h *seen) string {
	if h.broken || h.Operation != "" || len(h.Notify) > 0 || h.Macro != "" {
		return ""
	}
	if len(h.statements) > 0 || h.does {
		return ""
	}
	return "this hook never renders to a statement"
}

func auditWithoutInvocation(_ *check, h *seen) string {
	for i := range h.statements {
		s := &h.statements[i]
		if !s.starts("INSERT") {
			continue
		}
		target := strings.Join(s.words[:min(len(s.words), 9)], " ")
		if before, _, ok := strings.Cut(target, " ("); ok {
			target = before
		}
		if !auditName(target) || strings.Contains(h.reads, "invocation_id") {
			continue
		}
		return "a row of an audit table without invocation_id cannot be told apart from those of other runs"
	}
	return ""
}

func auditName(target string) bool {
	for _, w := range strings.FieldsFunc(target, func(r rune) bool { return r == ' ' || r == '_' || r == '.' }) {
		switch w {
		case "AUDIT", "AUDITS", "LOG", "LOGS", "HISTORY", "JOURNAL":
			return true
		}
	}
	return false
}

func grantInHook(_ *check, h *seen) string {
	if h.Event != "post-hook" {
		return ""
	}
	for i := range h.statements {
		s := &h.statements[i]
		if s.starts("GRANT") && (s.has("ON", thisName) || s.has("ON", "TABLE", thisName) || s.has("ON", "VIEW", thisName)) {
			return "a grant on the model's own relation belongs into its config"
		}
	}
	return ""
}

func untargeted(c *check, h *seen) string {
	if len(h.Targets) > 0 {
		return ""
	}
	prod := ""
	for _, t := range c.Targets {
		if low := strings.ToLower(t); low == "prod" || low == "production" {
			prod = t
		}
	}
	if prod == "" || !outside(h) {
		return ""
	}
	return fmt.Sprintf("this hook runs on every target, %s included", prod)
}

// outside reports whether a hook acts on more than its own relation and session.
func outside(h *seen) bool {
	if h.Operation != "" || len(h.Notify) > 0 {
		return true
	}
	for i := range h.statements {
		s := &h.statements[i]
		if len(s.words) == 0 {
			continue
		}
		switch s.words[0] {
		case "CALL", "GRANT", "REVOKE", "DROP", "DELETE", "UPDATE", "TRUNCATE", "MERGE", "COPY", "EXPORT":
			return true
		}
	}
	return false
}

func autocommit(c *check, h *seen) string {
	if c.Autocommit && h.Event == "pre-hook" && !h.Transaction && relational(h.Node) {
		return "after this hook the rest of the node is not in a transaction"
	}
	return ""
}

func relational(n *manifest.Node) bool {
	return n.Kind == manifest.KindModel || n.Kind == manifest.KindSeed || n.Kind == manifest.KindSnapshot
}

func failsOnFirstRun(c *check, h *seen) string {
	if !c.FirstRunFails || h.Event != "pre-hook" || !relational(h.Node) || strings.Contains(h.reads, "relation_exists") {
		return ""
	}
	for i := range h.statements {
		s := &h.statements[i]
		if s.has("FROM", thisName) || s.has("JOIN", thisName) {
			return "this hook fails on the first run: its relation is not there yet"
		}
	}
	return ""
}

// frozenMacro looks for config() calls whose hooks are calls.
func frozenMacro(_ *check, n *manifest.Node) []Finding {
	src := syntax.Normalize(n.Raw)
	if n.Language != "sql" || !strings.Contains(src, "_hook") && !strings.Contains(src, "-hook") {
		return nil
	}
	tree, err := syntax.Parse(src)
	if err != nil {
		return nil
	}
	var out []Finding
	syntax.Walk(tree, func(x syntax.Node) bool {
		call, ok := x.(*syntax.Call)
		if !ok {
			return true
		}
		if fn, ok := call.Fn.(*syntax.Name); !ok || fn.Name != "config" {
			return true
		}
		for _, kw := range call.Kw {
			if kw.Name != "pre_hook" && kw.Name != "post_hook" {
				continue
			}
			if made := calledIn(kw.Value); made != nil {
				line, col := syntax.Position(src, made.At())
				out = append(out, Finding{
					Message: fmt.Sprintf("%s is given what a macro says while the project is parsed, not when the hook runs", kw.Name),
					Pos:     diag.Pos{File: n.OriginalFilePath, Line: line, Col: col}, Line: syntax.Line(src, line),
					Nodes: []string{string(n.ID)}, Event: strings.ReplaceAll(kw.Name, "_", "-"), Text: syntax.Line(src, line),
				})
			}
		}
		return false
	})
	return out
}

// early are the functions that are meant to be called in config(): they make the
// dict form of a hook.
var early = []string{"before_begin", "after_commit", "in_transaction", "make_hook_config", "var", "env_var", "dict", "tojson"}

// calledIn is the first call of a macro in an expression; nil where there is none.
func calledIn(x syntax.Node) syntax.Node {
	var found syntax.Node
	syntax.Walk(x, func(n syntax.Node) bool {
		call, ok := n.(*syntax.Call)
		if !ok || found != nil {
			return found == nil
		}
		switch fn := call.Fn.(type) {
		case *syntax.Name:
			if slices.Contains(early, fn.Name) {
				return true
			}
		case *syntax.Getattr:
			if _, text := fn.X.(*syntax.Const); text { // 'a'.format(...)
				return true
			}
		}
		found = call
		return false
	})
	return found
}
