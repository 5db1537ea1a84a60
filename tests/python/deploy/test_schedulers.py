"""Airflow's DAGs, Databricks' bundle and the image: by their own packages where those are, else by their syntax."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from deployed import DEPLOY, parsed, without_variables

DAGS = DEPLOY / "airflow" / "assay_laboratory.py"
BUNDLE = DEPLOY / "databricks"
IMAGE = DEPLOY / "docker" / "Dockerfile"
ROOT = DEPLOY.parent

_LOAD = """
import json, runpy, sys
from datetime import datetime
from types import SimpleNamespace
import jinja2
run = SimpleNamespace(run_after=datetime.fromisoformat(sys.argv[2]))
rendered = lambda text, dag: jinja2.Template(text, undefined=jinja2.StrictUndefined).render(dag=dag, dag_run=run)
made = [value for value in runpy.run_path(sys.argv[1]).values() if type(value).__name__ == "DAG"]
print("DAGS " + json.dumps([
    {"id": dag.dag_id, "schedule": str(dag.schedule), "catchup": dag.catchup, "runs": dag.max_active_runs,
     "zone": str(dag.timezone.name), "starts": str(dag.start_date.utcoffset()),
     "tasks": [{"id": task.task_id, "retries": task.retries, "command": rendered(task.bash_command, dag)}
               for task in dag.tasks]}
    for dag in made]))
"""


def commands_of(shell: str) -> list[str]:
    """Arguments of the one command of Assay in a line of shell."""
    words = shlex.split(without_variables(shell.split("||")[0]))
    assert words[0] == "assay"
    return words[1:]


@pytest.mark.parametrize(
    ("zone", "after", "day"),
    [
        ("Pacific/Auckland", "2026-02-28T16:00:00+00:00", "2026-03-01"),
        ("America/Santiago", "2026-03-01T02:59:00+00:00", "2026-02-28"),
        ("", "2026-02-28T23:59:00+00:00", "2026-02-28"),
    ],
)
def test_the_dags_by_airflow_itself(tmp_path: Path, zone: str, after: str, day: str) -> None:
    airflow = os.environ.get("ASSAY_AIRFLOW_PYTHON")
    if airflow is None:
        pytest.skip(
            "ASSAY_AIRFLOW_PYTHON names no Python with apache-airflow>=3: held against its syntax alone"
        )
    done = subprocess.run(
        [airflow, "-c", _LOAD, str(DAGS), after],
        capture_output=True,
        text=True,
        check=True,
        timeout=500,
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": "", "ASSAY_ZONE": zone},
    )
    [line] = [line for line in done.stdout.splitlines() if line.startswith("DAGS ")]
    dags = {dag["id"]: dag for dag in json.loads(line.removeprefix("DAGS "))}
    assert set(dags) == {"assay_hourly", "assay_daily", "assay_weekly"}
    for dag in dags.values():
        assert (dag["catchup"], dag["runs"], dag["zone"]) == (False, 1, zone or "UTC")
        for task in dag["tasks"]:
            parsed(commands_of(task["command"]))
            assert task["retries"] >= 1
    assert str(parsed(commands_of(dags["assay_daily"]["tasks"][0]["command"])).params["day"]) == day


def test_the_dags_by_their_syntax() -> None:
    tree = ast.parse(DAGS.read_text(encoding="utf-8"))
    values: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                values[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue  # made of calls
    for name in (name for name, text in values.items() if str(text).startswith("assay ")):
        parsed(commands_of(values[name]))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    made = [call.args[0].value for call in calls if call.func.id == "DAG"]  # type: ignore[attr-defined]
    assert made == ["assay_hourly", "assay_daily", "assay_weekly"]
    daily = next(one for one in calls if any(ast.unparse(word.value) == "'score'" for word in one.keywords))
    command = next(ast.unparse(word.value) for word in daily.keywords if word.arg == "bash_command")
    assert "--day" in command and "dag_run.run_after" in values["DAY"] and "dag.timezone" in values["DAY"]
    assert "ASSAY_ZONE" in next(ast.unparse(node) for node in tree.body if "start_date" in ast.unparse(node))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "airflow.sdk" in modules


def jobs() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    text = (BUNDLE / "resources" / "jobs.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["resources"]["jobs"]
    return found


def test_the_bundle_names_what_there_is() -> None:
    yaml = pytest.importorskip("yaml")
    bundle = yaml.safe_load((BUNDLE / "databricks.yml").read_text(encoding="utf-8"))
    assert set(bundle) <= {"bundle", "include", "variables", "targets"}
    texts = [path.read_text(encoding="utf-8") for path in BUNDLE.rglob("*.yml")]
    used = {name for text in texts for name in re.findall(r"\$\{var\.(\w+)\}", text)}
    assert used == set(bundle["variables"])
    for job in jobs().values():
        assert job["max_concurrent_runs"] == 1
        for task in job["tasks"]:
            script = task["spark_python_task"]
            assert (BUNDLE / "resources" / script["python_file"]).resolve().is_file()
            assert task["job_cluster_key"] in {one["job_cluster_key"] for one in job["job_clusters"]}
            arguments = [without_variables(one) for one in script["parameters"]]
            parsed(arguments[2:] if arguments[0] == "--done-by" else arguments)


def test_the_jobs_by_the_types_of_databricks() -> None:
    jobs_of = pytest.importorskip("databricks.bundles.jobs", reason="databricks-bundles is not installed")
    for name, job in jobs().items():
        made = jobs_of.Job.from_dict(job)  # refuses members that its schema has not
        assert made.name == name.replace("_", "-")
        assert re.fullmatch(
            r"0 \d+ (\*|\d+) \? \* \w+|0 \d+ (\*|\d+) \* \* \?", made.schedule.quartz_cron_expression
        )
    with pytest.raises(ValueError, match="Unexpected field"):
        jobs_of.Job.from_dict({**jobs()["assay_daily"], "max_concurent_runs": 1})


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["lims", "score", "nothing.csv"], 1),
        (["--done-by", "2", "lims", "score", "nothing.csv"], 0),
    ],
)
def test_the_task_of_databricks_ends_as_assay_does(arguments: list[str], code: int) -> None:
    script = str(BUNDLE / "assay_task.py")
    done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert ("RuntimeError: assay lims score: exit code 2" in done.stderr) == (code != 0)


def test_the_image(tmp_path: Path) -> None:
    parser = pytest.importorskip("dockerfile_parse").DockerfileParser(path=str(tmp_path))
    parser.content = IMAGE.read_text(encoding="utf-8")
    steps = [(step["instruction"], step["value"]) for step in parser.structure]
    kinds = [kind for kind, _ in steps]
    assert kinds.count("USER") == 1
    assert kinds.index("USER") < kinds.index("ENTRYPOINT")
    last = dict(steps)
    assert last["USER"] not in ("0", "root")
    assert re.fullmatch(r"python:\$\{PYTHON\}-slim", last["FROM"])
    assert "/health" in last["HEALTHCHECK"]
    entry, command = json.loads(last["ENTRYPOINT"]), json.loads(last["CMD"])
    assert entry == ["assay"]
    context = parsed(command)
    assert context.params["port"] == int(last["EXPOSE"])
    check = json.loads(last["HEALTHCHECK"].split("CMD", 1)[1])
    assert f":{last['EXPOSE']}/health" in check[2]
    ast.parse(check[2])
    run = last["RUN"]
    extras = re.search(r"\[([a-z,]+)\]", run)
    assert extras is not None
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(re.search(rf"^{name} = \[", project, re.MULTILINE) for name in extras[1].split(","))
    subprocess.run(["sh", "-n", "-c", run.replace("\\\n", " ")], check=True)
    for kind, value in steps:
        if kind == "COPY" and not value.startswith("dist/"):
            assert (ROOT / value.split()[0]).exists()


def test_nothing_names_a_registry_or_a_secret() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"index-url|\.pkg\.dev|docker\.io|ghcr\.io|quay\.io|pypi\.org", text), path
            assert not re.search(r"hooks\.slack\.com|password\s*[:=]|AKIA|BEGIN [A-Z ]*PRIVATE", text), path
