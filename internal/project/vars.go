package project

import "dex/internal/jinja/value"

// Var looks a variable up for the templates of a package. Of what a
// dbt_project.yml says under vars:, the mapping named after the package wins
// over its neighbours; and the user's own project wins over the package. The
// command line's variables win over all and are the caller's.
func (p *Project) Var(pkg, name string) (value.Value, bool) {
	if v, ok := p.Root.scopedVar(pkg, name); ok {
		return v, true
	}
	if own, ok := p.byName[pkg]; ok && own != p.Root {
		return own.scopedVar(pkg, name)
	}
	return nil, false
}

func (p *Package) scopedVar(pkg, name string) (value.Value, bool) {
	if scoped, ok := p.Vars.GetStr(pkg); ok {
		if d, ok := scoped.(*value.Dict); ok {
			if v, ok := d.GetStr(name); ok {
				return v, true
			}
		}
	}
	return p.Vars.GetStr(name)
}
