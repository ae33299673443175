package run

import "dex/internal/manifest"

// Inlined are the ephemeral models that were compiled because a node refers to
// them, selected or not.
func (c *Compiler) Inlined() map[manifest.ID]Compiled {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[manifest.ID]Compiled, len(c.ephemeral))
	for id, e := range c.ephemeral {
		if e.err == nil && e.frame != nil {
			out[id] = e.done
		}
	}
	return out
}
