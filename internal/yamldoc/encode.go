package yamldoc

import "dex/internal/jinja/value"

// Encode is a placeholder until the emitter lands.
func Encode(v value.Value, sortKeys bool) ([]byte, error) {
	return value.AppendJSON(nil, v, value.JSONOptions{SortKeys: sortKeys})
}
