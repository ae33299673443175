package pyrun

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"dex/internal/jinja/value"
)

const (
	// maxLine bounds one line of output; the rest of a longer one is left out.
	maxLine = 64 << 10
	// tailLines is how many of the last lines of standard error an error shows.
	tailLines = 20
)

// output takes what a script prints, line by line, up to a limit in bytes. Beyond it
// lines are read and dropped, so that the script does not wait, and counted.
type output struct {
	to    func(Line)
	limit int64

	mu      sync.Mutex
	taken   int64
	dropped int64
	tail    []string // of standard error
}

// read reads a stream to its end.
func (o *output) read(r io.Reader, stream string) {
	buf := make([]byte, 32<<10)
	var rest []byte
	cut := false // the line under way is longer than maxLine, and its beginning is told
	for {
		n, err := r.Read(buf)
		b := buf[:n]
		for {
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				break
			}
			if !cut {
				o.line(append(rest, b[:i]...), stream)
			}
			rest, cut, b = rest[:0], false, b[i+1:]
		}
		if !cut {
			if rest = append(rest, b...); len(rest) > maxLine {
				o.line(rest, stream)
				rest, cut = rest[:0], true
			}
		}
		if err != nil {
			if len(rest) > 0 {
				o.line(rest, stream)
			}
			return
		}
	}
}

func (o *output) line(b []byte, stream string) {
	text := cutText(strings.TrimRight(string(b), "\r"), maxLine)
	if stream == "stderr" {
		o.mu.Lock()
		if len(o.tail) == tailLines {
			o.tail = append(o.tail[:0], o.tail[1:]...)
		}
		o.tail = append(o.tail, cutText(text, 500))
		o.mu.Unlock()
	}
	o.take(Line{Text: text, Level: Info, Stream: stream})
}

// take hands a line on, or counts it where there have been too many.
func (o *output) take(l Line) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken += int64(len(l.Text)) + 1
	if l.Fields != nil {
		o.taken += int64(len(value.Repr(l.Fields)))
	}
	if o.taken <= o.limit {
		o.to(l)
		return
	}
	if o.dropped == 0 {
		o.to(Line{Stream: "dex", Level: Warning, Text: fmt.Sprintf("the script has written more than %s to its log: what it writes from here on is not kept", size(o.limit))})
	}
	o.dropped++
}

// finish says how much was dropped.
func (o *output) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dropped > 0 {
		o.to(Line{Stream: "dex", Level: Warning, Text: fmt.Sprintf("%d lines of the script's output were not kept: it wrote %s, and %s is the limit", o.dropped, size(o.taken), size(o.limit))})
	}
}

// last gives the last lines of standard error.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(strings.Join(o.tail, "\n"))
}

// cutText makes a text at most n bytes long, valid, and says so where it was longer.
func cutText(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + " … (cut)"
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
