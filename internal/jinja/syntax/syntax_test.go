package syntax

import (
	"strings"
	"testing"
)

func TestPosition(t *testing.T) {
	const src = "ab\nçd{{ x }}"
	if line, col := Position(src, Pos(strings.Index(src, "{{"))); line != 2 || col != 3 {
		t.Errorf("got %d:%d, want 2:3", line, col)
	}
	if got := Line(src, 2); got != "çd{{ x }}" {
		t.Errorf("line 2 is %q", got)
	}
}

// TestLex shows the tokens of sources whose cutting is not plain.
func TestLex(t *testing.T) {
	for src, want := range map[string]string{
		"a {{- 1_0 -}} b":               "data:a { integer:10 } data:b",
		"{{ 1.5e-3 1.e5 }}":             "{ float:1.5e-3 integer:1 . name:e5 }",
		"{{ a.1.5 }}":                   "{ name:a . integer:1 . integer:5 }",
		"{{ 012 0x_f 0b1 }}":            "{ integer:0 integer:12 integer:0xf integer:0b1 }",
		"{{ {'a': {}} }}":               "{ { string:a : { } } }",
		`{{ 'a\'b\n\x41\é' }}`:          "{ string:a'b\nA\\xe9 }",
		"{%+ if x -%}\n y":              "{% name:if name:x %} data:y",
		"{% raw -%} {{ x {%- endraw %}": "data:{{ x",
		"{# c -#} x {#":                 "data:x ",
		"{{ a } }}":                     "{ name:a error:unexpected '}'",
		"{{ (] }}":                      "{ ( error:unexpected ']', expected ')'",
		"{{ é_1 ! }}":                   "{ name:é_1 error:unexpected char '!' at 7",
	} {
		var got []string
		for _, tok := range lex(src, nil) {
			switch tok.Kind {
			case EOF:
			case VarBegin:
				got = append(got, "{")
			case VarEnd:
				got = append(got, "}")
			case BlockBegin:
				got = append(got, "{%")
			case BlockEnd:
				got = append(got, "%}")
			case Data:
				got = append(got, "data:"+tok.Text)
			case Bad, NameTok, StringTok, IntTok, FloatTok:
				got = append(got, tok.Kind.String()+":"+tok.Text)
			default:
				got = append(got, tok.Kind.String())
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q\ngot  %s\nwant %s", src, s, want)
		}
	}
}
