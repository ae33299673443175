#!/usr/bin/env python3
"""dbt's own test suites, run against dex and held against known.txt. `make conformance` calls this.

    conformance.py [SUITE ...]       core postgres duckdb base-postgres base-duckdb hooks; all if none is named

    --bin FILE    the program (default ../bin/dex)
    -n N          workers (default: processors)
    --rewrite     write what differs into known.txt; a new line's cause is "?", which is refused until it is told

What it needs is installed below $CONFORMANCE_CACHE (default .cache beside this file), unless the environment
names what is there already:

    CONFORMANCE_PYTHON   an interpreter with requirements.txt
    DBT_SUITES           a folder with the checkouts of suites.txt, at its commits
    POSTGRES_TEST_HOST   a server with the roles of README.md (with _PORT _USER _PASS _DATABASE), and
    PGHOST               the same one, for hooks (with PGPORT PGUSER PGPASSWORD): a user who may make databases
    CONFORMANCE_PORT     the port of the server that is started here (default 5432, which some tests have in them)

Ends with 0 where exactly the tests of known.txt fail, else with 1.
"""

import argparse
import collections
import glob
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("CONFORMANCE_CACHE", HERE / ".cache"))
LISTS = {
    "core": HERE / "dbt/open.txt",
    "postgres": HERE / "dbt/open.txt",
    "duckdb": HERE / "dbt/open.txt",
    "base-postgres": HERE / "adapter/open.txt",
    "base-duckdb": HERE / "adapter/open.txt",
}
SUITES = [*LISTS, "hooks"]
KNOWN = HERE / "known.txt"


def say(text):
    print(f"conformance: {text}", flush=True)


def run(*words, **more):
    return subprocess.run([str(w) for w in words], check=True, **more)


# ---------------------------------------------------------------- what is needed

def python():
    """An interpreter with everything of requirements.txt."""
    if given := os.environ.get("CONFORMANCE_PYTHON"):
        return given
    venv, mark = CACHE / "venv", CACHE / "venv" / "installed.txt"
    wanted = (HERE / "requirements.txt").read_text()
    if not mark.exists() or mark.read_text() != wanted:
        say(f"installing Python packages below {venv}")
        run(sys.executable, "-m", "venv", "--clear", venv)
        run(venv / "bin/pip", "install", "--quiet", "--no-deps", "-r", HERE / "requirements.txt")
        mark.write_text(wanted)
    return str(venv / "bin/python")


def suites():
    """A folder with the suites' checkouts, each at its commit."""
    given = os.environ.get("DBT_SUITES")
    root = Path(given) if given else CACHE / "suites"
    for line in (HERE / "suites.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, url, commit = line.split()
        folder = root / name
        if not given and not folder.is_dir():
            clone(url, commit, folder)
        at = run("git", "-C", folder, "rev-parse", "HEAD", stdout=subprocess.PIPE, text=True).stdout.strip()
        if at != commit:
            sys.exit(f"{folder} is at {at}; suites.txt has {commit}")
    return str(root)


def clone(url, commit, folder):
    say(f"fetching {url}")
    part = folder.with_name(folder.name + ".part")      # a stopped one is begun anew
    shutil.rmtree(part, ignore_errors=True)
    run("git", "init", "--quiet", part)
    try:
        run("git", "-C", part, "fetch", "--quiet", "--depth", "1", url, commit)
    except subprocess.CalledProcessError:
        sys.exit(f"{url} was not fetched: it takes the network once; DBT_SUITES names a folder that has {folder.name} at {commit}")
    run("git", "-C", part, "checkout", "--quiet", "FETCH_HEAD")
    part.rename(folder)


# ---------------------------------------------------------------- Postgres

# Runs a server until standard input ends, and leaves nothing of it.
GUARD = """
bin=$1 dir=$2
shift 2
"$bin/initdb" -D "$dir/data" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 >"$dir/log" 2>&1 && {
    "$bin/postgres" -D "$dir/data" "$@" >>"$dir/log" 2>&1 &
    server=$!
    read -r nothing
    kill -TERM $server
    kill -QUIT $server
    wait $server
}
read -r nothing
cd /
rm -rf "$dir"
"""

ROLES = """
create database dbt;
create role root with login password 'password';
grant create, connect on database dbt to root with grant option;
create role noaccess with login password 'password' nosuperuser;
grant connect on database dbt to noaccess;
create role dbt_test_user_1; create role dbt_test_user_2; create role dbt_test_user_3;
create database "dbtMixedCase";
grant create, connect on database "dbtMixedCase" to root with grant option;
"""


def programs():
    """The folder of initdb and postgres; .ci/postgres installs them where that may be done."""
    run(HERE.parent / ".ci/postgres")
    places = os.environ["PATH"].split(":") + sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    places += sorted(glob.glob("/usr/pgsql-*/bin") + glob.glob("/opt/homebrew/opt/postgresql@*/bin"), reverse=True)
    for place in places:
        if all(os.access(f"{place}/{name}", os.X_OK) for name in ("initdb", "postgres", "psql")):
            return place
    sys.exit("no folder has initdb, postgres and psql")


def server():
    """Starts a server on the loopback address; its process ends with this one. Gives it and the environment."""
    port = os.environ.get("CONFORMANCE_PORT", "5432")
    bin, directory = programs(), tempfile.mkdtemp(prefix="dex-conformance-")
    who = {}
    if os.geteuid() == 0:                               # Postgres refuses root
        user = next(u for n in ("postgres", "nobody") for u in pwd.getpwall() if u.pw_name == n)
        os.chown(directory, user.pw_uid, user.pw_gid)
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={directory}", "fsync=off",
                "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "lc_messages=C"]
    words = ["/bin/sh", "-c", GUARD, "guard", bin, directory]
    for s in settings:
        words += ["-c", s]
    guard = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True, cwd="/", **who)
    log = Path(directory, "log")
    await_ready(log, guard)
    psql = [f"{bin}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", port, "-U", "postgres"]
    run(*psql, input=ROLES, text=True)
    return guard, {
        "POSTGRES_TEST_HOST": "localhost", "POSTGRES_TEST_PORT": port, "POSTGRES_TEST_USER": "root",
        "POSTGRES_TEST_PASS": "password", "POSTGRES_TEST_DATABASE": "dbt",
        "PGHOST": "127.0.0.1", "PGPORT": port, "PGUSER": "postgres", "PATH": f"{os.environ['PATH']}:{bin}",
    }


def await_ready(log, guard):
    for _ in range(600):                                # a minute
        text = log.read_text() if log.exists() else ""
        if "ready to accept connections" in text:
            return
        if "FATAL" in text or guard.poll() is not None:
            guard.stdin.close()
            sys.exit("Postgres did not start (CONFORMANCE_PORT names another port):\n" + text[-2000:])
        time.sleep(0.1)
    guard.stdin.close()
    sys.exit("Postgres was not ready within a minute:\n" + log.read_text()[-2000:])


# ---------------------------------------------------------------- running

def tests_of(suite):
    """The tests of a suite's list: id -> tier."""
    rows = (line.split("\t") for line in LISTS[suite].read_text().splitlines() if line and not line.startswith("#"))
    return {r[1]: r[2] for r in rows if r[0] == suite}


def play(suite, args, env, out):
    """Runs a suite of pytest: id -> outcome and message."""
    report = out / f"{suite}.json"
    subprocess.run([env["PYTHON"], HERE / "dbt/run.py", suite, "--list", LISTS[suite], "--bin", args.bin, "--report", report,
                    "-n", str(args.n), "--suites", env["DBT_SUITES"]], env=env, check=False)    # its code: whether all passed
    got = {i: {"outcome": o} for i, o in json.loads(report.read_text())[suite].items()}
    for line in Path(f"{report}.{suite}.jsonl").read_text().splitlines():
        row = json.loads(line)
        got[row["id"]] = row
    return got


def play_hooks(args, env):
    """Runs the recorded cases of hooks on both databases."""
    p = subprocess.run([env["PYTHON"], HERE / "hooks/record.py", "check", "--bin", args.bin, "--statements",
                        "--dir", HERE.parent / "cmd/dex/testdata/hooks"], env=env, stdout=subprocess.PIPE, text=True)
    got, last = {}, None
    for line in p.stdout.splitlines():
        if m := re.match(r"(ok|FAIL|BROKEN)\s+(\S+)\s+(duckdb|postgres)\b", line):
            last = got[f"{m[2]}/{m[3]}"] = {"outcome": "passed" if m[1] == "ok" else "failed"}
        elif last:
            last["message"] = line.strip()
    if not got:
        sys.exit("hooks/record.py played no case:\n" + p.stdout[-2000:])
    return got


def table(suite, tiers, got):
    per = collections.defaultdict(collections.Counter)
    for i, row in got.items():
        for name in (tiers.get(i, "?"), "all"):
            per[name][passed(row)] += 1
    print(f"\n{suite:<16}{'tier':<8}{'tests':>7}{'passed':>8}{'%':>8}")
    for name in sorted(per, key=lambda n: (n == "all", n)):
        n = sum(per[name].values())
        print(f"{'':<16}{name:<8}{n:>7}{per[name][True]:>8}{100 * per[name][True] / n:>8.1f}")


def passed(row):
    return row["outcome"] in ("passed", "xfailed")


# ---------------------------------------------------------------- known differences

def read_known():
    """(suite, id) -> cause."""
    known = {}
    for n, line in enumerate(KNOWN.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            words = line.split("\t")
            if len(words) != 3 or (words[0], words[1]) in known:
                sys.exit(f"{KNOWN.name}:{n}: want suite, test and cause with tabs between, each test once")
            known[words[0], words[1]] = words[2]
    return known


def judge(suite, got, known):
    """What is not as known.txt has it, as lines."""
    lines = []
    for i, row in sorted(got.items()):
        cause = known.get((suite, i))
        if passed(row) and cause:
            lines.append(f"passes, and is listed ({cause}): {suite} {i}")
        elif not passed(row) and not cause:
            last = (row.get("message") or "").strip().splitlines()[-1:]
            lines.append(f"{row['outcome']}: {suite} {i}\n    {' '.join(last)[:300]}")
    gone = [i for s, i in known if s == suite and i not in got]
    return lines + [f"listed, and is no test: {suite} {i}" for i in gone]


def rewrite(results, known):
    kept = {k: v for k, v in known.items() if k[0] not in results}
    for suite, got in results.items():
        kept.update({(suite, i): known.get((suite, i), "?") for i, row in got.items() if not passed(row)})
    head = [line for line in KNOWN.read_text().splitlines() if line.startswith("#")]
    KNOWN.write_text("\n".join(head + ["\t".join([*k, v]) for k, v in sorted(kept.items())]) + "\n")
    say(f"{KNOWN.name} has {len(kept)} tests")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("suites", nargs="*")
    ap.add_argument("--bin", default=str(HERE.parent / "bin/dex"))
    ap.add_argument("-n", type=int, default=os.cpu_count() or 2)
    ap.add_argument("--rewrite", action="store_true")
    args = ap.parse_args()
    if wrong := set(args.suites) - set(SUITES):
        ap.error(f"no suite {' '.join(sorted(wrong))}: {' '.join(SUITES)}")
    if not os.access(args.bin, os.X_OK):
        ap.error(f"{args.bin} is not there: make build")
    args.bin = str(Path(args.bin).resolve())
    known = read_known()

    CACHE.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ, PYTHON=python(), DBT_SUITES=suites(), PYTHONDONTWRITEBYTECODE="1")
    env.setdefault("DEX_PYTHON", env["PYTHON"])         # for Python models
    guard = None
    if "POSTGRES_TEST_HOST" not in os.environ:
        guard, more = server()
        env.update(more)
    results, wrong = {}, []
    try:
        for suite in args.suites or SUITES:
            got = play_hooks(args, env) if suite == "hooks" else play(suite, args, env, CACHE)
            tiers = {i: i.split("/")[1] for i in got} if suite == "hooks" else tests_of(suite)
            table(suite, tiers, got)
            results[suite] = got
            wrong += judge(suite, got, known)
    finally:
        if guard:
            guard.stdin.close()
            guard.wait()
    if args.rewrite:
        rewrite(results, known)
        return 0
    wrong += [f"without a cause: {s} {i}" for (s, i), cause in known.items() if cause == "?"]
    print()
    for line in wrong:
        print(line)
    say("as known.txt has it" if not wrong else f"{len(wrong)} differences from known.txt")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
