"""Runs one Python model for dex: see package pymodel.

The folder given as argument holds model.py and job.json. Requests go out on
standard output, one JSON object a line; answers come in on standard input. What the
model prints goes to standard error.
"""
import importlib.util
import json
import os
import sys
import traceback

folder = sys.argv[1]
requests = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
answers = sys.stdin


def tell(**what):
    requests.write(json.dumps(what) + "\n")
    requests.flush()


try:
    import duckdb
except ImportError:
    tell(needs="duckdb")
    sys.exit(1)


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Mirror:
    """An in-memory database in which relations of the project appear when asked for."""

    def __init__(self, job):
        self.con = duckdb.connect(":memory:")
        self.seen = {}
        self.files = 0
        self.schema(job["database"], job["schema"])

    def schema(self, database, schema):
        known = self.con.execute("select 1 from duckdb_databases() where database_name = ?", [database])
        if not known.fetchone():
            self.con.execute(f"attach ':memory:' as {quote(database)}")
        self.con.execute(f"create schema if not exists {quote(database)}.{quote(schema)}")

    def load(self, relation):
        """dbt.ref and dbt.source: a relation of DuckDB over the rows."""
        if relation not in self.seen:
            tell(load=relation)
            answer = json.loads(answers.readline() or '{"error": "dex is gone"}')
            if answer.get("error"):
                raise RuntimeError(answer["error"])
            self.files += 1
            name = f"dex_load_{self.files}"
            self.con.execute(f"attach {literal(answer['file'])} as {name} (read_only)")
            self.seen[relation] = f"{name}.main.rows"
            self.name(relation)
        return self.con.query(f"select * from {self.seen[relation]}")

    def name(self, relation):
        """Lets SQL of the model find the rows under the relation's own name."""
        words = split(relation)
        if len(words) != 3:
            return
        database, schema, identifier = words
        self.schema(database, schema)
        self.con.execute(
            f"create or replace view {quote(database)}.{quote(schema)}.{quote(identifier)} as"
            f" select * from {self.seen[relation]}"
        )

    def tables(self):
        found = self.con.execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
            " where not temporary and not internal and database_name not like 'dex\\_%' escape '\\'"
        ).fetchall()
        return set(found)


def split(relation):
    """The parts of a dotted name with quotes."""
    words, word, quoted, i = [], "", False, 0
    while i < len(relation):
        c = relation[i]
        if c == '"' and quoted and relation[i + 1 : i + 2] == '"':
            word, i = word + '"', i + 1
        elif c == '"':
            quoted = not quoted
        elif c == "." and not quoted:
            words.append(word)
            word = ""
        elif not quoted and not (c.isalnum() or c in "_$"):
            return []
        else:
            word += c
        i += 1
    return words + [word]


def run(job):
    mirror = Mirror(job)
    spec = importlib.util.spec_from_file_location(job["name"], os.path.join(folder, "model.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dbt = module.dbtObj(mirror.load)
    if dbt.is_incremental:
        mirror.load(repr(dbt.this))
    df = module.model(dbt, mirror.con)
    before = mirror.tables()
    module.materialize(df, mirror.con)
    made = sorted(mirror.tables() - before)
    if len(made) != 1:
        raise RuntimeError(f"the model's code made {len(made)} tables, not one")
    database, schema, table = made[0]
    mirror.con.execute(f"attach {literal(os.path.join(folder, 'made.duckdb'))} as dex_made")
    mirror.con.execute(
        f"create table dex_made.main.rows as select * from {quote(database)}.{quote(schema)}.{quote(table)}"
    )
    mirror.con.execute("detach dex_made")
    mirror.con.close()
    tell(made=table, schema=schema, database="" if database == "memory" else database)


def main():
    with open(os.path.join(folder, "job.json"), encoding="utf-8") as f:
        job = json.load(f)
    try:
        run(job)
    except Exception as err:
        frames = traceback.format_exception(type(err), err, without(err.__traceback__))
        tell(error="".join(frames))
        sys.exit(1)


def without(trace):
    """The traceback from the model's own code on."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


main()
