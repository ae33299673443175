package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"dex/internal/pgtest"
)

// postgresPlay is a database of the tests' server behind a relay: its statements are
// those that were on the wire, BEGIN and COMMIT as they were really sent.
type postgresPlay struct {
	t     *testing.T
	at    pgtest.Settings
	relay *pgtest.Relay
}

func newPostgresPlay(t *testing.T) *postgresPlay {
	at := pgtest.Database(t)
	return &postgresPlay{t, at, pgtest.NewRelay(t, at)}
}

func (p *postgresPlay) output() map[string]any {
	return map[string]any{"host": p.relay.Host, "port": p.relay.Port, "user": p.relay.User, "password": "unasked",
		"dbname": p.relay.Database, "sslmode": "disable"}
}

func (p *postgresPlay) relations() string {
	return "select n.nspname || '.' || c.relname || ' ' || case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end" +
		" from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm')" +
		" and n.nspname not in ('obs', 'information_schema') and n.nspname not like 'pg\\_%' order by 1"
}

// script runs SQL; what it says of the database hooks is meant for this one.
func (p *postgresPlay) script(sql string) error {
	_, err := p.at.Query(strings.ReplaceAll(sql, "database hooks ", "database "+p.at.Database+" "))
	return err
}

// ask gives truth values as the record has them.
func (p *postgresPlay) ask(sql string) ([]any, error) {
	rows, err := p.at.Values(sql)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		for i, v := range row {
			switch v {
			case "t":
				row[i] = "true"
			case "f":
				row[i] = "false"
			}
		}
	}
	return alone(rows), nil
}

var (
	sentForNode = regexp.MustCompile(`"node_id": "([^"]+)"`)
	sentOn      = regexp.MustCompile(`"connection_name": "([^"]+)"`)
)

// statements gives what the relay saw: all but introspection, which is an engine's
// own affair unless it fails.
func (p *postgresPlay) statements(_ []byte, b blanker) ([]statementFact, error) {
	var out []statementFact
	names := map[int]string{}
	for _, s := range p.relay.Take() {
		sql := s.SQL
		if sql != pgtest.Closed {
			sql = b.squeeze(sql)
		}
		switch {
		case sql == "", introspect.MatchString(sql) && s.State != "E":
			continue
		case sql == pgtest.Closed && names[s.Session] == "":
			continue
		}
		if names[s.Session] == "" {
			names[s.Session] = fmt.Sprintf("c%d", len(names)+1)
		}
		out = append(out, statementFact{names[s.Session], s.State, s.Failed, whatFor(s.SQL), sql})
	}
	return out, nil
}

// whatFor reads the query comment.
func whatFor(sql string) string {
	for _, pattern := range []*regexp.Regexp{sentForNode, sentOn} {
		if m := pattern.FindStringSubmatch(sql); m != nil {
			return m[1]
		}
	}
	return ""
}
