package jinja

import "dex/internal/jinja/syntax"

// A template's names are resolved to slots when it is compiled. What a name
// means follows from where it is read and written, by rules that Jinja's own
// compiler implies: this file restates them. symbols is what one frame (the
// template, a loop, a macro, ...) knows of names; function is the run-time unit
// that holds their slots, for several frames share the slots of the function
// they stand in.

// function is a compile-time unit with slots of its own: the template, a macro,
// a block, a recursive loop.
type function struct {
	up    *function
	slots []slotKey
	free  map[string]int // slots that cache names of the scope
	macro bool           // a macro was defined in it: its frames outlive it
}

// slotKey tells the slots of a function apart. Frames of one level never live
// at the same time, so that they share slots.
type slotKey struct {
	level int
	name  string
}

func (fn *function) slot(level int, name string) int {
	for i := range fn.slots {
		if fn.slots[i].level == level && fn.slots[i].name == name {
			return i
		}
	}
	fn.slots = append(fn.slots, slotKey{level, name})
	return len(fn.slots) - 1
}

// freeSlot is the slot that caches a name of the scope.
func (fn *function) freeSlot(name string) int {
	i, ok := fn.free[name]
	if !ok {
		if fn.free == nil {
			fn.free = map[string]int{}
		}
		i = len(fn.slots)
		fn.slots = append(fn.slots, slotKey{level: -1 << 31, name: name})
		fn.free[name] = i
	}
	return i
}

// loadKind is how a name's slot gets its value when its frame is entered.
type loadKind uint8

const (
	loadResolve   loadKind = iota // looked up in the scope
	loadAlias                     // copied from the same name further out
	loadUndefined                 // nothing yet
	loadParam                     // set by whoever enters the frame
)

type symbol struct {
	name   string
	load   loadKind
	stored bool
}

// symbols are the names of one frame.
type symbols struct {
	level  int
	parent *symbols
	fn     *function
	list   []symbol
}

func newSymbols(parent *symbols, fn *function) *symbols {
	s := &symbols{parent: parent, fn: fn}
	if parent != nil {
		s.level = parent.level + 1
	}
	return s
}

func (s *symbols) own(name string) *symbol {
	for i := range s.list {
		if s.list[i].name == name {
			return &s.list[i]
		}
	}
	return nil
}

// find gives the symbol of a name, looking outwards, and the frame it is of.
func (s *symbols) find(name string) (*symbols, *symbol) {
	for ; s != nil; s = s.parent {
		if sym := s.own(name); sym != nil {
			return s, sym
		}
	}
	return nil, nil
}

func (s *symbols) define(name string, load loadKind, stored bool) {
	if sym := s.own(name); sym != nil {
		sym.load, sym.stored = load, sym.stored || stored
		return
	}
	s.list = append(s.list, symbol{name, load, stored})
}

func (s *symbols) declareParam(name string) { s.define(name, loadParam, true) }

func (s *symbols) store(name string) {
	if sym := s.own(name); sym != nil {
		sym.stored = true
		return
	}
	load := loadUndefined
	if s.parent != nil {
		if _, outer := s.parent.find(name); outer != nil {
			load = loadAlias
		}
	}
	s.define(name, load, true)
}

func (s *symbols) read(name string) {
	if _, sym := s.find(name); sym == nil {
		s.define(name, loadResolve, false)
	}
}

func (s *symbols) copy() *symbols {
	c := *s
	c.list = append([]symbol(nil), s.list...)
	return &c
}

// mergeBranches takes over what the branches of an if have seen. A name that
// only some of them write keeps its outer value where they did not run.
func (s *symbols) mergeBranches(branches ...*symbols) {
	var written []string
	for _, b := range branches {
		for i := range b.list {
			if sym := b.list[i]; sym.stored {
				if mine := s.own(sym.name); mine == nil || !mine.stored {
					written = append(written, sym.name)
				}
			}
		}
	}
	for _, b := range branches {
		for i := range b.list {
			s.define(b.list[i].name, b.list[i].load, b.list[i].stored)
		}
	}
	for _, name := range written {
		load := loadResolve
		if s.parent != nil {
			if _, outer := s.parent.find(name); outer != nil {
				load = loadAlias
			}
		}
		s.own(name).load = load
	}
}

// visitAll notes the names in nodes that stand directly in the frame.
func visitAll[N syntax.Node](s *symbols, nodes []N) {
	for _, n := range nodes {
		s.visit(n)
	}
}

// visit notes the names that a node reads and writes in this frame. Bodies with
// frames of their own are not entered.
func (s *symbols) visit(n syntax.Node) {
	switch n := n.(type) {
	case nil, *syntax.Text, *syntax.Const, *syntax.Scope, *syntax.Block:
	case *syntax.Name:
		switch n.Ctx {
		case syntax.Load:
			s.read(n.Name)
		case syntax.Store:
			s.store(n.Name)
		default:
			s.declareParam(n.Name)
		}
	case *syntax.NSRef:
		s.read(n.Name)
	case *syntax.If:
		s.visitIf(n)
	case *syntax.Macro:
		s.store(n.Name)
	case *syntax.Import:
		s.visitImport(n)
	case *syntax.Set:
		s.visit(n.Value)
		s.visit(n.Target)
	case *syntax.SetBlock:
		s.visit(n.Target)
	case *syntax.For:
		s.visit(n.Iter)
	case *syntax.CallBlock:
		s.visit(n.Call)
	case *syntax.FilterBlock:
		s.visit(n.Filter)
	case *syntax.With:
		visitAll(s, n.Values)
	default:
		syntax.Children(n, s.visit)
	}
}

func (s *symbols) visitIf(n *syntax.If) {
	s.visit(n.Test)
	body, elifs, els := s.copy(), s.copy(), s.copy()
	visitAll(body, n.Body)
	visitAll(elifs, n.Elifs)
	visitAll(els, n.Else)
	s.mergeBranches(body, elifs, els)
}

func (s *symbols) visitImport(n *syntax.Import) {
	s.visit(n.Template)
	if n.Target != "" {
		s.store(n.Target)
	}
	for _, name := range n.Names {
		s.store(name.Alias)
	}
}

// visitTarget notes the names of a loop's target, which the loop sets.
func (s *symbols) visitTarget(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Name:
		s.declareParam(n.Name)
	case *syntax.Tuple:
		for _, it := range n.Items {
			s.visitTarget(it)
		}
	}
}

// undeclared tells which of the names a body reads before it writes them.
// Unlike visit it enters every body but that of a block.
func undeclared[N syntax.Node](body []N, names ...string) map[string]bool {
	found := map[string]bool{}
	live := map[string]bool{}
	for _, n := range names {
		live[n] = true
	}
	for _, n := range body {
		syntax.Walk(n, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Block:
				return false
			case *syntax.Name:
				if !live[n.Name] {
					break
				}
				if n.Ctx == syntax.Load {
					found[n.Name] = true
				} else {
					delete(live, n.Name)
				}
			}
			return true
		})
	}
	return found
}
