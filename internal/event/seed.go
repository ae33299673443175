package event

// SeedHeader names the seed whose rows follow: seed --show.
type SeedHeader struct{ Header string }

// Name implements Data.
func (SeedHeader) Name() string { return "SeedHeader" }

// Code implements Data.
func (SeedHeader) Code() string { return "Q004" }

// Message implements Data.
func (e SeedHeader) Message() string { return e.Header }

// Fields implements Fielder.
func (e SeedHeader) Fields(enc *Encoder) { enc.Str("header", e.Header) }
