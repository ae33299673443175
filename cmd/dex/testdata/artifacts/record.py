"""Records the artifacts that dbt writes for the projects of this folder: record.py NAME..."""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ARTIFACTS = ["manifest", "run_results", "catalog", "sources", "graph_summary"]


def parse(text):
    script, files, name = [], {}, None
    for line in text.split("\n"):
        if line.startswith("-- ") and line.endswith(" --"):
            name = line[3:-3]
            files[name] = []
        elif name is None:
            script.append(line)
        else:
            files[name].append(line)
    return [s for s in script if s.strip() and not s.startswith("#")], {k: "\n".join(v) for k, v in files.items()}


def own(doc):
    """A manifest without dbt's own macros and texts."""
    doc["macros"] = {k: dict(v, macro_sql="") for k, v in doc["macros"].items() if not k.startswith(("macro.dbt.", "macro.dbt_duckdb."))}
    doc["docs"] = {k: v for k, v in doc["docs"].items() if not k.startswith("doc.dbt.")}
    return doc


def record(name):
    with open(os.path.join(HERE, name + ".txtar")) as f:
        script, files = parse(f.read())
    folder = os.path.realpath(tempfile.mkdtemp())
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w") as f:
            f.write(text)
    steps = []
    for line in script:
        word, rest = line.split(" ", 1)
        if word == "sql":
            import duckdb
            with duckdb.connect(os.path.join(folder, "db.duckdb")) as con:
                con.execute(rest)
            continue
        p = subprocess.run(["dbt"] + shlex.split(rest), cwd=folder, stdout=subprocess.PIPE, text=True)
        step = {"command": line, "exit": p.returncode, "artifacts": {}}
        if " -q " in line + " ":
            step["stdout"] = p.stdout
        for a in ARTIFACTS:
            path = os.path.join(folder, "target", a + ".json")
            if os.path.exists(path):
                with open(path) as f:
                    doc = json.load(f)
                os.remove(path)
                step["artifacts"][a] = own(doc) if a == "manifest" else doc
        steps.append(json.loads(json.dumps(step).replace(json.dumps(folder)[1:-1], "<dir>")))
    with open(os.path.join(HERE, name + ".json"), "w") as f:
        json.dump(steps, f, indent=0, ensure_ascii=False, sort_keys=True)
        f.write("\n")
    shutil.rmtree(folder)


for each in sys.argv[1:]:
    record(each)
