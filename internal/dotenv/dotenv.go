// Package dotenv reads .env files: variables that count as if they stood in the
// environment. dbt 1.12 reads the file that python-dotenv finds; forms and corner
// cases are those of that library.
//
// Begin with Load.
package dotenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is how the file is called.
const Name = ".env"

// Var is one variable of a file.
type Var struct {
	Name, Value string
	// Bare is set where the file names the variable and gives no value.
	Bare bool
}

// Load puts the variables of the .env file in dir, or in the nearest folder above
// it, into the environment of this process. What the environment has already
// stays. PYTHON_DOTENV_DISABLED switches it off. The lines that come back tell
// what could not be read.
func Load(dir string) []string {
	switch strings.ToLower(os.Getenv("PYTHON_DOTENV_DISABLED")) {
	case "1", "true", "t", "yes", "y":
		return nil
	}
	path := find(dir)
	if path == "" {
		return nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return []string{fmt.Sprintf("dex goes on without %s: %s", path, err)}
	}
	// Python opens the file as text: every line ends alike.
	vars, bad := Parse(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(src)))
	var notes []string
	for _, line := range bad {
		notes = append(notes, fmt.Sprintf("dex goes on without what begins at line %d of %s: it is no NAME=value", line, path))
	}
	for _, v := range Resolve(vars, os.LookupEnv) {
		if _, ok := os.LookupEnv(v.Name); ok || v.Bare {
			continue
		}
		if err := os.Setenv(v.Name, v.Value); err != nil {
			notes = append(notes, fmt.Sprintf("dex goes on without %s of %s: %s", v.Name, path, err))
		}
	}
	return notes
}

// find looks for the file from dir up.
func find(dir string) string {
	at, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(at, Name)
		if info, err := os.Stat(path); err == nil && (info.Mode().IsRegular() || info.Mode()&os.ModeNamedPipe != 0) {
			return path
		}
		up := filepath.Dir(at)
		if up == at {
			return ""
		}
		at = up
	}
}

// Resolve puts values in the place of ${NAME} and ${NAME:-otherwise}: those of the
// environment, else those of the file so far. Of a name that comes twice the last
// counts, in the place of the first.
func Resolve(vars []Var, env func(string) (string, bool)) []Var {
	var out []Var
	place := map[string]int{}
	look := func(name string) (string, bool) {
		if v, ok := env(name); ok {
			return v, true
		}
		if i, ok := place[name]; ok {
			return out[i].Value, true
		}
		return "", false
	}
	for _, v := range vars {
		v.Value = expand(v.Value, look)
		if i, ok := place[v.Name]; ok {
			out[i] = v
			continue
		}
		place[v.Name] = len(out)
		out = append(out, v)
	}
	return out
}

func expand(s string, look func(string) (string, bool)) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			return b.String() + s
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return b.String() + s
		}
		inner := s[i+2 : i+end]
		name, otherwise, hasDefault := strings.Cut(inner, ":-")
		if !hasDefault {
			otherwise = ""
		}
		if strings.Contains(name, ":") {
			b.WriteString(s[:i+2]) // no variable: go on behind its opening
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		if v, ok := look(name); ok {
			b.WriteString(v)
		} else {
			b.WriteString(otherwise)
		}
		s = s[i+end+1:]
	}
}

// Parse reads a file. The numbers are the lines at which something begins that is
// no variable.
func Parse(text string) (vars []Var, bad []int) {
	r := &reader{s: strings.TrimPrefix(text, "\ufeff"), line: 1}
	for r.at < len(r.s) {
		begin, line := r.at, r.line
		v, found, ok := r.binding()
		if !ok {
			r.restOfLine()
			bad = append(bad, line)
		} else if found {
			vars = append(vars, v)
		}
		if r.at == begin {
			break // nothing more can be read
		}
	}
	return vars, bad
}

type reader struct {
	s    string
	at   int
	line int
}

// skip moves on by n bytes.
func (r *reader) skip(n int) {
	part := r.s[r.at : r.at+n]
	r.line += strings.Count(part, "\n") + strings.Count(strings.ReplaceAll(part, "\r\n", ""), "\r")
	r.at += n
}

func (r *reader) rest() string { return r.s[r.at:] }

// while skips what fits and gives it.
func (r *reader) while(fits func(rune) bool) string {
	s := r.rest()
	n := strings.IndexFunc(s, func(c rune) bool { return !fits(c) })
	if n < 0 {
		n = len(s)
	}
	r.skip(n)
	return s[:n]
}

func lineBreak(c rune) bool { return c == '\n' || c == '\r' }
func blank(c rune) bool     { return unicode.IsSpace(c) && !lineBreak(c) }

func (r *reader) restOfLine() {
	r.while(func(c rune) bool { return !lineBreak(c) })
	if r.rest() != "" {
		r.skip(1)
	}
}

// binding reads a variable or a comment; ok is false where it is neither.
func (r *reader) binding() (v Var, found, ok bool) {
	r.while(unicode.IsSpace)
	if r.rest() == "" {
		return v, false, true
	}
	if after, has := strings.CutPrefix(r.rest(), "export"); has {
		if c, _ := utf8.DecodeRuneInString(after); blank(c) {
			r.skip(len("export"))
			r.while(blank)
		}
	}
	if v.Name, ok = r.name(); !ok {
		return v, false, false
	}
	r.while(blank)
	if strings.HasPrefix(r.rest(), "=") {
		r.skip(1)
		if r.while(blank) == "" || !strings.HasPrefix(r.rest(), "#") {
			if v.Value, ok = r.value(); !ok {
				return v, false, false
			}
		}
	} else {
		v.Bare = true
	}
	r.comment()
	return v, v.Name != "", r.endOfLine()
}

// name reads a name; none stands before a comment.
func (r *reader) name() (string, bool) {
	switch s := r.rest(); {
	case strings.HasPrefix(s, "#"):
		return "", true
	case strings.HasPrefix(s, "'"):
		end := strings.IndexByte(s[1:], '\'')
		if end < 1 {
			return "", false
		}
		r.skip(end + 2)
		return s[1 : end+1], true
	}
	name := r.while(func(c rune) bool { return c != '=' && c != '#' && !unicode.IsSpace(c) })
	return name, name != ""
}

func (r *reader) value() (string, bool) {
	s := r.rest()
	if s == "" || lineBreak(rune(s[0])) {
		return "", true
	}
	if q := s[0]; q == '\'' || q == '"' {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case q:
				r.skip(i + 1)
				return unescape(s[1:i], q), true
			}
		}
		return "", false
	}
	return plain(r.while(func(c rune) bool { return !lineBreak(c) })), true
}

// plain is a value without quotes, up to a comment behind a blank.
func plain(s string) string {
	for i, c := range s {
		if c == '#' && i > 0 {
			if before, _ := utf8.DecodeLastRuneInString(s[:i]); unicode.IsSpace(before) {
				s = s[:i]
				break
			}
		}
	}
	return strings.TrimRightFunc(s, unicode.IsSpace)
}

// unescape decodes what a backslash stands before: in double quotes also the
// letters of control characters.
func unescape(s string, q byte) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	letters := `\'`
	if q == '"' {
		letters = `\'"abfnrtv`
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(letters, s[i+1]) >= 0 {
			i++
			if at := strings.IndexByte("abfnrtv", s[i]); at >= 0 {
				b.WriteByte("\a\b\f\n\r\t\v"[at])
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func (r *reader) comment() {
	s := r.rest()
	n := strings.IndexFunc(s, func(c rune) bool { return !blank(c) })
	if n >= 0 && s[n] == '#' {
		r.skip(n)
		r.while(func(c rune) bool { return !lineBreak(c) })
	}
}

func (r *reader) endOfLine() bool {
	r.while(blank)
	switch s := r.rest(); {
	case s == "":
	case strings.HasPrefix(s, "\r\n"):
		r.skip(2)
	case lineBreak(rune(s[0])):
		r.skip(1)
	default:
		return false
	}
	return true
}

// String shows a variable as a file would have it.
func (v Var) String() string {
	if v.Bare {
		return v.Name
	}
	return v.Name + "=" + strconv.Quote(v.Value)
}
