package cli

import (
	"io"
	"strconv"
	"strings"
	"time"

	"dex/internal/event"
)

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	eraseLine  = "\x1b[K" // from the cursor to the end of the line
	eraseBelow = "\x1b[J" // from the cursor to the end of the screen

	mostRunning = 8                      // lines of nodes that run now
	widest      = 110                    // cells: wider lines are hard to follow with the eye
	quiet       = 300 * time.Millisecond // before the first sign of life
)

// draw writes one frame.
func (v *live) draw() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.closed {
		v.write(v.frame())
	}
}

func (v *live) write(frame string) {
	if frame != "" {
		// Where the terminal is gone there is nobody left to tell.
		_, _ = io.WriteString(v.screen.w, frame)
	}
}

// frame is what brings the screen up to date: back to the top of the region, the
// lines that scroll up, the region again.
func (v *live) frame() string {
	region := v.region()
	if len(region) == 0 && len(v.waiting) == 0 && len(v.drawn) == 0 {
		return ""
	}
	var b strings.Builder
	if !v.hidden {
		v.hidden = true
		b.WriteString(hideCursor)
	}
	v.rewind(&b)
	v.scroll(&b)
	v.drawn = v.drawn[:0]
	for i, l := range region {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(l + eraseLine)
		v.drawn = append(v.drawn, cells(unpainted(l)))
	}
	b.WriteString(eraseBelow)
	return b.String()
}

// lastFrame leaves only what scrolls up, and the cursor as it was.
func (v *live) lastFrame() string {
	var b strings.Builder
	v.rewind(&b)
	if len(v.drawn) > 0 {
		b.WriteString(eraseBelow)
	}
	v.scroll(&b)
	v.drawn = nil
	if v.hidden {
		v.hidden = false
		b.WriteString(showCursor)
	}
	return b.String()
}

// rewind moves to the top of the region. Where the terminal has become narrower
// since it was drawn, its lines take several rows each.
func (v *live) rewind(b *strings.Builder) {
	if len(v.drawn) == 0 {
		return
	}
	cols, _ := v.screen.size()
	rows := 0
	for _, n := range v.drawn {
		rows += max(1, (n+cols-1)/cols)
	}
	b.WriteByte('\r')
	if rows > 1 {
		b.WriteString("\x1b[" + strconv.Itoa(rows-1) + "A")
	}
}

// scroll writes the lines that wait.
func (v *live) scroll(b *strings.Builder) {
	if len(v.waiting) == 0 {
		return
	}
	if len(v.drawn) > 0 {
		b.WriteString(eraseBelow)
	}
	for _, l := range v.waiting {
		b.WriteString(strings.ReplaceAll(l, "\n", "\r\n"))
		b.WriteString("\r\n")
	}
	v.waiting = v.waiting[:0]
}

// region lists the lines below what scrolls: what runs now, and the bar.
func (v *live) region() []string {
	at := v.now()
	cols := v.cols()
	if v.phase != "" {
		if at.Sub(v.began) < quiet {
			return nil
		}
		return []string{v.style.in(dim, fit(v.style.pick("›", ">")+" "+v.phase+"  "+span(at.Sub(v.began).Seconds()), cols))}
	}
	_, rows := v.screen.size()
	most := max(0, min(mostRunning, rows-4))
	lines := []string{""}
	for i, a := range v.running {
		if i == most || i == most-1 && len(v.running) > most {
			lines = append(lines, v.style.in(dim, fit("  and "+strconv.Itoa(len(v.running)-i)+" more", cols)))
			break
		}
		r := row{word: "run", kind: a.kind, name: a.name, seconds: at.Sub(a.since).Seconds(), running: true}
		lines = append(lines, r.format(cols, v.style))
	}
	return append(lines, v.bar(cols, at))
}

// bar is the last line: how far the run is, and how it went so far.
func (v *live) bar(cols int, at time.Time) string {
	done, total := v.ended.all(), max(v.total, v.ended.all())
	count := " " + strconv.Itoa(done) + "/" + strconv.Itoa(total)
	clock := "  " + span(at.Sub(v.began).Seconds())
	room := min(cols, widest) - cells(count) - cells(clock)
	counts, width := v.counts(room - 5)
	length := min(30, room-width)
	if length < 3 {
		return fit(strings.TrimSpace(count+clock), cols)
	}
	full := 0
	if total > 0 {
		full = length * done / total
	}
	tone := event.Good
	if v.ended.failed > 0 {
		tone = event.Bad
	}
	bar := v.tint(tone, strings.Repeat(v.style.pick("━", "#"), full)) + v.style.in(dim, strings.Repeat(v.style.pick("─", "-"), length-full))
	return bar + count + counts + v.style.in(dim, clock)
}

// counts words the outcomes so far, as many as there is room for, and says how
// wide they are.
func (v *live) counts(room int) (string, int) {
	text, width := "", 0
	for _, c := range []struct {
		n    int
		word string
		tone event.Tone
	}{{v.ended.failed, "failed", event.Bad}, {v.ended.warn, "warn", event.Doubtful}, {v.ended.skipped, "skipped", event.Doubtful}, {v.ended.ok, "ok", event.Good}} {
		s := strconv.Itoa(c.n) + " " + c.word
		if c.n == 0 || width+len(s)+2 > room {
			continue
		}
		text += "  " + v.tint(c.tone, s)
		width += len(s) + 2
	}
	return text, width
}

func (v *live) tint(t event.Tone, s string) string {
	if !v.style.colour || s == "" {
		return s
	}
	return paint(t, s)
}

// row is one aligned line about a node or a hook.
type row struct {
	word, kind, name, note string
	seconds                float64
	tone                   event.Tone
	running                bool
}

// format lays the row out in columns. On a narrow terminal the other columns give
// way to the name, one after the other.
func (r row) format(cols int, st style) string {
	cols = min(cols, widest)
	head, kind, note, took := r.mark(st)+" ", "", "", ""
	if cols >= 16 {
		head += pad(r.word, 6) + " "
	}
	if cols >= 28 {
		took = padLeft(span(r.seconds), 8)
	}
	if cols >= 60 {
		kind = pad(r.kind, 11) + " "
	}
	if cols >= 72 {
		note = padLeft(r.note, 14)
	}
	name := pad(r.name, cols-cells(head)-cells(kind)-cells(note)-cells(took))
	if r.tone != event.Plain && st.colour {
		head = paint(r.tone, head)
	}
	if r.running {
		return st.in(dim, head) + st.in(dim, kind) + name + note + took
	}
	return head + st.in(dim, kind) + name + st.in(dim, note) + st.in(dim, took)
}

func (r row) mark(st style) string {
	switch {
	case r.running:
		return st.pick("›", ">")
	case r.tone == event.Good:
		return st.pick("✓", "+")
	case r.tone == event.Doubtful:
		return st.pick("!", "!")
	case r.tone == event.Bad:
		return st.pick("✗", "x")
	}
	return " "
}

// span is a time as people read it: 0.14s, 12.3s, 2m05s, 1h02m.
func span(seconds float64) string {
	whole := int(seconds)
	switch {
	case seconds < 10:
		return strconv.FormatFloat(seconds, 'f', 2, 64) + "s"
	case seconds < 60:
		return strconv.FormatFloat(seconds, 'f', 1, 64) + "s"
	case whole < 3600:
		return strconv.Itoa(whole/60) + "m" + two(whole%60) + "s"
	}
	return strconv.Itoa(whole/3600) + "h" + two(whole%3600/60) + "m"
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// rowCount is "1 row", "12,345 rows".
func rowCount(n int64) string {
	if n == 1 {
		return "1 row"
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s + " rows"
}

// unpainted takes the colours out of a line.
func unpainted(s string) string {
	if !strings.Contains(s, "\x1b") {
		return s
	}
	var b strings.Builder
	for {
		at := strings.Index(s, "\x1b[")
		if at < 0 {
			return b.String() + s
		}
		b.WriteString(s[:at])
		end := strings.IndexByte(s[at:], 'm')
		if end < 0 {
			return b.String()
		}
		s = s[at+end+1:]
	}
}
