from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import assay
from assay.pipelines.job import Job, Skip, describe_failure
from assay.pipelines.progress import LineProgress, Progress
from assay.pipelines.record import RunRecord, Status, StepRecord, write_atomically

STEPS = ("first", "second", "third")


def job_in(folder: Path, *, from_step: str | None = None, progress: Progress | None = None) -> Job:
    record = RunRecord("test", "in", str(folder), "lake", "P2T2", "0")
    return Job(record, steps=STEPS, from_step=from_step, progress=progress or Progress())


def written(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "run.json").read_text()))


def test_steps_are_recorded_in_order(tmp_path: Path) -> None:
    with job_in(tmp_path) as job:
        value = job.step("first", lambda step: 41, lambda: 0)
        assert job.step("second", lambda step: value + 1, lambda: 0) == 42
    record = written(tmp_path)
    assert record["status"] == "done"
    assert [(s["name"], s["status"]) for s in record["steps"]] == [("first", "done"), ("second", "done")]  # type: ignore[attr-defined]


def test_steps_before_the_first_use_what_is_stored(tmp_path: Path) -> None:
    with job_in(tmp_path, from_step="second") as job:
        assert job.step("first", lambda step: "made", lambda: "stored") == "stored"
        assert job.step("second", lambda step: "made", lambda: "stored") == "made"
    assert job.record.step("first").status is Status.SKIPPED
    assert "--from second" in job.record.step("first").reason


def test_unknown_first_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(assay.ValueError, match="from: expected one of first, second, third, got 'fourth'"):
        job_in(tmp_path, from_step="fourth")


def test_skipped_step_does_not_fail_the_run(tmp_path: Path) -> None:
    def skip(step: StepRecord) -> int:
        raise Skip("nothing to do")

    with job_in(tmp_path) as job:
        assert job.optional("first", skip) is None
    assert written(tmp_path)["status"] == "done"
    assert (job.record.steps[0].status, job.record.steps[0].reason) == (Status.SKIPPED, "nothing to do")


def test_failure_is_recorded_before_it_passes_on(tmp_path: Path) -> None:
    def fail(step: StepRecord) -> int:
        raise assay.IoError("read x.csv: it is empty")

    with pytest.raises(assay.IoError), job_in(tmp_path) as job:
        job.step("first", fail, lambda: 0)
    record = written(tmp_path)
    assert record["status"] == "failed"
    assert record["steps"][0]["reason"] == "read x.csv: it is empty"  # type: ignore[index]


def test_interruption_is_recorded(tmp_path: Path) -> None:
    def interrupt(step: StepRecord) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), job_in(tmp_path) as job:
        job.step("first", interrupt, lambda: 0)
    assert "interrupted" in job.record.steps[0].reason


def test_foreign_errors_do_not_quote_data() -> None:
    try:
        int("M00001 has a secret")
    except ValueError as error:
        text = describe_failure(error)
    assert "secret" not in text
    assert text.startswith("unexpected ValueError at test_job.py:")


def test_rows_must_add_up() -> None:
    step = StepRecord("bronze")
    step.read(10, 8, {"x.type": 1, "y.type": 2}, 2)
    step.read(5, 4, {"x.type": 1}, 1)
    assert (step.rows_read, step.accepted, step.rows_quarantined) == (15, 12, 3)
    assert step.quarantined == {"x.type": 2, "y.type": 2}
    with pytest.raises(assay.StateError, match=r"accepted \+ quarantined = read, got 3 \+ 1 of 5"):
        step.read(5, 3, {}, 1)


def test_plain_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    stream = io.StringIO()
    with job_in(tmp_path, progress=LineProgress(stream)) as job:
        job.step("first", lambda step: step.read(1234, 1230, {"a": 4}, 4), lambda: None)
    line = stream.getvalue()
    assert line.startswith("first      done")
    assert line.endswith("1,234 rows read, 4 quarantined\n")


def test_atomic_writing_replaces_or_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_record_says_running_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"status": "done"}')

    def look(step: StepRecord) -> object:
        return written(tmp_path)["status"]

    with job_in(tmp_path) as job:
        assert job.step("first", look, lambda: None) == "running"
    assert written(tmp_path)["status"] == "done"


def test_record_that_cannot_be_written_does_not_hide_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "run.json"))

    def fail(step: StepRecord) -> int:
        monkeypatch.setattr("os.replace", full)
        raise assay.IoError("read x.csv: it is empty")

    with pytest.raises(assay.IoError, match="it is empty"), job_in(tmp_path) as job:
        job.step("first", fail, lambda: 0)
    assert written(tmp_path)["status"] == "running"
    monkeypatch.undo()
    with pytest.raises(OSError, match="No space"), job_in(tmp_path):
        monkeypatch.setattr("os.replace", full)


def test_optional_step_before_the_first_is_not_repeated(tmp_path: Path) -> None:
    done: list[str] = []
    with job_in(tmp_path, from_step="third") as job:
        job.optional("second", lambda step: done.append("second"))
        job.optional("third", lambda step: done.append("third"))
    assert done == ["third"]
    assert job.record.step("second").status is Status.SKIPPED
    assert job.record.step("second").reason == "not repeated (--from third)"


def test_file_names_stay_out_of_errors() -> None:
    error = OSError(36, "File name too long", "out/soap_notes/KIM-1958.md")
    assert describe_failure(error) == "File name too long, in the folder out/soap_notes"


def test_account_is_recalled_as_it_was() -> None:
    step = StepRecord("bronze", remarks=["a.csv: no header"])
    step.read(10, 8, {"x.type": 2}, 2)
    again = StepRecord("bronze")
    again.recall(step.account())
    assert again == step


def test_records_show_themselves_in_notebooks() -> None:
    step = StepRecord("silver", Status.DONE, remarks=["<b> stays in bronze"])
    step.read(10, 8, {"spo2.implausible": 2}, 2)
    text = step._repr_html_()
    assert "<td>silver</td><td>done</td>" in text
    assert "spo2.implausible: 2" in text
    assert "&lt;b&gt; stays in bronze" in text
    record = RunRecord("clinical", "in", "out", "lake", "P2T2", "0", steps=[step])
    assert text in record._repr_html_()
    assert "clinical, running" in record._repr_html_()
