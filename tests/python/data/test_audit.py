"""assay.data.audit: what is written stays written, or verify() says where it was changed."""

from __future__ import annotations

import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from assay import errors
from assay.cli.audit import audit as command
from assay.data import audit, deid

TEXT = bytes(range(32)).hex()  # made up


def log_of(folder: Path, *, entries: int = 3, keyed: bool = True) -> audit.AuditLog:
    log = audit.AuditLog(
        folder / "audit.jsonl", key=deid.DeidKey.from_text(TEXT) if keyed else None, who="ann"
    )
    for number in range(entries):
        log.record("lake.read", why="a “test”\nover two lines", table="silver.lab_results", rows=number)
    return log


def test_entries_are_json_lines(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    entries = list(log.entries())
    assert [entry["entry"] for entry in entries] == [1, 2, 3]
    assert entries[2]["about"] == {"rows": "2", "table": "silver.lab_results"}
    assert entries[2]["previous"] == entries[1]["hash"]
    assert entries[0]["who"] == "ann"
    assert log.verify().ok
    assert log.record("x", why="y", who="bob").entries == 4
    with pytest.raises(errors.ValueError, match="who, what and why"):
        log.record("x", why="")
    with pytest.raises(errors.IoError):
        audit.AuditLog(tmp_path / "none").verify()


def test_hashes_are_those_of_pythons_hmac(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    key = hmac.digest(bytes(range(32)), b"assay/v1/audit\1", "sha256")
    previous = "0" * 64
    for line in log.path.read_bytes().splitlines():
        body, _, rest = line.partition(b',"hash":"')
        assert json.loads(line)["previous"] == previous
        previous = hmac.new(key, body, "sha256").hexdigest()
        assert rest == previous.encode() + b'"}'
    sealed = hmac.new(key, f"assay audit head 3 {previous}".encode(), "sha256").hexdigest()
    assert Path(f"{log.path}.head").read_text() == f"3 {previous} {sealed}\n"


@settings(max_examples=150, deadline=None)
@given(data=st.data(), keyed=st.booleans())
def test_any_change_is_found(
    data: st.DataObject, keyed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = log_of(tmp_path_factory.mktemp("log"), keyed=keyed)
    good = log.path.read_bytes()
    lines = good.splitlines(keepends=True)
    change = data.draw(st.sampled_from(["byte", "cut", "insert", "order", "leave out", "double"]))
    at = data.draw(st.integers(0, len(good) - 1))
    line = data.draw(st.integers(0, 2))
    if change == "byte":
        bad = good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
    elif change == "cut":
        bad = good[:at]
    elif change == "insert":
        bad = good[:at] + data.draw(st.binary(min_size=1, max_size=9)) + good[at:]
    elif change == "order":
        bad = b"".join([*lines[1:], lines[0]])
    elif change == "leave out":
        bad = b"".join(lines[:line] + lines[line + 1 :])
    else:
        bad = b"".join([*lines[: line + 1], *lines[line:]])
    log.path.write_bytes(bad)
    report = log.verify()
    assert report.ok == (bad == good)
    if not report.ok and change != "cut":
        assert report.problem


def test_a_forged_log_needs_the_key(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    (tmp_path / "forged").mkdir()
    forged = log_of(tmp_path / "forged", keyed=False)
    log.path.write_bytes(forged.path.read_bytes())
    Path(f"{log.path}.head").write_bytes(Path(f"{forged.path}.head").read_bytes())
    assert not log.verify().ok
    with pytest.raises(errors.StateError, match="evidence"):
        log.record("x", why="y")
    assert audit.AuditLog(log.path).verify().ok  # without a key nobody can tell


def test_only_an_anchor_shows_that_the_whole_log_was_put_back(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    old, old_head = log.path.read_bytes(), Path(f"{log.path}.head").read_bytes()
    anchor = log.record("vault.read", why="curiosity")
    log.path.write_bytes(old)
    Path(f"{log.path}.head").write_bytes(old_head)
    assert log.verify().ok
    report = log.verify(anchor)
    assert report.problem == "entries removed from the end: the anchor counts 4, the log 3"
    assert audit.read_anchor(str(anchor)) == anchor
    for bad in ("", "4", "4:xyz", f"-1:{anchor.hash}"):
        with pytest.raises(errors.ValueError, match="anchor"):
            audit.read_anchor(bad)


def test_threads_share_a_log(tmp_path: Path) -> None:
    log = log_of(tmp_path, entries=0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: log.record("x", why="y", number=number), range(40)))
    assert log.verify().head.entries == 40


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(tmp_path)
    monkeypatch.setenv("LOG_KEY", TEXT)
    run = CliRunner()
    done = run.invoke(command, ["verify", str(log.path), "--key-env", "LOG_KEY"])
    assert (done.exit_code, done.stdout) == (0, f"{log.verify().head}\n")
    shown = run.invoke(command, ["show", str(log.path), "--last", "1"])
    assert shown.stdout.startswith("3  20")
    assert "table=silver.lab_results" in shown.stdout
    assert run.invoke(command, ["verify", str(log.path)]).exit_code == 1
    text = log.path.read_text().replace("ann", "bob", 1)
    log.path.write_text(text)
    failed = run.invoke(command, ["verify", str(log.path), "--key-env", "LOG_KEY"])
    assert failed.exit_code == 1
    assert "line 1" in failed.output
    assert json.loads(text.splitlines()[0])["who"] == "bob"
