package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func redacting(secrets ...string) *Redactor {
	r := New(nil)
	r.Add(secrets)
	return r
}

func TestRedaction(t *testing.T) {
	const secret = `pa"ss'w/rd+1&2`
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	r := New([]string{"DBT_ENV_SECRET_PW=" + secret, "OTHER=harmless", "DBT_ENV_SECRET_BLANK= ", "DBT_ENV_SECRET_SHORT=xyz"})
	for name, text := range map[string]string{
		"plain":    "say " + secret + " twice: " + secret,
		"query":    "postgres://u:" + url.QueryEscape(secret) + "@h/db",
		"path":     "postgres://u:" + url.PathEscape(secret) + "@h/db",
		"json":     `{"password": ` + string(quoted) + `}`,
		"sql":      "alter user u password '" + strings.ReplaceAll(secret, "'", "''") + "'",
		"hex":      hex.EncodeToString([]byte(secret)),
		"HEX":      strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"base64":   base64.StdEncoding.EncodeToString([]byte(secret)),
		"raw":      base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"basic 1":  base64.StdEncoding.EncodeToString([]byte("u:" + secret)),
		"basic 2":  base64.StdEncoding.EncodeToString([]byte("us:" + secret)),
		"basic 3":  base64.URLEncoding.EncodeToString([]byte("use:" + secret + "!")),
		"short":    "xyz",
		"too many": secret + "xyz",
	} {
		got := r.Clean(text)
		if !strings.Contains(got, Mask) {
			t.Errorf("%s: %q is shown as %q", name, text, got)
		}
		for _, piece := range []string{secret, "ss'w", "ss%27w", hex.EncodeToString([]byte(secret))[4:20], base64.StdEncoding.EncodeToString([]byte(secret))[2:12]} {
			if strings.Contains(got, piece) {
				t.Errorf("%s: %q still holds %q", name, got, piece)
			}
		}
	}
	if got := r.Clean("harmless and blank"); got != "harmless and blank" {
		t.Error(got)
	}
}

func TestRedactionOfManyLines(t *testing.T) {
	r := redacting("-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----")
	got := r.Clean("could not read\n  -----BEGIN KEY-----\n  MIIEvQIBADANBg\n  -----END KEY-----")
	if strings.Contains(got, "MIIE") || strings.Contains(got, "BEGIN KEY") {
		t.Error(got)
	}
}

// Encoders of URLs and of JSON differ; none of what they write is let through.
func TestRedactionOfEncodings(t *testing.T) {
	const secret = "p a/ss&w<ö>\\\"'rd+\U0001F511"
	r := redacting(secret)
	for name, coded := range map[string]string{
		"python quote":       `p%20a/ss%26w%3C%C3%B6%3E%5C%22%27rd%2B%F0%9F%94%91`,
		"encodeURIComponent": `p%20a%2Fss%26w%3C%C3%B6%3E%5C%22'rd%2B%F0%9F%94%91`,
		"lower case":         `p%20a%2fss%26w%3c%c3%b6%3e%5c%22%27rd%2b%f0%9f%94%91`,
		"form":               `p+a%2Fss%26w%3C%C3%B6%3E%5C%22%27rd%2B%F0%9F%94%91`,
		"python json":        `p a/ss&w<\u00f6>\\\"'rd+\ud83d\udd11`,
		"go json":            `p a/ss\u0026w\u003cö\u003e\\\"'rd+` + "\U0001F511",
		"json":               `p a/ss&w<ö>\\\"'rd+` + "\U0001F511",
		"repr":               `p a/ss&w<ö>\\"\'rd+` + "\U0001F511",
	} {
		if got := r.Clean("x" + coded + "y"); got != "x"+Mask+"y" {
			t.Errorf("%s: %q is shown as %q", name, coded, got)
		}
	}
}

// JSON stays JSON, whatever the secret is.
func TestCleanJSON(t *testing.T) {
	r := redacting(`",`, "1234567", "top\nsecret\u00e9", "true", "42")
	for text, want := range map[string]string{
		`{"a": 1, "b": [true, 12345678, null]}`:                  `{"a": 1, "b": [true, 12345678, null]}`,
		`{"a": 1234567, "b": -1234567, "1234567": "x1234567"}`:   `{"a": "*****", "b": -1234567, "*****": "x*****"}`,
		`"a", "top\nsecret\u00e9 and \u00fc", 42]`:               `"a", "***** and \u00fc", 42]`,
		`{"a": "42 \\", "b": "\",", "c": "top\\nsecret\\u00e9"}`: `{"a": "***** \\", "b": "*****", "c": "*****"}`,
		`{"a":"x","b":"1234567`:                                  `{"a":"x","b":"*****`,
		``:                                                       ``,
	} {
		got := string(r.CleanJSON([]byte(text)))
		if got != want {
			t.Errorf("%s\nbecomes %s\nnot     %s", text, got, want)
		}
	}
	harmless := []byte(`{"a": "b"}`)
	if got := redacting("other").CleanJSON(harmless); &got[0] != &harmless[0] {
		t.Error("what holds no secret is copied")
	}
}

// A secret that holds another one goes whole.
func TestRedactionLongestFirst(t *testing.T) {
	r := redacting("hunter", "hunter22-long")
	if got := r.Clean("hunter22-long hunter"); got != Mask+" "+Mask {
		t.Error(got)
	}
	r = redacting("abcd", "cdefgh", "z")
	for text, want := range map[string]string{"-abcdefgh-": "-" + Mask + "-", "abcdabcd": Mask + Mask, "z": Mask, "aza": "a" + Mask + "a", "": "", "abc": "abc"} {
		if got := r.Clean(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func BenchmarkRedact(b *testing.B) {
	r := redacting("hunter22", "s3cr3t-t0ken", "postgres-password")
	sql := strings.Repeat("select a, b from c where d = 1\n", 15)
	b.SetBytes(int64(len(sql)))
	b.ReportAllocs()
	for b.Loop() {
		r.Clean(sql)
	}
}
