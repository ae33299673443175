"""Records what Python's datetime and pytz give: python record_datetime.py > datetime.json. Needs pytz; TZ is to be UTC."""
import datetime, itertools, json, os, pytz, random, time
os.environ["TZ"] = "UTC"; time.tzset()

r = random.Random(11)
D, DT, T, TD = "datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta"
dates = [f"{D}(2024, 2, 29)", f"{D}(1, 1, 1)", f"{D}(9999, 12, 31)", f"{D}(2021, 1, 3)", f"{D}(1999, 12, 31)", f"{D}(2024, 1, 31)", f"{D}(2020, 12, 28)"]
dts = [f"{DT}(2024, 2, 28, 13, 5)", f"{DT}(2024, 12, 31, 23, 59, 59, 999999)", f"{DT}(1970, 1, 1)", f"{DT}(5, 6, 7, 8, 9, 10, 11)", f"{DT}(2024, 3, 10, 2, 30, tzinfo=pytz.utc)",
       f"pytz.timezone('US/Eastern').localize({DT}(2024, 7, 4, 12, 0, 0, 500))", f"pytz.timezone('Asia/Kolkata').localize({DT}(2001, 9, 9))", f"{DT}.fromisoformat('2024-05-06T07:08:09.123+05:30')", f"{DT}(2024, 11, 3, 1, 30, fold=1)"]
times = [f"{T}(13, 5)", f"{T}(0, 0, 0, 1)", f"{T}(23, 59, 59, tzinfo=pytz.utc)", f"{T}()", f"{T}.fromisoformat('04:05:06-03:00')"]
tds = [f"{TD}(hours=49, minutes=3)", f"{TD}(days=-1, seconds=5)", f"{TD}(0)", f"{TD}(days=1.5, microseconds=0.5)", f"{TD}(weeks=2, milliseconds=1001)", f"{TD}(microseconds=-1)", f"{TD}(days=30)", f"{TD}(seconds=0.1)", f"{TD}(days=999999999)"]
any_ = dates + dts + times + tds + ["5", "2.5", "'x'", "None"]

E = []
for x in dates + dts + times + tds:
    E += [x, f"str({x})", f"bool({x})"]
for x in dates + dts:
    for m in ["weekday()", "isoweekday()", "isocalendar()", "isocalendar()[1]", "isocalendar().week", "toordinal()", "ctime()", "isoformat()", "timetuple()", "timetuple().tm_yday", "year", "month", "day", "replace(day=1)", "replace(2020)", "replace(month=13)", "replace(year=0)", "replace(day=31, month=4)", "min", "max", "resolution", "nope"]:
        E.append(f"{x}.{m}")
for x in dts:
    for m in ["hour", "minute", "second", "microsecond", "tzinfo", "fold", "date()", "time()", "timetz()", "utcoffset()", "dst()", "tzname()", "timestamp()", "utctimetuple()", "isoformat(' ')", "isoformat('T', 'minutes')", "isoformat(timespec='milliseconds')", "isoformat(timespec='bad')", "isoformat('xx')",
              "replace(tzinfo=None)", "replace(hour=25)", "replace(microsecond=7, tzinfo=pytz.utc)", "astimezone(pytz.utc)", "astimezone(pytz.timezone('America/New_York'))", "astimezone(pytz.timezone('Europe/Berlin')).isoformat()", "astimezone(5)", "replace(tzinfo=5)"]:
        E.append(f"{x}.{m}")
for x in times:
    for m in ["hour", "minute", "second", "microsecond", "tzinfo", "isoformat()", "isoformat('seconds')", "replace(minute=1)", "strftime('%H-%M-%S %Y %f')", "utcoffset()", "tzname()", "dst()"]: E.append(f"{x}.{m}")
for x in tds:
    for m in ["days", "seconds", "microseconds", "total_seconds()", "max", "min"]: E.append(f"{x}.{m}")
    E += [f"abs({x})", f"-{x}"]
ops = ["+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">="]
pairs = [(a, o, b) for a in dates + dts + times + tds for o in ops for b in any_]
for a, o, b in r.sample(pairs, 1400):
    E.append(f"{a} {o} {b}")
    if o in "+*-==<" and r.random() < .3: E.append(f"{b} {o} {a}")
fmts = ["%Y-%m-%d %H:%M:%S", "%a %A %b %B %d %e|%j|%U|%W|%V|%G|%g|%u|%w", "%c|%x|%X|%p|%P|%r|%R|%T|%D|%F|%h|%C|%y|%n|%t|%%|%I|%l|%k", "%-d/%-m/%_H/%^a/%^B/%#p/%05d/%e", "%f|%z|%Z|%s", "plain %", "%Q %E %Ey %Od %10Y|%-j|%-I|%-y|%3d", "ünï %Y", ""]
for x in dates + dts:
    for f in fmts: E.append(f"{x}.strftime({f!r})")
for s, f in [("2023-05-06", "%Y-%m-%d"), ("2023-05-06 07:08:09.1", "%Y-%m-%d %H:%M:%S.%f"), ("06/May/2023", "%d/%b/%Y"), ("MAY 6, 99 11pm", "%B %d, %y %I%p"), ("2023-05", "%Y-%m-%d"), ("2023-05-06x", "%Y-%m-%d"), ("2023-02-30", "%Y-%m-%d"), ("12:30 AM", "%I:%M %p"), ("  2023   1", "%Y %m"), ("2023 1", " %Y  %m"),
             ("2023-05-06T07:08:09Z", "%Y-%m-%dT%H:%M:%S%z"), ("2023-05-06 +0530", "%Y-%m-%d %z"), ("2023-05-06 -03:30", "%Y-%m-%d %z"), ("2023 060", "%Y %j"), ("2023 W10 1", "%Y W%W %w"), ("2023 10 0", "%Y %U %w"), ("2023 10 3", "%G %V %u"), ("2023 10", "%G %V"), ("a", "%q"), ("a", "%"), ("100%", "100%%"), ("Wed Feb 28 13:05:00 2024", "%c"), ("02/28/24", "%x"), ("13:05:07", "%X"), ("29 Feb", "%d %b"), ("68 1", "%y %m"), ("69 1", "%y %m"), ("2024.1.5 (fri)", "%Y.%m.%d (%a)"), ("9:5:61", "%H:%M:%S"), ("UTC 2023", "%Z %Y"), ("20230506", "%Y%m%d"), ("x2023", "%Y"), ("2023", "%d %d"), ("2022 53 1", "%G %V %u"), ("2023 00 3", "%Y %U %w"), ("2018 00 3", "%Y %W %w"), ("2023 0 6", "%Y %U %w")]:
    E.append(f"{DT}.strptime({s!r}, {f!r})")
iso = ["2024-02-28", "20240228", "2024-W09-3", "2024W093", "2024-W09", "2024W09", "2024-2-28", "2024-02-30", "", "2024-02-28T13:05", "2024-02-28 13:05:06.123456", "2024-02-28T130506", "2024-02-28T13:05:06,12345678", "2024-02-28T13:05:06Z", "2024-02-28T13:05+05:30", "2024-02-28T13:05:06.5-0330", "2024-02-28T24:00", "2024-02-28T", "2024-02-28x13", "20240228T1305", "2024-02-28T13:05:06+05:30:15.5", "2024-W09-3T10:00", "2024-02-28T13:0", "not a date", "2024-13-01", "2024-02-28T13:05-00:00", "2024-02-28T13:05+25:00", "2024-W60-1", "2024-02-28T13.5", "13:05", "T13:05:06", "130506.5", "0000-01-01"]
for s in iso:
    E += [f"{D}.fromisoformat({s!r})", f"{DT}.fromisoformat({s!r})", f"{T}.fromisoformat({s!r})"]
E += [f"{c}" for c in [f"{D}(2024, 13, 1)", f"{D}(2024, 2, 30)", f"{D}(0, 1, 1)", f"{D}('a', 1, 1)", f"{D}(2024.0, 1, 1)", f"{DT}(2024, 1, 1, 24)", f"{DT}(2024, 1, 1, 0, 60)", f"{DT}(2024, 1, 1, 0, 0, 60)", f"{DT}(2024, 1, 1, microsecond=1000000)", f"{DT}(2024, 1, 1, tzinfo='x')", f"{DT}(2024, 1, 1, fold=2)", f"{D}.fromordinal(738000)", f"{D}.fromordinal(0)", f"{DT}.fromordinal(5)",
      f"{D}.fromisocalendar(2020, 53, 7)", f"{D}.fromisocalendar(2021, 53, 7)", f"{D}.fromisocalendar(2021, 5, 8)", f"{DT}.fromtimestamp(0)", f"{DT}.fromtimestamp(1700000000.123456)", f"{DT}.fromtimestamp(1700000000.5, pytz.utc)", f"{DT}.utcfromtimestamp(-1.5)", f"{DT}.fromtimestamp(1700000000, tz=pytz.timezone('Asia/Tokyo'))", f"{D}.fromtimestamp(86400)", f"{DT}.fromtimestamp('x')",
      f"{DT}.combine({D}(2024, 1, 2), {T}(3, 4))", f"{DT}.combine({D}(2024, 1, 2), {T}(3, 4), pytz.utc)", f"{DT}.combine(1, 2)", f"{DT}.min", f"{DT}.max", f"{D}.min", f"{T}.max", f"{TD}.resolution", f"{TD}('x')", f"{TD}(days=1e10)", f"{TD}(seconds=1, minutes='a')", D, DT, T, TD, "datetime.tzinfo"]]
zones = ["US/Eastern", "America/New_York", "Europe/London", "Europe/Dublin", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia", "UTC", "Etc/GMT+5", "GMT", "Asia/Kathmandu", "Europe/Berlin", "us/pacific", "America/St_Johns", "Asia/Tehran"]
stamps = ["2024, 1, 15, 12", "2024, 7, 15, 12", "2024, 3, 10, 2, 30", "2024, 11, 3, 1, 30", "1850, 1, 1", "1950, 6, 1", "2050, 7, 1", "2024, 3, 31, 2, 30", "2024, 10, 27, 2, 30", "2024, 3, 31, 1, 30", "2024, 10, 27, 1, 30", "1911, 1, 1", "2011, 12, 30", "1945, 6, 1"]
for z in zones:
    Z = f"pytz.timezone({z!r})"
    E += [Z, f"str({Z})", f"{Z}.zone", f"{Z} == {Z}"]
    for s in stamps:
        L = f"{Z}.localize({DT}({s}))"
        E += [L, f"str({L})", f"{L}.dst()", f"{Z}.normalize({L} + {TD}(hours=3))", f"{DT}({s}, tzinfo=pytz.utc).astimezone({Z})"]
        E += [f"{Z}.localize({DT}({s}), is_dst=True)", f"{Z}.localize({DT}({s}), is_dst=None)", f"{Z}.utcoffset({DT}({s}))", f"{Z}.tzname({DT}({s}))"]
E += ["pytz.timezone('Foo/Bar')", "pytz.timezone(None)", "pytz.utc", "str(pytz.utc)", "pytz.FixedOffset(90)", "pytz.FixedOffset(0)", "pytz.FixedOffset(1440)", f"pytz.FixedOffset(-330).localize({DT}(2024, 1, 1))", f"str(pytz.FixedOffset(-330).localize({DT}(2024, 1, 1)))", f"pytz.utc.localize({DT}(2024, 1, 1, tzinfo=pytz.utc))", f"pytz.utc.normalize({DT}(2024, 1, 1))",
      "len(pytz.all_timezones)", "len(pytz.common_timezones)", "pytz.all_timezones[3]", "pytz.country_timezones['de']", "pytz.country_timezones('NZ')", "pytz.country_names['CH']", "len(pytz.all_timezones_set)", "pytz.timezone('US/Eastern').utcoffset(None)", f"{DT}(2024, 1, 1, tzinfo=pytz.timezone('US/Eastern'))", f"str({DT}(2024, 7, 1, tzinfo=pytz.timezone('US/Eastern')))"]

out, seen = [], set()
for e in E:
    if e in seen: continue
    seen.add(e)
    try: want = repr(eval(e))
    except Exception as x: want = f"{type(x).__name__}: {x}"
    if " at 0x" in want or "unsupported operand" not in want and "not implemented" in want: continue
    out.append([e, want])
print("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in out) + "\n]")
