"""Records what dbt builds from the projects of this folder: record.py NAME..."""
import datetime
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULTS = {
    "dbt_project.yml": "name: qa\nversion: '1.0'\nprofile: qa\n",
    "profiles.yml": "qa:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: db.duckdb, schema: main, threads: 1}\n",
}
RELATIONS = """select table_schema, table_name, table_type from information_schema.tables
where table_catalog = current_database() and table_type <> 'LOCAL TEMPORARY' order by 1, 2"""
COLUMNS = """select column_name || ' ' || data_type || case is_nullable when 'NO' then ' not null' else '' end
from information_schema.columns where table_catalog = current_database() and table_schema = ? and table_name = ?
order by ordinal_position"""
ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?")


def parse(text):
    script, files, name = [], {}, None
    for line in text.split("\n"):
        m = re.match(r"^-- (.+) --$", line)
        if m:
            name = m.group(1)
            files[name] = []
        elif name is None:
            script.append(line)
        else:
            files[name].append(line)
    files = {k: "\n".join(v).rstrip("\n") + "\n" if any(v) else "" for k, v in files.items()}
    return [s for s in script if s.strip() and not s.startswith("#")], {**DEFAULTS, **files}


def blank(text, folder, invocation):
    if text is None:
        return None
    text = text.replace(folder, "<dir>")
    if invocation:
        text = text.replace(invocation, "<invocation>")

    def today(m):
        t = datetime.datetime.fromisoformat(m.group(0)[:19].replace("T", " "))
        return "<now>" if abs((t - datetime.datetime.now()).total_seconds()) < 86400 else m.group(0)

    return ISO.sub(today, text)


def batches(r, folder, invocation):
    """The batches of a microbatch model, as `batches` of its result; of others, nothing."""
    if r.get("batch_results") is None:
        return {}
    return {"batches": {k: [blank(" ".join(b), folder, invocation) for b in v] for k, v in r["batch_results"].items()}}


def batch_files(folder):
    """What was written for single batches, as `files` of a step."""
    found = []
    for root, _, files in os.walk(os.path.join(folder, "target")):
        found += [os.path.relpath(os.path.join(root, f), folder) for f in files if f.startswith(os.path.basename(root) + "_")]
    return {"files": sorted(found)} if found else {}


def batch_lines(text):
    """What was said of single batches, as `said` of a step."""
    lines = [re.sub(r"^\d\d:\d\d:\d\d +| in \d+\.\d\ds", "", line) for line in text.splitlines()]
    lines = [line for line in lines if line.startswith("Batch ")]
    return {"said": lines} if lines else {}


def results(folder):
    path = os.path.join(folder, "target", "run_results.json")
    if not os.path.exists(path):
        return {}, ""
    with open(path) as f:
        doc = json.load(f)
    os.replace(path, path + ".last")  # where a retry is to find it
    invocation = doc["metadata"]["invocation_id"]
    out = {}
    for r in doc["results"]:
        message = blank(r.get("message") or "", folder, invocation)
        if not r["unique_id"].startswith("unit_test.") or "LINE" in message:
            message = message.split("\n")[0]
        out[r["unique_id"]] = {
            "status": r["status"], "message": message, "failures": r.get("failures"),
            "relation": r.get("relation_name") or "", "compiled": blank(r.get("compiled_code") or "", folder, invocation),
            **batches(r, folder, invocation),
        }
    return out, invocation


def tables(folder, invocation):
    path = os.path.join(folder, "db.duckdb")
    if not os.path.exists(path):
        return {}
    os.chdir(folder)
    con, out = duckdb.connect(path), {}
    for schema, name, kind in con.execute(RELATIONS).fetchall():
        columns = [r[0] for r in con.execute(COLUMNS, [schema, name]).fetchall()]
        try:
            cells = con.execute(f'select columns(*)::varchar from "{schema}"."{name}"').fetchall()
            rows = sorted(row([blank(c, folder, invocation) for c in r]) for r in cells)
        except duckdb.Error:  # a view of what is gone, or of another database
            rows = ["unreadable"]
        out[f"{schema}.{name}"] = {"kind": kind, "columns": columns, "rows": rows}
    con.close()
    return out


def row(cells):
    """One line for a row. A hash beside a time of today was made of it."""
    cells = ["null" if c is None else json.dumps(c, ensure_ascii=False) for c in cells]
    line = ", ".join(cells)
    return re.sub(r'"[0-9a-f]{32}"', '"<hash>"', line) if "<now>" in line else line


def record(name):
    with open(os.path.join(HERE, name + ".txtar"), newline="") as f:
        script, files = parse(f.read())
    folder = os.path.realpath(tempfile.mkdtemp())
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", newline="") as f:
            f.write(text)
    steps = []
    for line in script:
        word, rest = line.split(" ", 1)
        os.chdir(folder)
        if word == "dbt":
            last = os.path.join(folder, "target", "run_results.json")
            if rest.startswith("retry") and os.path.exists(last + ".last"):
                os.replace(last + ".last", last)
            done = subprocess.run(["dbt", "--no-use-colors"] + shlex.split(rest), cwd=folder, stdout=subprocess.PIPE, text=True)
            got, invocation = results(folder)
            steps.append({
                "command": line, "exit": done.returncode, "results": got, "tables": tables(folder, invocation),
                **batch_files(folder), **batch_lines(done.stdout),
            })
            shutil.rmtree(os.path.join(folder, "target", "compiled"), ignore_errors=True)
            shutil.rmtree(os.path.join(folder, "target", "run"), ignore_errors=True)
        elif word == "sql":
            with duckdb.connect("db.duckdb") as con:
                con.execute(rest)
        elif word == "cp":
            source, target = rest.split()
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
            shutil.copy(source, target)
        elif word == "rm":
            os.remove(rest)
        elif word == "keeps":
            pass  # what dbt loses with the next command, and dex does not
        else:
            sys.exit("unknown line: " + line)
    with open(os.path.join(HERE, name + ".json"), "w") as f:
        json.dump(steps, f, indent=1, ensure_ascii=False, sort_keys=True)
        f.write("\n")
    shutil.rmtree(folder)


for each in sys.argv[1:]:
    record(each)
