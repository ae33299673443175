"""What a Python operation of dex can do.

dex puts this module before the script of an operation and answers what it asks for::

    import dex

    def main(since, limit=100):
        rows = dex.query(f"select * from {dex.ref('orders')} where day >= ?", [since])
        with dex.transaction():
            for n, row in enumerate(rows):
                dex.execute("insert into sent values (?, ?)", [row["id"], row["amount"]])
                dex.progress(n + 1, len(rows))
        dex.result({"sent": len(rows)})

Statements go to the operation's own session inside dex, so no credential is here.
The module is one file without dependencies, for Python 3.9 and newer.
"""

from __future__ import annotations

import os
import sys
import _thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    import decimal
    from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

    import pandas
    import pyarrow

    Args = Union[Sequence[Any], Mapping[str, Any], None]

__all__ = [
    "Cancelled", "DatabaseError", "Error", "Params", "Rows", "artifact", "attempt", "dry_run", "env", "execute",
    "invocation_id", "log", "notify", "params", "progress", "query", "ref", "result", "run_id", "source", "stream",
    "target", "transaction", "var",
]

_PROTOCOL = 1
_PIECE = 1 << 20  # bytes of a file in one message
_LARGEST = 60 << 20  # bytes of one message


class Error(Exception):
    """What dex could not do. The text says why."""


class DatabaseError(Error):
    """A statement that the database refused.

    `error_class` sorts it by what may be done about it: connection, timeout,
    cancelled, lock, permission, syntax, missing, exists, constraint, data, resource,
    other. `statement` is what was refused; the text is the database's own message.
    """

    error_class: str = "other"
    statement: str = ""


class Cancelled(BaseException):
    """The operation's time is over, or it was cancelled: the script is to end now.

    It is raised wherever the script is, so that `finally` and `with` do their work.
    Some seconds later the process is killed.
    """


class Params(dict):
    """The operation's parameters: `params.role` or `params["role"]`.

    A parameter hides a method of dict with its name. Dates are `datetime.date`,
    timestamps `datetime.datetime`, numbers with a fraction as they were given.
    """

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__") and dict.__contains__(self, name):
            return dict.__getitem__(self, name)
        return dict.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(self._missing(name))

    def __missing__(self, name: str) -> Any:
        raise KeyError(self._missing(name))

    def _missing(self, name: str) -> str:
        known = ", ".join(sorted(dict.keys(self))) or "none"
        return "the operation has no parameter %r; it has: %s" % (name, known)


class _Facts(dict):
    """A mapping whose keys are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


params: Params = Params()
"""The operation's parameters."""
target: Mapping[str, Any] = _Facts()
"""The target that the operation runs on, as in templates: target.name, target.schema."""
invocation_id: str = ""
"""The id of dex's invocation."""
run_id: str = ""
"""The id of this run of the operation."""
attempt: int = 1
"""Which attempt this is, from 1."""
dry_run: bool = False
"""True where nothing is to be changed: execute() records its statements and returns -1."""


class Rows(list):
    """The rows of a result: a list of dicts, with `columns` and `types` in order.

    A column whose name stands twice is named `name_1` the second time.
    """

    columns: List[str]
    types: List[str]

    def df(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame."""
        try:
            import pandas
        except ImportError:
            raise Error("rows.df() needs pandas: add it to the script's dependencies") from None
        return pandas.DataFrame({c: [r[c] for r in self] for c in self.columns}, columns=self.columns)

    def arrow(self) -> pyarrow.Table:
        """The rows as a pyarrow Table."""
        try:
            import pyarrow
        except ImportError:
            raise Error("rows.arrow() needs pyarrow: add it to the script's dependencies") from None
        columns = [pyarrow.array([r[c] for r in self], type=_arrow_type(pyarrow, t)) for c, t in zip(self.columns, self.types)]
        return pyarrow.table(columns, names=self.columns)


def query(sql: str, params: Args = None) -> Rows:
    """Send one statement and give its rows.

    `params` are values for the placeholders of the statement: a list for `?`, a dict
    for `$name`. They go to the database as values and never become text of SQL.
    """
    rows = Rows()
    with _lock:
        for head, piece in _results(sql, params, False):
            if head is not None:
                rows.columns, rows.types = head
            else:
                rows.extend(_dicts(rows.columns, piece))
    return rows


def stream(sql: str, params: Args = None) -> Iterator[Dict[str, Any]]:
    """Send one statement and give its rows one by one, without ever holding all.

    Until the last row is read, or the iterator is closed, dex can do nothing else for
    this script: use query() to send statements while going through rows.
    """
    from _weakref import ref as weak

    own: List[Any] = []
    rows = _stream(sql, params, own)
    own.append(weak(rows))
    return rows


def _stream(sql: str, params: Args, own: Any) -> Iterator[Dict[str, Any]]:
    with _lock:
        _lock.stream = own[0]
        columns: List[str] = []
        for head, piece in _results(sql, params, True):
            if head is not None:
                columns = head[0]
                continue
            for row in _dicts(columns, piece):
                _link.free()  # what the script does with the row may be cancelled
                yield row
                _link.hold()


def execute(sql: str, params: Args = None) -> int:
    """Send one statement for its effect, and give the number of rows affected: -1
    where the database does not say, and in a dry run, which only records it."""
    return _ask({"op": "execute", "sql": _text(sql), "params": _params(params), "line": _line()})


class transaction:
    """`with dex.transaction():` commits what happens inside, or rolls it back where an
    exception leaves it. Outside of it each statement is committed by itself. Where the
    operation is a hook inside of its node's transaction, all is part of that."""

    def __enter__(self) -> transaction:
        _ask({"op": "begin"})
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is None:
            _ask({"op": "commit"})
        elif not _link.broken:  # a broken link: dex has rolled back
            _ask({"op": "rollback"})
        return False


def ref(*names: str, version: Any = None, v: Any = None) -> str:
    """The relation of a model, seed or snapshot, as SQL names it: ref("orders"),
    ref("package", "orders"), ref("orders", version=2)."""
    kw = {}
    if version is not None or v is not None:
        kw["version"] = version if version is not None else v
    return _ask({"op": "ref", "args": [_text(n) for n in names], "kw": kw})


def source(source_name: str, table_name: str) -> str:
    """The relation of a source, as SQL names it."""
    return _ask({"op": "source", "source": _text(source_name), "table": _text(table_name)})


_none = object()


def var(name: str, default: Any = _none) -> Any:
    """A project variable, as var() in templates."""
    message = {"op": "var", "name": _text(name)}
    if default is not _none:
        message["default"] = _encode(default)
    return _ask(message)


def env(name: str, default: Any = _none) -> str:
    """An environment variable that the operation's configuration names under `env`."""
    message = {"op": "env", "name": _text(name)}
    if default is not _none:
        message["default"] = _encode(default)
    return _ask(message)


class _Log:
    """Lines of the operation's log. Fields stay beside the text: log.info("sent", rows=3)."""

    def debug(self, message: Any, *args: Any, **fields: Any) -> None:
        _log("debug", message, args, fields)

    def info(self, message: Any, *args: Any, **fields: Any) -> None:
        _log("info", message, args, fields)

    def warning(self, message: Any, *args: Any, **fields: Any) -> None:
        _log("warning", message, args, fields)

    def error(self, message: Any, *args: Any, **fields: Any) -> None:
        _log("error", message, args, fields)


log = _Log()


def _log(level: str, message: Any, args: Any, fields: Any) -> None:
    text = str(message)
    if args:
        text = text % args
    _tell({"op": "log", "level": level, "text": _clean(text), "fields": {k: _encode_or_text(x) for k, x in fields.items()}})


_told = 0.0


def progress(done: float, total: Optional[float] = None, message: Optional[str] = None) -> None:
    """Say how far the script has come: of `total`, or so many where that is unknown."""
    global _told
    import time

    now = time.monotonic()
    if done != total and now - _told < 0.05:
        return  # nobody can see more than that
    _told = now
    _tell({"op": "progress", "done": float(done), "total": float(total or 0), "message": _clean(message or "")})


def notify(channel: Union[str, Iterable[str]], message: str, severity: str = "info", title: Optional[str] = None,
           details: Optional[Mapping[str, Any]] = None) -> None:
    """Send a message to a channel of dex.yml, or to several. It is stored and delivered
    by dex; this does not wait for the delivery."""
    channels = [channel] if isinstance(channel, str) else list(channel)
    _ask({
        "op": "notify", "channels": [_text(c) for c in channels], "message": _text(message), "severity": severity,
        "title": title or "", "details": {str(k): str(x) for k, x in (details or {}).items()},
    })


def result(value: Any) -> None:
    """Set the operation's result, which a flow's next steps and `--output` see. A value
    that main() returns is the result as well, unless this was called."""
    global _result_set
    _ask({"op": "result", "value": _encode(value)})
    _result_set = True


_result_set = False
_path = ""


def artifact(name: str, data: Union[bytes, str, None] = None) -> str:
    """Keep a file with the run: artifact("report.csv", data), or artifact(path) for a
    file that is there, which is kept under its last name. Gives where it is kept."""
    if data is None:
        path, name = os.fspath(name), os.path.basename(os.fspath(name))
        with open(path, "rb") as f:
            return _upload(name, f.read)
    if isinstance(data, str):
        data = data.encode("utf-8")
    view, at = memoryview(data).cast("B"), 0

    def piece(n: int) -> bytes:
        nonlocal at
        at += n
        return bytes(view[at - n:at])

    return _upload(os.fspath(name), piece)


def _upload(name: str, read: Any) -> str:
    with _lock:
        data = read(_PIECE)
        while True:
            following = read(_PIECE) if data else b""
            message = {"op": "artifact", "name": _text(name), "data": _encode(data), "more": bool(following)}
            kept = _exchange(message)
            if not following:
                return kept
            data = following


# What follows is the connection with dex.


class _Lock:
    """Requests of several threads come one after the other. Cancelled is kept from the
    thread that has the lock, but for the time that it waits for dex: what is half done
    would leave the two ends of the connection at different places."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._owner: Optional[int] = None
        self.stream: Any = None  # a weak reference to the stream that has the lock

    def __enter__(self) -> None:
        me = _thread.get_ident()
        if self._owner == me:
            # A thread that an exception has thrown out of a stream may clean up.
            stream = self.stream and self.stream()
            if stream is None or sys.exc_info()[0] is None:
                raise Error("the rows of dex.stream() are still being read: read them to the end, close the iterator, or use dex.query()")
            stream.close()
        _link.hold()
        self._lock.acquire()
        self._owner = me

    def __exit__(self, *_: Any) -> None:
        self._owner = self.stream = None
        self._lock.release()
        _link.free()


_lock = _Lock()


class _Link:
    """The connection. It belongs to the process that opened it."""

    def __init__(self) -> None:
        self.socket: Any = None
        self.pid = 0
        self.broken = False
        self.buffer = bytearray()
        self.awaited = 0  # requests whose answer has not come
        self.held_by = 0  # the thread that Cancelled is kept from
        self.cancelled = False  # it came meanwhile

    def open(self, address: str, token: str) -> Any:
        try:
            import _socket as socket  # without the classes of socket.py, which take a while to load
        except ImportError:
            import socket  # type: ignore
        if address.startswith("127.0.0.1:"):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.socket.connect(("127.0.0.1", int(address.rpartition(":")[2])))
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.connect(address)
        self.pid = os.getpid()
        self.awaited = 1
        self.send({"token": token, "protocol": _PROTOCOL})
        facts = self.receive()
        self.awaited = 0
        self.free()
        return facts

    def usable(self) -> None:
        if self.socket is None:
            raise Error("this process is not an operation of dex: run the script with `dex operation run`")
        if self.pid != os.getpid():
            raise Error("dex cannot be used in a process that the script has forked: use it in the script's own process")
        if self.broken:
            raise Error("the connection to dex is broken")

    def send(self, message: Any, answered: bool = False) -> None:
        body = _dumps(message).encode("utf-8")
        if len(body) > _LARGEST:
            raise Error("a message to dex may have %d MiB, this one has %d" % (_LARGEST >> 20, len(body) >> 20))
        self.awaited += answered
        try:
            self.socket.sendall(len(body).to_bytes(4, "big") + body)
        except OSError as e:
            self.broken = True
            raise Error("the connection to dex is broken: %s" % e) from None

    def receive(self) -> Any:
        """Give the next message that belongs to the last request. Those of requests
        whose answer nobody took, because an exception came in between, are left out."""
        while True:
            need = self._fill()
            message = _loads(bytes(self.buffer[4:need]))
            del self.buffer[:need]
            last = self.awaited == 1
            self.awaited -= "ok" in message or "error" in message
            if last:
                return message

    def hold(self) -> None:
        """Keep Cancelled from this thread until free()."""
        self.held_by = _thread.get_ident()

    def free(self) -> None:
        self.held_by = 0
        if self.cancelled:
            self.cancelled = False
            raise Cancelled("the operation is to end")

    def _fill(self) -> int:
        # Cancelled leaves in the buffer what has come so far.
        have = self.buffer
        while len(have) < 4:
            have += self._some(1 << 16)
        need = 4 + int.from_bytes(have[:4], "big")
        while len(have) < need:
            have += self._some(max(1 << 16, need - len(have)))
        return need

    def _some(self, size: int) -> bytes:
        self.free()
        self._wait()
        self.hold()
        try:
            chunk = self.socket.recv(size)
        except OSError as e:
            self.broken = True
            raise Error("the connection to dex is broken: %s" % e) from None
        if not chunk:
            self.broken = True
            raise Error("dex has closed the connection")
        return chunk


    def _wait(self) -> None:
        """Wait until there is something to read, without reading it: where Cancelled
        comes here nothing is lost."""
        import select

        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self.socket.fileno(), select.POLLIN)
            poll.poll()
        else:
            select.select([self.socket], [], [])


_link = _Link()


def _ask(message: Any) -> Any:
    """Send a request and give its answer."""
    with _lock:
        return _exchange(message)


def _exchange(message: Any) -> Any:
    _link.usable()
    _link.send(message, True)
    return _answer(_link.receive())


def _tell(message: Any) -> None:
    """Send what has no answer."""
    with _lock:
        _link.usable()
        _link.send(message)


def _answer(message: Any) -> Any:
    fault = message.get("error")
    if fault is None:
        return message.get("ok")
    if not fault.get("class"):
        raise Error(fault["message"])
    error = DatabaseError(fault["message"])
    error.error_class = fault["class"]
    error.statement = fault.get("statement", "")
    raise error


def _results(sql: str, params: Args, pull: bool) -> Iterator[Any]:
    """Give (columns and types, None) once, and then (None, columns of cells)."""
    _link.usable()
    _link.send({"op": "query", "sql": _text(sql), "params": _params(params), "pull": pull, "line": _line()}, True)
    done = False
    try:
        while not done:
            message = _link.receive()
            if "columns" in message:
                yield (message["columns"], message["types"]), None
            elif "rows" in message:
                yield None, [_cells(k, c) for k, c in zip(message["kinds"], message["rows"])]
                if pull:
                    _link.send({"op": "more"})
            else:
                done = True
                _answer(message)
    finally:
        if pull and not done and not _link.broken:
            _link.send({"op": "stop"})  # what is on its way is left out by the next receive()


def _line() -> int:
    """The line of the script that is at work, 0 where another file calls."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == _path:
            return frame.f_lineno
        frame = frame.f_back
    return 0


def _dicts(columns: Any, cells: Any) -> Any:
    return [dict(zip(columns, row)) for row in zip(*cells)]


# What follows is how values are written: see encode.go, which has the other end.


def _loads(data: Any) -> Any:
    return _decoder.decode(data.decode("utf-8"))


def _dumps(message: Any) -> str:
    return _encoder.encode(message)


def _hook(d: Any) -> Any:
    kind = d.get("$")
    return d if kind is None else _kinds[kind](d["v"])


def _decimal(text: str) -> decimal.Decimal:
    from decimal import Decimal

    return Decimal(text)


def _date(text: str) -> datetime.date:
    from datetime import date

    return date.fromisoformat(text)


def _time(text: str) -> datetime.time:
    from datetime import time

    return time.fromisoformat(_micros(text))


def _moment(text: str) -> datetime.datetime:
    from datetime import datetime, timezone

    text, _, zone = text.partition("[")
    t = datetime.fromisoformat(_micros(text))
    if zone:
        try:
            from zoneinfo import ZoneInfo

            return t.astimezone(ZoneInfo(zone[:-1]))
        except Exception:  # no time zone database here: the offset says as much of this moment
            return t
    return t


def _micros(text: str) -> str:
    """Before Python 3.11, fromisoformat takes three or six digits of a second alone."""
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    n = 0
    while n < len(rest) and rest[n].isdigit():
        n += 1
    return head + "." + rest[:n].ljust(6, "0") + rest[n:]


def _delta(parts: Any) -> datetime.timedelta:
    from datetime import timedelta

    return timedelta(*parts)


def _bytes(text: str) -> bytes:
    from binascii import a2b_base64

    return a2b_base64(text)


_kinds = {
    "dec": _decimal, "d": _date, "t": _time, "ts": _moment, "iv": _delta, "b": _bytes, "f": float, "tup": tuple,
    "map": dict,
}


def _cells(kind: str, cells: Any) -> Any:
    if not kind:
        return cells
    make = _kinds[kind]
    return [None if c is None else make(c) for c in cells]


def _text(s: Any) -> str:
    if not isinstance(s, str):
        raise TypeError("a text is needed here, and this is a %s" % type(s).__name__)
    return s


def _clean(s: str) -> str:
    """Halves of surrogate pairs, which no message can hold, become question marks."""
    return s.encode("utf-8", "replace").decode("utf-8")


def _params(values: Any) -> Any:
    if values is None:
        return None
    if isinstance(values, dict):
        for name in values:
            _text(name)
        return {k: _encode(x) for k, x in values.items()} if "$" not in values else _encode(values)
    if isinstance(values, (list, tuple)):
        return [_encode(x) for x in values]
    raise TypeError("params of a statement are a list, for ?, or a dict, for $name; this is a %s" % type(values).__name__)


def _tag(kind: str, bare: Any) -> Any:
    return {"$": kind, "v": bare}


def _encode_or_text(x: Any) -> Any:
    try:
        return _encode(x)
    except TypeError:
        return _clean(str(x))


def _encode(x: Any) -> Any:
    """Turn a value into what JSON has a form for."""
    if x is None or x is True or x is False:
        return x
    kind = type(x)
    if kind is str or kind is int:
        return x
    if kind is float:
        return x if x - x == 0 else _tag("f", str(x))
    if kind is list:
        return [_encode(e) for e in x]
    if kind is dict:
        return _encode_dict(x)
    if kind is tuple:
        return _tag("tup", [_encode(e) for e in x])
    if isinstance(x, (bytes, bytearray, memoryview)):
        from binascii import b2a_base64

        return _tag("b", b2a_base64(x, newline=False).decode("ascii"))
    return _encode_other(x)


def _encode_dict(x: Any) -> Any:
    if "$" not in x and all(type(k) is str for k in x):
        return {k: _encode(e) for k, e in x.items()}
    return _tag("map", [[_encode(k), _encode(e)] for k, e in x.items()])


def _encode_other(x: Any) -> Any:
    name, module = type(x).__name__, type(x).__module__
    if name in ("NaTType", "NAType") and module.startswith("pandas"):
        return None
    if module == "numpy" and hasattr(x, "tolist"):
        return _encode(x.tolist())
    if "decimal" in sys.modules and isinstance(x, sys.modules["decimal"].Decimal):
        return _tag("dec", str(x))
    if "uuid" in sys.modules and isinstance(x, sys.modules["uuid"].UUID):
        return str(x)
    dt = sys.modules.get("datetime")
    if dt is not None:
        if isinstance(x, dt.datetime):
            return _tag("ts", dt.datetime.isoformat(x))
        if isinstance(x, dt.date):
            return _tag("d", x.isoformat())
        if isinstance(x, dt.time):
            return _tag("t", x.isoformat())
        if isinstance(x, dt.timedelta):
            return _tag("iv", [x.days, x.seconds, x.microseconds])
    for base in (str, int, float, list, dict, tuple):  # subclasses: an enum of texts, Rows
        if isinstance(x, base):
            return _encode(base(x) if base is not str else str.__str__(x))
    raise TypeError("dex cannot take a value of type %s.%s: give it as a text, a number, a list or a dict" % (module, name))


# What follows runs the script.


def _run(folder: str, path: str, program: str = "") -> None:
    """Run the script that dex has put into a folder. dex calls it. program is the
    module that does it; "" is this one."""
    global params, target, invocation_id, run_id, attempt, dry_run, _path
    _path = path
    if sys.version_info < (3, 9):
        sys.exit("dex: Python 3.9 or newer is needed, and this is %s: name another in DEX_PYTHON" % sys.version.split()[0])
    _settle(folder)
    with open(os.path.join(folder, "bridge"), encoding="utf-8") as f:
        address, token = f.read().split("\n")[:2]
    os.unlink(os.path.join(folder, "bridge"))
    facts = _link.open(address, token)
    if facts["protocol"] != _PROTOCOL:
        sys.exit("dex: this module is not that of the dex that runs it")
    params, target = Params(facts["params"]), _Facts(facts["target"])
    invocation_id, run_id, attempt, dry_run = facts["invocation_id"], facts["run_id"], facts["attempt"], facts["dry_run"]
    with open(os.path.join(folder, "code.py"), "rb") as f:
        source_text = f.read()
    hidden = [__file__]
    try:
        if program:
            module = __import__(program)
            hidden.append(module.__file__)
            module._main(source_text, path)
        else:
            _run_script(source_text, path)
    except Exception as e:
        _fail(e, source_text, path, hidden)
        sys.exit(1)
    except Cancelled:
        sys.exit(143)


def _settle(folder: str) -> None:
    """Make the process what a script expects."""
    import _signal
    import atexit

    for s in (sys.stdout, sys.stderr):
        if s is not None:
            s.reconfigure(line_buffering=True, errors="backslashreplace")
    if hasattr(_signal, "SIGTERM"):
        _signal.signal(_signal.SIGTERM, _cancel)
    if os.environ.pop("DEX_LIFELINE", "") == "3":
        _thread.start_new_thread(_watch, (3,))
    atexit.register(_bye)


def _cancel(*_: Any) -> None:
    if _link.held_by == _thread.get_ident():
        _link.cancelled = True
        return
    raise Cancelled("the operation is to end")


def _watch(fd: int) -> None:
    """End the process group once dex is gone, on systems whose kernel does not."""
    import _signal

    while True:
        try:
            if not os.read(fd, 1):
                break
        except InterruptedError:
            continue
        except OSError:
            return
    os.killpg(0, _signal.SIGKILL)


def _run_script(source_text: bytes, path: str) -> None:
    code = compile(source_text, path, "exec", dont_inherit=True)
    calls = "main" in code.co_names
    module = type(sys)("__main__")
    # A file with main() is called by dex: what stands under `if __name__ ==
    # "__main__":` is for those who run it by hand.
    module.__dict__.update(__file__=path, __builtins__=__builtins__, __name__=os.path.basename(path)[:-3] if calls else "__main__")
    sys.modules["__main__"] = module
    sys.modules.setdefault(module.__name__, module)  # pickle looks classes up there
    sys.argv[:] = [path]
    sys.path[0] = os.path.dirname(path)
    exec(code, module.__dict__)
    main = module.__dict__.get("main")
    if calls and callable(main):
        value = _call(main)
        if value is not None and not _result_set:
            result(value)


def _call(main: Any) -> Any:
    """Call main() with the parameters that it names."""
    code = getattr(main, "__code__", None)
    if code is None or hasattr(main, "__wrapped__"):
        value = main(**_by_signature(main))
    else:
        count = code.co_argcount
        names = code.co_varnames[:count + code.co_kwonlyargcount]
        optional = set(names[count - len(main.__defaults__ or ()):count]) | set(main.__kwdefaults__ or ())
        given = {n: params[n] for n in names if dict.__contains__(params, n)}
        _need([n for n in names if n not in given and n not in optional])
        if code.co_flags & 0x08:  # **kwargs
            given.update(params)
        first = []
        for n in names[:code.co_posonlyargcount]:
            if n not in given:
                break
            first.append(given.pop(n))
        value = main(*first, **given)
    if hasattr(value, "__await__"):
        import asyncio

        async def wait() -> Any:
            return await value

        value = asyncio.run(wait())
    return value


def _by_signature(main: Any) -> Any:
    import inspect

    given, missing = {}, []
    for n, p in inspect.signature(main).parameters.items():
        if p.kind == p.VAR_KEYWORD:
            given.update(params)
        elif p.kind != p.VAR_POSITIONAL:
            if dict.__contains__(params, n):
                given[n] = params[n]
            elif p.default is p.empty:
                missing.append(n)
    _need(missing)
    return given


def _need(missing: Any) -> None:
    if missing:
        known = ", ".join(sorted(dict.keys(params))) or "none"
        raise Error("main() takes what is no parameter of the operation: %s; its parameters: %s" % (", ".join(missing), known))


def _fail(e: BaseException, source_text: bytes, path: str, hidden: Any) -> None:
    """Tell dex of the exception that ends the script."""
    import linecache
    import traceback

    text = source_text.decode("utf-8", "replace")
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    told = traceback.TracebackException(type(e), e, e.__traceback__)
    _strip(told, {*hidden, sys._getframe(2).f_code.co_filename}, 0)
    lines = "".join(told.format())
    if len(lines) > 1 << 20:
        lines = lines[:1 << 20] + "\n… (cut)"
    if _link.broken or _link.socket is None or _link.pid != os.getpid():
        sys.stderr.write(lines)
        return
    _tell({
        "op": "failed", "type": type(e).__name__, "message": _clean(str(e))[:1 << 16], "traceback": _clean(lines),
        "class": getattr(e, "error_class", ""), "statement": getattr(e, "statement", ""),
    })


def _strip(told: Any, hidden: Any, depth: int) -> None:
    """Take the frames of this module out of a traceback."""
    if told is None or depth > 50:
        return
    told.stack[:] = [f for f in told.stack if f.filename not in hidden]
    _strip(told.__cause__, hidden, depth + 1)
    _strip(told.__context__, hidden, depth + 1)
    for inner in getattr(told, "exceptions", None) or ():
        _strip(inner, hidden, depth + 1)


def _bye() -> None:
    """The script is done, and all of its threads: dex may take its work for whole."""
    if _link.socket is None or _link.pid != os.getpid() or _link.broken:
        return
    try:
        for s in (sys.stdout, sys.stderr):
            if s is not None:
                s.flush()
        _ask({"op": "bye"})
    except Exception:
        pass  # dex sees that the word is missing


def _arrow_type(pa: Any, name: str) -> Any:
    """The Arrow type of a DuckDB type; None lets pyarrow find it from the values."""
    return {
        "BOOLEAN": pa.bool_(), "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INTEGER": pa.int32(), "BIGINT": pa.int64(),
        "UTINYINT": pa.uint8(), "USMALLINT": pa.uint16(), "UINTEGER": pa.uint32(), "UBIGINT": pa.uint64(),
        "FLOAT": pa.float32(), "DOUBLE": pa.float64(), "VARCHAR": pa.string(), "BLOB": pa.binary(), "DATE": pa.date32(),
        "TIME": pa.time64("us"), "TIMESTAMP": pa.timestamp("us"),
    }.get(name)


from json import JSONDecoder as _JSONDecoder, JSONEncoder as _JSONEncoder  # noqa: E402

_decoder = _JSONDecoder(object_hook=_hook)
_encoder = _JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
