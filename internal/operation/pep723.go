package operation

import (
	"strings"

	"dex/internal/diag"
)

// inline is the TOML of a Python file's script block, with as many line breaks
// before and in it as the file has, so that a line of one is a line of the other.
type inline struct {
	toml string
	// indent is by how much the columns of each line were moved, by line from 0.
	indent []int
	at     int // the line of the block's first line, from 1; 0 is no block
}

// inlineMetadata finds the block `# /// script` of a Python file. PEP 723: each
// line of it begins with "#", and with "# " where anything follows; two such blocks
// are an error, as is one that does not end.
func inlineMetadata(file, src string) (inline, diag.List) {
	var out inline
	var faults diag.List
	lines := strings.Split(strings.TrimPrefix(src, "\ufeff"), "\n")
	toml := make([]string, len(lines))
	out.indent = make([]int, len(lines))
	for i := 0; i < len(lines); i++ {
		if strings.TrimRight(lines[i], " \t\r") != "# /// script" {
			continue
		}
		end := blockEnd(lines, i+1)
		if end < 0 {
			faults.Add(pythonFault(file, lines, i, "The block `# /// script` does not end", "End it with a line `# ///`; every line in it begins with `#`."))
			break
		}
		if out.at > 0 {
			faults.Add(pythonFault(file, lines, i, "A second block `# /// script`: a file has one", "Put all settings into the first block."))
			break
		}
		out.at = i + 1
		for k := i + 1; k < end; k++ {
			out.indent[k] = min(len(lines[k]), 2)
			toml[k] = strings.TrimRight(lines[k][out.indent[k]:], "\r")
		}
		i = end
	}
	out.toml = strings.Join(toml, "\n")
	return out, faults
}

// blockEnd is the line that ends a block whose contents begin at line from; -1
// where it does not end. PEP 723: the last `# ///` before a line that is not of the
// block counts.
func blockEnd(lines []string, from int) int {
	end := -1
	for i := from; i < len(lines); i++ {
		l := strings.TrimRight(lines[i], " \t\r")
		if l != "#" && !strings.HasPrefix(l, "# ") {
			break
		}
		if l == "# ///" {
			end = i
		}
		if end >= 0 && l == "# /// script" {
			break // the next block; the lines between are not of this one
		}
	}
	return end
}

func pythonFault(file string, lines []string, i int, summary, hint string) diag.Diagnostic {
	return diag.Diagnostic{
		Class: diag.Parsing, Code: "script-block", Summary: summary, Hint: hint,
		Pos: diag.Pos{File: file, Line: i + 1, Col: 1}, Source: strings.TrimRight(lines[i], "\r"),
	}
}
