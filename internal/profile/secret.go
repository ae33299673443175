package profile

import (
	"regexp"
	"slices"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// secretPrefix begins the names of environment variables that hold secrets.
const secretPrefix = "DBT_ENV_SECRET"

// Placeholder is what a template sees of an environment variable that holds a
// secret. The value takes its place once the template is done.
func Placeholder(name string) string {
	return "$$$DBT_SECRET_START$$$" + name + "$$$DBT_SECRET_END$$$"
}

var placeholder = regexp.MustCompile(`\$\$\$DBT_SECRET_START\$\$\$(` + secretPrefix + `\w*)\$\$\$DBT_SECRET_END\$\$\$`)

// Reveal puts secrets in the place of their placeholders.
func Reveal(text string, env func(name string) (string, bool)) string {
	if !strings.Contains(text, secretPrefix) {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		if v, ok := env(name); ok {
			return v
		}
		return found
	})
}

// revealing renders and then puts secrets in.
type revealing struct {
	with yamldoc.Renderer
	env  func(name string) (string, bool)
}

// Render implements yamldoc.Renderer.
func (r revealing) Render(v value.Value, path []string) (value.Value, error) {
	out, err := r.with.Render(v, path)
	if s, ok := out.(value.Str); ok && err == nil {
		return value.Str(Reveal(string(s), r.env)), nil
	}
	return out, err
}

// Revealing wraps a renderer for files in which secrets may be used: besides
// profiles.yml that is packages.yml.
func Revealing(with yamldoc.Renderer, env func(name string) (string, bool)) yamldoc.Renderer {
	return revealing{with, env}
}

func (l *loader) renderer() yamldoc.Renderer {
	if l.o.Renderer == nil {
		return nil
	}
	return Revealing(l.o.Renderer, l.o.Env)
}

// Secrets lists the texts that must never be printed, longest first, so that
// one that holds another is covered first.
func (p *Profile) Secrets() []string { return p.secrets }

// environmentSecrets lists the values of variables named as secrets.
func environmentSecrets(environ []string) []string {
	var out []string
	for _, entry := range environ {
		name, v, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, secretPrefix) && strings.TrimSpace(v) != "" {
			out = append(out, v)
		}
	}
	return out
}

// secretKeys are parts of the names under which credentials keep secrets.
var secretKeys = []string{"password", "passwd", "passphrase", "token", "secret", "private_key", "api_key", "access_key", "keyfile_json"}

// inline finds secrets inside addresses: md:db?motherduck_token=abc,
// postgres://user:abc@host.
var inline = regexp.MustCompile(`(?i)(?:(?:token|password|secret|key)=|://[^:/@\s]+:)([^&;@\s'"]+)`)

// shortest is the length below which the value of a credential key is taken for
// no secret: hiding every "a" of the output would hide the output.
const shortest = 4

// credentialSecrets lists what a target keeps under the names of secrets.
func credentialSecrets(v value.Value) []string {
	var out []string
	var walk func(v value.Value, secret bool)
	walk = func(v value.Value, secret bool) {
		switch x := v.(type) {
		case *value.Dict:
			for i := range x.Len() {
				k, item := x.At(i)
				walk(item, secret || isSecretKey(value.ToStr(k)))
			}
		case *value.List:
			for _, item := range x.Elems {
				walk(item, secret)
			}
		case value.Str:
			if secret && len(x) >= shortest {
				out = append(out, string(x))
			}
			for _, m := range inline.FindAllStringSubmatch(string(x), -1) {
				if len(m[1]) >= shortest {
					out = append(out, m[1])
				}
			}
		}
	}
	walk(v, false)
	return unique(out)
}

// plain reports whether a secret of a target cannot be kept: it is too short, or it
// is the name of a key, or what the target shows of itself, such as a password that is
// the user's name or the database's type. Hiding it would blank names in artifacts,
// and hide nothing.
func plain(secret string, target, shown *value.Dict) bool {
	if len(secret) < shortest {
		return true
	}
	found := false
	match := func(v value.Value) {
		s, ok := v.(value.Str)
		found = found || ok && string(s) == secret
	}
	target.Each(func(k, _ value.Value) bool { match(k); return true })
	shown.Each(func(k, v value.Value) bool {
		if !isSecretKey(value.ToStr(k)) {
			match(v)
		}
		return true
	})
	if t, ok := target.GetStr("type"); ok {
		match(t)
	}
	return found
}

// writtenSecrets are those that stand in profiles.yml itself, and not in a variable.
func writtenSecrets(v value.Value) []string {
	return slices.DeleteFunc(credentialSecrets(v), func(s string) bool { return strings.Contains(s, "{{") || strings.Contains(s, "}}") })
}

func isSecretKey(name string) bool {
	name = strings.ToLower(name)
	if name == "pass" {
		return true
	}
	return slices.ContainsFunc(secretKeys, func(part string) bool { return strings.Contains(name, part) })
}

func unique(texts []string) []string {
	slices.SortFunc(texts, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(texts)
}

// hideSecrets takes the text of lines that may hold a secret out of the faults:
// those that name a secret, and those indented below one that does.
func (l *loader) hideSecrets() {
	for i := range l.faults {
		f := &l.faults[i]
		if f.Pos.File != l.shown || l.doc == nil {
			continue
		}
		line := l.doc.Line(f.Pos.Line)
		for n := f.Pos.Line - 1; n > 0 && !isSecretKey(line); n-- {
			above := l.doc.Line(n)
			if strings.TrimSpace(above) != "" && indentation(above) < indentation(f.Source) {
				line = above
				break
			}
		}
		if isSecretKey(line) || inline.MatchString(f.Source) {
			f.Source = ""
		}
	}
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
