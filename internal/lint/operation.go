package lint

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/operation"
)

// operationRules are the rules about operations.
var operationRules = []Rule{
	{Code: "OP01", Name: "raw-parameter", Severity: Warn, operation: rawParameter,
		Summary: "The filter raw prints a parameter without escaping: its value can change what the statement is.",
		hint:    "Give the parameter the type identifier, relation or list, which are escaped for their place."},
	{Code: "OP02", Name: "no-description", Severity: Note, operation: noDescription,
		Summary: "Nobody can tell from the list what an operation does.",
		hint:    "Add description: one sentence on what it changes."},
	{Code: "OP03", Name: "no-group", Severity: Note, operation: noGroup,
		Summary: "An operation lies in no folder: grouped by purpose they are found, and configured together.",
		hint:    "Move the file into a folder such as permissions/, maintenance/ or sync/."},
	{Code: "OP04", Name: "retry-not-idempotent", Severity: Warn, operation: retryNotIdempotent,
		Summary: "An operation asks for retries and is not said to be idempotent: it is repeated only where nothing has reached the database.",
		hint:    "Add idempotent: true where a second run does no harm, or take retries out."},
	{Code: "OP05", Name: "destructive-unconfirmed", Severity: Warn, operation: destructiveUnconfirmed,
		Summary: "An operation drops, deletes or truncates, and asks nobody before it does.",
		hint:    "Add confirm: a word that the caller has to give, or approval:."},
	{Code: "OP06", Name: "unused-parameter", Severity: Warn, operation: unusedParameter,
		Summary: "A parameter is declared and never used.",
		hint:    "Use it or take it out."},
}

func rawParameter(_ *check, o *operation.Operation) string {
	found := ""
	walkSQL(o, func(n syntax.Node) {
		if f, ok := n.(*syntax.Filter); ok && f.Name == "raw" && found == "" {
			found = "a parameter is printed raw"
			if at, ok := f.X.(*syntax.Getattr); ok {
				found = fmt.Sprintf("the parameter %s is printed raw", at.Attr)
			}
		}
	})
	return found
}

// walkSQL visits the template of an operation in SQL.
func walkSQL(o *operation.Operation, visit func(syntax.Node)) {
	if o.Language != operation.SQL {
		return
	}
	tree, err := syntax.Parse(syntax.Normalize(o.Raw))
	if err != nil {
		return
	}
	syntax.Walk(tree, func(n syntax.Node) bool {
		visit(n)
		return true
	})
}

func noDescription(_ *check, o *operation.Operation) string {
	if strings.TrimSpace(o.Description) == "" {
		return fmt.Sprintf("the operation %s has no description", o.Name)
	}
	return ""
}

func noGroup(_ *check, o *operation.Operation) string {
	if o.Group == "" {
		return fmt.Sprintf("the operation %s lies in no folder", o.Name)
	}
	return ""
}

func retryNotIdempotent(_ *check, o *operation.Operation) string {
	if o.Retries.Attempts > 1 && !o.Idempotent {
		return fmt.Sprintf("the operation %s is to be tried %d times, and is not said to be idempotent", o.Name, o.Retries.Attempts)
	}
	return ""
}

func destructiveUnconfirmed(c *check, o *operation.Operation) string {
	if o.Language != operation.SQL || o.Confirm != "" || o.Approval != nil {
		return ""
	}
	for _, s := range c.read(o.Package, o.Raw).statements {
		if len(s.words) > 0 && (s.words[0] == "DROP" || s.words[0] == "DELETE" || s.words[0] == "TRUNCATE") {
			return fmt.Sprintf("the operation %s does a %s and asks nobody", o.Name, strings.ToLower(s.words[0]))
		}
	}
	return ""
}

func unusedParameter(_ *check, o *operation.Operation) string {
	var unused []string
	for _, p := range o.Params {
		if !strings.Contains(o.Raw, p.Name) {
			unused = append(unused, p.Name)
			continue
		}
		if o.Language == operation.SQL && !usedInSQL(o, p.Name) {
			unused = append(unused, p.Name)
		}
	}
	slices.Sort(unused)
	switch len(unused) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("the parameter %s is never used", unused[0])
	}
	return fmt.Sprintf("the parameters %s are never used", strings.Join(unused, ", "))
}

// usedInSQL reports whether a template reads params.name, params['name'] or params
// as a whole.
func usedInSQL(o *operation.Operation, name string) bool {
	used, whole := false, 0
	walkSQL(o, func(n syntax.Node) {
		switch x := n.(type) {
		case *syntax.Name:
			if x.Name == "params" {
				whole++
			}
		case *syntax.Getattr:
			if isParams(x.X) {
				whole--
				used = used || x.Attr == name
			}
		case *syntax.Getitem:
			if isParams(x.X) {
				if key, ok := x.Key.(*syntax.Const); ok {
					whole--
					used = used || key.Text == name
				}
			}
		}
	})
	return used || whole > 0
}

func isParams(x syntax.Expr) bool {
	n, ok := x.(*syntax.Name)
	return ok && n.Name == "params"
}
