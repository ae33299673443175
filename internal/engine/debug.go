package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/project"
	"dex/internal/session"
)

// debugProject looks at the surroundings step by step: project, profile,
// connection. Each step is a Check; those that need a failed one are left out.
func debugProject(ctx context.Context, w *work) error {
	if w.inv.ConfigDir {
		return w.tellConfigDir()
	}
	add := func(name, v string, ok bool) { w.out.Checks = append(w.out.Checks, Check{name, v, ok}) }
	if w.inv.Connection {
		add("Skipping steps before connection verification", "", true)
	} else {
		add("dex version", w.engine.Version, true)
		add("system", runtime.GOOS+"/"+runtime.GOARCH, true)
		add("project folder", w.dir(), true)
	}
	if err := loadTarget(ctx, w); err != nil {
		if unrenderable(err) {
			return err
		}
		if w.raw != nil && w.profile == nil {
			add("profile", "Profile loading failed for the following reason:\n"+firstLines(err.Error()), false)
		} else {
			add("configuration", firstLines(err.Error()), false)
		}
		return nil
	}
	if !w.inv.Connection {
		add("dbt_project.yml", w.raw.Name()+" found and valid", true)
	}
	from := w.profile.File
	if from == "" {
		from = "none found: built-in default"
	}
	add("profiles.yml", from, true)
	add("profile", w.profile.Name+", target "+w.profile.TargetName, true)
	add("adapter", w.profile.Type, true)
	w.profile.Credentials.Context().Each(func(k, v value.Value) bool {
		add("connection: "+value.ToStr(k), value.ToStr(v), true)
		return true
	})
	if err := w.tryConnection(ctx); err != nil {
		add("connection test", firstLines(err.Error()), false)
		return nil
	}
	add("connection test", "OK", true)
	return nil
}

// profilesDir is where profiles.yml is looked for.
func (w *work) profilesDir() string {
	if w.inv.ProfilesDir != "" {
		return w.inv.ProfilesDir
	}
	if _, err := os.Stat(filepath.Join(w.dir(), "profiles.yml")); err == nil {
		return w.dir()
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return w.dir()
	}
	return filepath.Join(home, ".dbt")
}

// loadTarget reads what a connection asks for. Neither the project's files nor its
// packages have to be there.
func loadTarget(ctx context.Context, w *work) error {
	if err := w.readRoot(); err != nil {
		return err
	}
	w.render = w.newRender()
	if err := w.loadProfile(); err != nil {
		return err
	}
	return w.loadSettings(ctx)
}

// tryConnection opens the database and sends a query.
func (w *work) tryConnection(ctx context.Context) error {
	if err := openDatabase(ctx, w); err != nil {
		var t *TargetError
		if errors.As(err, &t) {
			return fmt.Errorf("%s: %w", t.Target, t.Err)
		}
		return err
	}
	o := w.sessions()
	s := session.New(w.adapter, "debug", &o)
	defer s.Close()
	_, _, err := s.Execute(ctx, "select 1 as id", false, true, 1)
	return err
}

// unrenderable reports whether dbt_project.yml holds a template that fails: dbt
// ends debug there, as it does any other command.
func unrenderable(err error) bool {
	var l *diag.ListError
	return errors.As(err, &l) && slices.ContainsFunc(l.List, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Error && d.Class == diag.Compilation && d.Pos.File == project.ProjectFile
	})
}

func firstLines(s string) string {
	lines := strings.Split(s, "\n")
	if len(lines) > 6 {
		lines = lines[:6]
	}
	return strings.Join(lines, "\n")
}

// tellConfigDir tells where profiles.yml is, as a command that shows the folder.
// dbt: debug --config-dir.
func (w *work) tellConfigDir() error {
	dir := w.inv.ProfilesDir
	if v, ok := w.inv.Flags["profiles_dir"].(value.Str); dir == "" && ok {
		dir = string(v)
	}
	command := map[string]string{"windows": "start", "darwin": "open"}[runtime.GOOS]
	if command == "" {
		command = "xdg-open"
	}
	w.engine.emit(event.Info, event.Note{Msg: "To view your profiles.yml file, run:\n\n" + command + " " + w.below(dir)})
	return nil
}
