"""Records what the filters and tests of dbt's Jinja environment give: python record_filters.py > filters.json

Needs dbt-core. A value that JSON does not have is an object with one key; see enc.
"""
import itertools, json, random
from decimal import Decimal
from dbt_common.clients.jinja import get_environment
from jinja2 import Undefined
from markupsafe import Markup

env = get_environment()
ctx = env.from_string("").new_context({})
U = lambda: Undefined(name="missing")


class Gen:
    """A generator as an argument, made anew for each call."""
    def __init__(self, xs): self.xs = xs


def enc(v):
    if v is None or type(v) in (bool, str): return v
    if type(v) is int: return v if abs(v) < 2**53 else {"int": str(v)}
    if type(v) is float: return {"float": repr(v)}
    if type(v) is Decimal: return {"decimal": str(v)}
    if type(v) is Markup: return {"markup": str(v)}
    if type(v) is bytes: return {"bytes": v.decode("latin1")}
    if type(v) is list: return [enc(x) for x in v]
    if type(v) is tuple: return {"tuple": [enc(x) for x in v]}
    if type(v) is set: return {"set": [enc(x) for x in v]}
    if type(v) is dict: return {"dict": [[enc(k), enc(x)] for k, x in v.items()]}
    if type(v) is range: return {"range": [v.start, v.stop, v.step]}
    if type(v) is Gen: return {"generator": [enc(x) for x in v.xs]}
    if isinstance(v, Undefined): return {"undefined": v._undefined_name}
    raise TypeError(type(v))


def make(v):
    """A fresh copy of a value, since a filter may change it."""
    if type(v) is list: return [make(x) for x in v]
    if type(v) is dict: return {k: make(x) for k, x in v.items()}
    if type(v) is Gen: return (make(x) for x in v.xs)
    return v


def call(fn, name, value, args, kw):
    if type(value) is Gen and name in ("wordcount", "striptags", "truncate"): return None  # of its address
    case = {"name": name, "value": enc(value), "args": [enc(a) for a in args]}
    if kw: case["kw"] = [[k, enc(v)] for k, v in kw.items()]
    try:
        out = fn(name, make(value), [make(a) for a in args], {k: make(v) for k, v in kw.items()}, context=ctx)
        typ = type(out).__name__
        if hasattr(out, "__next__"):
            typ, out = "iterator", list(out)
        case["type"] = typ
        if isinstance(out, Undefined): case["repr"] = out._undefined_message
        else: case["repr"] = repr(out)
        if " at 0x" in case["repr"].lower(): return None
    except Exception as e:
        case["error"], case["msg"] = type(e).__name__, str(e)
        if " at 0x" in case["msg"]: return None
    return case


STRINGS = ["", "a", "Foo bar", "foo BAR-baz qux(quux [x] <y> {z", "ÄÖ ß straße ǆ İ", "1,2,3", "  pad \t\n", "a\tb\nc\r\nd\n", "hello world foo bar baz " * 6,
           "<b>x &amp; y</b> <!-- c --> & 'q' \"d\"", "42", " -17 ", "4_2", "0x1F", "3.7", "1e3", "inf", "nan", "١٢", "%s-%s", "%(a)s", "select_from", "日本語 テキスト"]
SCALARS = [None, True, False, 0, 1, 7, -4, 10**25, 2.5, -0.0, 3.0, 0.125, 1234567.891, 1e300, float("inf"), Decimal("2.345"), Markup("<i>m</i> & n"), U(), b"by"]
DICTS = [{"n": 2, "s": "b", "g": "P", "d": {"k": [10, 20]}}, {"n": 1, "s": "B", "g": "q", "d": {"k": [5, 6]}}, {"n": 3, "s": "a", "g": "p", "d": {"k": [7, 8]}}]
SEQS = [[], [3, 1, 2], [1, 2.0, True, 3], ["b", "A", "a", "B", "c"], ["x", 1, None], [None, None], [[2, 1], [1, 2]], (1, 2, 3), ("z",), range(5), {4}, {"a": 1, "B": 2, "c": None}, {},
        {"b": "x", "A": "Y"}, {2: "x", 1: "y"}, DICTS, DICTS[:2] + [{"n": 5}], Gen([3, 1, 2]), Gen([]), [0.1] * 10, [True, False, 0, "", "x"], list(range(100)), [U(), 1]]
ALL = STRINGS + SCALARS + SEQS

# filter -> (values, argument lists)
SPEC = {
    "abs": (ALL, [()]), "attr": (ALL, [("upper_",), ("a",), (1,)]), "batch": (SEQS + ["abcde", 5], [(2,), (2, "x"), (3, None), (0,), (2.0, "y"), ("2", 1)]),
    "capitalize": (ALL, [()]), "center": (ALL, [(), (9,), (10,), ("x",)]), "count": (ALL, [()]), "length": (ALL, [()]),
    "d": (ALL, [(), ("D",)]), "default": (ALL, [("D",), ("D", True), (U(), True), {"boolean": True}]),
    "dictsort": (ALL, [(), (True,), (False, "value"), (False, "key", True), (False, "x")]), "e": (ALL, [()]), "escape": (ALL, [()]), "forceescape": (ALL, [()]), "safe": (ALL, [()]),
    "filesizeformat": (SCALARS + STRINGS + [999, 1000, 1023, 1024, 10**6, 123456789, 10**24, 10**30], [(), (True,)]),
    "first": (ALL, [()]), "last": (ALL, [()]), "list": (ALL, [()]), "reverse": (ALL, [()]), "random": ([[], "", (), [1], None, 5, {"a": 1}, Gen([1])], [()]),
    "float": (ALL, [(), (9,), (None,)]), "int": (ALL, [(), (9,), (0, 16), (0, 0), (0, 2), (5, 37), {"default": None, "base": 8}]),
    "format": (["%s-%s", "%(a)s!", "%d|%5.2f|%x", "%%", "plain", "%r", Markup("<%s>"), 5], [(), (1, "b"), (3, 2.5, 255), ("x",), {"a": 1}, ("x", {"a": 1})]),
    "groupby": (SEQS, [("g",), ("n",), ("zz",), ("zz", "dflt"), ("d.k.0",), (0,), {"attribute": "g", "case_sensitive": True}, {"attribute": "s", "default": ""}]),
    "indent": (STRINGS + SCALARS, [(), (2,), ("> ",), (2, True), (2, False, True), {"first": True, "blank": True}, (None,), (2.0,)]),
    "items": (ALL, [()]), "join": (SEQS + STRINGS[:6] + SCALARS, [(), (", ",), (0,), (None,), (",", "n"), {"attribute": "d.k.1"}, {"d": "-", "attribute": 0}]),
    "lower": (ALL, [()]), "upper": (ALL, [()]), "title": (ALL, [()]), "trim": (ALL, [(), ("a",), (" f",), (None,), (3,)]), "string": (ALL, [()]), "striptags": (ALL, [()]),
    "map": (SEQS + ["abc", 5, None, U()], [("upper",), ("string",), ("abs",), ("nofilter",), (U(),), (1,), (), ("default", "z"), ("replace", "a", "b"), ("batch", 2), {"attribute": "n"}, {"attribute": "d.k.0"},
            {"attribute": "zz", "default": "D"}, {"attribute": "zz"}, {"attribute": "zz.y"}, {"attribute": "n", "foo": 1}, {"attribute": 0}, ("join", ("-",)), ("round", {"precision": 1})]),
    "max": (ALL, [(), (True,), {"attribute": "n"}, {"attribute": "s"}]), "min": (ALL, [(), (True,), {"attribute": "n"}, {"attribute": "d.k"}]),
    "pprint": (ALL + [[["abc def " * 5] * 4, {"k" * 10: list(range(40)), 2: ("x" * 90,)}], {"a" * i: "b" * 12 for i in range(1, 9)}, {"long": "word " * 40, "n": {"m": "line one\nline two is a bit longer\n" * 3}}, ("t" * 85,), [("q", "r" * 30)] * 5], [()]),
    "reject": (SEQS + ["abc"], [(), ("odd",), ("none",), ("gt", 1), ("nosuch",), ("in", ["a", 1])]), "select": (SEQS + ["abc"], [(), ("odd",), ("string",), ("divisibleby", 3), ("eq", 1), ("nosuch",), (U(),)]),
    "rejectattr": (SEQS, [("n",), ("n", "odd"), ("g", "equalto", "p"), (), ("zz",), ("zz", "defined"), ("d.k.0", "gt", 6), ("n", "nosuch")]), "selectattr": (SEQS, [("n",), ("n", "odd"), ("s", "lower"), ("g", "in", ["P", "p"]), (), ("zz.y",), ("n", "lessthan", 3), (0,)]),
    "replace": (STRINGS + SCALARS + [[1, 2]], [("a", "b"), ("", "-"), ("o", "0", 1), (1, 2), ("a",), ("a", "b", None), (None, "x"), ("a", "b", 0)]),
    "round": (SCALARS + [42.55, 2.675, 0.5, 1.5, -2.5, 12345, 1e16, 1e22, 123.456, "3", 15, 25, -15], [(), (1,), (2,), (-1,), (-2,), (0, "floor"), (1, "ceil"), (-1, "ceil"), (0, "x"), (None,), ("a",), (1.0,), (400,), (-400,)]),
    "slice": (SEQS + ["abcde", 5], [(2,), (3, "x"), (0,), (7, None), (2.0,), ("a",), (-1,)]), "sort": (ALL, [(), (True,), (False, True), {"attribute": "n"}, {"attribute": "g,n"}, {"attribute": "s", "reverse": True}, {"attribute": "d.k.0"}, {"attribute": 0}]),
    "sum": (ALL, [(), ("n",), ("n", 10), {"start": "x"}, {"start": 1.5}, {"start": []}, {"attribute": "d.k"}]), "tojson": (ALL, [(), (2,), (0,), {"indent": 1}]),
    "truncate": (STRINGS + SCALARS + SEQS[:3], [(), (4,), (10,), (10, True), (12, False, "~"), (11, False, "...", 0), (2,), (5, False, "", 0), (9, True, "..", 1), ("x",)]),
    "unique": (SEQS + ["aAbB", 5], [(), (True,), {"attribute": "g"}, {"attribute": "n"}]), "urlencode": (ALL + [[("a b", "c/d"), (1, None)], [(1,)], [(1, 2, 3)]], [()]),
    "urlize": (["see http://x.org/a_(b) now.", "(www.example.com), foo@bar.org. mailto:a@b.co?x", "https://example.com/very/long/path?x=1&y=2", "ftp://a.b x.com <http://y.io> tel:123 http://127.0.0.1:80/x http://[::1]/", "a.b@c @a@b www.a@b.c", "HTTP://WWW.X.DE", 5, None, Markup("<a>www.x.de</a>")],
               [(), (10,), (None, True), (None, False, "_blank"), {"rel": "me you"}, {"extra_schemes": ["tel:"]}, {"extra_schemes": ["bad"]}]),
    "wordcount": (ALL, [()]), "wordwrap": (STRINGS + ["well-known self-made --dashes--here and em--dash x-y a1-b2", "supercalifragilistic-expialidocious word", "ab " + "c" * 30 + " d-e-f-g", 5], [(), (10,), (7, False), (9, True, "|"), (3,), (8, True, None, False), (0,), (5, False, "~", False)]),
    "xmlattr": (ALL + [{"class": "a<b", "id": 5, "n": None, "u": U()}, {"a b": 1}, {"x>": 1}], [(), (False,)]),
    "as_text": (SCALARS, [()]), "as_bool": (SCALARS, [()]), "as_number": (SCALARS, [()]), "as_native": (SCALARS, [()]), "is_list": (ALL, [()]),
}
TESTARGS = {"divisibleby": [(3,), (0,), ("a",), ()], "in": [([1, 3, "a", None],), ("abc a",), (5,), ({"a": 1},)], "sameas": [(None,), (True,), (1,), ("a",)]}
CMP = [(2,), (2.5,), ("a",), (None,), ([3, 1, 2],), ()]


def cases():
    r = random.Random(7)
    for name in sorted(SPEC):
        values, argsets = SPEC[name]
        todo = list(itertools.product(values, argsets))
        if len(todo) > 140: todo = r.sample(todo, 140)
        for v, a in todo:
            args, kw = ((), a) if isinstance(a, dict) else (a, {})
            if args and isinstance(args[-1], dict) and name in ("format", "map"): args, kw = args[:-1], args[-1]
            yield "filter", call(env.call_filter, name, v, args, kw)
        v = values[0]
        yield "filter", call(env.call_filter, name, v, (1, 2, 3, 4, 5, 6, 7, 8), {})
        yield "filter", call(env.call_filter, name, v, (), {"nonsense": 1})
    for name in sorted(env.tests):
        unary = name in ("odd", "even", "defined", "undefined", "filter", "test", "none", "boolean", "false", "true", "integer", "float", "lower", "upper", "string", "mapping", "number", "sequence", "iterable", "callable", "escaped")
        argsets = [()] if unary else TESTARGS.get(name, CMP)
        values = ALL + (["upper", "odd", "nosuch"] if name in ("filter", "test") else [])
        todo = list(itertools.product(values, argsets))
        if len(todo) > 70: todo = r.sample(todo, 70)
        for v, a in todo: yield "test", call(env.call_test, name, v, a, {})
        yield "test", call(env.call_test, name, 5, (1, 2, 3), {})
        yield "test", call(env.call_test, name, 5, (), {"nonsense": 1})


out = [{"kind": k, **c} for k, c in cases() if c]
print("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in out) + "\n]")
