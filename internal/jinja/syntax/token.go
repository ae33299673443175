package syntax

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens. The operators come last, in the order of kindNames.
const (
	EOF Kind = iota
	Bad      // a lexical error: raised once the parser reaches it
	Data
	BlockBegin
	BlockEnd
	VarBegin
	VarEnd
	NameTok
	StringTok
	IntTok
	FloatTok
	Add
	Sub
	Div
	FloorDiv
	Mul
	Mod
	Pow
	Tilde
	LBracket
	RBracket
	LParen
	RParen
	LBrace
	RBrace
	Eq
	Ne
	Gt
	GtEq
	Lt
	LtEq
	Assign
	Dot
	Colon
	Pipe
	Comma
	Semicolon
)

// kindNames are Jinja's words for the kinds, as they stand in error messages.
var kindNames = [...]string{
	EOF: "end of template", Bad: "error", Data: "template data / text",
	BlockBegin: "begin of statement block", BlockEnd: "end of statement block",
	VarBegin: "begin of print statement", VarEnd: "end of print statement",
	NameTok: "name", StringTok: "string", IntTok: "integer", FloatTok: "float",
	Add: "+", Sub: "-", Div: "/", FloorDiv: "//", Mul: "*", Mod: "%", Pow: "**", Tilde: "~",
	LBracket: "[", RBracket: "]", LParen: "(", RParen: ")", LBrace: "{", RBrace: "}",
	Eq: "==", Ne: "!=", Gt: ">", GtEq: ">=", Lt: "<", LtEq: "<=", Assign: "=",
	Dot: ".", Colon: ":", Pipe: "|", Comma: ",", Semicolon: ";",
}

func (k Kind) String() string { return kindNames[k] }

// token is one lexical unit. Text is the data, the name, the unescaped string
// or the digits without underscores; of a Bad token it is the message.
type token struct {
	Kind Kind
	Off  Pos
	Text string
}

// describe is how error messages name a token.
func (t token) describe() string {
	if t.Kind == NameTok {
		return t.Text
	}
	return t.Kind.String()
}

// is reports whether t is the name s.
func (t token) is(s string) bool { return t.Kind == NameTok && t.Text == s }
