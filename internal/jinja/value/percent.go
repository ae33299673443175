package value

func percentFormat(format, args Value) (Value, error) {
	return nil, TypeErrorf("TODO")
}
