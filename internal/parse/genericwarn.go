package parse

import (
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// warn is a warning about a test.
func (g *genericTest) warn(code, summary string) diag.Diagnostic {
	return asWarning(g.target.e.props.doc.Fault(g.pos, "", code, summary))
}

// warnArguments tells of arguments of a test that do not stand under `arguments`,
// and of configuration that does not stand under `config`.
func (p *parser) warnArguments(g *genericTest, name string) {
	e := g.target.e
	loose := false
	g.args.Each(func(k, _ value.Value) bool {
		switch key := value.ToStr(k); {
		case slices.Contains(testConfigKeys, key):
			path := "data_tests." + name + "." + key
			p.report(g.warn("test-config-moved", "Found `"+key+"` as a top-level property of `"+path+"` in file `"+e.props.file.Path+
				"`. The `"+key+"` top-level property should be moved into the `config` of `"+path+"`."))
		case key != "config" && key != "column_name" && key != "description" && key != "name" && key != "arguments":
			loose = true
		}
		return true
	})
	if v, ok := g.args.GetStr("arguments"); loose && (!ok || !v.Truth()) {
		p.report(g.warn("argument-missing", "Found top-level arguments to test `"+name+"` defined on '"+e.name+"' in package '"+e.props.pkg.Name+
			"' ("+e.props.file.Path+"). Arguments to generic tests should be nested under the `arguments` property."))
	}
}
