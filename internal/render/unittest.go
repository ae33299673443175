package render

import (
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// UnitTest is what a unit test puts in place of names that its model's template
// sees. dbt: UnitTestContext, generate_runtime_unit_test_context.
type UnitTest struct {
	// This is the input that stands for the model itself; nil is none, and `this`
	// is none then.
	This    *manifest.Node
	Vars    *value.Dict // nil is none, as of the others
	EnvVars *value.Dict
	// Macros are values by name, of macros and of other names: "is_incremental",
	// "dbt_utils.star", "invocation_id".
	Macros *value.Dict

	inPackages map[string]value.Value // of Macros, those with a package's name
}

// Override makes f the frame of a unit test's model. Call it once, before the
// first render.
//
// dbt: an override of a name that the template would not see is passed over.
// One of the built-in macros holds with and without the name dbt; where both are
// given, the one without wins.
func (f *Frame) Override(u UnitTest) {
	f.unit = &u
	u.inPackages = map[string]value.Value{}
	f.unit.inPackages = u.inPackages
	if u.This != nil {
		// dbt: `this` is made before the template asks for it.
		f.addCTE(u.This.ID)
	}
	if u.Macros == nil {
		return
	}
	plain := map[string]value.Value{}
	u.Macros.Each(func(k, v value.Value) bool {
		name := value.ToStr(k)
		pkg, in, qualified := strings.Cut(name, ".")
		switch {
		case !qualified:
			if old, ok := f.Lookup(name); ok {
				plain[name] = mocked(old, v)
			}
		case f.Inv.Macros.HasPackage(pkg) && !strings.Contains(in, "."):
			if e := f.Inv.Macros.FindIn(pkg, in); e != nil {
				u.inPackages[name] = mocked(f.bind(e), v)
				if pkg == globalNamespace {
					f.made[in] = u.inPackages[name]
				}
			}
		}
		return true
	})
	for name, v := range plain {
		f.made[name] = v
		if f.Inv.Macros.FindIn(globalNamespace, name) != nil {
			u.inPackages[globalNamespace+"."+name] = v
		}
	}
}

// mocked is what stands in place of a name: a macro stays one, and gives v.
func mocked(old, v value.Value) value.Value {
	if m, ok := old.(*boundMacro); ok {
		return &mockedMacro{m, v}
	}
	return value.Copy(v)
}

// mockedMacro is a macro that gives what a unit test says, whatever it is called
// with.
type mockedMacro struct {
	*boundMacro
	result value.Value
}

// Call implements value.Callable.
func (m *mockedMacro) Call(*value.Thread, []value.Value, []value.Arg) (value.Value, error) {
	if f := m.frame; len(f.stack) == 0 {
		f.note(m.entry.Macro.ID)
	}
	return value.Copy(m.result), nil
}

// manifest is where the frame's node looks for what it refers to.
func (f *Frame) manifest() *manifest.Manifest {
	if f.Manifest != nil {
		return f.Manifest
	}
	return f.Inv.Manifest
}

// unitThis is `this` in a unit test's model.
func (f *Frame) unitThis() value.Value {
	if f.unit.This == nil {
		return value.None
	}
	return value.Str(ephemeralPrefix + f.unit.This.Alias)
}

func (u *UnitTest) macro(pkg, name string) (value.Value, bool) {
	if u == nil {
		return nil, false
	}
	v, ok := u.inPackages[pkg+"."+name]
	return v, ok
}

func (u *UnitTest) variable(name string) (value.Value, bool) {
	if u == nil || u.Vars == nil {
		return nil, false
	}
	return u.Vars.GetStr(name)
}

func (u *UnitTest) env(name string) (value.Value, bool) {
	if u == nil || u.EnvVars == nil {
		return nil, false
	}
	return u.EnvVars.GetStr(name)
}
