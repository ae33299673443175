package cli

import (
	"regexp"
	"slices"
	"strings"

	"dex/internal/manifest"
)

// statementFault is a statement that the database refused.
type statementFault struct {
	adapter  string
	sql      string
	msg      string
	hook     bool
	manifest *manifest.Manifest
	node     *manifest.Node // whose statement it is; may be nil
}

// hints say what to do about faults that are known; each gives "" for all
// others.
var hints = []func(*statementFault) string{grantHint, callHint, modelHint, lockHint}

func hintFor(f *statementFault) string {
	for _, h := range hints {
		if s := h(f); s != "" {
			return s
		}
	}
	return ""
}

// elsewhere tells how to keep a statement away from DuckDB.
func (f *statementFault) elsewhere() string {
	what := "statement"
	if f.hook {
		what = "hook"
	}
	return "put the " + what + " behind {% if target.type != 'duckdb' %} … {% endif %}, or take it out."
}

func grantHint(f *statementFault) string {
	switch firstWord(f.sql) {
	case "grant", "revoke":
		if f.adapter == "duckdb" {
			return "DuckDB has no users, roles or privileges: " + f.elsewhere()
		}
	}
	return ""
}

func callHint(f *statementFault) string {
	if f.adapter != "duckdb" || firstWord(f.sql) != "call" {
		return ""
	}
	return "DuckDB has no stored procedures, CALL takes its own table functions alone: " + f.elsewhere() + callsChannel(f.sql)
}

var notifyCall = regexp.MustCompile(`(?i)\bcall\s+notify_(slack|datadog|pagerduty|webhook|email|teams)\b`)

// callsChannel tells how a call that dex can send by itself comes to be sent.
func callsChannel(sql string) string {
	if m := notifyCall.FindStringSubmatch(sql); m != nil {
		kind := strings.ToLower(m[1])
		return " With a channel of that type in dex.yml dex sends it: notifications: {channels: {" + kind + ": {type: " + kind + ", …}}} (docs/notifications.md)."
	}
	return " What the procedure does can be a macro."
}

var missingTable = regexp.MustCompile(`(?:Table with name|relation) "?([\w.]+)"? does not exist`)

// modelHint is for the table of a model that is not there: not built yet, or
// named without ref, so that it may come too late.
func modelHint(f *statementFault) string {
	m := missingTable.FindStringSubmatch(f.msg)
	if m == nil || f.manifest == nil {
		return ""
	}
	n := relationNode(f.manifest, m[1][strings.LastIndexByte(m[1], '.')+1:])
	switch {
	case n == nil || f.node == nil || n == f.node:
		return ""
	case slices.Contains(f.node.Parents, n.ID):
		return string(n.Kind) + " " + n.Name + " is not built in this target: run `dex build -s +" + f.node.Name + "`."
	}
	return n.Name + " is a " + string(n.Kind) + " of this project: write {{ ref('" + n.Name + "') }}, so that it is built first."
}

// relationNode finds the node that makes a relation of that name.
func relationNode(m *manifest.Manifest, name string) *manifest.Node {
	var found *manifest.Node
	for _, n := range m.Nodes {
		switch n.Kind {
		case manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot:
			if strings.EqualFold(n.Alias, name) && (found == nil || n.ID < found.ID) {
				found = n
			}
		}
	}
	return found
}

func lockHint(f *statementFault) string {
	if strings.Contains(f.msg, "TransactionContext Error: Conflict") || strings.Contains(f.msg, "Conflict on tuple") {
		return "Two nodes wrote to the same table at once: let one refer to the other, or run with --threads 1."
	}
	return ""
}

// firstWord is the first word of a statement, behind comments, in small letters.
func firstWord(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n(;")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql, "*/")
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') })
			if end < 0 {
				end = len(sql)
			}
			return strings.ToLower(sql[:end])
		}
	}
}
