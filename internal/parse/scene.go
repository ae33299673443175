package parse

import (
	"maps"
	"slices"

	"dex/internal/jinja/value"
	"dex/internal/pack"
)

// sceneParts are the sums of the settings that every node may depend on, apart from
// each other so that it can be told which of them changed. What depends on single
// files is not in them.
type sceneParts struct {
	vars     string // what the command line says of variables, and the names of profile and target
	target   string // what templates see of the target: no threads, as in dbt, and no password
	projects string // dbt_project.yml of all packages as written and as rendered
}

// whole sums up all parts.
func (s sceneParts) whole() string { return sumOf(s.vars + s.target + s.projects) }

// changed tells which parts differ from those of the last parse, in dbt's words.
// dbt: is_partial_parsable.
func (s sceneParts) changed(last sceneParts) []string {
	var out []string
	if s.vars != last.vars {
		out = append(out, "config vars, config profile, or config target have changed")
	}
	if s.target != last.target {
		out = append(out, "profile has changed")
	}
	if s.projects != last.projects {
		out = append(out, "a project config has changed")
	}
	return out
}

// scene sums up the settings; an error tells of one without a binary form.
func (p *parser) scene() (sceneParts, error) {
	var s sceneParts
	for _, part := range []struct {
		sum  *string
		code func(*pack.Coder)
	}{{&s.vars, p.codeVars}, {&s.target, p.codeTarget}, {&s.projects, p.codeProjects}} {
		sum, err := pack.Digest(part.code)
		if err != nil {
			return sceneParts{}, err
		}
		*part.sum = sumOf(string(sum))
	}
	return s, nil
}

func (p *parser) codeVars(c *pack.Coder) {
	c.Dict(&p.inv.CLIVars)
	var name value.Value
	if p.inv.Target != nil {
		name, _ = p.inv.Target.Get(value.Str("name"))
	}
	c.Value(&name)
	c.Strings(&[]string{p.inv.Profile})
}

func (p *parser) codeTarget(c *pack.Coder) {
	inv, target := p.inv, p.inv.Target
	if target != nil {
		target = target.Clone()
		for _, key := range [...]string{"threads", "name", "target_name", "profile_name"} {
			target.Delete(value.Str(key))
		}
	}
	c.Dict(&target)
	c.Strings(&[]string{inv.AdapterType, inv.Database, inv.Schema, p.opt.Quote("x")})
	c.Strings(&inv.InternalPackages)
}

func (p *parser) codeProjects(c *pack.Coder) {
	for _, pkg := range p.proj.Packages {
		c.Strings(&[]string{pkg.Name, pkg.Dir, string(pkg.Doc.Source())})
		for _, d := range []*value.Dict{pkg.Config, pkg.Vars} {
			c.Dict(&d)
		}
	}
	c.Strings(&[]string{p.inv.Project})
	c.Bool(&p.proj.Dex.Present)
	c.Value(&p.proj.Selectors)
	q := []bool{p.inv.Quoting.Database, p.inv.Quoting.Schema, p.inv.Quoting.Identifier}
	for i := range q {
		c.Bool(&q[i])
	}
	c.Value(&p.inv.QueryComment)
	custom := p.opt.CustomEnv
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		c.Strings(&[]string{name, custom[name]})
	}
}
