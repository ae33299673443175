package duckdb

import (
	"testing"

	"dex/internal/adapter/adaptertest"
	"dex/internal/jinja/value"
)

var exercised = []adaptertest.Value{
	{SQL: "select 170141183460469231731687303715884105727::hugeint", Repr: "170141183460469231731687303715884105727"},
	{SQL: "select 18446744073709551615::ubigint", Repr: "18446744073709551615"},
	{SQL: "select [1, null, 2]", Repr: "[1, None, 2]"},
	{SQL: "select {'b': 1, 'a': 'x'}", Repr: "{'b': 1, 'a': 'x'}"},
	{SQL: "select map {'k': 1}", Repr: "{'k': 1}"},
	{SQL: "select 'a'::enum('a', 'b')", Repr: "'a'"},
	{SQL: "select 'ab'::blob", Repr: "b'ab'"},
}

// slow counts for minutes without using memory.
const slow = "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = -1"

func TestAdapterFile(t *testing.T) {
	adaptertest.Exercise(t, func(t *testing.T) adaptertest.Setup {
		db := openTarget(t, t.TempDir(), map[string]value.Value{"path": value.Str("shop.duckdb")})
		return adaptertest.Setup{Adapter: db, Database: "shop", Schema: "main", Slow: slow, Values: exercised, WholeText: true}
	})
}

func TestAdapterMemory(t *testing.T) {
	adaptertest.Exercise(t, func(t *testing.T) adaptertest.Setup {
		db := openTarget(t, "", nil)
		return adaptertest.Setup{Adapter: db, Database: "memory", Schema: "main", Slow: slow, Values: exercised, WholeText: true}
	})
}
