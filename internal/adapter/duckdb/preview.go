package duckdb

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"dex/internal/adapter"
)

// preview is a database that is asked and never changed: Driver.Preview.
//
// It answers as the database would if all that was sent to it had been done, and
// keeps two instances for that. The shadow is in memory: at first it holds the
// database's catalog, each table without its rows; what makes, alters or drops is
// done there, and queries about the catalog are answered there. The original is the
// database itself, opened READ_ONLY with the first query for rows that no statement
// before it would have changed.
type preview struct {
	*database // the shadow
	source    *Credentials

	mu       sync.Mutex
	original *database // nil until rows are asked for
	touched  []name    // what the statements so far would have changed
	lacking  []string  // what the shadow could not take over
}

// openPreview opens c's database for a preview. A file that is not there is not
// made: its database is empty.
func openPreview(ctx context.Context, c *Credentials) (*preview, error) {
	own := harmless(c)
	own.Path, own.IsDuckLake, own.KeepOpen = ":memory:", false, true
	own.Attach, own.Extensions, own.SecretSQL = nil, nil, nil
	d := &database{creds: own, pause: sleep}
	p := &preview{database: d, source: c}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.connect(); err != nil {
		return nil, err
	}
	d.isOpen, d.keys = true, keyCounter(own)
	if err := p.takeOver(ctx); err != nil {
		d.isOpen = false
		closeInstance(d)
		return nil, err
	}
	d.facts.Store(newCatalogFacts(d.keys))
	return p, nil
}

// harmless is c without what changes anything outside of the database: extensions
// are loaded and not installed, secrets are made for this process alone.
func harmless(c *Credentials) *Credentials {
	own := *c
	own.noInstall = true
	own.ConfigOptions = slices.DeleteFunc(slices.Clone(c.ConfigOptions), func(o option) bool {
		return strings.EqualFold(o.name, "access_mode") || strings.EqualFold(o.name, "autoinstall_known_extensions")
	})
	own.ConfigOptions = append(own.ConfigOptions, option{"autoinstall_known_extensions", "false"})
	own.SecretSQL = nil
	for _, s := range c.SecretSQL {
		own.SecretSQL = append(own.SecretSQL, strings.Replace(s, "CREATE OR REPLACE PERSISTENT SECRET", "CREATE OR REPLACE SECRET", 1))
	}
	return &own
}

// takeOver fills the shadow: extensions, secrets, and the catalogs of the database
// and of those attached to it. The caller holds the shadow's lock.
func (p *preview) takeOver(ctx context.Context) error {
	s, err := p.database.session("setup")
	if err != nil {
		return err
	}
	defer s.disconnect()
	own := harmless(p.source)
	for _, e := range own.Extensions {
		if err := s.extension(ctx, e); err != nil {
			return fmt.Errorf("open %s: extensions: %s: %w", own.Unique(), e.name, err)
		}
	}
	for i, sql := range own.SecretSQL {
		if _, _, err := s.run(ctx, sql, false, 0); err != nil {
			return fmt.Errorf("open %s: secrets: entry %d: %w", own.Unique(), i+1, err)
		}
	}
	if !p.source.memory() {
		if err := p.standIn(ctx, s, attachment{path: p.source.Path, alias: databaseName(p.source.Path)}); err != nil {
			return err
		}
	}
	for i, a := range p.source.Attach {
		if a.alias == "" {
			a.alias = databaseName(a.path)
		}
		if err := p.standIn(ctx, s, a); err != nil {
			return fmt.Errorf("open %s: attach: entry %d: %w", own.Unique(), i+1, err)
		}
	}
	return nil
}

// standIn gives the shadow a database of its own in place of a file of DuckDB that
// a run could write to. Any other database is attached READ_ONLY.
func (p *preview) standIn(ctx context.Context, s *session, a attachment) error {
	a.alias = quote(unquoted(a.alias))
	plain := (a.kind == "" || strings.EqualFold(a.kind, "duckdb")) && (scheme(a.path) == "" || a.path == ":memory:")
	if !plain || a.readOnly {
		a.readOnly = true
		_, _, err := s.run(ctx, a.sql(p.source), false, 0)
		return err
	}
	if _, _, err := s.run(ctx, "ATTACH ':memory:' AS "+a.alias, false, 0); err != nil {
		return err
	}
	if a.path == ":memory:" || !exists(a.file(p.source)) {
		return nil
	}
	from := a
	from.alias, from.readOnly = "dex_source", true
	if _, _, err := s.run(ctx, from.sql(p.source), false, 0); err != nil {
		if strings.Contains(err.Error(), "Could not set lock on file") {
			return openError(p.source, err.Error())
		}
		return unreplayed(err, a.file(p.source))
	}
	if _, _, err := s.run(ctx, "COPY FROM DATABASE dex_source TO "+a.alias+" (SCHEMA)", false, 0); err != nil {
		if err := p.copyEach(ctx, s, a.alias); err != nil {
			return err
		}
	}
	_, _, err := s.run(ctx, "DETACH dex_source", false, 0)
	return err
}

// unreplayed says what to do where DuckDB cannot take over the log of a process that
// was killed without writing: where an index was made in it.
func unreplayed(err error, file string) error {
	if !strings.Contains(err.Error(), "replaying WAL") {
		return err
	}
	return &adapter.DatabaseError{Err: err, Msg: fmt.Sprintf("open %s: a process that was killed left the log %s.wal, which DuckDB takes over by writing alone, "+
		"and a preview writes nothing: let `dex debug` open the database once", file, file)}
}

// copyEach takes a catalog over piece by piece where DuckDB does not do it at once.
// What it cannot take over is remembered.
func (p *preview) copyEach(ctx context.Context, s *session, alias string) error {
	_, tab, err := s.run(ctx, "select schema_name, table_name, estimated_size is not null from ("+
		"select schema_name, table_name, 0 as estimated_size from duckdb_tables() where database_name = 'dex_source' union all by name "+
		"select schema_name, view_name as table_name, null as estimated_size from duckdb_views() where database_name = 'dex_source' and not internal)", true, 0)
	if err != nil {
		return err
	}
	for _, row := range tab.Rows {
		schema, relation := quote(text(row[0])), quote(text(row[1]))
		at := alias + "." + schema
		_, _, err := s.run(ctx, "CREATE SCHEMA IF NOT EXISTS "+at, false, 0)
		if err == nil {
			// A view stands as a table with its columns: what it reads may be what is
			// missing.
			_, _, err = s.run(ctx, "CREATE TABLE "+at+"."+relation+" AS FROM dex_source."+schema+"."+relation+" WITH NO DATA", false, 0)
		}
		if err != nil {
			p.lacking = append(p.lacking, text(row[0])+"."+text(row[1]))
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func unquoted(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return s
}

// rows opens the original, READ_ONLY; nil where there is none.
func (p *preview) rows(ctx context.Context) (*database, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.original != nil || p.source.memory() || scheme(p.source.Path) == "" && !exists(p.source.file()) {
		return p.original, nil
	}
	own := harmless(p.source)
	own.ConfigOptions = append(own.ConfigOptions, option{"access_mode", "READ_ONLY"})
	own.KeepOpen = true
	own.Attach = nil
	for _, a := range p.source.Attach {
		a.readOnly = true
		if a.kind != "" || scheme(a.path) != "" || exists(a.file(p.source)) {
			own.Attach = append(own.Attach, a)
		}
	}
	d, err := open(ctx, own)
	if err != nil {
		return nil, err
	}
	p.original = d
	return d, nil
}

// Conn implements adapter.Adapter.
func (p *preview) Conn(ctx context.Context, name string) (adapter.Conn, error) {
	c, err := p.database.Conn(ctx, name)
	if err != nil {
		return nil, err
	}
	s := c.(*session)
	if !p.source.memory() {
		if _, _, err := s.run(ctx, "USE "+quote(databaseName(p.source.Path)), false, 0); err != nil {
			s.Release()
			return nil, err
		}
	}
	return &previewConn{session: s, of: p}, nil
}

// RunPython implements adapter.PythonRunner: the code is told and not run.
func (p *preview) RunPython(_ context.Context, s adapter.Executor, job adapter.PythonJob) (adapter.Response, error) {
	if r, ok := s.(adapter.Recorder); ok {
		r.Record("python", job.Code, "Python is not run: the columns of "+job.Relation.Identifier+" are not known")
	}
	p.touch(name{job.Relation.Database, job.Relation.Schema, job.Relation.Identifier})
	return adapter.Response{Message: "OK", Rows: -1, Unsaid: true}, nil
}

// Close implements adapter.Adapter.
func (p *preview) Close() error {
	p.mu.Lock()
	original := p.original
	p.mu.Unlock()
	err := p.database.Close()
	if original != nil {
		if e := original.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Lacking implements adapter.Previewed.
func (p *preview) Lacking() []string { return p.lacking }

func (p *preview) touch(names ...name) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range names {
		if !slices.Contains(p.touched, n.folded()) {
			p.touched = append(p.touched, n.folded())
		}
	}
}

// changed gives what a query reads that statements before it would have changed,
// views of such relations included.
func (p *preview) changed(ctx context.Context, s *session, sql string) ([]string, error) {
	p.mu.Lock()
	touched := slices.Clone(p.touched)
	p.mu.Unlock()
	if len(touched) == 0 {
		return nil, nil
	}
	_, tab, err := s.run(ctx, "select database_name, schema_name, view_name, sql from duckdb_views() where not internal", true, 0)
	if err != nil {
		return nil, err
	}
	for grown := true; grown; {
		grown = false
		for _, row := range tab.Rows {
			view := name{text(row[0]), text(row[1]), text(row[2])}.folded()
			if !slices.Contains(touched, view) && len(mentioned(text(row[3]), touched)) > 0 {
				touched, grown = append(touched, view), true
			}
		}
	}
	return mentioned(sql, touched), nil
}
