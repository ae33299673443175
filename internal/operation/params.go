package operation

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"sync"

	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// paramName is what a parameter may be called: templates and Python name it as an
// attribute, the command line before a "=".
var paramName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) })

// layParams adds the parameters of a layer. One that is declared already is
// described further: a later layer's keys replace those of the same name.
func (op *Operation) layParams(m *yamldoc.Mapping) {
	seen := map[string]bool{}
	m.Each("params", "parameter", func(i int, item *yamldoc.Mapping) {
		name := item.Text("name", "")
		switch {
		case name == "":
			item.Missing("name", "Give it a name: - name: role.")
		case !paramName().MatchString(name):
			item.Fault("name", "bad-name", fmt.Sprintf("'%s' is no name for a parameter", name), "Names have letters, digits and _, and begin with no digit.")
		case seen[name]:
			item.Fault("name", "param-twice", fmt.Sprintf("parameter %s is declared twice", name), "Keep one of them.")
		}
		item.Named("parameter " + name)
		p := op.Param(name)
		if p == nil || seen[name] {
			p = &Param{Name: name, Type: String, Pos: item.Doc.Start(item.Places())}
			if name != "" && !seen[name] {
				op.Params = append(op.Params, p)
			}
		}
		seen[name] = true
		p.lay(item)
		item.Done()
	})
}

// lay reads the keys of one declaration.
func (p *Param) lay(m *yamldoc.Mapping) {
	if p.set == nil {
		p.set = map[string]*yamldoc.Mapping{}
	}
	for _, key := range m.Keys() {
		p.set[key] = m
	}
	p.Description = m.Text("description", p.Description)
	p.Type = Type(m.OneOf("type", string(p.Type), Types...))
	p.Required = m.Bool("required", p.Required)
	if v := m.Value("default"); v != nil {
		p.Default = v
	}
	p.layBounds(m)
	p.FromQuery = m.Text("from_query", p.FromQuery)
	p.Secret = m.Bool("secret", p.Secret)
	p.Env = m.Text("env", p.Env)
	if m.Value("item") != nil {
		p.layItem(m)
	}
}

// layItem reads what the items of a list are: a type, or a mapping as for a
// parameter without a name.
func (p *Param) layItem(m *yamldoc.Mapping) {
	item := &Param{Name: p.Name, Type: String, Pos: p.Pos}
	if _, ok := m.Value("item").(value.Str); ok {
		item.Type = Type(m.OneOf("item", string(String), Types...))
	} else if c := m.Child("item", "item of parameter "+p.Name); c != nil {
		item.lay(c)
		c.Done()
	}
	p.Item = item
}

func (p *Param) layBounds(m *yamldoc.Mapping) {
	if v := m.Value("enum"); v != nil {
		l, ok := v.(*value.List)
		if !ok || len(l.Elems) == 0 {
			m.Wrong("enum", "a list of values", v)
		} else {
			p.Enum = slices.Clone(l.Elems)
		}
	}
	if m.Value("pattern") != nil {
		p.layPattern(m)
	}
	if v := m.Value("min"); v != nil {
		p.Min = v
	}
	if v := m.Value("max"); v != nil {
		p.Max = v
	}
	for _, side := range [...]struct {
		key string
		to  **int
	}{{"min_length", &p.MinLength}, {"max_length", &p.MaxLength}} {
		if m.Value(side.key) != nil {
			n := m.Int(side.key, 0, 0, math.MaxInt)
			*side.to = &n
		}
	}
}

func (p *Param) layPattern(m *yamldoc.Mapping) {
	p.Pattern = m.Text("pattern", "")
	if _, err := regexp.Compile(p.Pattern); err != nil {
		m.Fault("pattern", "bad-pattern", fmt.Sprintf("pattern of %s is no regular expression: %v", m.What(), err), "The syntax is that of RE2; the whole value has to match.")
		return
	}
	p.match = regexp.MustCompile(`^(?:` + p.Pattern + `)$`)
}

// Settle ends the configuration once all layers are laid: what no layer said is
// decided, and declarations of parameters are checked. Faults go where those of the
// layers went.
func (op *Operation) Settle() {
	for _, p := range op.Params {
		p.settle()
	}
}

func (p *Param) settle() {
	if p.set["required"] == nil {
		p.Required = p.Default == nil
	} else if p.Required && p.Default != nil {
		p.fault("required", "bad-value", "parameter "+p.Name+" is required and has a default, which would never count", "Keep one of them.")
	}
	p.checkKeys()
	for i, v := range p.Enum {
		if typed, err := p.bare(v); err != nil {
			p.fault("enum", "bad-value", fmt.Sprintf("enum of parameter %s: %v", p.Name, err), "")
		} else {
			p.Enum[i] = typed
		}
	}
	p.checkBounds()
	if p.Item != nil {
		p.Item.settle()
	}
	if s, ok := p.Default.(value.Str); p.Default != nil && (!ok || !jinja.HasTags(string(s))) {
		if _, err := p.Convert(p.Default); err != nil {
			p.fault("default", "bad-value", fmt.Sprintf("default of parameter %s: %v", p.Name, p.hide(err)), "")
		}
	}
	p.set = nil
}

// fault notes a fault at the key that a layer said.
func (p *Param) fault(key, code, summary, hint string) {
	if m := p.set[key]; m != nil {
		m.Fault(key, code, summary, hint)
	}
}

func (p *Param) checkBounds() {
	if p.ordered() {
		p.Min, p.Max = p.bound("min", p.Min), p.bound("max", p.Max)
		if p.Min != nil && p.Max != nil && !inOrder(p.Min, p.Max) {
			p.fault("max", "out-of-range", fmt.Sprintf("max of parameter %s is %s, below its min %s", p.Name, value.ToStr(p.Max), value.ToStr(p.Min)), "")
		}
	}
	if p.MinLength != nil && p.MaxLength != nil && *p.MinLength > *p.MaxLength {
		p.fault("max_length", "out-of-range", "max_length of parameter "+p.Name+" is below its min_length", "")
	}
}

func (p *Param) bound(key string, v value.Value) value.Value {
	if v == nil {
		return nil
	}
	typed, err := p.bare(v)
	if err != nil {
		p.fault(key, "bad-value", fmt.Sprintf("%s of parameter %s: %v", key, p.Name, err), "")
		return nil
	}
	return typed
}

// checkKeys refuses keys that mean nothing for the type.
func (p *Param) checkKeys() {
	refuse := func(why string, keys ...string) {
		for _, key := range keys {
			p.fault(key, "wrong-type", fmt.Sprintf("%s means nothing for parameter %s, whose type is %s", key, p.Name, p.Type), why)
		}
	}
	if !p.ordered() {
		refuse("min and max are for integer, number, date and timestamp; texts and lists have min_length and max_length.", "min", "max")
	}
	if !p.textual() {
		refuse("A pattern is for texts: string, identifier, relation, secret.", "pattern")
	}
	if !p.textual() && p.Type != List {
		refuse("min_length and max_length are for texts and lists.", "min_length", "max_length")
	}
	if p.Type != List {
		refuse("item says what the items of a list are.", "item")
	}
	if p.Type == List || p.Type == JSON {
		refuse("enum is for single values; for a list, put it into item.", "enum")
	}
}

func (p *Param) ordered() bool {
	return p.Type == Integer || p.Type == Number || p.Type == Date || p.Type == Timestamp
}

func (p *Param) textual() bool {
	return p.Type == String || p.Type == Identifier || p.Type == Relation || p.Type == Secret
}
