"""Records what dbt's result tables are and print: python record.py > tables.json. Needs dbt-core.

A value that JSON does not have is an object with one key, as in the tests of package jinja.
"""
import datetime, io, json, warnings
from contextlib import redirect_stdout
from decimal import Decimal
from dbt_common.clients.agate_helper import table_from_data_flat

warnings.simplefilter("ignore")
D, DT = datetime.date, datetime.datetime


def enc(v):
    if v is None or type(v) in (bool, str, int): return v
    if type(v) is float: return {"float": repr(v)}
    if type(v) is Decimal: return {"decimal": str(v)}
    if type(v) is DT: return {"datetime": v.isoformat()}
    if type(v) is D: return {"date": v.isoformat()}
    if type(v) is list: return [enc(x) for x in v]
    raise TypeError(type(v))


TABLES = [
    {"a": [i % 10 for i in range(25)]},
    {"a": [1, None, 3], "b": [1.5, 2, None], "c": ["x", "", "null"], "d": [True, False, None], "e": [None, None, None]},
    {"d": [D(2024, 1, 2), None], "t": [DT(2024, 1, 2, 3, 4, 5), DT(2024, 1, 2, 0, 0, 0, 7)], "m": [D(2024, 1, 2), DT(2024, 1, 3, 4)]},
    {"n": [1234567.891, -0.5, 0.0, 1e10], "p": [Decimal("1.10"), Decimal("22.123456"), Decimal("-1000"), None], "i": [1000000, -5, 0, 7], "f": [1.0, 2.0, 3.0, 4.0]},
    {"n": [0.125, 0.375, 2.5, 1.0005], "h": [Decimal("0.0005"), Decimal("0.0015"), Decimal("-0.0004"), Decimal("12345.6785")]},
    {"a very long column name, indeed": ["short", "a text that is longer than twenty characters", "ünï"], "l": [[1, "a"], [2], None], "q": ['say "x", y', "two\nlines", "a,b"]},
    {c: [c * 2, None] for c in "abcdefgh"},
    {"only": []}, {"x": [True, 1]}, {"x": [1, 2.5, True]}, {"x": [2**70, 1]}, {"x": ["1", "2"]}, {"x": [D(2024, 1, 1), 1]},
]
OPTIONS = [{}, {"max_rows": 2}, {"max_columns": 2}, {"max_rows": None, "max_columns": None, "max_column_width": None}, {"max_column_width": 6}, {"max_precision": 1}, {"max_precision": None}, {"max_rows": 0}]

out = []
for cols in TABLES:
    names = list(cols)
    rows = list(zip(*cols.values()))
    t = table_from_data_flat([dict(zip(names, r)) for r in rows], names)

    def printed(f):
        b = io.StringIO()
        with redirect_stdout(b): f(b)
        return b.getvalue()
    out.append({
        "columns": names, "rows": [[enc(v) for v in r] for r in rows],
        "types": [type(x).__name__ for x in t.column_types], "values": [repr(r.values()) for r in t.rows], "text": [str(r) for r in t.rows],
        "printed": [[o, printed(lambda b: t.print_table(output=b, **o))] for o in OPTIONS],
        "csv": printed(lambda b: t.to_csv(b)), "json": printed(lambda b: t.to_json(b)), "structure": str(t),
    })
print(json.dumps(out, ensure_ascii=False, indent=1))
