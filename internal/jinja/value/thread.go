package value

import "context"

// Thread is the state of one render: it is handed to every Go function that a
// template calls. A Thread belongs to one goroutine.
type Thread struct {
	// Ctx ends long work: loops and calls look at it.
	Ctx context.Context
	// Host is what the host of the engine put there for its own functions;
	// package render keeps a node's state in it.
	Host any
	// Chain lets attributes, items and calls of an undefined value give the
	// undefined value again: dbt while it parses. Otherwise they are an
	// UndefinedError: dbt while it compiles and runs. Printing gives nothing
	// under both.
	Chain bool
	// Fuel is what is left of the number of steps (loop turns and calls) that a
	// render may take. It counts down; at 0 the render ends with an error.
	// Negative is no limit.
	Fuel int64
	// MaxOutput bounds the bytes one render may write; 0 is no limit.
	MaxOutput int
	// MaxDepth bounds nested macro calls; 0 takes DefaultMaxDepth.
	MaxDepth int
	// At is the byte of its template at which the call stands that is made now. It
	// is good on the way into the function that is called, not behind it.
	At int32
	// Depth is the present nesting of macro calls.
	Depth int

	steps uint32
}

// DefaultMaxDepth is the nesting of macro calls at which a render ends with a
// RecursionError. Python's own limit of 1,000 frames allows about a third of
// that, since a macro call takes three.
const DefaultMaxDepth = 300

// NewThread returns a Thread without limits on steps and output.
func NewThread(ctx context.Context, host any) *Thread {
	return &Thread{Ctx: ctx, Host: host, Fuel: -1}
}

// Step takes one step of fuel: a loop's turn or a call. Without any left, or
// when the context has ended, it is an error that ends the render. The context
// is looked at every 256 steps.
func (t *Thread) Step() error {
	if t.Fuel == 0 {
		return Errorf("RuntimeError", "the template takes too many steps; does a loop or a macro run away?")
	}
	if t.Fuel > 0 {
		t.Fuel--
	}
	t.steps++
	if t.steps&255 == 0 && t.Ctx != nil {
		return t.Ctx.Err()
	}
	return nil
}

// Enter goes one macro call deeper; Leave comes back. After an error, which is
// a RecursionError beyond MaxDepth, it went no deeper and Leave is not called.
func (t *Thread) Enter() error {
	limit := t.MaxDepth
	if limit == 0 {
		limit = DefaultMaxDepth
	}
	if t.Depth >= limit {
		return Errorf("RecursionError", "maximum recursion depth exceeded")
	}
	if err := t.Step(); err != nil {
		return err
	}
	t.Depth++
	return nil
}

// Leave ends what Enter began.
func (t *Thread) Leave() { t.Depth-- }
