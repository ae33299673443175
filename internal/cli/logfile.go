package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"dex/internal/event"
	"dex/internal/secret"
)

// logFile is logs/dbt.log: every event, as text lines or one JSON object a line,
// as dbt writes them.
type logFile struct {
	level event.Level
	json  *jsonLines // nil: text
	text  textLines

	mu       sync.Mutex
	path     string
	f        *os.File
	w        *bufio.Writer
	size     int64
	maxBytes int64
	flushed  time.Time
	err      error // the first that befell writing; Close tells it
}

// logOptions say where and how a log is written.
type logOptions struct {
	dir      string
	format   string // "text", "json", "debug"
	level    event.Level
	maxBytes int // 0: never set aside
	id       string
	colour   bool
	secrets  *secret.Redactor
}

const (
	// logBackups is how many full logs are kept: dbt.log.1 to dbt.log.5.
	logBackups = 5
	// logDelay is how long a line may wait for company before it is written.
	logDelay = 200 * time.Millisecond
)

// newLogFile opens the log for appending.
func newLogFile(o logOptions) (*logFile, error) {
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return nil, err
	}
	l := &logFile{
		level: o.level, path: filepath.Join(o.dir, "dbt.log"), maxBytes: int64(o.maxBytes),
		text: textLines{clean: o.secrets.Clean, debug: o.format != "text", width: event.DefaultWidth},
	}
	if o.format == "json" {
		l.json = newJSONLines(o.id, o.secrets)
	}
	if o.colour {
		l.text.paint = paint
	}
	if err := l.open(); err != nil {
		return nil, err
	}
	if o.format == "debug" {
		const rule = "=============================="
		l.put(fmt.Sprintf("\n\n%s %s | %s %s\n", rule, time.Now().UTC().Format("15:04:05.000000"), o.id, rule))
	}
	return l, nil
}

func (l *logFile) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.f, l.size = f, st.Size()
	if l.w == nil {
		l.w = bufio.NewWriterSize(f, 64<<10)
	} else {
		l.w.Reset(f)
	}
	return nil
}

// Emit implements event.Sink.
func (l *logFile) Emit(e event.Event) {
	if e.Level < l.level {
		return
	}
	if l.json != nil {
		l.json.write(e, func(line []byte) { l.append(e, line, "") })
		return
	}
	l.append(e, nil, l.text.line(e))
}

// append writes one of its two forms of a line. Errors of the user's and lines
// that waited long enough go to the disk at once, so that a killed process leaves
// a log that tells.
func (l *logFile) append(e event.Event, line []byte, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return
	}
	if n := int64(len(line) + len(text)); l.maxBytes > 0 && l.size > 0 && l.size+n > l.maxBytes {
		l.note(l.rotate())
		if l.f == nil {
			return
		}
	}
	l.putBytes(line)
	l.put(text)
	if e.Level == event.Error || e.Time.Sub(l.flushed) >= logDelay {
		l.note(l.w.Flush())
		l.flushed = e.Time
	}
}

func (l *logFile) put(s string) {
	n, err := l.w.WriteString(s)
	l.size += int64(n)
	l.note(err)
}

func (l *logFile) putBytes(b []byte) {
	n, err := l.w.Write(b)
	l.size += int64(n)
	l.note(err)
}

func (l *logFile) note(err error) {
	if l.err == nil {
		l.err = err
	}
}

// rotate sets a full log aside and begins a new one.
func (l *logFile) rotate() error {
	err := errors.Join(l.w.Flush(), l.f.Close())
	l.f = nil
	for i := logBackups - 1; i > 0; i-- {
		rerr := os.Rename(l.path+"."+strconv.Itoa(i), l.path+"."+strconv.Itoa(i+1))
		if rerr != nil && !os.IsNotExist(rerr) {
			err = errors.Join(err, rerr)
		}
	}
	return errors.Join(err, os.Rename(l.path, l.path+".1"), l.open())
}

// Close writes what is left, and tells the first error that writing met: a log
// that cannot be written must not end the run. It may be called twice.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	l.note(l.w.Flush())
	l.note(l.f.Close())
	l.f = nil
	return l.err
}

func now() time.Time { return time.Now() }
