// Package pylib is what dbt hands out of Python's library as `modules`:
// datetime, re, pytz and itertools. Its dates and times are also what YAML
// documents, query results and run_started_at hold.
//
// It knows Python (3.11, and pytz), not Jinja and not dbt. Begin with Modules
// below; the values are in date.go, datetime.go, time.go and timedelta.go, time
// zones in timezone.go and pytz.go, regular expressions in re*.go.
package pylib

import (
	"time"

	"dex/internal/jinja/value"
)

// Options is what the modules take from outside.
type Options struct {
	// Now is the clock; nil is the computer's own. Its times come in the zone
	// that counts as local.
	Now func() time.Time
}

// clock tells the time.
type clock func() time.Time

func (c clock) zone() *time.Location { return c().Location() }

// Modules returns the modules by name. They are frozen: renders may share them.
func Modules(o Options) *value.Dict {
	c := clock(o.Now)
	if c == nil {
		c = time.Now
	}
	d := value.NewDict(4)
	d.SetStr("pytz", pytzModule())
	d.SetStr("datetime", datetimeModule(c))
	d.SetStr("re", reModule())
	d.SetStr("itertools", itertoolsModule())
	value.Freeze(d)
	return d
}

// datetimeModule has the names that dbt hands out, which timezone is not among.
func datetimeModule(c clock) *value.Dict {
	d := value.NewDict(5)
	d.SetStr("date", dateClass(c))
	d.SetStr("datetime", datetimeClass(c))
	d.SetStr("time", timeClass())
	d.SetStr("timedelta", timedeltaClass())
	d.SetStr("tzinfo", tzinfoClass())
	return d
}

// tzinfoClass is the abstract base of time zones: good for nothing but to be
// there.
func tzinfoClass() *Class {
	return &Class{name: "datetime.tzinfo", make: function("tzinfo", func(*value.Thread, []value.Value) (value.Value, error) {
		return nil, value.Errorf("NotImplementedError", "a tzinfo subclass must implement utcoffset()")
	})}
}
