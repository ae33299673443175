package manifest

import "sync"

// columns are the documented columns of a node. They are most of what a project
// says and the least asked for: those that come from the parsing cache are read
// when somebody first looks.
type columns struct {
	list  []*Column
	later *laterColumns // nil: list holds them
}

type laterColumns struct {
	once sync.Once
	read func() []*Column
	list []*Column
}

// Columns are the documented columns of n, in the order of its properties. It is
// safe for many goroutines; the list is not to be changed.
func (n *Node) Columns() []*Column {
	l := n.columns.later
	if l == nil {
		return n.columns.list
	}
	l.once.Do(func() { l.list, l.read = l.read(), nil })
	return l.list
}

// SetColumns gives n its columns.
func (n *Node) SetColumns(list []*Column) { n.columns = columns{list: list} }

// DeferColumns lets read give n its columns when they are first asked for.
func (n *Node) DeferColumns(read func() []*Column) {
	n.columns = columns{later: &laterColumns{read: read}}
}
