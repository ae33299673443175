package profile

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// target chooses and renders one output of a profile. Only the chosen one is
// rendered, so that others may use variables that are not set.
func (l *loader) target(file, name string, body *value.Dict) *Profile {
	p := &Profile{Name: name, File: file}
	var ok bool
	if p.TargetName, ok = l.targetName(p, body); !ok {
		return nil
	}
	raw, at := l.output(p, body)
	if raw == nil {
		return nil
	}
	v, faults := l.doc.Render(raw, []string{name, "outputs", p.TargetName}, yamldoc.Rendering{
		With: l.renderer(),
		// dbt: passwords may look like Jinja.
		Forgive: func(path []string) bool { return slices.Contains(path, "password") },
	})
	l.faults = append(l.faults, faults...)
	if faults.HasErrors() {
		return nil
	}
	p.Target = v.(*value.Dict)
	l.threads(p, raw)
	l.adapterType(p, raw, at)
	if l.faults.HasErrors() {
		return nil
	}
	p.secrets = append(environmentSecrets(l.o.Environ), credentialSecrets(p.Target)...)
	l.credentials(p, at)
	return p
}

// targetName is --target, or the profile's target:, or "default".
func (l *loader) targetName(p *Profile, body *value.Dict) (string, bool) {
	if l.o.Target != "" {
		return l.o.Target, true
	}
	v, ok := body.GetStr("target")
	if !ok {
		p.Notices = append(p.Notices, fmt.Sprintf("target not specified in profile '%s', using 'default'", p.Name))
		return "default", true
	}
	v, faults := l.doc.Render(v, []string{p.Name, "target"}, yamldoc.Rendering{With: l.renderer()})
	l.faults = append(l.faults, faults...)
	return value.ToStr(v), !faults.HasErrors()
}

// output finds the target among the outputs; nil after a fault.
func (l *loader) output(p *Profile, body *value.Dict) (*value.Dict, diag.Pos) {
	v, ok := body.GetStr("outputs")
	outputs, isDict := v.(*value.Dict)
	if !ok || !isDict {
		l.fault(l.doc.KeyPos(body, "outputs"), "profile-invalid", "outputs not specified in profile '%s'", p.Name)
		return nil, diag.Pos{}
	}
	for i := range outputs.Len() {
		k, _ := outputs.At(i)
		p.TargetNames = append(p.TargetNames, value.ToStr(k))
	}
	v, ok = outputs.GetStr(p.TargetName)
	if !ok {
		at := l.doc.KeyPos(body, "outputs")
		if l.o.Target == "" {
			at = l.doc.KeyPos(body, "target")
		}
		l.fault(at, "target-missing", "The profile '%s' does not have a target named '%s'. The valid target names for this profile are:\n - %s",
			p.Name, p.TargetName, strings.Join(p.TargetNames, "\n - "))
		if near := yamldoc.Nearest(p.TargetName, p.TargetNames); near != "" {
			l.faults[len(l.faults)-1].Hint = fmt.Sprintf("Did you mean '%s'?", near)
		}
		return nil, diag.Pos{}
	}
	at := l.doc.KeyPos(outputs, p.TargetName)
	raw, ok := v.(*value.Dict)
	if !ok {
		l.fault(at, "profile-invalid", "output '%s' of profile '%s' is misconfigured in profiles.yml", p.TargetName, p.Name)
		return nil, at
	}
	return raw, at
}

// threads takes threads out of the target.
func (l *loader) threads(p *Profile, raw *value.Dict) {
	p.Threads = defaultThreads
	if v, ok := p.Target.GetStr("threads"); ok {
		n, isInt := v.(value.Int)
		if !isInt || n < 1 {
			l.fault(l.doc.ValuePos(raw, "threads"), "profile-invalid", "at path ['threads']: %s is not of type 'integer'", value.Repr(v))
			if isInt {
				l.faults[len(l.faults)-1].Summary = fmt.Sprintf("at path ['threads']: %d is less than 1", n)
			}
		}
		p.Threads = int(n)
		p.Target.Delete(value.Str("threads"))
	}
	if l.o.Threads > 0 {
		p.Threads = l.o.Threads
	}
}

// adapterType takes type out of the target.
func (l *loader) adapterType(p *Profile, raw *value.Dict, at diag.Pos) {
	v, ok := p.Target.GetStr("type")
	if !ok {
		l.fault(at, "profile-invalid", `required field "type" not found in profile %s and target %s`, p.Name, p.TargetName)
		return
	}
	p.Type = value.ToStr(v)
	p.Target.Delete(value.Str("type"))
	if _, known := adapter.Lookup(p.Type); known {
		return
	}
	l.fault(l.doc.ValuePos(raw, "type"), "adapter-unknown", "%s",
		l.invalid(p, fmt.Sprintf("Runtime Error\n  Could not find adapter type %s!", p.Type)))
	types := adapter.Types()
	f := &l.faults[len(l.faults)-1]
	f.Hint = "Types that dex knows: " + strings.Join(types, ", ") + "."
	if near := yamldoc.Nearest(p.Type, types); near != "" {
		f.Hint = fmt.Sprintf("Did you mean '%s'?", near)
	}
}

func (l *loader) invalid(p *Profile, reason string) string {
	return fmt.Sprintf(`Credentials in profile "%s", target "%s" invalid: %s`, p.Name, p.TargetName, reason)
}

// credentials lets the adapter's driver read the target.
func (l *loader) credentials(p *Profile, at diag.Pos) {
	driver, ok := adapter.Lookup(p.Type)
	if !ok {
		l.fault(at, "adapter-unknown", "%s", l.invalid(p, fmt.Sprintf("Runtime Error\n  Could not find adapter type %s!", p.Type)))
		return
	}
	c, err := driver.Credentials(p.Target, l.o.ProjectDir)
	if err != nil {
		l.fault(at, "profile-invalid", "%s", l.invalid(p, err.Error()))
		return
	}
	p.Credentials = c
	p.secrets = unique(append(p.secrets, c.Secrets()...))
	named := environmentSecrets(l.o.Environ)
	p.secrets = slices.DeleteFunc(p.secrets, func(s string) bool { return !slices.Contains(named, s) && plain(s, p.Target, c.Context()) })
}
