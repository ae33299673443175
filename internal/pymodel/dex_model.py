"""Runs one Python model of a dbt project: see package pymodel.

The module dex brings the code here and carries the questions to dex. The model works
on a DuckDB of this process, in which relations of the project appear when they are
asked for. Names of this module begin with an underscore, since DuckDB looks for
variables of Python where SQL names a table that is not there.
"""
import os as _os
import re as _re
import sys as _sys

import dex as _dex

_ask = _dex._ask


def _main(source, path):
    """Run the model whose code is source; path is its file, for tracebacks."""
    _leave_no_trace()
    facts = _ask({"op": "model"})
    _sys.path.extend(facts["paths"])
    _import_duckdb()
    if b"asyncio" in source:
        _make_event_loop()
    code = compile(source, path, "exec", dont_inherit=True)
    module = type(_sys)(facts["alias"])
    module.__file__ = path
    exec(code, module.__dict__)
    home = _Home(facts)
    session = _Session(home, home.con)
    frame = module.model(module.dbtObj(home.load), session)
    before = home.tables()
    # A relation may refer to temporary tables of its connection. Anything else may be
    # the unread result of that connection, so it is read beside it.
    own = isinstance(frame, _duckdb.DuckDBPyRelation)
    module.materialize(frame, home.con if own else home.connect())
    made = home.tables() - before
    if len(made) != 1:
        raise RuntimeError("the code behind the model made %d tables, not one" % len(made))
    home.hand_over(made.pop(), before)
    _end()


def _end():
    """End the process without taking apart what libraries have built, which takes them
    a while."""
    import atexit

    atexit._run_exitfuncs()
    _os._exit(0)


def _import_duckdb():
    global _duckdb
    try:
        import duckdb as _duckdb
    except ModuleNotFoundError as e:
        if e.name != "duckdb":
            raise
        _ask({"op": "needs", "module": "duckdb"})
        _sys.exit(1)


def _leave_no_trace():
    """Take the folder of this module out of what the model sees."""
    folder = _os.path.dirname(__file__)
    _sys.path[:] = [p for p in _sys.path[1:] if p != folder]
    rest = [p for p in _os.environ.pop("PYTHONPATH", "").split(_os.pathsep) if p and p != folder]
    if rest:
        _os.environ["PYTHONPATH"] = _os.pathsep.join(rest)
    _sys.modules.pop("dex", None)


def _make_event_loop():
    """A model may count on asyncio.get_event_loop(), which from Python 3.14 on makes none."""
    import asyncio

    try:
        asyncio.get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())


class _Home:
    """The DuckDB of this process: databases with the names of the project's, each in a
    file, so that what the model makes needs no memory and goes back as it is."""

    def __init__(self, facts):
        self.folder = facts["folder"]
        self.default = facts["default"]
        self.settings = facts["settings"]
        self.con = _duckdb.connect(_os.path.join(self.folder, "dex_home.duckdb"), config=facts["options"])
        # What is done beside the model's SQL goes another way: a statement on its
        # connection would end a result that it is still reading.
        self.aside = self.con.cursor()
        self.files = {}  # database: its file
        self.views = set()  # what stands for relations of the project
        self.loads = 0
        self.known = {}  # relation as it was asked for: SQL that gives its rows
        self.replaced = set()  # the last words of tables that the model's code replaces
        self.schema(self.default, "main")
        self.schema(facts["database"], facts["schema"])
        self.configure(self.con)
        for name, repo in facts["extensions"]:
            self.extension(name, repo)
        for sql in facts["statements"]:
            self.con.execute(sql)

    def configure(self, con):
        for name, value in self.settings:
            con.execute("set %s = %s" % (name, _literal(value)))
        try:
            # The methods of _Session stand between SQL and the variables of the model.
            con.execute("set python_scan_all_frames = true")
        except _duckdb.Error:
            pass  # older than 1.1
        con.execute("use " + _quote(self.default))

    def connect(self):
        con = self.con.cursor()
        self.configure(con)
        return con

    def extension(self, name, repo):
        try:
            self.con.execute("load " + name)
        except _duckdb.Error:
            self.con.execute("install %s%s" % (name, " from " + repo if repo else ""))
            self.con.execute("load " + name)

    def schema(self, database, schema):
        if database.lower() not in self.files:
            file = _os.path.join(self.folder, "made%d.duckdb" % len(self.files))
            self.aside.execute("attach %s as %s" % (_literal(file), _quote(database)))
            self.files[database.lower()] = file
        self.aside.execute("create schema if not exists %s.%s" % (_quote(database), _quote(schema)))

    def load(self, relation):
        """dbt.ref and dbt.source: a relation of DuckDB over the rows."""
        return self.con.query("select * from " + self.rows(relation))

    def rows(self, relation):
        """Fetch a relation's rows, the first time, and give what SQL reads them from."""
        if relation not in self.known:
            got = _ask({"op": "load", "relation": relation})
            self.loads += 1
            if got["attach"]:
                name = "dex_load_%d" % self.loads
                self.aside.execute("attach %s as %s (read_only)" % (_literal(got["attach"]), name))
                self.known[relation] = name + ".main.rows"
            else:
                self.known[relation] = "(%s)" % got["select"]
            self.name(relation)
        return self.known[relation]

    def name(self, relation):
        """Let SQL of the model find the rows under the relation's own name."""
        words = _split(relation)
        if not 0 < len(words) < 4:
            return
        if len(words) == 2 and words[0].lower() in self.files:
            words.insert(1, "main")
        words = ([self.default, "main"] if len(words) == 1 else [self.default] if len(words) == 2 else []) + words
        self.schema(words[0], words[1])
        view = ".".join(_quote(w) for w in words)
        self.aside.execute("create view if not exists %s as select * from %s" % (view, self.known[relation]))
        self.views.add(tuple(w.lower() for w in words))

    def find(self, names):
        """Fetch relations that SQL names and that are not here. True where one came."""
        came = False
        for name in names:
            if name in self.known:
                continue
            try:
                self.rows(name)
                came = True
            except _dex.Error:
                pass  # the project has none either: DuckDB says so better
        return came

    def tables(self):
        return set(self.aside.execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
            " where not temporary and not internal and database_name not like 'dex\\_%' escape '\\'"
        ).fetchall())

    def others(self):
        """What the model made beside tables, and that dex does not take."""
        found = self.aside.execute(
            "select 'view', database_name, schema_name, view_name from duckdb_views() where not internal and not temporary"
            " union all select 'sequence', database_name, schema_name, sequence_name from duckdb_sequences() where not temporary"
            " union all select 'macro', database_name, schema_name, function_name from duckdb_functions()"
            " where not internal and function_type in ('macro', 'table_macro')"
        ).fetchall()
        return sorted({(k, d, s, n) for k, d, s, n in found if d.lower() in self.files and (d.lower(), s.lower(), n.lower()) not in self.views})

    def hand_over(self, made, beside):
        for kind, database, schema, name in self.others():
            _dex.log.warning("the %s %s.%s, which the model made, stays in its process: dex takes tables alone" % (kind, schema, name))
        try:
            self.con.commit()
        except _duckdb.Error:
            pass  # the model has begun no transaction
        self.con.execute("use dex_home")
        for database in self.files:
            self.aside.execute("detach " + _quote(database))
        self.con.close()
        _ask({
            "op": "made", "table": self.table(made), "beside": [self.table(t) for t in sorted(beside)],
            "replaced": [self.table(t) for t in sorted(beside) if t[2].lower() in self.replaced],
        })

    def table(self, words):
        return [self.files[words[0].lower()], *words]


class _Session:
    """The model's session: a connection of DuckDB whose SQL finds the relations of the
    project, which are fetched once it names one that is not here."""

    def __init__(self, home, con):
        self.__dict__.update(_home=home, _con=con)

    def __getattr__(self, name):
        return getattr(self._con, name)

    def __setattr__(self, name, value):
        setattr(self._con, name, value)

    def cursor(self):
        return _Session(self._home, self._home.connect())

    duplicate = cursor

    def sql(self, query, *_args, **_kw):
        return self._try(self._con.sql, query, _args, _kw)

    def query(self, query, *_args, **_kw):
        return self._try(self._con.query, query, _args, _kw)

    def from_query(self, query, *_args, **_kw):
        return self._try(self._con.from_query, query, _args, _kw)

    def execute(self, query, *_args, **_kw):
        return self._try(self._con.execute, query, _args, _kw)

    def table(self, name):
        return self._named(self._con.table, name)

    def view(self, name):
        return self._named(self._con.view, name)

    def _named(self, _call, _name):
        """A table of the project is a view here, which DuckDB's table() does not find
        under a name with a schema."""
        try:
            return _call(_name)
        except _duckdb.CatalogException:
            _words = _split(_name) if isinstance(_name, str) else []
            if not _words:
                raise
            _select = "select * from " + ".".join(_quote(_w) for _w in _words)
            try:
                return self._try(self._con.query, _select, (), {})
            except (_duckdb.CatalogException, _duckdb.BinderException):
                pass
            raise

    def _try(self, _call, _text, _args, _kw):
        if isinstance(_text, str):
            self._look_ahead(_text)
        try:
            return _call(_text, *_args, **_kw)
        except (_duckdb.CatalogException, _duckdb.BinderException):
            if not isinstance(_text, str) or not self._home.find(self._names(_text)):
                raise
        return _call(_text, *_args, **_kw)

    def _names(self, _text):
        try:
            return sorted(self._con.get_table_names(_text, qualified=True))
        except Exception:
            return []  # several statements, or one that names none

    def _look_ahead(self, _text):
        """Note that tables are replaced; of several statements, fetch first what they
        name, since what failed half-way cannot be tried again."""
        for _name in _replacing.findall(_text):
            _words = _split(_re.sub(r"\s*\.\s*", ".", _name))
            if _words:
                self._home.replaced.add(_words[-1].lower())
        if ";" not in _text.rstrip("; \t\r\n"):
            return
        try:
            _statements = self._con.extract_statements(_text)
        except Exception:
            return  # a syntax error, which DuckDB reports
        if len(_statements) < 2:
            return
        for _one in _statements:
            for _name in self._names(_one.query):
                try:
                    self._con.table(_name)
                except (_duckdb.CatalogException, _duckdb.BinderException):
                    self._home.find([_name])


_replacing = _re.compile(r'\bcreate\s+or\s+replace\s+table\s+((?:"(?:[^"]|"")+"|\w+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|\w+))*)', _re.I)


def _quote(name):
    return '"' + name.replace('"', '""') + '"'


def _literal(text):
    return "'" + str(text).replace("'", "''") + "'"


def _split(relation):
    """The parts of a dotted name with quotes; none where it is more than a name."""
    words, word, quoted, i = [], "", False, 0
    while i < len(relation):
        c = relation[i]
        if c == '"' and quoted and relation[i + 1:i + 2] == '"':
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
