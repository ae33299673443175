package operation

import (
	"errors"
	"fmt"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Sources are the ways in which a person gives parameters. Later fields win over
// earlier ones; below all of them are environment variables and defaults.
type Sources struct {
	File   string   // the name of --params-file
	Text   []byte   // what that file says: JSON or YAML
	Params string   // --params: JSON or YAML
	Pairs  []string // --param, each NAME=VALUE
}

// Given reads the sources. The values of File and Params have the types of JSON or
// YAML, those of Pairs are texts. The error has every fault.
func (s Sources) Given() ([]Given, error) {
	var out []Given
	var faults []error
	if s.File != "" {
		got, err := mappingOf(s.Text, "--params-file "+s.File)
		out, faults = append(out, got...), append(faults, err)
	}
	if s.Params != "" {
		got, err := mappingOf([]byte(s.Params), "--params")
		out, faults = append(out, got...), append(faults, err)
	}
	for i, pair := range s.Pairs {
		name, v, ok := strings.Cut(pair, "=")
		switch name = strings.TrimSpace(name); {
		case !ok: // what was written is not shown: it may be a value, and a secret
			faults = append(faults, fmt.Errorf("--param takes NAME=VALUE: there is no NAME= in number %d of %d", i+1, len(s.Pairs)))
			continue
		case name == "": // what stands behind the = may be a secret
			faults = append(faults, errors.New("--param takes NAME=VALUE: a name is missing before the ="))
			continue
		}
		out = append(out, Given{Name: name, Value: value.Str(v), From: "--param"})
	}
	return out, errors.Join(faults...)
}

// mappingOf reads JSON or YAML, in which a key that stands twice is a fault.
func mappingOf(src []byte, from string) ([]Given, error) {
	doc, faults := yamldoc.Decode(from, src)
	if len(faults) > 0 {
		f := faults[0]
		says, _ := strings.CutSuffix(f.Summary, "; the last value counts") // as in dbt's files; here it is refused
		if says = fmt.Sprintf("%s, line %d: %s", from, f.Pos.Line, says); f.Hint != "" {
			says += "\n" + f.Hint
		}
		return nil, errors.New(says)
	}
	d, ok := doc.Value.(*value.Dict)
	if !ok {
		return nil, fmt.Errorf("%s has to be a mapping of parameters, such as {role: analyst}", from)
	}
	return FromDict(d, from), nil
}

// FromDict gives the parameters of a hook, a flow step or a call through the API.
func FromDict(d *value.Dict, from string) []Given {
	out := make([]Given, 0, d.Len())
	d.Each(func(k, v value.Value) bool {
		out = append(out, Given{Name: value.ToStr(k), Value: v, From: from})
		return true
	})
	return out
}
