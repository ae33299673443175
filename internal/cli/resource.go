package cli

import (
	"strings"
	"time"

	"dex/internal/engine"
	"dex/internal/event"
)

// reportResources tells what the process took for a command: to those who look at
// debug, or to all where that is asked for. Where the operating system has no such
// figures nothing is told, as in dbt. dbt: a command of a group goes by its own name.
func (st *stage) reportResources(inv *engine.Invocation, success bool, took time.Duration, shown bool) {
	res, ok := resources()
	if !ok {
		return
	}
	level := event.Debug
	if shown {
		level = event.Info
	}
	name := inv.Command[strings.LastIndexByte(inv.Command, ' ')+1:]
	st.emit(level, event.ResourceReport{CommandName: name, Success: success, WallClock: took.Seconds(), Resources: res})
}
