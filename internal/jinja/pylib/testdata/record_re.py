"""Records what Python's re and itertools give: python record_re.py > re.json"""
import itertools, json, random, re

r = random.Random(5)
texts = ["", "a", "abc-def 123", "aaa", "The Quick\nbrown fox_1\n", "x=1;y=22;z=333", "  two  spaces ", "ÄÖü ß 日本 ٣", "a.b*c+[d]", "foo\tbar\r\n", "2024-02-28T13:05", "((a)(b))", "abab", "A1b2C3", "line1\nline2\n\nline4", "select * from t -- c", "aXbXc", "\x1c x\x85y"]
pats = [r"", r"a", r"a*", r"\w+", r"(\w)(\d)", r"(?P<k>\w+)=(?P<v>\d+)", r"[aeiou]+", r"[^a-z\s]+", r"^\w+$", r"(?m)^\w+$", r"(?i)QUICK", r"(?s)Q.*x", r".", r"\b", r"\B", r"\b|\w+", r"\s*", r"x*|b", r"(a)|(b)", r"(a|ab)(c|bcd)?", r"(?:ab)+", r"(?=a)", r"(?<=a)b", r"(?<!a)b", r"(?!a)\w", r"(\w)\1", r"(?P<q>a)(?P=q)", r"a{2}", r"a{,2}", r"a{2,}", r"a{1,2}?", r"a{x", r"{}", r"a++", r"a*+a", r"(?>a+)a", r"[]a]", r"[^]a]", r"[a\]b]", r"[a-]", r"[-a]", r"[\w-]+", r"[\W\d]+", r"[^\W]+", r"[^\S\d]+", r"\d+", r"\D+", r"\S+", r"[[a]", r"[a-z-[aeiou]]", r"[a&&b]", r"\.", r"\*\+", r"\x61", r"\u00e4", r"\141", r"\t", r"[\t\n]", r"[\b]", r"\Aa", r"a\Z", r"a$", r"$", r"^", r"(?x) a  b # c", r"(?x)[ a]", r"(?a)\w+", r"(?i:A)b", r"(?-i:a)", r"(a)?(?(1)b|c)", r"(?P<n>a)?(?(n)b|c)", r"(?#hi)a", r"(.)(.)", r"((a)(b))", r"(a)|b", r"(\d+)-(\d+)", r"[0-9]{4}-\d\d", r"[,;] *", r"(\s)", r"#", r"a b", r"\ ", r"\-", r"\/", r"é", r"[à-ü]", r"(?i)ä", r"(?i)[a-f]+", r"\p", r"\q", r"\8", r"\1", r"(\2)(a)", r"(a\1)", r"(", r")", r"(?", r"(?P", r"(?P<", r"(?P<a", r"(?P<1>a)", r"(?P<a>x)(?P<a>y)", r"(?P=zz)", r"*", r"a**", r"a|*", r"(?i", r"(?z)", r"a(?i)b", r"[a", r"[z-a]", r"[\d-z]", r"\\", "\\", r"a{3,1}", r"(?<=a*)b", r"(?<=ab|c)x", r"(?<=(a))b", r"(?(1)a|b)", r"(?(9)a)", r"\xZZ", r"\u12", r"(?:", r"(?=a", r"x?+?", r"a?{2}", r"^*", r"\b+", r"(?:)*", r"(|a)+", r"(a?)*b", r"(?P<x>)", r"(?i-s:.)", r"(?s-i:.)", r"(?L)a", r"(?u)\w", r"(?<a>b)", r"(?m)^", r"(?m)$", r"[\x00-\x20]+", r"\w+?(?= |$)", r"[^\n]*", r"(?i)straSSe|ß", r"\Z", r"[a-c]{2,3}+", "a\n(", r"\U0001F600", r"\777", r"\01", r"[\1]", r"[\777]", r"(?P<ä>a)"]
flags = ["", ", flags=re.I", ", flags=re.M", ", flags=re.S + re.X", ", flags=re.A"]
repls = ["'-'", "''", r"r'\g<0>'", r"r'<\1>'", r"r'\g<1>x'", r"r'\g<k>!'", r"r'\n\t\\'", r"r'\q'", r"r'\.'", r"'\\'", r"r'\0'", r"r'\07'", r"r'\g<'", r"r'\g<9>'", r"r'[\g<1>]\2'", "5", "None", r"r'\101'", r"r'\g<a b>'", r"r'\g1'"]
E = []
q = lambda s: repr(s)
for p in pats:
    E.append(f"re.compile({q(p)})")
    for t in r.sample(texts, 7):
        f = r.choice(flags) if r.random() < .3 else ""
        E += [f"re.findall({q(p)}, {q(t)}{f})", f"re.search({q(p)}, {q(t)}{f})"]
        E.append(f"re.{r.choice(['match', 'fullmatch', 'split', 'finditer'])}({q(p)}, {q(t)}{f})")
        E.append(f"re.sub({q(p)}, {r.choice(repls)}, {q(t)}{f})")
        if r.random() < .2: E += [f"re.subn({q(p)}, '#', {q(t)}, {r.choice([0, 1, 2])})", f"re.split({q(p)}, {q(t)}, {r.choice([1, 2])})"]
M = [r"re.match(r'(\w+)-(\w+)', 'abc-def')", r"re.search(r'(?P<k>\w+)=(?P<v>\d+)', '; y=22')", r"re.match(r'(a)|(b)', 'b')", r"re.match(r'((a)(b))', 'ab')", r"re.search('c', 'abc', )"]
for m in M:
    for a in ["group()", "group(0)", "group(1)", "group(1, 2)", "group('k')", "group(3)", "groups()", "groups('d')", "groupdict()", "groupdict(0)", "start()", "end(1)", "span()", "span(2)", "lastindex", "lastgroup", "pos", "endpos", "re", "string", "regs", r"expand(r'\1.')", "nope"]: E.append(f"{m}.{a}")
    E += [f"{m}[0]", f"{m}[1]", f"{m}['k']", f"bool({m})"]
C = ["re.compile('b')", "re.compile('(?P<x>a)(b)', re.I)"]
for c in C:
    for a in ["pattern", "flags", "groups", "groupindex", "search('abc')", "search('abcb', 2)", "search('abcb', 0, 1)", "match('abc', 1)", "fullmatch('b')", "findall('abAB')", "sub('-', 'abc')", "sub('-', 'bbb', 2)", "subn('-', 'bbb', count=1)", "split('abcabc')", "split('abcabc', maxsplit=1)", "finditer('bab')", "search('abc', -5, 100)", "match(5)", "findall()", "sub('a')"]: E.append(f"{c}.{a}")
    E += [f"{c} == {c}", f"str({c})"]
E += ["re.I", "re.IGNORECASE", "re.I + re.M", "re.NOFLAG", "re.I == 2", "re.sub('a', 'b', 5)", "re.sub(5, 'b', 'a')", "re.search(None, 'a')", "re.match('a', None)", "re.findall(re.compile('a'), 'banana')", "re.findall(re.compile('a'), 'banana', re.I)", "re.escape('a.b*c-d e_f#&~\\n/:')", "re.split('x', 'axbxc', maxsplit=-1)", "re.sub('a', 'b', 'aaa', count=2)", "re.sub('', '-', 'abc')", "re.sub('x*', '-', 'abxd')", "re.sub(r'(?P<a>x)', r'\\g<a>\\g<a>', 'axb')"]
for e in ["count(3)", "count(1, 2.5)"]: E.append(f"itertools.islice(itertools.{e}, 5)")
E += [f"itertools.{e}" for e in ["islice('abcdef', 2)", "islice('abcdef', 2, None)", "islice('abcdef', 1, 5, 2)", "islice([1], -1)", "islice([1])", "islice([1, 2], None)", "islice([1], 0, 1, 0)", "islice(itertools.cycle([1, 2, 3]), 7)", "islice(itertools.repeat('x'), 3)", "repeat(5, 3)", "repeat(5, -1)", "accumulate([1, 2, 3])", "accumulate(['a', 'b'])", "accumulate([1, 2], initial=10)", "accumulate([])", "chain([1], 'ab', (2,))", "chain()", "chain(5)", "compress('abcdef', [1, 0, 1, 0, 1, 1])", "starmap(str, [(1,), (2,)])", "zip_longest([1, 2, 3], 'ab')", "zip_longest([1], 'ab', fillvalue='-')", "zip_longest()", "product('ab', [1, 2])", "product('ab', repeat=2)", "product()", "product([])", "product('ab', [])", "product([1], repeat=0)", "product([1], repeat=-1)", "permutations([1, 2, 3])", "permutations('abcd', 2)", "permutations([1], 2)", "permutations([])", "permutations([1, 2, 3], 0)", "combinations('abcd', 2)", "combinations([1, 2], 3)", "combinations([1, 2, 3], 0)", "combinations([1], -1)", "combinations_with_replacement('abc', 2)", "combinations_with_replacement([], 2)", "combinations_with_replacement([], 0)", "combinations([1, 2], 'x')", "combinations(5, 2)", "cycle([])", "count('a')"]]

out, seen = [], set()
for e in E:
    if e in seen: continue
    seen.add(e)
    try:
        v = eval(e)
        want = repr(list(v) if hasattr(v, "__next__") else v)
    except Exception as x: want = f"{type(x).__name__}: {x}"
    if " at 0x" in want: continue
    out.append([e, want])
print("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in out) + "\n]")
