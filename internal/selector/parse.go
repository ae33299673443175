package selector

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"dex/internal/jinja/value"
)

// defaultIncludes is what is selected where nothing is said.
var defaultIncludes = []string{"fqn:*", "source:*", "exposure:*", "metric:*", "semantic_model:*"}

// Parse reads the words behind --select and --exclude. Each word may hold
// several criteria with blanks between; no word at all in select means
// everything.
func Parse(sel, exclude []string, indirect Indirect) (Spec, error) {
	var include Spec
	var err error
	if len(sel) == 0 {
		include, err = parseUnion(defaultIncludes, false, indirect)
	} else {
		include, err = parseUnion(sel, true, indirect)
	}
	if err != nil {
		return nil, err
	}
	excluded, err := parseUnion(exclude, len(exclude) > 0, indirect)
	if err != nil {
		return nil, err
	}
	// dbt: tests that only come along are judged within each union; between the
	// two unions nothing is added any more, whatever the mode.
	return &Group{Op: Difference, Parts: []Spec{include, excluded}, Indirect: Eager}, nil
}

// parseUnion reads unions of intersections: blanks part the former, commas the
// latter.
func parseUnion(words []string, expected bool, indirect Indirect) (Spec, error) {
	u := &Group{Op: Union, Raw: strings.Join(words, " "), Indirect: indirect}
	for _, w := range words {
		for _, raw := range strings.Split(w, " ") {
			i := &Group{Op: Intersection, Raw: raw, Expected: expected, Indirect: indirect}
			for _, part := range strings.Split(raw, ",") {
				c, err := parseCriteria(part, indirect)
				if err != nil {
					return nil, err
				}
				i.Parts = append(i.Parts, c)
			}
			u.Parts = append(u.Parts, i)
		}
	}
	return u, nil
}

// parseCriteria reads one criterion: [@][n+][method:]value[+n].
func parseCriteria(raw string, indirect Indirect) (*Criteria, error) {
	if strings.Contains(raw, "\n") {
		return nil, errorf("Invalid selector spec %q", raw)
	}
	c := &Criteria{Raw: raw, ParentsDepth: Unlimited, ChildrenDepth: Unlimited, Indirect: indirect}
	rest, at := strings.CutPrefix(raw, "@")
	c.ChildrensParents = at
	var err error
	if n := digits(rest); n < len(rest) && rest[n] == '+' {
		c.Parents = true
		if c.ParentsDepth, err = depth(rest[:n]); err != nil {
			return nil, err
		}
		rest = rest[n+1:]
	}
	method, hasMethod := "", false
	if i := strings.IndexByte(rest, ':'); i > 0 && strings.IndexFunc(rest[:i], notWord) < 0 {
		method, hasMethod = rest[:i], true
		rest = rest[i+1:]
	}
	if i := strings.LastIndexByte(rest, '+'); i >= 0 && digits(rest[i+1:]) == len(rest)-i-1 {
		c.Children = true
		if c.ChildrenDepth, err = depth(rest[i+1:]); err != nil {
			return nil, err
		}
		rest = rest[:i]
	}
	if c.Children && c.ChildrensParents {
		return nil, errorf(`Invalid node spec %s - "@" prefix and "+" suffix are incompatible`, raw)
	}
	c.Value = value.Str(rest)
	if !hasMethod {
		c.Method = defaultMethod(rest)
		return c, nil
	}
	return c, c.setMethod(method)
}

// digits counts the digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func notWord(r rune) bool {
	return r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func depth(s string) (int, error) {
	if s == "" {
		return Unlimited, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, errorf("Invalid node spec - could not handle parent depth %s", s)
	}
	return n, nil
}

// defaultMethod guesses what a bare value is: a path, a file or a name.
func defaultMethod(v string) string {
	lower := strings.ToLower(v)
	switch {
	case strings.Contains(v, "/"):
		return "path"
	case strings.HasSuffix(lower, ".sql"), strings.HasSuffix(lower, ".py"), strings.HasSuffix(lower, ".csv"):
		return "file"
	}
	return "fqn"
}

// setMethod splits "config.meta.owner" into method and arguments.
func (c *Criteria) setMethod(s string) error {
	parts := strings.Split(s, ".")
	if _, ok := methods[parts[0]]; !ok && !slices.Contains(outside, parts[0]) {
		return errorf("'%s' is not a valid method name: the methods are %s", parts[0], methodNames())
	}
	c.Method, c.Arguments = parts[0], parts[1:]
	return nil
}
