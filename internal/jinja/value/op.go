package value

// Op is a binary operator.
type Op uint8

// The comparisons come first, then arithmetic, then the operators of sets.
const (
	OpEq Op = iota
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpAdd
	OpSub
	OpMul
	OpDiv
	OpFloorDiv
	OpMod
	OpPow
	OpOr
	OpAnd
	OpXor
)

var opText = [...]string{"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "//", "%", "** or pow()", "|", "&", "^"}

// String is the operator as Python's error messages write it.
func (op Op) String() string { return opText[op] }

// swapped is the comparison with its sides exchanged.
func (op Op) swapped() Op {
	switch op {
	case OpLt:
		return OpGt
	case OpLe:
		return OpGe
	case OpGt:
		return OpLt
	case OpGe:
		return OpLe
	}
	return op
}

// holds says whether a comparison holds for two things of which the first is
// below (-1), equal to (0) or above (1) the second.
func (op Op) holds(order int) bool {
	switch op {
	case OpEq:
		return order == 0
	case OpNe:
		return order != 0
	case OpLt:
		return order < 0
	case OpLe:
		return order <= 0
	case OpGt:
		return order > 0
	case OpGe:
		return order >= 0
	}
	return false
}
