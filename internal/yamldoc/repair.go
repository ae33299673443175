package yamldoc

import (
	"bytes"
	"errors"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// repair changes what the reader refuses and PyYAML takes, keeping every place:
//
//   - half of a surrogate pair ("\ud83d"), which Python's text can hold and Go's
//     cannot, becomes U+FFFD;
//   - %YAML 1.2 becomes 1.1, which changes nothing for PyYAML.
//
// It is false where the refusal has another cause.
func repair(src []byte, err error) ([]byte, bool) {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return nil, false
	}
	at, with := -1, ""
	switch {
	case strings.Contains(load.Message, "invalid Unicode character escape"):
		at, with = loneSurrogate(src), "fffd"
	case strings.Contains(load.Message, "incompatible YAML document"):
		if m := versionDirective.FindSubmatchIndex(src); m != nil {
			at, with = m[2], "1"
		}
	}
	if at < 0 {
		return nil, false
	}
	src = bytes.Clone(src)
	copy(src[at:], with)
	return src, true
}

var versionDirective = regexp.MustCompile(`(?m)^%YAML 1\.([02-9])\s*$`)

// loneSurrogate finds the four digits of an escape that is half of a surrogate
// pair; -1 where there is none.
func loneSurrogate(src []byte) int {
	for from := 0; ; {
		i := bytes.Index(src[from:], []byte(`\u`))
		if i < 0 || from+i+6 > len(src) {
			return -1
		}
		at := from + i + 2
		hex := bytes.ToLower(src[at : at+4])
		if hex[0] == 'd' && hex[1] >= '8' && len(bytes.Trim(hex, "0123456789abcdef")) == 0 {
			return at
		}
		from = at
	}
}
