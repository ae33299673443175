package pylib

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones are known on computers that have none

	"dex/internal/jinja/value"
)

// localizer is a zone of pytz.
type localizer interface {
	tzInfo
	name() string
	localize(d *DateTime, isDST value.Value) (*DateTime, error)
}

// pytzMembers is what the zones of pytz have beyond those of any other.
var pytzMembers = members[localizer]{
	"zone": property(func(z localizer) value.Value { return nameOrNone(z.name()) }),
	"localize": method(func(_ *value.Thread, z localizer, a []value.Value) (value.Value, error) {
		d, ok := a[0].(*DateTime)
		if !ok {
			return nil, value.Errorf("AttributeError", "'%s' object has no attribute 'tzinfo'", a[0].Type())
		}
		if d.tz != nil {
			return nil, valueErrorf("Not naive datetime (tzinfo is already set)")
		}
		isDST := a[1]
		if isDST == nil {
			isDST = value.Bool(false)
		}
		return orError(z.localize(d, isDST))
	}, "dt", "is_dst?"),
	"normalize": method(func(_ *value.Thread, z localizer, a []value.Value) (value.Value, error) {
		d, ok := a[0].(*DateTime)
		if !ok {
			return nil, value.Errorf("AttributeError", "'%s' object has no attribute 'tzinfo'", a[0].Type())
		}
		if d.tz == nil {
			return nil, valueErrorf("Naive time - no tzinfo set")
		}
		return z.fromUTC(d.utc()), nil
	}, "dt", "is_dst?"),
}

func nameOrNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}

func pytzAttr(z localizer, name string) (value.Value, bool) {
	if v, ok := pytzMembers.attr(z, name); ok {
		return v, true
	}
	return zoneMembers.attr(z, name)
}

// staticZone is a zone whose offset never changes; UTC is one.
type staticZone struct {
	zone, abbreviation string
	offset             TimeDelta
}

var utcZone = &staticZone{zone: "UTC", abbreviation: "UTC"}

// Type is the zone's class.
func (z *staticZone) Type() string { return "pytz." + z.zone }

// Truth is true.
func (*staticZone) Truth() bool { return true }

// AppendStr appends the name.
func (z *staticZone) AppendStr(b []byte) []byte { return append(b, z.zone...) }

// AppendRepr appends <UTC> or <StaticTzInfo 'name'>.
func (z *staticZone) AppendRepr(b []byte) []byte {
	if z == utcZone {
		return append(b, "<UTC>"...)
	}
	return fmt.Appendf(b, "<StaticTzInfo %s>", quoted(z.zone))
}

// Attr is localize, normalize, zone and what any tzinfo has.
func (z *staticZone) Attr(name string) (value.Value, bool) { return pytzAttr(z, name) }

func (z *staticZone) name() string                   { return z.zone }
func (z *staticZone) utcoffset(*DateTime) *TimeDelta { return &z.offset }
func (z *staticZone) dst(*DateTime) *TimeDelta       { return &TimeDelta{} }
func (z *staticZone) tzname(*DateTime) string        { return z.abbreviation }
func (z *staticZone) fromUTC(utc time.Time) *DateTime {
	return &DateTime{t: plusDelta(utc, &z.offset, 1), tz: z}
}
func (z *staticZone) localize(d *DateTime, _ value.Value) (*DateTime, error) {
	return &DateTime{t: d.t, tz: z}, nil
}

// fixedOffset is pytz.FixedOffset(minutes).
type fixedOffset struct{ minutes int }

// Type is the class.
func (fixedOffset) Type() string { return "pytz._FixedOffset" }

// Truth is true.
func (fixedOffset) Truth() bool { return true }

// AppendStr appends pytz.FixedOffset(60).
func (z fixedOffset) AppendStr(b []byte) []byte { return z.AppendRepr(b) }

// AppendRepr appends pytz.FixedOffset(60).
func (z fixedOffset) AppendRepr(b []byte) []byte {
	return fmt.Appendf(b, "pytz.FixedOffset(%d)", z.minutes)
}

// Attr is localize, normalize, zone and what any tzinfo has.
func (z fixedOffset) Attr(name string) (value.Value, bool) { return pytzAttr(z, name) }

func (z fixedOffset) name() string { return "" }
func (z fixedOffset) utcoffset(*DateTime) *TimeDelta {
	d := TimeDelta{}.plusSeconds(z.minutes * 60)
	return &d
}
func (z fixedOffset) dst(*DateTime) *TimeDelta { return &TimeDelta{} }
func (z fixedOffset) tzname(*DateTime) string  { return "" }
func (z fixedOffset) fromUTC(utc time.Time) *DateTime {
	return &DateTime{t: plusDelta(utc, z.utcoffset(nil), 1), tz: z}
}
func (z fixedOffset) localize(d *DateTime, _ value.Value) (*DateTime, error) {
	return &DateTime{t: d.t, tz: z}, nil
}

// changingZone is a zone with daylight saving time, or another past. A datetime
// has one of its phases.
type changingZone struct {
	zone string
	loc  *time.Location

	mu     sync.Mutex
	phases map[phaseKey]*phase
}

type phaseKey struct {
	offset, dst int // seconds
	name        string
}

// phase is a zone at one offset: what pytz gives a datetime as its tzinfo.
type phase struct {
	z *changingZone
	phaseKey
}

// opened keeps zones: datetimes of one phase have the same tzinfo.
var opened sync.Map

// openZone finds a zone by its name, in any case.
func openZone(name string) (localizer, error) {
	canonical, ok := zoneNames()[strings.ToLower(name)]
	if !ok {
		return nil, fmt.Errorf("unknown time zone %s", name)
	}
	if z, ok := opened.Load(canonical); ok {
		return z.(localizer), nil
	}
	z, err := loadZone(canonical)
	if err != nil {
		return nil, err
	}
	kept, _ := opened.LoadOrStore(canonical, z)
	return kept.(localizer), nil
}

func loadZone(name string) (localizer, error) {
	if name == "UTC" {
		return utcZone, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	past := time.Unix(earliest-1, 0).In(loc)
	if _, end := past.ZoneBounds(); end.IsZero() {
		abbreviation, offset := past.Zone()
		return &staticZone{zone: name, abbreviation: abbreviation, offset: TimeDelta{}.plusSeconds(offset)}, nil
	}
	z := &changingZone{zone: name, loc: loc, phases: map[phaseKey]*phase{}}
	// The zone by itself is its first phase, which is the local mean time that
	// clocks kept before zones were: using it unlocalized is pytz's old trap.
	return z.at(time.Unix(earliest-1, 0)), nil
}

// pytz knows the changes that fit 32 bits: before them it has a zone's first
// phase, after them the last one.
const (
	earliest = -1 << 31
	latest   = 1<<31 - 1
)

// at is the phase at a moment.
func (z *changingZone) at(t time.Time) *phase {
	switch u := t.Unix(); {
	case u < earliest:
		t = time.Unix(-1<<40, 0)
	case u > latest:
		t = time.Unix(latest, 0)
	}
	t = t.In(z.loc)
	name, offset := t.Zone()
	key := phaseKey{toMinute(offset), toMinute(dstOf(t, offset)), name}
	z.mu.Lock()
	defer z.mu.Unlock()
	p, ok := z.phases[key]
	if !ok {
		p = &phase{z, key}
		z.phases[key] = p
	}
	return p
}

// toMinute rounds as pytz does.
func toMinute(secs int) int {
	n := (secs + 30) / 60
	if secs+30 < 0 && (secs+30)%60 != 0 {
		n--
	}
	return n * 60
}

// dstOf is by how much the clock is set forward: the difference from the last
// standard time before, or, where that is absurd, from the next one.
func dstOf(t time.Time, offset int) int {
	if !t.IsDST() {
		return 0
	}
	dst := 0
	for b, _ := t.ZoneBounds(); !b.IsZero(); b, _ = b.ZoneBounds() {
		b = b.Add(-time.Second)
		if !b.IsDST() {
			_, std := b.Zone()
			dst = offset - std
			break
		}
	}
	if dst > 0 && dst <= 3*3600 {
		return dst
	}
	for _, e := t.ZoneBounds(); !e.IsZero() && e.Unix() <= latest; _, e = e.ZoneBounds() {
		if e.IsDST() {
			continue
		}
		_, std := e.Zone()
		if dst = offset - std; dst > 0 {
			break
		}
	}
	return dst
}

// Type is the zone's class.
func (p *phase) Type() string { return "pytz.tzfile." + p.z.zone }

// Truth is true.
func (*phase) Truth() bool { return true }

// AppendStr appends the name.
func (p *phase) AppendStr(b []byte) []byte { return append(b, p.z.zone...) }

// AppendRepr appends <DstTzInfo 'US/Eastern' EST-1 day, 19:00:00 STD>.
func (p *phase) AppendRepr(b []byte) []byte {
	kind, plus := "STD", ""
	if p.phaseKey.dst != 0 {
		kind = "DST"
	}
	if p.offset > 0 {
		plus = "+"
	}
	offset := TimeDelta{}.plusSeconds(p.offset)
	return fmt.Appendf(b, "<DstTzInfo %s %s%s%s %s>", quoted(p.z.zone), p.phaseKey.name, plus, value.ToStr(&offset), kind)
}

// Attr is localize, normalize, zone and what any tzinfo has.
func (p *phase) Attr(name string) (value.Value, bool) { return pytzAttr(p, name) }

func (p *phase) name() string { return p.z.zone }

// of is the phase that counts for a datetime: its own, or for a naive one what
// localizing gives.
func (p *phase) of(d *DateTime) *phase {
	if d.tz == nil {
		if l, err := p.localize(d, value.Bool(false)); err == nil {
			return l.tz.(*phase)
		}
	}
	return p
}

func (p *phase) utcoffset(d *DateTime) *TimeDelta {
	if d == nil {
		return nil
	}
	span := TimeDelta{}.plusSeconds(p.of(d).offset)
	return &span
}

func (p *phase) dst(d *DateTime) *TimeDelta {
	if d == nil {
		return nil
	}
	span := TimeDelta{}.plusSeconds(p.of(d).phaseKey.dst)
	return &span
}

func (p *phase) tzname(d *DateTime) string {
	if d == nil {
		return p.z.zone
	}
	return p.of(d).phaseKey.name
}

func (p *phase) fromUTC(utc time.Time) *DateTime {
	now := p.z.at(utc)
	return &DateTime{t: utc.Add(time.Duration(now.offset) * time.Second), tz: now}
}

// localize finds the phase in which the zone's clocks show d. In the hour that
// clocks show twice isDST chooses; in the one they skip it says which side the
// time is measured from; None makes both an error.
func (p *phase) localize(d *DateTime, isDST value.Value) (*DateTime, error) {
	var found []*DateTime
	for _, day := range []int{-1, 1} {
		near := p.z.at(d.t.AddDate(0, 0, day))
		l := near.fromUTC(d.t.Add(-time.Duration(near.offset) * time.Second))
		if l.t.Equal(d.t) && (len(found) == 0 || found[0].tz != l.tz) {
			found = append(found, l)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if isDST == value.None {
		kind := "AmbiguousTimeError"
		if len(found) == 0 {
			kind = "NonExistentTimeError"
		}
		return nil, value.Errorf(kind, "%s", value.ToStr(d))
	}
	if len(found) == 0 {
		return p.aside(d, isDST)
	}
	return choose(found, isDST.Truth()), nil
}

// aside measures a skipped time from six hours away.
func (p *phase) aside(d *DateTime, isDST value.Value) (*DateTime, error) {
	span := -6 * time.Hour
	if isDST.Truth() {
		span = -span
	}
	l, err := p.localize(&DateTime{t: d.t.Add(span)}, isDST)
	if err != nil {
		return nil, err
	}
	return &DateTime{t: l.t.Add(-span), tz: l.tz}, nil
}

// choose takes the one of two moments that is in daylight saving time or not;
// where that does not tell them apart, the earlier one for DST.
func choose(found []*DateTime, isDST bool) *DateTime {
	a, b := found[0], found[1]
	da, db := a.tz.(*phase).phaseKey.dst != 0, b.tz.(*phase).phaseKey.dst != 0
	if da != db {
		if da == isDST {
			return a
		}
		return b
	}
	if a.utc().Before(b.utc()) == isDST {
		return a
	}
	return b
}
