package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/audit"
	"dex/internal/store/sqlite"
)

// auditProject is a project of n models in a row with an audit.
func auditProject(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	b := &build{t: t, dir: dir}
	b.write("dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\n")
	b.write("profiles.yml", "shop:\n  target: one\n  outputs:\n    one: {type: duckdb, path: one.duckdb}\n    two: {type: duckdb, path: two.duckdb}\n")
	b.write("dex.yml", "audit: {relation: dex_audit}\n")
	b.write("models/m0.sql", "select 0 as n")
	for i := 1; i < n; i++ {
		b.write(fmt.Sprintf("models/m%d.sql", i), fmt.Sprintf("select n + 1 as n from {{ ref('m%d') }}", i-1))
	}
	return dir
}

// dex runs a command, which must exit with a code, and gives its output.
func dex(t *testing.T, dir string, code int, args ...string) string {
	t.Helper()
	cmd := exec.Command("dex", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("dex %s exits with %d (%v), not %d:\n%s", strings.Join(args, " "), got, err, code, out)
	}
	return string(out)
}

func alter(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", sqlite.Path(dir))
	must(t, err)
	for _, s := range statements {
		_, err := db.Exec(s)
		must(t, err)
	}
	must(t, db.Close())
}

// What is changed in the file is found by the command, which names the record and
// exits with 1.
func TestAuditVerifyNamesTheRecord(t *testing.T) {
	dir := auditProject(t, 4)
	dex(t, dir, 0, "run")
	head := field(t, dex(t, dir, 0, "audit", "verify"), "head")
	for _, c := range []struct {
		says   string
		change []string
	}{
		{"broken (changed): record 3 was changed", []string{`update records set body = replace(cast(body as text), '"success"', '"error"') where seq = 3`}},
		{"broken (removed): record 2 is missing", []string{"delete from records where seq = 2"}},
		{"broken (moved): record 2 was moved: it was written as record 4", []string{"update records set seq = -2 where seq = 2", "update records set seq = 2 where seq = 4", "update records set seq = 4 where seq = -2"}},
		{"broken (truncated): records 5 to 6, the end of the chain, are missing", []string{"delete from records where seq > 4"}},
	} {
		alter(t, dir, append([]string{"create table saved as select * from records"}, c.change...)...)
		if out := dex(t, dir, 1, "audit", "verify"); !strings.Contains(out, c.says) {
			t.Errorf("%v: no word of %q in\n%s", c.change, c.says, out)
		}
		alter(t, dir, "delete from records", "insert into records select * from saved", "drop table saved")
	}
	// A chain that was thrown away and begun anew is whole; the head kept elsewhere tells.
	must(t, os.RemoveAll(filepath.Join(dir, ".dex")))
	dex(t, dir, 0, "run")
	dex(t, dir, 0, "audit", "verify")
	if out := dex(t, dir, 1, "audit", "verify", "--head", head); !strings.Contains(out, "broken (rewritten)") {
		t.Error(out)
	}
}

// field finds the value of a finding.
func field(t *testing.T, out, name string) string {
	t.Helper()
	for _, line := range strings.Split(out, "\n") {
		if words := strings.Fields(line); len(words) >= 2 && words[len(words)-2] == name {
			return words[len(words)-1]
		}
	}
	t.Fatalf("no %s in\n%s", name, out)
	return ""
}

// A run is killed at moments of chance. The chain is whole each time, no node is in it
// twice, and the next run brings what the warehouse lacks.
func TestAuditSurvivesKills(t *testing.T) {
	const models = 12
	dir := auditProject(t, models)
	dex(t, dir, 0, "run")
	kills := 10
	if testing.Short() {
		kills = 3
	}
	for range kills {
		killRun(t, dir, 3+rand.IntN(2*models))
		dex(t, dir, 0, "audit", "verify")
	}
	dex(t, dir, 0, "run")
	dex(t, dir, 0, "audit", "verify")
	once(t, dir)
	n := fmt.Sprint(lastSeq(t, dir))
	got := dex(t, dir, 0, "--quiet", "show", "--inline", "select count(*) || '/' || count(distinct seq) || '/' || max(seq) as n from dex_audit")
	if !strings.Contains(got, n+"/"+n+"/"+n) {
		t.Errorf("the store has %s records; the warehouse\n%s", n, got)
	}
}

// killRun starts a run and kills it within a moment after the given line of its
// output; it may have ended by then.
func killRun(t *testing.T, dir string, lines int) {
	t.Helper()
	cmd := exec.Command("dex", "run")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	in := bufio.NewScanner(out)
	for i := 0; i < lines && in.Scan(); i++ {
	}
	time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond) // the moment of the kill, not a wait for something
	_ = cmd.Process.Kill()                                        // it may have ended
	_ = cmd.Wait()
}

func records(t *testing.T, dir string) []audit.Found {
	t.Helper()
	s, err := sqlite.OpenBelow(t.Context(), dir)
	must(t, err)
	all, err := audit.List(t.Context(), s, audit.Filter{})
	must(t, err)
	must(t, s.Close())
	return all
}

func lastSeq(t *testing.T, dir string) int64 {
	all := records(t, dir)
	return all[len(all)-1].Seq
}

// once looks whether each invocation has a record of each node at most once, and a
// beginning.
func once(t *testing.T, dir string) {
	t.Helper()
	seen := map[string]int{}
	for _, r := range records(t, dir) {
		key := r.Entry.Invocation + " " + r.Kind + " " + r.Entry.Event + " " + r.Entry.Node
		if seen[key]++; seen[key] > 1 {
			t.Errorf("%s is in the chain %d times", key, seen[key])
		}
		if seen[r.Entry.Invocation+" run start "] != 1 {
			t.Errorf("record %d stands before the beginning of its invocation", r.Seq)
		}
	}
}

// A node's record is in the store while the run goes on: a kill right behind it loses
// nothing of it.
func TestAuditIsWrittenAsNodesEnd(t *testing.T) {
	dir := auditProject(t, 3)
	b := &build{t: t, dir: dir}
	b.write("models/slow.sql", "{{ config(materialized='table') }} select count(*) as n from range(1000000000000) a join {{ ref('m2') }} on true where sin(a.range) > 2")
	cmd := exec.Command("dex", "run")
	cmd.Dir = dir
	must(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	deadline := time.Now().Add(time.Minute)
	for {
		if sqlite.Exists(dir) {
			if all := records(t, dir); len(all) == 4 && all[3].Entry.Node == "model.shop.m2" {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute there are %d records", len(records(t, dir)))
		}
		time.Sleep(5 * time.Millisecond)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	dex(t, dir, 0, "audit", "verify")
	if all := records(t, dir); len(all) != 4 {
		t.Errorf("%d records", len(all))
	}
}

// Two runs on two databases append to one chain at the same time.
func TestAuditOfTwoProcesses(t *testing.T) {
	const models = 10
	dir := auditProject(t, models)
	var both sync.WaitGroup
	for _, target := range []string{"one", "two"} {
		both.Go(func() {
			cmd := exec.Command("dex", "run", "--target", target, "--target-path", "target_"+target, "--log-path", "logs_"+target)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", target, err, out)
			}
		})
	}
	both.Wait()
	if out := dex(t, dir, 0, "audit", "verify"); !strings.Contains(out, fmt.Sprintf("whole: %d records", 2*(models+2))) {
		t.Error(out)
	}
	once(t, dir)
}

// A store that cannot be used: a warning, or, where dex.yml says so, no run.
func TestAuditOnError(t *testing.T) {
	dir := auditProject(t, 1)
	b := &build{t: t, dir: dir}
	b.write(".dex/dex.db", strings.Repeat("no database ", 500))
	if out := dex(t, dir, 0, "run"); !strings.Contains(out, "The audit was not written") || !strings.Contains(out, "is damaged") || !strings.Contains(out, "Completed successfully") {
		t.Error(out)
	}
	b.write("dex.yml", "audit: {on_error: fail}\n")
	if out := dex(t, dir, 2, "run"); !strings.Contains(out, "The audit was not written") || strings.Contains(out, "START") {
		t.Error(out)
	}
	must(t, os.RemoveAll(filepath.Join(dir, ".dex")))
	b.write("dex.yml", "audit: {relation: main.m0, on_error: fail}\n") // a view, and no table of records
	if out := dex(t, dir, 2, "run"); !strings.Contains(out, "not in the table main.m0") {
		t.Error(out)
	}
}
