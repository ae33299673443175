"""Records what daff makes of pairs of tables: record.py COUNT SEED ROWS > cases.json

Needs dbt-core's environment (it brings daff). The tables are random ones of few
values, sorted as dbt sorts them.
"""
import datetime
import decimal
import json
import random
import re
import sys

import daff

ANSI = re.compile(r"\x1B(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])")


def dressed(v):
    if isinstance(v, str):
        return v
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, int):
        return str(v)
    return repr(v)


def cell(v):
    return None if v is None else [str(v), dressed(v)]


KINDS = [
    lambda r: r.choice([1, 2, 3, 4, 10, 20, 300]),
    lambda r: r.choice(["a", "b", "Ann", "Bob", "x y", "xy", " lead", "trail ", "q\"q", "com,ma", "a->b", "NULL", "_NULL",
                        "null", "", "None", "line\nbreak", "é", "-", "a-"]),
    lambda r: r.choice([True, False]),
    lambda r: decimal.Decimal(r.choice(["1.5", "2.50", "3", "10.25"])),
    lambda r: datetime.date(2020, 1, r.choice([1, 2, 3])),
    lambda r: "word" * r.randint(1, 12),
    lambda r: r.choice(["a", "b"]),
]


def case(r, most):
    w = r.randint(1, 8)
    names = r.sample(["id", "name", "total", "born", "n", "flag", "a_long_column_name", "x", "null", "col+++", "col---", "Ann"], w)
    kinds = [r.choice(KINDS) for _ in names]
    null = r.choice([0, 0, 0.1, 0.4])

    def row():
        return [None if r.random() < null else k(r) for k in kinds]

    before = [row() for _ in range(min(most, r.choice([0, 1, 2, 3, 5, 8, 15, 30])))]
    after = []
    for b in before:
        if r.random() < 0.15:
            continue
        b = list(b)
        if r.random() < r.choice([0.1, 0.5]):
            i = r.randrange(w)
            b[i] = row()[i]
        after.append(b)
    for _ in range(r.choice([0, 0, 1, 2, 4])):
        after.append(row())
    key = lambda x: [(e is None, e) for e in x]
    before, after = sorted(before, key=key), sorted(after, key=key)
    flags = daff.CompareFlags()
    flags.ordered = False
    a, b = daff.PythonTableView([names] + before), daff.PythonTableView([names] + after)
    diff = daff.TableDiff(daff.Coopy.compareTables(a, b, flags).align(), flags)
    diff.hilite(daff.PythonTableView([]))
    out = daff.PythonTableView([])
    diff.hilite(out)
    text = daff.TerminalDiffRender().render(out)
    return {"columns": names, "Before": [[cell(v) for v in x] for x in before], "After": [[cell(v) for v in x] for x in after],
            "differs": diff.hasDifference(), "plain": ANSI.sub("", text), "coloured": text}


if __name__ == "__main__":
    r = random.Random(int(sys.argv[2]))
    json.dump([case(r, int(sys.argv[3])) for _ in range(int(sys.argv[1]))], sys.stdout, separators=(",", ":"))
