package project

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ignoreRules are the patterns of a .dbtignore, which are gitignore's. Nil
// ignores nothing. Unlike in git, a pattern with ! brings back a file below an
// ignored folder: the last pattern that matches a file decides.
type ignoreRules struct{ rules []ignoreRule }

type ignoreRule struct {
	pattern *regexp.Regexp
	ignore  bool
}

func readIgnore(p *Package) (*ignoreRules, error) {
	if p.fsys != nil {
		return nil, nil
	}
	src, err := os.ReadFile(filepath.Join(p.Dir, ".dbtignore"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read .dbtignore: %w", err)
	}
	return parseIgnore(src)
}

func parseIgnore(src []byte) (*ignoreRules, error) {
	r := &ignoreRules{}
	lines := bufio.NewScanner(bytes.NewReader(src))
	for lines.Scan() {
		rule, ok, err := parseIgnoreRule(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("read .dbtignore: pattern %q: %w", lines.Text(), err)
		}
		if ok {
			r.rules = append(r.rules, rule)
		}
	}
	return r, lines.Err()
}

// match reports whether a path below the package's folder is ignored.
func (r *ignoreRules) match(path string) bool {
	if r == nil {
		return false
	}
	path = strings.TrimPrefix(path, "./")
	for i := len(r.rules) - 1; i >= 0; i-- {
		if r.rules[i].pattern.MatchString(path) {
			return r.rules[i].ignore
		}
	}
	return false
}

// parseIgnoreRule reads a line; false where it has no pattern.
func parseIgnoreRule(line string) (ignoreRule, bool, error) {
	if strings.HasSuffix(line, `\ `) {
		line = strings.TrimLeft(line, " \t\r")
	} else {
		line = strings.TrimSpace(line)
	}
	if line == "" || line == "/" || line[0] == '#' {
		return ignoreRule{}, false, nil
	}
	rule := ignoreRule{ignore: true}
	if line[0] == '!' {
		rule.ignore, line = false, line[1:]
	}
	expr, err := regexp.Compile(ignoreExpr(line))
	rule.pattern = expr
	return rule, err == nil, err
}

// ignoreExpr turns a gitignore pattern into a regular expression for paths of
// files. A pattern without a slash but at its end holds in every folder; one
// that matches a folder holds for all below it.
func ignoreExpr(pattern string) string {
	if pattern == "**/" {
		return `^.+/.*$`
	}
	segs := strings.Split(pattern, "/")
	switch {
	case segs[0] == "":
		segs = segs[1:]
	case len(segs) == 1 || len(segs) == 2 && segs[1] == "":
		if segs[0] != "**" {
			segs = append([]string{"**"}, segs...)
		}
	}
	if n := len(segs); n > 1 && segs[n-1] == "" {
		segs[n-1] = "**"
	}
	var b strings.Builder
	b.WriteByte('^')
	slash := false
	for i, seg := range segs {
		last := i == len(segs)-1
		if seg == "**" {
			switch {
			case i > 0 && segs[i-1] == "**":
				continue
			case i == 0 && last:
				b.WriteString(`[^/]+(?:/.*)?`)
			case i == 0:
				b.WriteString(`(?:.+/)?`)
				slash = false
			case last:
				b.WriteString(`/.*`)
			default:
				b.WriteString(`(?:/.+)?`)
				slash = true
			}
			continue
		}
		if slash {
			b.WriteByte('/')
		}
		b.WriteString(segmentExpr(seg))
		if last {
			b.WriteString(`(?:/.*)?`)
		}
		slash = true
	}
	b.WriteByte('$')
	return b.String()
}

// segmentExpr turns the glob of one path segment into a regular expression.
func segmentExpr(seg string) string {
	if seg == "*" {
		return `[^/]+`
	}
	var b strings.Builder
	for i := 0; i < len(seg); i++ {
		switch c := seg[i]; c {
		case '\\':
			if i++; i < len(seg) {
				b.WriteString(regexp.QuoteMeta(seg[i : i+1]))
			}
		case '*':
			b.WriteString(`[^/]*`)
		case '?':
			b.WriteString(`[^/]`)
		case '[':
			n := classLength(seg[i:])
			if n == 0 {
				b.WriteString(`\[`)
				continue
			}
			b.WriteString(classExpr(seg[i+1 : i+n-1]))
			i += n - 1
		default:
			b.WriteString(regexp.QuoteMeta(seg[i : i+1]))
		}
	}
	return b.String()
}

// classLength is the length of the bracket expression that s begins with; 0
// where it does not end.
func classLength(s string) int {
	j := 1
	if j < len(s) && (s[j] == '!' || s[j] == '^') {
		j++
	}
	if j < len(s) && s[j] == ']' {
		j++
	}
	for ; j < len(s); j++ {
		if s[j] == ']' {
			return j + 1
		}
	}
	return 0
}

func classExpr(inner string) string {
	negate := ""
	if strings.HasPrefix(inner, "!") || strings.HasPrefix(inner, "^") {
		negate, inner = "^", inner[1:]
	}
	inner = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`).Replace(inner)
	return "[" + negate + inner + "]"
}
