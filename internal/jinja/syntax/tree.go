package syntax

// Node is a node of the tree.
type Node interface {
	// At is where the node stands in the text.
	At() Pos
}

// Expr is an expression.
type Expr = Node

// Stmt is a statement.
type Stmt = Node

// At gives the place of the node that embeds it.
func (p Pos) At() Pos { return p }

// Ctx is how a name is used.
type Ctx uint8

// The uses of a name.
const (
	Load Ctx = iota
	Store
	Param
)

// ConstKind is the type of a constant.
type ConstKind uint8

// The types of constants.
const (
	ConstNone ConstKind = iota
	ConstTrue
	ConstFalse
	ConstInt
	ConstFloat
	ConstStr
)

// Expressions.
type (
	// Name is a variable.
	Name struct {
		Pos
		Name string
		Ctx  Ctx
	}
	// NSRef is the target of {% set name.attr = value %}.
	NSRef struct {
		Pos
		Name, Attr string
	}
	// Const is a literal. Text holds the string, or the digits of a number.
	Const struct {
		Pos
		Kind ConstKind
		Text string
	}
	// Text is template text between tags.
	Text struct {
		Pos
		Text string
	}
	// Tuple is (a, b).
	Tuple struct {
		Pos
		Items []Expr
	}
	// List is [a, b].
	List struct {
		Pos
		Items []Expr
	}
	// Dict is {k: v}.
	Dict struct {
		Pos
		Keys, Values []Expr
	}
	// Cond is a if test else b; Else may be nil.
	Cond struct {
		Pos
		Test, Then, Else Expr
	}
	// Binary is an arithmetic operation.
	Binary struct {
		Pos
		Op          Kind
		Left, Right Expr
	}
	// Unary is -x or +x.
	Unary struct {
		Pos
		Op Kind
		X  Expr
	}
	// Logic is and and or.
	Logic struct {
		Pos
		And         bool
		Left, Right Expr
	}
	// Not is not x.
	Not struct {
		Pos
		X Expr
	}
	// Compare is a chain of comparisons.
	Compare struct {
		Pos
		X   Expr
		Ops []Operand
	}
	// Concat is a ~ b ~ c.
	Concat struct {
		Pos
		Items []Expr
	}
	// Getattr is x.attr.
	Getattr struct {
		Pos
		X    Expr
		Attr string
	}
	// Getitem is x[key]; Key is a *Slice for x[a:b].
	Getitem struct {
		Pos
		X, Key Expr
	}
	// Slice is a:b:c; each part may be nil.
	Slice struct {
		Pos
		Lo, Hi, Step Expr
	}
	// Call is f(args).
	Call struct {
		Pos
		Fn Expr
		Args
	}
	// Filter is x|name(args). X is nil for the filter of a block.
	Filter struct {
		Pos
		X    Expr
		Name string
		Args
	}
	// Test is x is name(args).
	Test struct {
		Pos
		X    Expr
		Name string
		Args
	}
)

// CompareOp is one comparison.
type CompareOp uint8

// The comparisons.
const (
	CmpEq CompareOp = iota
	CmpNe
	CmpLt
	CmpLe
	CmpGt
	CmpGe
	CmpIn
	CmpNotIn
)

// Operand is one link of a chain of comparisons.
type Operand struct {
	Op CompareOp
	X  Expr
}

// Args are the arguments of a call: Star and StarStar are *x and **x, or nil.
type Args struct {
	Pos            []Expr
	Kw             []Keyword
	Star, StarStar Expr
}

// Keyword is name=value.
type Keyword struct {
	At    Pos
	Name  string
	Value Expr
}

// Signature is what a macro or a call block declares.
type Signature struct {
	Params   []*Name
	Defaults []Expr // of the last len(Defaults) parameters
	Types    []*TypeName
}

// TypeName is the type of a macro parameter; nil where none is given.
type TypeName struct {
	Name   string
	Params []*TypeName
}

// Statements.
type (
	// Template is the root.
	Template struct {
		Pos
		Body []Stmt
	}
	// Output prints its parts, texts and expressions.
	Output struct {
		Pos
		Parts []Expr
	}
	// For is a loop.
	For struct {
		Pos
		Target    Expr
		Iter      Expr
		Test      Expr
		Recursive bool
		Body      []Stmt
		Else      []Stmt
	}
	// If is a condition with its elifs, which have neither Elifs nor Else.
	If struct {
		Pos
		Test  Expr
		Body  []Stmt
		Elifs []*If
		Else  []Stmt
	}
	// Set is {% set target = value %}.
	Set struct {
		Pos
		Target Expr
		Value  Expr
	}
	// SetBlock is {% set target %}...{% endset %}; Filter may be nil.
	SetBlock struct {
		Pos
		Target Expr
		Filter *Filter
		Body   []Stmt
	}
	// Macro is a macro, test, materialization or docs block.
	Macro struct {
		Pos
		Kind MacroKind
		Name string
		Signature
		Body []Stmt
		// Adapter is that of a materialization: "default" where none is given.
		Adapter string
	}
	// CallBlock is {% call(params) f() %}.
	CallBlock struct {
		Pos
		Signature
		Call *Call
		Body []Stmt
	}
	// FilterBlock is {% filter f %}.
	FilterBlock struct {
		Pos
		Filter *Filter
		Body   []Stmt
	}
	// With is {% with a=1 %}.
	With struct {
		Pos
		Targets, Values []Expr
		Body            []Stmt
	}
	// Scope is a body with names of its own: {% autoescape %}.
	Scope struct {
		Pos
		Body []Stmt
	}
	// Block is a block of template inheritance.
	Block struct {
		Pos
		Name             string
		Scoped, Required bool
		Body             []Stmt
	}
	// Extends names the parent template.
	Extends struct {
		Pos
		Template Expr
	}
	// Include renders another template in place.
	Include struct {
		Pos
		Template      Expr
		IgnoreMissing bool
		WithContext   bool
	}
	// Import binds another template's names to Target, or, where Names is set,
	// some of them one by one.
	Import struct {
		Pos
		Template    Expr
		Target      string
		Names       []ImportName
		WithContext bool
	}
	// Do evaluates an expression for its effects.
	Do struct {
		Pos
		X Expr
	}
	// Break leaves a loop.
	Break struct{ Pos }
	// Continue starts the next turn of a loop.
	Continue struct{ Pos }
)

// ImportName is one name of {% from x import name as alias %}.
type ImportName struct{ Name, Alias string }

// MacroKind tells which tag a Macro was written with.
type MacroKind uint8

// The kinds of macros.
const (
	PlainMacro MacroKind = iota
	TestMacro
	Materialization
	DocsMacro
)
