package selector

import (
	"maps"
	"slices"
	"strings"

	"dex/internal/dag"
	"dex/internal/jinja/value"
)

// Selectors are the named selections of selectors.yml, in their order.
type Selectors struct {
	names   []string
	specs   map[string]Spec
	byDeflt string
}

// Names lists the selectors in the order of the file.
func (s *Selectors) Names() []string {
	if s == nil {
		return nil
	}
	return slices.Clone(s.names)
}

// Default is the name of the selector to use where nothing is said; "" where
// there is none.
func (s *Selectors) Default() string {
	if s == nil {
		return ""
	}
	return s.byDeflt
}

// Spec gives a selector by name.
func (s *Selectors) Spec(name string) (Spec, error) {
	if s != nil {
		if spec, ok := s.specs[name]; ok {
			return spec, nil
		}
	}
	known := make([]value.Value, 0)
	for _, n := range s.Names() {
		known = append(known, value.Str(n))
	}
	return nil, errorf("Could not find selector named %s, expected one of %s", name, value.Repr(value.NewList(known...)))
}

// ParseSelectors reads the document of a selectors.yml; none at all is no
// selectors. indirect holds for criteria that do not say it themselves.
func ParseSelectors(doc value.Value, indirect Indirect) (*Selectors, error) {
	s := &Selectors{specs: map[string]Spec{}}
	if doc == nil || doc == value.None {
		return s, nil
	}
	top, ok := doc.(*value.Dict)
	if !ok {
		return nil, errorf("selectors.yml is a map with the key selectors, not a %s", doc.Type())
	}
	list, _ := top.GetStr("selectors")
	entries, ok := list.(*value.List)
	if !ok {
		return nil, errorf("selectors.yml needs the key selectors with a list of selectors")
	}
	for _, e := range entries.Elems {
		if err := s.add(e, indirect); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Selectors) add(entry value.Value, indirect Indirect) error {
	d, ok := entry.(*value.Dict)
	if !ok {
		return errorf("a selector of selectors.yml is a map with name and definition, not a %s", entry.Type())
	}
	nameValue, _ := d.GetStr("name")
	name, ok := nameValue.(value.Str)
	if !ok {
		return errorf("a selector of selectors.yml has no name: %s", value.Repr(d))
	}
	def, ok := d.GetStr("definition")
	if !ok {
		return errorf("selector %s of selectors.yml has no definition", name)
	}
	y := &yamlParser{indirect: indirect}
	spec, err := y.root(def)
	if err != nil {
		return errorf("Could not read selector file data: selector %s: %s", name, err)
	}
	if deflt, ok := d.GetStr("default"); ok && deflt == value.Value(value.Bool(true)) {
		if s.byDeflt != "" {
			return errorf("Error when parsing the selector file. Found multiple selectors with `default: true`:%s and %s", s.byDeflt, name)
		}
		s.byDeflt = string(name)
	}
	if _, again := s.specs[string(name)]; !again {
		s.names = append(s.names, string(name))
	}
	s.specs[string(name)] = spec
	return nil
}

type yamlParser struct{ indirect Indirect }

func (y *yamlParser) root(def value.Value) (Spec, error) {
	if d, ok := def.(*value.Dict); ok && d.Len() > 1 && (has(d, "union") || has(d, "intersection")) {
		var keys []string
		d.Each(func(k, _ value.Value) bool { keys = append(keys, value.ToStr(k)); return true })
		return nil, errorf("Only a single 'union' or 'intersection' key is allowed in a root level selector definition; found %s.", strings.Join(keys, ","))
	}
	return y.definition(def)
}

func has(d *value.Dict, key string) bool {
	_, ok := d.GetStr(key)
	return ok
}

func (y *yamlParser) definition(def value.Value) (Spec, error) {
	switch def := def.(type) {
	case value.Str:
		return parseCriteria(string(def), y.indirect)
	case *value.Dict:
		switch {
		case has(def, "union"):
			return y.group(def, "union", Union)
		case has(def, "intersection"):
			return y.group(def, "intersection", Intersection)
		}
		return y.method(def)
	}
	return nil, errorf("Expected to find union, intersection, str or dict, instead found %s: %s", def.Type(), value.ToStr(def))
}

// group reads a union or an intersection. An element of its own with exclude
// takes away from the whole.
func (y *yamlParser) group(def *value.Dict, key string, op Op) (Spec, error) {
	parts, err := listOf(def, key)
	if err != nil {
		return nil, err
	}
	// dbt: groups of selectors.yml are eager, whatever the flag says.
	g := &Group{Op: op, Raw: value.Repr(def), Indirect: Eager}
	var excluded Spec
	for _, p := range parts {
		d, ok := p.(*value.Dict)
		if !ok || !has(d, "exclude") {
			spec, err := y.definition(p)
			if err != nil {
				return nil, err
			}
			g.Parts = append(g.Parts, spec)
			continue
		}
		if excluded != nil {
			return nil, errorf("You cannot provide multiple exclude arguments to the same selector set operator:\n%s", value.Repr(d))
		}
		// dbt: an element with exclude is an exclusion and nothing else, even
		// where a method stands in it.
		if excluded, err = y.exclusions(d); err != nil {
			return nil, err
		}
	}
	if excluded == nil {
		return g, nil
	}
	return &Group{Op: Difference, Parts: []Spec{g, excluded}, Raw: g.Raw, Indirect: Eager}, nil
}

func (y *yamlParser) exclusions(def *value.Dict) (Spec, error) {
	parts, err := listOf(def, "exclude")
	if err != nil {
		return nil, err
	}
	u := &Group{Op: Union, Raw: value.Repr(value.NewList(parts...)), Indirect: Eager}
	for _, p := range parts {
		spec, err := y.definition(p)
		if err != nil {
			return nil, err
		}
		u.Parts = append(u.Parts, spec)
	}
	switch len(u.Parts) {
	case 0:
		return nil, nil
	case 1:
		return u.Parts[0], nil
	}
	return u, nil
}

func listOf(def *value.Dict, key string) ([]value.Value, error) {
	v, _ := def.GetStr(key)
	l, ok := v.(*value.List)
	if !ok {
		return nil, errorf("Invalid value for key %q. Expected a list.", key)
	}
	for _, e := range l.Elems {
		switch e.(type) {
		case value.Str, *value.Dict:
		default:
			return nil, errorf("Invalid value type %s in key %q, expected dict or str (value: %s).", e.Type(), key, value.ToStr(e))
		}
	}
	return l.Elems, nil
}

// method reads {tag: nightly} and {method: tag, value: nightly, children: true}.
func (y *yamlParser) method(def *value.Dict) (Spec, error) {
	c := &Criteria{Raw: value.Repr(def), ParentsDepth: Unlimited, ChildrenDepth: Unlimited, Indirect: y.indirect}
	if def.Len() == 1 {
		k, v := def.At(0)
		name, ok := k.(value.Str)
		if !ok {
			return nil, errorf("Expected definition key to be a \"str\", got one of type %q (%s)", k.Type(), value.ToStr(k))
		}
		c.Value = v
		return c, c.setMethod(string(name))
	}
	method, hasMethod := def.GetStr("method")
	v, hasValue := def.GetStr("value")
	if !hasMethod || !hasValue {
		var keys []value.Value
		def.Each(func(k, _ value.Value) bool { keys = append(keys, k); return true })
		return nil, errorf("Expected either 1 key or else \"method\" and \"value\" keys, but got %s", value.Repr(value.NewList(keys...)))
	}
	c.Value = v
	if err := c.setMethod(value.ToStr(method)); err != nil {
		return nil, err
	}
	if err := c.operators(def); err != nil {
		return nil, err
	}
	if !has(def, "exclude") {
		return c, nil
	}
	excluded, err := y.exclusions(def)
	if err != nil || excluded == nil {
		return c, err
	}
	return &Group{Op: Difference, Parts: []Spec{c, excluded}, Raw: c.Raw, Indirect: Eager}, nil
}

// operators reads the graph operators that the keys of a definition name.
func (c *Criteria) operators(def *value.Dict) error {
	truth := func(key string) bool { v, ok := def.GetStr(key); return ok && v.Truth() }
	c.ChildrensParents, c.Parents, c.Children = truth("childrens_parents"), truth("parents"), truth("children")
	if c.Children && c.ChildrensParents {
		return errorf(`Invalid node spec %s - "@" prefix and "+" suffix are incompatible`, c.Raw)
	}
	for key, into := range map[string]*int{"parents_depth": &c.ParentsDepth, "children_depth": &c.ChildrenDepth} {
		// dbt: a depth of 0 is no depth, so all the way.
		if !truth(key) {
			continue
		}
		v, _ := def.GetStr(key)
		n, err := depth(value.ToStr(v))
		if err != nil {
			return err
		}
		*into = n
	}
	if v, ok := def.GetStr("indirect_selection"); ok {
		mode, err := ParseIndirect(value.ToStr(v))
		if err != nil {
			return errorf("%s", err)
		}
		c.Indirect = mode
	}
	return nil
}

// selectSelector evaluates the selectors whose names match, each as if it alone
// were asked for.
func selectSelector(q *query) error {
	want := value.ToStr(q.c.Value)
	all := q.s.opt.Selectors
	hit := false
	if all != nil {
		for _, name := range slices.Sorted(maps.Keys(all.specs)) {
			if !match(want, name) {
				continue
			}
			hit = true
			if slices.Contains(q.s.within, name) {
				return errorf("Circular dependency detected in selector: %s", strings.Join(append(q.s.within, name), " --> "))
			}
			set, err := q.s.inSelector(name, all.specs[name])
			if err != nil {
				return err
			}
			q.found.Or(set)
		}
	}
	if !hit {
		return errorf("Selector '%s' did not match any selector in selectors.yml", want)
	}
	return nil
}

func (s *Selector) inSelector(name string, spec Spec) (set dag.Set, err error) {
	s.within = append(s.within, name)
	set, err = s.selected(spec)
	s.within = s.within[:len(s.within)-1]
	return set, err
}
