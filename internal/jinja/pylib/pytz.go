package pylib

import (
	_ "embed" // the names of zones and countries
	"strings"
	"sync"

	"dex/internal/jinja/value"
)

// zonesText has a zone a line, as pytz lists them; a dash marks one that is not
// among the common ones.
//
//go:embed zones.txt
var zonesText string

// countriesText has a country a line: code, name, zones.
//
//go:embed countries.txt
var countriesText string

// zoneNames is the zones' names by their lower-case form, read once.
var zoneNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for _, z := range zoneList(true) {
		names[strings.ToLower(z)] = z
	}
	return names
})

func zoneList(all bool) []string {
	var out []string
	for line := range strings.Lines(zonesText) {
		name, uncommon := strings.CutSuffix(strings.TrimSpace(line), " -")
		if all || !uncommon {
			out = append(out, name)
		}
	}
	return out
}

func pytzModule() *value.Dict {
	d := value.NewDict(14)
	d.SetStr("timezone", function("timezone", pytzTimezone, "zone"))
	d.SetStr("utc", utcZone)
	names, zones := countries()
	d.SetStr("country_timezones", zones)
	d.SetStr("country_names", names)
	for _, name := range []string{"AmbiguousTimeError", "InvalidTimeError", "NonExistentTimeError", "UnknownTimeZoneError"} {
		d.SetStr(name, exceptionClass("pytz.exceptions."+name))
	}
	all, common := strList(zoneList(true)), strList(zoneList(false))
	d.SetStr("all_timezones", value.NewList(all...))
	d.SetStr("all_timezones_set", setOf(all))
	d.SetStr("common_timezones", value.NewList(common...))
	d.SetStr("common_timezones_set", setOf(common))
	d.SetStr("BaseTzInfo", &Class{name: "pytz.tzinfo.BaseTzInfo", make: function("BaseTzInfo", notConstructible)})
	d.SetStr("FixedOffset", function("FixedOffset", newFixedOffset, "offset", "_tzinfos?"))
	return d
}

func notConstructible(*value.Thread, []value.Value) (value.Value, error) {
	return nil, value.TypeErrorf("cannot create an instance of an abstract time zone")
}

// exceptionClass is an exception as a value: templates cannot raise it, only
// compare and print it.
func exceptionClass(name string) *Class {
	return &Class{name: name, make: function(name, func(*value.Thread, []value.Value) (value.Value, error) {
		return nil, value.TypeErrorf("templates cannot make a %s", name)
	}, "*args")}
}

func strList(ss []string) []value.Value {
	out := make([]value.Value, len(ss))
	for i, s := range ss {
		out[i] = value.Str(s)
	}
	return out
}

func setOf(vs []value.Value) *value.Set {
	s := value.NewSet()
	for _, v := range vs {
		_ = s.Add(v) // text is hashable
	}
	return s
}

// countryZones is a dict that can also be called; codes of any case will do.
type countryZones struct{ *value.Dict }

// Item is the zones of a country.
func (c countryZones) Item(key value.Value) (value.Value, error) {
	return value.GetItem(c.Dict, value.Str(strings.ToUpper(value.ToStr(key))))
}

// CallMode implements value.Moded.
func (c countryZones) CallMode() value.CallMode { return value.CallPure }

// Call is the zones of a country.
func (c countryZones) Call(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	bound, err := value.Bind("__call__", args, kw, "iso3166_code")
	if err != nil {
		return nil, err
	}
	return c.Item(bound[0])
}

// Attr is a method of dict.
func (c countryZones) Attr(name string) (value.Value, bool) {
	v, ok, err := value.GetAttr(c.Dict, name)
	return v, ok && err == nil
}

// Contains is `code in zones`.
func (c countryZones) Contains(x value.Value) (bool, error) { return value.Contains(c.Dict, x) }

func countries() (names *value.Dict, zones countryZones) {
	names, zones = value.NewDict(250), countryZones{value.NewDict(250)}
	for line := range strings.Lines(countriesText) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		names.SetStr(f[0], value.Str(f[1]))
		if f[2] != "" {
			zones.SetStr(f[0], value.NewList(strList(strings.Split(f[2], ","))...))
		}
	}
	value.Freeze(zones.Dict)
	return names, zones
}

func pytzTimezone(_ *value.Thread, a []value.Value) (value.Value, error) {
	name, ok := value.AsString(a[0])
	if !ok {
		if absent(a[0]) {
			return nil, value.Errorf("UnknownTimeZoneError", "None")
		}
		return nil, value.Errorf("AttributeError", "'%s' object has no attribute 'upper'", a[0].Type())
	}
	if strings.EqualFold(name, "UTC") {
		return utcZone, nil
	}
	plain := strings.ReplaceAll(strings.ReplaceAll(name, "_plus_", "+"), "_minus_", "-")
	z, err := openZone(plain)
	if err != nil {
		return nil, value.Errorf("UnknownTimeZoneError", "%s", value.Repr(a[0]))
	}
	return z, nil
}

func newFixedOffset(_ *value.Thread, a []value.Value) (value.Value, error) {
	n, err := needInt(a[0])
	if err != nil {
		return nil, err
	}
	switch {
	case n == 0:
		return utcZone, nil
	case n <= -1440 || n >= 1440:
		return nil, valueErrorf("('absolute offset is too large', %d)", n)
	}
	return fixedOffset{n}, nil
}
