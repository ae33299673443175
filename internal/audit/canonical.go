package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dex/internal/store"
)

// Records are hashed as canonical JSON (RFC 8785): keys in order, no blanks, texts
// with as few escapes as may be, numbers in their shortest form. So whoever has a
// record's values can make the same bytes, in any language.

// Hash is the SHA-256 of a record's at, body, kind, prev and seq, in hexadecimal.
func Hash(r store.Record) string {
	sum := sha256.Sum256(appendRecord(nil, r, false))
	return hex.EncodeToString(sum[:])
}

// Line is a record as export shows it: what Hash is made of, and the hash.
func Line(r store.Record) []byte { return appendRecord(nil, r, true) }

func appendRecord(b []byte, r store.Record, hash bool) []byte {
	b = append(b, `{"at":"`...)
	b = r.At.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","body":`...)
	b = append(b, r.Body...)
	if hash {
		b = appendText(append(b, `,"hash":`...), r.Hash)
	}
	b = appendText(append(b, `,"kind":`...), r.Kind)
	b = appendText(append(b, `,"prev":`...), r.Prev)
	b = strconv.AppendInt(append(b, `,"seq":`...), r.Seq, 10)
	return append(b, '}')
}

// object writes the members of a JSON object that are not empty. They come in the
// order of their keys.
type object struct {
	b     []byte
	clean func(string) string
}

func (o *object) key(k string) {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = append(appendText(o.b, k), ':')
}

func (o *object) text(k, v string) {
	if o.clean != nil {
		v = o.clean(v)
	}
	if v != "" {
		o.key(k)
		o.b = appendText(o.b, v)
	}
}

func (o *object) count(k string, n int64) {
	if n != Unknown {
		o.key(k)
		o.b = strconv.AppendInt(o.b, n, 10)
	}
}

// body is an entry without its kind, which the record has.
func (l *Log) body(e *Entry) []byte {
	o := object{b: []byte{'{'}, clean: l.Clean}
	o.text("command", e.Command)
	o.text("dex_version", e.Version)
	if !e.StartedAt.IsZero() {
		o.key("duration") // in seconds: a whole number of microseconds needs no exponent
		o.b = strconv.AppendFloat(o.b, float64(e.Duration.Microseconds())/1e6, 'f', -1, 64)
	}
	o.text("event", e.Event)
	o.text("git_commit", e.Commit)
	o.text("invocation_id", e.Invocation)
	o.text("message", e.Message)
	o.text("name", e.Name)
	o.text("node", e.Node)
	o.text("project", e.Project)
	o.text("reason", e.Reason)
	o.count("rows_affected", e.RowsAffected)
	o.count("rows_after", e.RowsAfter)
	o.count("rows_before", e.RowsBefore)
	if !e.StartedAt.IsZero() {
		o.text("started_at", e.StartedAt.UTC().Format("2006-01-02T15:04:05.000000Z"))
	}
	o.text("status", e.Status)
	o.text("target", e.Target)
	o.text("user", e.User)
	return append(o.b, '}')
}

// short are the escapes of one letter.
var short = [256]byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\'}

// appendText writes a JSON text as RFC 8785 has it.
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case short[c] != 0:
			b = append(b, '\\', short[c])
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
