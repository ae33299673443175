package jinja

import "dex/internal/jinja/syntax"

// Block is a top-level block of a file.
type Block struct {
	Kind, Name     string // "macro", "x"
	Full, Contents string // with and without the tags around it
	Line, Col      int    // of Full in its file
}

// BlockOptions say which blocks Blocks looks for.
type BlockOptions struct {
	// Kinds are the tags that open a block: macro, materialization, test,
	// data_test, snapshot, docs. None means dbt's default: snapshot, macro,
	// materialization and docs.
	Kinds []string
}

// Blocks finds the top-level blocks of a file. What stands outside of them is
// ignored; tags out there give a warning each, since they have no effect. A
// fault in the file's structure is an *Error.
func Blocks(name, src string, opt BlockOptions) (blocks []Block, warnings []*Error, err error) {
	kinds := opt.Kinds
	if kinds == nil {
		kinds = []string{"snapshot", "macro", "materialization", "docs"}
	}
	found, ws, err := syntax.Blocks(src, kinds...)
	if err != nil {
		return nil, nil, fromSyntax(name, src, err)
	}
	p := &program{name, src}
	for _, w := range ws {
		warnings = append(warnings, p.errorAt(w.Pos, "Warning", w.Msg))
	}
	for _, b := range found {
		out := Block{Kind: b.Kind, Name: b.Name, Full: b.Full, Contents: b.Contents}
		out.Line, out.Col = syntax.Position(src, b.Pos)
		blocks = append(blocks, out)
	}
	return blocks, warnings, nil
}
