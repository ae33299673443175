package run

import "dex/internal/result"

// Lose has e drop the accounts of the hooks that f names.
func (e *Executor) Lose(f func(result.Hook) bool) { e.lose = f }

// Backoff is backoff.
var Backoff = backoff
