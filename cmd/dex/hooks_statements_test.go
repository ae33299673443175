package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"dex/internal/pgtest"
)

var (
	// introspect is what an engine asks of the catalog; when and how often is its
	// own affair.
	introspect = regexp.MustCompile(`(?i)information_schema|\(describe |pg_catalog\.` +
		`|\bpg_(class|namespace|views|tables|matviews|rewrite|depend|index|attribute|type|proc|settings|roles|database)\b` +
		`|\bduckdb_\w+\s*\(|^describe\b|__dbt_sbq|^select version\(\)|^(show|discard|deallocate) `)
	control = regexp.MustCompile(`(?i)^(begin|commit|rollback|start transaction|end|abort)\b[ a-z]*$`)
	// housekeeping is how an engine prepares and tidies its own relations.
	housekeeping = regexp.MustCompile(`(?i)^(create schema if not exists |drop (table|view|materialized view) if exists \S*"|comment on |create (unique )?index ` +
		`|alter (table|view|materialized view) .* rename to |create temporary table \S*__dbt_tmp)`)
	mainStatement = regexp.MustCompile(`(?i)^(create (?:or replace )?(?:temporary |temp |unlogged )?(?:table|view|materialized view)(?: if not exists)?|insert into|merge into|delete from|update)\s+` +
		`((?:"[^"]+"|[\w]+)(?:\s*\.\s*(?:"[^"]+"|[\w]+))*)`)
	seedCopy    = regexp.MustCompile(`(?i)^copy\s+(\S+) from .*`)
	engineName  = regexp.MustCompile(`__dbt_(tmp|backup)(<n>)?`)
	blankOrMore = regexp.MustCompile(`\s+`)
)

// loggedStatements reads the statements of one command from the JSON debug log,
// as other tools do: SQLQuery and Rollback events.
func loggedStatements(log []byte, b blanker) ([]statementFact, error) {
	type logged struct {
		Info struct {
			Name string `json:"name"`
		} `json:"info"`
		Data struct {
			Conn string `json:"conn_name"`
			SQL  string `json:"sql"`
			Node struct {
				ID string `json:"unique_id"`
			} `json:"node_info"`
		} `json:"data"`
	}
	var out []statementFact
	state, names := map[string]string{}, map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(log)), "\n") {
		if line == "" {
			continue
		}
		var e logged
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("logs/dbt.log: %w: %s", err, line)
		}
		var sql string
		switch e.Info.Name {
		case "SQLQuery":
			sql = b.squeeze(e.Data.SQL)
		case "Rollback":
			sql = "ROLLBACK"
		default:
			continue
		}
		conn := e.Data.Conn
		switch low := strings.ToLower(sql); {
		case strings.HasPrefix(low, "begin"):
			state[conn] = "T"
		case strings.HasPrefix(low, "commit"), strings.HasPrefix(low, "rollback"):
			state[conn] = "I"
		}
		if sql == "" || introspect.MatchString(sql) {
			continue
		}
		if names[conn] == "" {
			names[conn] = fmt.Sprintf("c%d", len(names)+1)
		}
		on := e.Data.Node.ID
		if on == "" {
			on = conn
		}
		out = append(out, statementFact{Conn: names[conn], State: state[conn], On: on, SQL: sql})
	}
	return out, nil
}

// visible is what a user can tell apart: the statements that are neither
// introspection nor housekeeping, with BEGIN and COMMIT or ROLLBACK around those
// that share a transaction.
func visible(statements []statementFact) []string {
	out := []string{}
	state, begun := map[string]string{}, map[string]bool{}
	for _, s := range statements {
		was, is := state[s.Conn], s.State
		if text := shown(s); text != "" {
			if (inTransaction(is) || inTransaction(was)) && !begun[s.Conn] {
				out = append(out, "BEGIN")
				begun[s.Conn] = true
			}
			portion := strings.HasPrefix(text, `insert into "`) && len(out) > 0 && out[len(out)-1] == text
			if !portion { // of rows that are loaded in several statements
				out = append(out, text)
			}
		}
		if inTransaction(was) && !inTransaction(is) {
			if begun[s.Conn] {
				out = append(out, ending(was, s))
			}
			begun[s.Conn] = false
		}
		state[s.Conn] = is
	}
	return out
}

func inTransaction(state string) bool { return state == "T" || state == "E" }

// shown is what a user can tell apart of a statement, or nothing; a mark tells that
// it failed.
func shown(s statementFact) string {
	sql := s.SQL
	for housekeeping.MatchString(sql) && strings.Contains(sql, ";") {
		// A drop and the statement that matters in one call.
		_, sql, _ = strings.Cut(sql, ";")
		sql = strings.TrimSpace(sql)
	}
	if sql == pgtest.Closed || control.MatchString(sql) || housekeeping.MatchString(sql) || introspect.MatchString(sql) {
		return ""
	}
	if s.Failed {
		return shortMain(sql) + " !"
	}
	return shortMain(sql)
}

// ending is how a transaction ended in which was the state before s.
func ending(was string, s statementFact) string {
	low := strings.ToLower(s.SQL)
	if was == "E" || s.Failed || s.SQL == pgtest.Closed || strings.HasPrefix(low, "rollback") || strings.HasPrefix(low, "abort") {
		return "ROLLBACK"
	}
	return "COMMIT"
}

// shortMain cuts the engine's own create or insert to its verb and target. What
// a hook sends stays as it is.
func shortMain(sql string) string {
	if strings.HasSuffix(sql, "dbt_internal_test") {
		return "select from a test"
	}
	if strings.Contains(sql, "dbt_internal_unit_test_actual") {
		return "select from a unit test"
	}
	sql = seedCopy.ReplaceAllString(sql, "insert into $1")
	m := mainStatement.FindStringSubmatch(sql)
	if m == nil || !strings.Contains(m[2], `"`) {
		return sql
	}
	verb := blankOrMore.ReplaceAllString(strings.ToLower(m[1]), " ")
	verb = strings.NewReplacer("temp ", "temporary ", " if not exists", "").Replace(verb)
	return verb + " " + engineName.ReplaceAllString(blankOrMore.ReplaceAllString(m[2], ""), "")
}
