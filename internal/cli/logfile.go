package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"dex/internal/event"
)

// logFile is logs/dbt.log: every event, as text lines or one JSON object a line,
// as dbt writes them.
type logFile struct {
	mu      sync.Mutex
	f       *os.File
	w       *bufio.Writer
	json    bool
	level   event.Level
	id      string
	secrets *redactor
}

// newLogFile opens the log for appending. One that has grown over maxBytes is
// set aside as dbt.log.1 first.
func newLogFile(dir, format string, level event.Level, maxBytes int, id string, secrets *redactor) (*logFile, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "dbt.log")
	if st, err := os.Stat(path); err == nil && maxBytes > 0 && st.Size() > int64(maxBytes) {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	l := &logFile{f: f, w: bufio.NewWriterSize(f, 64<<10), json: format == "json", level: level, id: id, secrets: secrets}
	if !l.json {
		fmt.Fprintf(l.w, "\n\n============================== %s | %s ==============================\n", time.Now().UTC().Format("15:04:05.000000"), id)
	}
	return l, nil
}

// Emit implements event.Sink.
func (l *logFile) Emit(e event.Event) {
	if e.Level < l.level {
		return
	}
	var line []byte
	if l.json {
		line = jsonEvent(e, l.id)
	} else {
		line = fmt.Appendf(nil, "%s [%-5s] [%s]: %s", e.Time.UTC().Format("15:04:05.000000"), e.Level, thread(e.Thread), e.Data.Message())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// A log that cannot be written must not end the run; Close tells of it.
	_, _ = l.w.WriteString(l.secrets.clean(string(line)))
	_ = l.w.WriteByte('\n')
}

// Close writes what is left.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.w.Flush()
	if cerr := l.f.Close(); err == nil {
		err = cerr
	}
	return err
}

func thread(name string) string {
	if len(name) > 10 {
		return name[:10]
	}
	return name
}

// logInfo is the part that every event of dbt's JSON log has.
type logInfo struct {
	Category     string         `json:"category"`
	Code         string         `json:"code"`
	Extra        map[string]any `json:"extra"`
	InvocationID string         `json:"invocation_id"`
	Level        string         `json:"level"`
	Msg          string         `json:"msg"`
	Name         string         `json:"name"`
	PID          int            `json:"pid"`
	Thread       string         `json:"thread"`
	TS           string         `json:"ts"`
}

// jsonEvent is an event as dbt logs it: {"data": …, "info": …}.
func jsonEvent(e event.Event, id string) []byte {
	b, err := json.Marshal(struct {
		Data event.Data `json:"data"`
		Info logInfo    `json:"info"`
	}{e.Data, logInfo{
		Code: e.Data.Code(), Extra: map[string]any{}, InvocationID: id, Level: e.Level.String(), Msg: e.Data.Message(), Name: e.Data.Name(),
		PID: os.Getpid(), Thread: e.Thread, TS: e.Time.UTC().Format("2006-01-02T15:04:05.000000Z"),
	}})
	if err != nil {
		// An event that JSON cannot hold is still worth its message.
		b, _ = json.Marshal(map[string]any{"data": map[string]any{}, "info": map[string]any{"name": e.Data.Name(), "msg": e.Data.Message(), "level": e.Level.String()}})
	}
	return b
}

func now() time.Time { return time.Now() }
