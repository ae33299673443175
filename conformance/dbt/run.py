#!/usr/bin/env python3
"""Run dbt's functional suites against $DEX_BIN and report.

    run.py SUITE [PATH ...]                       a whole suite, or files / folders / test ids of it
    run.py --list open.txt                        the tests of a list (several suites at once)

    --suites DIR     where the suites are checked out (default $DBT_SUITES)
    --bin CMD        the binary (default $DEX_BIN);  --bin real  runs dbt-core itself through the shim
    --native         no shim: dbt-core in-process ($DEX_MODE=native)
    --report FILE    JSON report {suite: {test id: outcome}};  --resume keeps what FILE.*.jsonl has
    -n N             pytest-xdist workers (default 2);  --timeout S  per test (default 120)
    -k EXPR          handed to pytest
    --tiers A,B-exc  only these tiers of the list
"""

import argparse
import collections
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOTS = {"core": "dbt-core", "postgres": "dbt-adapters/dbt-postgres", "duckdb": "dbt-duckdb"}
# The base classes of dbt-tests-adapter, from ../adapter.
BASE = {"base-postgres": "postgres", "base-duckdb": "duckdb"}
EXTRA = {"duckdb": ["--profile", "file"]}
COLUMNS = ("passed", "failed", "error", "skipped", "missing")


def folder(test_id: str) -> str:
    if test_id.startswith("test_base_classes.py::Test__"):
        return test_id.split("__")[1]
    parts = test_id.split("::")[0].split("/")[2:]
    if parts[0] in ("adapter", "plugins", "fsspec") and len(parts) > 2:
        return "/".join(parts[:2])
    return parts[0] if len(parts) > 1 else "(root)"


def read_list(path, tiers):
    wanted = collections.defaultdict(list)
    for line in Path(path).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            suite, test_id, tier = (line.split("\t") + ["?"])[:3]
            if not tiers or tier in tiers:
                wanted[suite].append(test_id)
    return wanted


def run_suite(suite, args, ids, env, outcomes: Path):
    root = HERE.parent / "adapter"
    if suite in BASE:
        env = dict(env, CONFORMANCE_ADAPTER=BASE[suite], PYTHONPATH=os.pathsep.join([str(root), env["PYTHONPATH"]]))
    else:
        root = Path(args.suites).resolve() / ROOTS[suite]
    if not root.is_dir():
        sys.exit(f"{root} is not there: see README.md")
    done = read_outcomes(outcomes)
    cmd = [sys.executable, "-m", "pytest", "-p", "dbt_shim", "-q", "-n", str(args.n), "--dist", "loadscope",
           "--timeout", str(args.timeout), "-W", "ignore", "--tb", "no", "-p", "no:cacheprovider",
           "-o", "addopts=", "-o", "pythonpath=", "--dex-outcomes", str(outcomes), *EXTRA.get(suite, [])]
    if args.k:
        cmd += ["-k", args.k]
    if ids:
        todo = [i for i in ids if i not in done]
        files = sorted({i.split("::")[0] for i in todo if (root / i.split("::")[0]).exists()})
        if not files:
            return
        names = tempfile.NamedTemporaryFile("w", suffix=".ids", delete=False)
        names.write("\n".join(todo))
        names.close()
        # Without a root of its own, pytest takes the list for a place of tests.
        cmd += ["--rootdir", str(root), "--dex-ids", names.name, *files]
    else:
        cmd += args.paths or ["test_base_classes.py" if suite in BASE else "tests/functional"]
    with open(f"{outcomes}.log", "w") as log:
        subprocess.run(cmd, cwd=root, env=env, stdout=log, stderr=subprocess.STDOUT)


def read_outcomes(path: Path):
    if not path.exists():
        return {}
    rows = (json.loads(line) for line in path.read_text().splitlines())
    return {r["id"]: r for r in rows}


def table(suite, rows, ids):
    got = {i: r["outcome"] for i, r in rows.items()}
    for i in ids or ():
        got.setdefault(i, "missing")
    per = collections.defaultdict(collections.Counter)
    for i, outcome in got.items():
        column = {"xfailed": "passed", "xpassed": "failed"}.get(outcome, outcome)
        for name in (folder(i), "total"):
            per[name][column] += 1
    print(f"\n{suite:<34}{'tests':>7}" + "".join(f"{c:>9}" for c in COLUMNS) + f"{'%':>8}")
    for name in sorted(per, key=lambda x: (x == "total", x)):
        c, n = per[name], sum(per[name].values())
        print(f"{name:<34}{n:>7}" + "".join(f"{c[k]:>9}" for k in COLUMNS) + f"{100 * c['passed'] / n:>8.1f}")
    return got


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("suite", nargs="?", choices=sorted([*ROOTS, *BASE]))
    ap.add_argument("paths", nargs="*")
    ap.add_argument("--list")
    ap.add_argument("--suites", default=os.environ.get("DBT_SUITES", "suites"))
    ap.add_argument("--bin", default=os.environ.get("DEX_BIN", "dex"))
    ap.add_argument("--native", action="store_true")
    ap.add_argument("--report", default="report.json")
    ap.add_argument("--resume", action="store_true")
    ap.add_argument("--tiers")
    ap.add_argument("-n", type=int, default=2)
    ap.add_argument("-k")
    ap.add_argument("--timeout", type=int, default=120)
    args = ap.parse_args()
    if not args.suite and not args.list:
        ap.error("name a suite or a --list")

    env = dict(os.environ, DEX_MODE="native" if args.native else "external", DEX_BIN=args.bin,
               DBT_SEND_ANONYMOUS_USAGE_STATS="false")
    env["PYTHONPATH"] = os.pathsep.join([str(HERE)] + [p for p in [env.get("PYTHONPATH")] if p])
    if os.access("/dev/shm", os.W_OK):      # thousands of small files
        env.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")
    for i in (1, 2, 3):
        env.setdefault(f"DBT_TEST_USER_{i}", f"dbt_test_user_{i}")
    server = None
    if args.bin == "real" and not args.native:
        sock = tempfile.mktemp(prefix="real_dbt_", suffix=".sock")
        script = str(HERE / "real_dbt.py")
        server = subprocess.Popen([sys.executable, script, "serve", sock], env=env, stdout=subprocess.PIPE, text=True)
        while "ready" not in (line := server.stdout.readline()):
            if not line:
                sys.exit("real_dbt.py did not start")
        env["DEX_BIN"] = shlex.join([sys.executable, "-S", "-E", script, "call", sock])

    wanted = read_list(args.list, args.tiers and args.tiers.split(",")) if args.list else {args.suite: None}
    if args.suite:
        wanted = {args.suite: wanted[args.suite]}
    report, code = {}, 0
    try:
        for suite, ids in wanted.items():
            outcomes = Path(f"{args.report}.{suite}.jsonl").resolve()
            if not args.resume:
                outcomes.unlink(missing_ok=True)
            run_suite(suite, args, ids, env, outcomes)
            report[suite] = table(suite, read_outcomes(outcomes), ids)
            code |= any(o in ("failed", "error", "missing") for o in report[suite].values())
    finally:
        if server:
            server.terminate()
    Path(args.report).write_text(json.dumps(report, indent=1, sort_keys=True))
    print(f"\nreport: {args.report}; one line per test with its message: {args.report}.<suite>.jsonl")
    return code


if __name__ == "__main__":
    sys.exit(main())
