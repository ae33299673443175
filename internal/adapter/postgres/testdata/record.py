"""Records what psycopg2 gives for values, responses and errors: python record.py HOST PORT USER DATABASE > recorded.json.

The database is an empty one, in UTF-8, of a superuser. A value is its repr(), that of bytes where it is a
memoryview, and that of its str() where it is a range: no template sees more of it.
"""
import json
import sys

import psycopg2
import psycopg2.extensions as ext
from psycopg2._range import Range

ZONE = "set timezone = 'Europe/Berlin'"
SETUP = """create type mood as enum ('sad', 'it''s ok');
create table things (id integer primary key, name varchar(10) not null, price numeric(5, 2) check (price > 0));
create table parts (id integer references things (id));
insert into things values (1, 'one', 1.5);
create view cheap as select * from things;
create function fails(n integer) returns integer language plpgsql as $$
begin
  return n / 0;
end $$;
create function selects(n integer) returns integer language plpgsql as $$
begin
  execute 'select nothing from things';
  return n;
end $$;
create function says(n integer) returns integer language plpgsql as $$
begin
  raise exception 'no % here', n using detail = 'two lines' || chr(10) || 'of detail', hint = 'try 2', errcode = 'P0002';
end $$"""
VALUES = r"""
select null::integer
select true
select 1::smallint
select -5::bigint
select 9223372036854775807
select 92233720368547758080
select 1.50::numeric(10, 2)
select 'NaN'::numeric
select 'Infinity'::numeric
select '-Infinity'::numeric
select 0.000001::numeric
select 1e-10::numeric
select 1e30::numeric
select 0::numeric(10, 4)
select 0.1::float4
select 0.1::float8
select 1e300::float8
select 1::float8
select -0.0::float8
select 'NaN'::float8
select '-Infinity'::float8
select 'abc'::text
select ''
select 'abc'::char(5)
select 'abc'::varchar(5)
select 'a'::"char"
select 'abc'::name
select '\xdeadbeef'::bytea
select ''::bytea
select date '2024-02-29'
select date 'infinity'
select date '-infinity'
select date '0044-03-15 BC'
select date '12024-01-01'
select date '0001-01-01'
select time '04:05:06.789'
select time '00:00'
select time '24:00:00'
select time with time zone '04:05:06.789+02'
select time with time zone '04:05:06+05:30'
select time with time zone '04:05:06+00'
select time with time zone '04:05:06-03:30:15'
select timestamp '2024-02-29 12:34:56.123456'
select timestamp '2024-02-29 12:34:56.1'
select timestamp '2024-02-29'
select timestamp 'infinity'
select timestamp '-infinity'
select timestamp '0044-03-15 12:00:00 BC'
select timestamp '12024-01-01 00:00:00'
select timestamptz '2024-07-01 12:00:00+00'
select timestamptz '2024-01-01 12:00:00.5+00'
select timestamptz '1880-01-01 12:00:00+00'
select timestamptz 'infinity'
select timestamptz '-infinity'
select interval '1 year 2 mons 3 days 04:05:06.789'
select interval '-1 day'
select interval '-1 day +02:03:00'
select interval '1 mon -3 days -00:00:01.5'
select interval '-1 year -2 mons'
select interval '100000 hours'
select interval '0'
select interval '178000000 years'
select interval '1 microsecond'
select '{"a": [1, 2.5, null, true, "x"], "b": {"c": 1}}'::json
select '{"b": 1, "a": 12345678901234567890, "a": 2}'::json
select '{"b": 1, "a": 1.10}'::jsonb
select '"text"'::jsonb
select 'null'::jsonb
select '1'::json
select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid
select array[1, 2, null]
select array[[1, 2], [3, 4]]
select array[]::integer[]
select array['a', 'b,c', 'd"e', 'f\g', 'NULL', null, '', '{x}', ' y ']::text[]
select array['a', 'b']::varchar[]
select array[1.5, 2.50]::numeric[]
select array[0.1]::float8[]
select array[true, false]
select array[date '2024-01-01', date 'infinity']
select array[timestamp '2024-01-01 01:02:03']
select array[timestamptz '2024-01-01 01:02:03+00']
select array[interval '1 day']
select array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]
select array['sad'::mood]
select array['{"a": 1}'::jsonb]
select array['{"a": 1}'::json]
select array['10.0.0.0/8'::cidr]
select array['10.0.0.1'::inet]
select array['08:00:2b:01:02:03'::macaddr]
select array['\xde'::bytea]
select array[1::oid]
select array[time '01:02:03']
select '[0:1]={7,8}'::int[]
select int4range(1, 5)
select int4range(null, 5)
select 'empty'::int4range
select int8range(1, 5, '[]')
select numrange(1.5, 2.50)
select numrange(null, null)
select daterange('2024-01-01', '2024-02-01')
select tsrange('2024-01-01', '2024-02-01 12:00')
select tstzrange('2024-01-01', '2024-07-01 12:00')
select '{[1,3),[5,7)}'::int4multirange
select inet '10.0.0.1/24'
select cidr '10.0.0.0/8'
select macaddr '08:00:2b:01:02:03'
select 12.34::money
select xmlelement(name foo, 'x')
select B'1010'
select B'1010'::varbit
select 'sad'::mood
select 'it''s ok'::mood
select 42::oid
select 'pg_class'::regclass
select point(1, 2)
select 'a & b'::tsquery
select 'a b'::tsvector
select row(1, 'x')
select 'é€🎈'
select E'tab\tline\n'
select '1/2'::pg_lsn
select null
""".strip().split("\n")
RESPONSES = [
    "select 1", "select generate_series(1, 3)", "select 1 where false", "create table r (id integer)", "insert into r values (1), (2)",
    "insert into r select 3 where false", "update r set id = 5 where id = 1", "delete from r", "create table s as select generate_series(1, 4)",
    "select 1; select 2 union select 3", "insert into r values (1); drop table s", "create view w as select 1 as x", "drop view w",
    "create materialized view m as select 1 as x", "refresh materialized view m", "drop materialized view m", "truncate r",
    "create index i on r (id)", "set search_path to public", "show search_path", "explain select 1", "do $$ begin end $$", "values (1), (2)",
    "begin", "lock table r", "commit", "with x as (insert into r values (9) returning id) select * from x", "insert into r values (1) returning id",
    "merge into r using (select 9 as id) q on r.id = q.id when matched then delete", "analyze r", "vacuum r", "comment on table r is 'x'",
    "grant select on r to public", "table r", "prepare p as select 1", "execute p", "deallocate p",
]
ERRORS = [
    "select * from x", "selekt 1", "select 1 +", "select\n  a\nfrom\n\tthings\nwhere x", "select 1;\n\nselect 2;\nselect nope", "select 1/0",
    "select 'x'::integer", "insert into things values (1, 'again')", "insert into things values (2, null)", "insert into things values (2, 'two', -1)",
    "insert into things values (2, 'a name that is too long')", "insert into parts values (7)", "drop table things", "create table things (id integer)",
    "select nothing()", "select id, nme from things", "select fails(1)", "select selects(1)", "select says(3)", "select things.nope from things, parts",
    "select '" + "x" * 50 + "', nope, '" + "y" * 50 + "'", "select nope, '" + "y" * 100 + "'", "select '" + "x" * 100 + "', nope",
    "select '日本語日本語日本語日本語日本語日本語日本語', nope, '日本語日本語'", "select 'é', nope", "select\tnope,\t1", "select 1\r\nfrom x", "select 1\rfrom x\r",
    "select '" + "x" * 40 + "', nope", "select '" + "x" * 41 + "', '12345678', nope, 1, 2", "", "grant select on things to nobody",
    "set search_path to", "select 'abc", "select $1", "select to_char(1)", "alter table things add column name text", "create view cheap as select 1",
    "create schema public", "select ('{1,2'::int[])", "select jsonb '{x'", "select cast('2024-13-01' as date)", "raise notice 'x'", "vacuum nothing",
    "select count(*), id from things", "create table t2 (id integer, id integer)", "create function f() returns integer language sql as 'select nope'",
    "do $$ begin raise exception 'a', 'b'; end $$", "do $$ begin perform 1 / 0; end $$", "insert into things (id) select 1, 2",
]
ERRORS = [e for e in ERRORS if e]


def shown(v):
    if isinstance(v, memoryview):
        return repr(bytes(v))
    if isinstance(v, list) and v and isinstance(v[0], memoryview):
        return repr([bytes(x) for x in v])
    return repr(str(v)) if isinstance(v, Range) else repr(v)


def main():
    con = psycopg2.connect(host=sys.argv[1], port=sys.argv[2], user=sys.argv[3], dbname=sys.argv[4])
    con.autocommit = True
    cur = con.cursor()
    cur.execute(SETUP)
    cur.execute(ZONE)
    out = {"server": con.server_version // 10000, "zone": ZONE, "setup": SETUP, "values": [], "responses": [], "errors": []}
    for sql in VALUES:
        cur.execute(sql)
        code = cur.description[0][1]
        name = ext.string_types[code].name if code in ext.string_types else "unknown type_code"
        try:
            out["values"].append({"sql": sql, "type": name, "repr": shown(cur.fetchone()[0])})
        except Exception as e:
            out["values"].append({"sql": sql, "type": name, "error": type(e).__name__ + ": " + str(e)})
    for sql in RESPONSES:
        cur.execute(sql)
        out["responses"].append({"sql": sql, "message": cur.statusmessage, "rows": cur.rowcount, "columns": None if cur.description is None else [c[0] for c in cur.description]})
    for sql in ERRORS:
        try:
            cur.execute(sql)
            raise SystemExit("no error: " + sql)
        except psycopg2.Error as e:
            out["errors"].append({"sql": sql, "state": e.pgcode, "message": str(e).strip()})
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    print()


main()
