package session

import (
	"sync"

	"dex/internal/event"
)

// Names remembers which session each thread had last. It is safe for concurrent use.
type Names struct {
	mu   sync.Mutex
	last map[string]string
}

// follow notes that a thread has a session now, and gives the name of the one before;
// false where it is the first.
func (n *Names) follow(thread, name string) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last == nil {
		n.last = map[string]string{}
	}
	was, ok := n.last[thread]
	n.last[thread] = name
	return was, ok
}

// tellOpen tells of the session as dbt tells of a thread's connection, which is new at
// first and bears another name then, though what is behind it was closed in between.
// dbt: set_connection_name.
func (s *Session) tellOpen() {
	if s.opt.Names == nil {
		return
	}
	switch was, ok := s.opt.Names.follow(s.Thread, s.Name); {
	case !ok:
		s.emit(event.Debug, event.NewConnection{ConnType: s.opt.AdapterType, ConnName: s.Name, NodeInfo: s.Info})
	case was != s.Name:
		s.emit(event.Debug, event.ConnectionReused{ConnName: s.Name, Former: was})
	}
}
