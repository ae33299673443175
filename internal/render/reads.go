package render

import (
	"maps"
	"slices"
	"sync"

	"dex/internal/manifest"
)

// Reads is what a render of the Parse phase looked at beside its node and what
// does not change within a project's settings: the same text gives the same
// notes as long as these are the same. The parsing cache keeps it.
//
// dbt: neither the clock nor invocation_id count; what a template made of them
// stays until the file changes.
type Reads struct {
	// Macros are all macros that were reached, by whatever way, each once.
	Macros []manifest.ID
	// Env has the environment variables that were asked for; nil for one that is
	// not set.
	Env map[string]*string
	// Flags says that flags or invocation_args_dict was read.
	Flags bool
	// Model says that the node itself was read, as `model`.
	Model bool
	// Warned says that the template gave a warning, which is to come again.
	Warned bool
}

func (r *Reads) addMacro(id manifest.ID) {
	if !slices.Contains(r.Macros, id) {
		r.Macros = append(r.Macros, id)
	}
}

func (r *Reads) addEnv(name string, got *string) {
	if r.Env == nil {
		r.Env = map[string]*string{}
	}
	r.Env[name] = got
}

// Seen gathers the surroundings that the renders of a whole parse looked at. It
// is safe for concurrent use.
type Seen struct {
	mu            sync.Mutex
	env           map[string]*string
	flags, warned bool
}

// Env gives the environment variables that were asked for; nil for those not
// set.
func (s *Seen) Env() map[string]*string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.env)
}

// Flags reports whether any render read the command's flags.
func (s *Seen) Flags() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flags
}

// Warned reports whether any template gave a warning.
func (s *Seen) Warned() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.warned
}

// Add takes over what one render looked at.
func (s *Seen) Add(r *Reads) {
	if s == nil || len(r.Env) == 0 && !r.Flags && !r.Warned {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flags = s.flags || r.Flags
	s.warned = s.warned || r.Warned
	if s.env == nil {
		s.env = map[string]*string{}
	}
	maps.Copy(s.env, r.Env)
}

// noteEnv takes down that a render asked for an environment variable.
func (f *Frame) noteEnv(name, got string, ok bool) {
	if f.notes == nil || f.configuring {
		return // dbt_project.yml and profiles.yml count by what they give
	}
	var r Reads
	if ok {
		r.addEnv(name, &got)
	} else {
		r.addEnv(name, nil)
	}
	f.notes.Reads.addEnv(name, r.Env[name])
	f.Inv.Seen.Add(&r)
}

// noteFlags takes down that a render read the command's flags.
func (f *Frame) noteFlags() {
	if f.notes != nil && !f.notes.Reads.Flags {
		f.notes.Reads.Flags = true
		f.Inv.Seen.Add(&Reads{Flags: true})
	}
}

// noteWarning takes down that a template gave a warning.
func (f *Frame) noteWarning() {
	if f.notes != nil {
		f.notes.Reads.Warned = true
		f.Inv.Seen.Add(&Reads{Warned: true})
	}
}
