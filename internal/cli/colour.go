package cli

import (
	"strings"

	"dex/internal/event"
)

// The escape sequences that the views use.
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

// paint colours a text by its tone.
func paint(t event.Tone, s string) string {
	switch t {
	case event.Good:
		return green + s + reset
	case event.Doubtful:
		return yellow + s + reset
	case event.Bad:
		return red + s + reset
	}
	return s
}

// paintTag colours the mark that a warning or an error begins with.
func paintTag(msg string, paint func(event.Tone, string) string) string {
	if rest, ok := strings.CutPrefix(msg, "[WARNING]"); ok {
		return "[" + paint(event.Doubtful, "WARNING") + "]" + rest
	}
	if rest, ok := strings.CutPrefix(msg, "[ERROR]"); ok {
		return "[" + paint(event.Bad, "ERROR") + "]" + rest
	}
	return msg
}
