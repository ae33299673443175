// Package profile finds out which database an invocation talks to: the profile
// that the project names, in the first profiles.yml found, and of it one target,
// rendered. Without any profiles.yml it is a DuckDB file in the project's folder.
//
// It knows profiles.yml, not what a database's credentials mean: the adapter's
// driver reads those. Begin with Load; which file is read is in find.go, the
// choice of target in target.go, what must never be printed in secret.go.
package profile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Options says which profile and target are wanted.
type Options struct {
	// ProjectDir is the root project's folder, ProjectName its name.
	ProjectDir, ProjectName string
	// ProjectProfile is the profile that dbt_project.yml names, not rendered;
	// ProjectDoc and ProjectPos say where.
	ProjectProfile string
	ProjectDoc     *yamldoc.Doc
	ProjectPos     diag.Pos
	// Dir is --profiles-dir or DBT_PROFILES_DIR; empty to look around.
	Dir string
	// Name, Target and Threads are --profile, --target and --threads; empty or 0
	// where not given.
	Name, Target string
	Threads      int
	// Renderer renders Jinja. For an environment variable that holds a secret it
	// gives Placeholder(name), so that no template can take the secret apart.
	Renderer yamldoc.Renderer
	// Env looks an environment variable up; nil takes os.LookupEnv.
	Env func(name string) (string, bool)
	// Environ lists the environment as os.Environ does; nil takes that.
	Environ []string
	// Home is the user's home folder; empty takes os.UserHomeDir.
	Home string
	// Learn is told the secrets of all targets as they are written, where the profile
	// cannot be used: what is said of that must not show them. Nil is nobody.
	Learn func(secrets []string)
}

// Profile is a chosen target. It does not change once loaded.
type Profile struct {
	Name, TargetName string
	// TargetNames are those of all outputs of the profile, in their order.
	TargetNames []string
	Threads     int
	// Type is the adapter's type: "duckdb".
	Type string
	// Target is the rendered output of profiles.yml, without type and threads.
	Target *value.Dict
	// Credentials is what the adapter's driver makes of Target.
	Credentials adapter.Credentials
	// File is the profiles.yml that was read; empty for the built-in default.
	File string
	// Notices are lines that the user should see once.
	Notices []string

	secrets []string
}

// defaultThreads is dbt's number of threads where nothing says otherwise.
const defaultThreads = 1

// Load reads the profile. Faults are in the list; where it has errors the
// Profile is nil.
func Load(o Options) (*Profile, diag.List) {
	o.defaults()
	file, found := o.find()
	if !found && o.Dir == "" {
		return o.builtin()
	}
	l := &loader{o: o, shown: o.shown(file)}
	p := l.load(file)
	l.hideSecrets()
	if l.faults.HasErrors() {
		if o.Learn != nil && l.doc != nil {
			o.Learn(writtenSecrets(l.doc.Value))
		}
		return nil, l.faults
	}
	return p, l.faults
}

func (o *Options) defaults() {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Home == "" {
		o.Home, _ = os.UserHomeDir() // without one, there is no ~/.dbt to look in
	}
}

// loader reads one profiles.yml.
type loader struct {
	o      Options
	shown  string // the file's name in messages
	doc    *yamldoc.Doc
	faults diag.List
}

// fault notes an error at a place of profiles.yml.
func (l *loader) fault(at diag.Pos, code, format string, args ...any) {
	l.faults.Add(l.doc.Fault(at, diag.Runtime, code, fmt.Sprintf(format, args...)))
}

// warnConfig tells of flags in profiles.yml, where they stood before dbt 1.8.
func (l *loader) warnConfig() {
	top, ok := l.doc.Value.(*value.Dict)
	if !ok {
		return
	}
	if v, _ := top.GetStr("config"); v == nil || !v.Truth() {
		return
	}
	f := l.doc.Fault(l.doc.KeyPos(top, "config"), "", "flags-moved", "User config should be moved from the 'config' key in profiles.yml to the 'flags' key in dbt_project.yml.")
	f.Hint = "dex reads it in dbt_project.yml alone."
	f.Severity, f.Event = diag.Warning, "ProjectFlagsMovedDeprecation"
	l.faults.Add(f)
}

const unreadable = "dbt encountered an error while trying to read your profiles.yml file.\n\n"

func (l *loader) load(file string) *Profile {
	src, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		l.faults.Add(diag.Diagnostic{Class: diag.Runtime, Code: "profile-unreadable", Summary: unreadable + err.Error(), Pos: diag.Pos{File: l.shown}})
		return nil
	}
	doc, faults := yamldoc.Decode(l.shown, src)
	l.doc, l.faults = doc, faults
	if faults.HasErrors() {
		for i := range l.faults { // dbt: what is no YAML is a Runtime Error here
			l.faults[i].Class, l.faults[i].Summary = diag.Runtime, unreadable+l.faults[i].Summary
		}
		return nil
	}
	l.warnConfig()
	name, ok := l.name()
	if !ok {
		return nil
	}
	profiles, ok := doc.Value.(*value.Dict)
	switch {
	case err == nil && !doc.Value.Truth():
		l.fault(diag.Pos{File: l.shown}, "profile-empty", unreadable+"The profiles.yml file at %s is empty", l.shown)
		return nil
	case err != nil:
		profiles = value.NewDict(0) // --profiles-dir without a file: no profile is found in it
	case !ok:
		l.fault(diag.Pos{File: l.shown, Line: 1, Col: 1}, "profile-invalid", "profiles.yml does not parse to a dictionary")
		return nil
	}
	body, found := profiles.GetStr(name)
	if !found {
		l.notFound(name, profiles, err != nil)
		return nil
	}
	if !body.Truth() {
		l.fault(doc.KeyPos(profiles, name), "profile-empty", unreadable+"Profile %s in profiles.yml is empty", name)
		return nil
	}
	chosen, ok := body.(*value.Dict)
	if !ok {
		l.fault(doc.ValuePos(profiles, name), "profile-invalid", "profile '%s' is misconfigured in profiles.yml", name)
		return nil
	}
	return l.target(file, name, chosen)
}

// name is the profile that is wanted.
func (l *loader) name() (string, bool) {
	if l.o.Name != "" {
		return l.o.Name, true
	}
	if l.o.ProjectProfile == "" {
		l.faults.Add(diag.Diagnostic{
			Class: diag.Runtime, Code: "profile-unnamed", Pos: diag.Pos{File: "dbt_project.yml"},
			Summary: "dbt cannot run because no profile was specified for this dbt project.\n" +
				"To specify a profile for this project, add a line like the this to\nyour dbt_project.yml file:\n\n" +
				"profile: [profile name]\n\n" +
				"Here, [profile name] should be replaced with a profile name\ndefined in your profiles.yml file. You can find profiles.yml here:\n\n" + l.shown,
		})
		return "", false
	}
	if l.o.Renderer == nil || !strings.Contains(l.o.ProjectProfile, "{") || l.o.ProjectDoc == nil {
		return l.o.ProjectProfile, true
	}
	v, faults := l.o.ProjectDoc.Render(value.Str(l.o.ProjectProfile), []string{"profile"}, yamldoc.Rendering{With: l.o.Renderer})
	l.faults = append(l.faults, faults...)
	return value.ToStr(v), !faults.HasErrors()
}

// notFound reports a profile that profiles.yml lacks, at the place that names it.
func (l *loader) notFound(name string, profiles *value.Dict, noFile bool) {
	f := diag.Diagnostic{Class: diag.Runtime, Code: "profile-missing", Summary: fmt.Sprintf("Could not find profile named '%s'", name)}
	if l.o.Name == "" {
		f.Pos = l.o.ProjectPos
		if l.o.ProjectDoc != nil {
			f.Source = l.o.ProjectDoc.Line(f.Pos.Line)
		}
	}
	var names []string
	for i := range profiles.Len() {
		k, _ := profiles.At(i)
		if n := value.ToStr(k); n != "config" {
			names = append(names, n)
		}
	}
	switch near := yamldoc.Nearest(name, names); {
	case noFile:
		f.Hint = fmt.Sprintf("There is no %s.", l.shown)
	case near != "":
		f.Hint = fmt.Sprintf("Did you mean '%s'? It is in %s.", near, l.shown)
	default:
		f.Hint = fmt.Sprintf("Profiles in %s: %s.", l.shown, strings.Join(names, ", "))
	}
	l.faults.Add(f)
}

// builtin is the target without any profiles.yml.
func (o *Options) builtin() (*Profile, diag.List) {
	base := o.ProjectName
	if base == "" {
		base = "dex"
	}
	target := value.NewDict(2)
	target.SetStr("path", value.Str(filepath.Join(o.ProjectDir, base+".duckdb")))
	target.SetStr("schema", value.Str("main"))
	p := &Profile{
		Name: first(o.Name, o.ProjectProfile, base), TargetName: first(o.Target, "dev"),
		Threads: defaultThreads, Type: "duckdb", Target: target,
		Notices: []string{fmt.Sprintf("No profiles.yml found: using the DuckDB file %s.duckdb in the project's folder.", base)},
	}
	if o.Threads > 0 {
		p.Threads = o.Threads
	}
	l := &loader{o: *o, shown: "profiles.yml", doc: &yamldoc.Doc{File: "profiles.yml", Value: value.None}}
	l.credentials(p, diag.Pos{})
	if l.faults.HasErrors() {
		return nil, l.faults
	}
	return p, nil
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
