"""Devices, streams, the command and its alerts. All data are made up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from assay.cli.lims import lims
from assay.data import Table
from assay.features import drift
from assay.tracking.local import free_port

COLUMNS = {"analyte": "analyte", "unit": "unit"}


def measured(
    device: str, mean: float, n: int, *, analyte: str = "glucose", sd: float = 12.5
) -> list[dict[str, object]]:
    """Results of exactly this mean and standard deviation, evenly spread."""
    spread = np.linspace(-1, 1, n)
    spread *= sd / spread.std(ddof=1)
    return [
        {"device_id": device, "analyte": analyte, "unit": "mg/dL", "value": mean + float(one)} for one in spread
    ]


def table(*parts: list[dict[str, object]]) -> Table:
    return Table.from_pylist([row for part in parts for row in part])


def test_the_alert_of_a_device_in_one_sentence() -> None:
    reference = table(measured("XYZ", 95, 400), measured("ABC", 95, 400))
    found = drift.devices(reference, table(measured("XYZ", 105, 16), measured("ABC", 96, 16)), **COLUMNS)
    assert found.sentences() == [
        "Device XYZ, glucose: mean 95 → 105 mg/dL over 16 results, z = 3.2: "
        "critical, take it out of use until it is checked."
    ]
    xyz = found.alarms[0]
    assert xyz.z == pytest.approx(3.2) and xyz.p_adjusted == pytest.approx(2 * xyz.p)
    assert found.sentence() == "1 of 2 devices and analytes are out of control, 1 critically."
    assert "Device XYZ" in found.to_html() and json.loads(found.to_json())["devices"][1][
        "z"
    ] == pytest.approx(3.2)
    mild = drift.devices(reference, table(measured("XYZ", 87, 16)), **COLUMNS)
    assert "mean 95 → 87 mg/dL over 16 results, z = −2.6: calibrate it" in mild.sentences()[0]


def test_devices_that_cannot_be_judged() -> None:
    reference = drift.device_sample(table(measured("A", 95, 50), measured("B", 5, 50, sd=0)), **COLUMNS)
    now = table(
        measured("A", 95, 5),
        measured("B", 6, 50),
        measured("new", 95, 50),
        measured("A", 95, 50, analyte="K"),
    )
    found = drift.devices(reference, now, **COLUMNS)
    assert {(one.device, one.analyte, one.reason) for one in found.devices} == {
        ("A", "glucose", "fewer than 10 results now"),
        ("A", "K", "the reference has no results of it"),
        ("B", "glucose", "the reference is constant"),
        ("new", "glucose", "the reference has no results of it"),
    }
    assert drift.device_sentence(found.devices[0]).startswith("Device A, K: not judged, the reference")
    assert drift.DeviceSample.from_bytes(reference.to_bytes()) == reference
    with pytest.raises(ValueError, match="'no_such'"):
        drift.device_sample(now, device="no_such")


def test_streams_find_what_river_finds() -> None:
    river = pytest.importorskip("river.drift", reason="river is not installed")
    for seed in range(5):
        draw = np.random.default_rng(seed)
        z = np.concatenate([draw.normal(0, 1, 1500), draw.normal(1, 1, 1500), draw.normal(-1, 1, 1500)])
        theirs, found = river.PageHinkley(delta=0.25, threshold=30), []
        for i, value in enumerate(z):
            theirs.update(float(value))
            if theirs.drift_detected:
                found.append(i)
        assert drift.PageHinkley(delta=0.25, threshold=30).update_all(z) == found
        window, cuts = river.ADWIN(), []
        for i, value in enumerate((z + 5) / 10):
            window.update(float(value))
            if window.drift_detected:
                cuts.append(i)
        ours = drift.Adwin().update_all((z + 5) / 10)
        for change in (1500, 3000):
            first = min(i for i in ours if i >= change)
            assert abs(first - min(i for i in cuts if i >= change)) <= 64 and first - change < 160
        assert min(ours) >= 1500
    detector = drift.Adwin()
    assert [detector.update(0.5) for _ in range(3)] == [False] * 3 and len(detector) == 3
    assert drift.PageHinkley(threshold=1, fewest=1).update(float("nan")) == 0


def test_ks_of_arrays_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    draw = np.random.default_rng(1)
    a, b = draw.normal(95, 12, 80_000), draw.normal(95.3, 12, 70_000)
    for first, second in ((a, b), (a.round(), b.round()), (a[:100], b), (a, a)):
        found, expected = drift.ks_test(first, second), stats.ks_2samp(first, second)
        assert found.statistic == pytest.approx(expected.statistic, rel=1e-13)
        assert found.p == pytest.approx(expected.pvalue, rel=1e-8)
        assert (found.statistic, found.location) == (lambda t: (t.statistic, t.location))(
            drift.ks_test(drift.NumericSample(first), drift.NumericSample(second))
        )


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[str], list[int]]]:
    """Its address, the texts that it was sent, and the answers it is to give."""
    texts: list[str] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = answers.pop(0) if answers else 200
            if answer == 200:
                texts.append(json.loads(body)["text"])
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", texts, answers
    server.shutdown()
    server.server_close()


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        self.mails.append(envelope.content.decode())  # type: ignore[attr-defined]
        return "250 OK"


def write(file: Path, rows: list[dict[str, object]]) -> Path:
    lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return file


def run(*arguments: object) -> str:
    done = CliRunner().invoke(lims, ["drift", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def test_alerts_are_told_once_and_again_after_they_cleared(
    tmp_path: Path, webhook: tuple[str, list[str], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, texts, answers = webhook
    monkeypatch.setenv("MADE_UP_WEBHOOK", address)
    mailbox = Mailbox()
    port = free_port()
    mail = Controller(mailbox, hostname="127.0.0.1", port=port)
    mail.start()
    try:
        rules = tmp_path / "rules.json"
        channels = [
            {"webhook_env": "MADE_UP_WEBHOOK"},
            {
                "smtp": "127.0.0.1",
                "port": port,
                "from": "assay@lab.example",
                "to": ["qc@lab.example"],
                "security": "none",
            },
        ]
        rules.write_text(json.dumps({"rules": [{"device": "calibrate"}], "channels": channels}))
        reference = write(tmp_path / "quarter.csv", measured("XYZ", 95, 400) + measured("ABC", 95, 400))
        good = write(tmp_path / "good.csv", measured("XYZ", 96, 16) + measured("ABC", 95, 16))
        bad = write(tmp_path / "bad.csv", measured("XYZ", 105, 16) + measured("ABC", 95, 16))
        few = write(tmp_path / "few.csv", measured("XYZ", 95, 5) + measured("ABC", 95, 16))
        options = ("--device", "device_id", "--analyte", "analyte", "--unit", "unit", "--alerts", rules)
        told = [0, 1, 1, 1, 1, 2]
        for window, expected in zip((good, bad, bad, few, bad, good), [0, 1, 1, 1, 1, 1], strict=True):
            run(reference, window, *options)  # too few results end no incident
            assert (len(texts), len(mailbox.mails)) == (expected, expected), window.name
        answers += [404]  # refused for good at this look; it waits for the next
        done = CliRunner().invoke(lims, ["drift", *map(str, (reference, bad, *options))])
        assert done.exit_code == 3 and "1 wait" in done.output
        assert (len(texts), len(mailbox.mails)) == (1, told[-1])
        run(reference, bad, *options)
        assert (len(texts), len(mailbox.mails)) == (2, 2)
    finally:
        mail.stop()
    assert "Device XYZ, glucose: mean 95 → 105 mg/dL over 16 results, z = 3.2: critical" in texts[0]
    assert "z =3D 3.2" in mailbox.mails[0] or "z = 3.2" in mailbox.mails[0] or "base64" in mailbox.mails[0]
    folder = tmp_path / "quarter.csv.alerts"
    assert len((folder / "audit.jsonl").read_text().splitlines()) == 5
    assert address not in (folder / "state.json").read_text() + (folder / "audit.jsonl").read_text()


def test_the_command_on_tables(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)

    def rows(glucose: float, n: int) -> list[dict[str, object]]:
        return [
            {"patient_id": f"made up {i}", "glucose": glucose + 12 * draw.normal(), "ward": "AB"[i % 2]}
            for i in range(n)
        ]

    before, now = write(tmp_path / "before.csv", rows(95, 3000)), write(tmp_path / "now.csv", rows(105, 900))
    reference = tmp_path / "quarter.ref"
    assert run(before, "--save-reference", reference, "--exclude", "patient_id") == ""
    assert b"made up" not in reference.read_bytes()
    rules = tmp_path / "rules.json"
    rules.write_text(
        json.dumps({"rules": [{"drift": "severe"}], "channels": [{"file": str(tmp_path / "told.jsonl")}]})
    )
    output = run(reference, now, "--out", tmp_path / "out", "--alerts", rules, "--exclude", "patient_id")
    assert (
        "1 of 2 columns drifted, 1 severely." in output
        and "1 new incidents, 1 messages sent, 0 wait" in output
    )
    content = json.loads((tmp_path / "out/drift.json").read_text())
    assert {one["name"]: one["verdict"] for one in content["columns"]} == {
        "glucose": "severe",
        "ward": "stable",
    }
    assert (tmp_path / "out/drift.html").read_text().startswith("<!DOCTYPE html>")
    told = json.loads((tmp_path / "told.jsonl").read_text())
    assert (
        told["text"].startswith("Column glucose: severe (KS p < 0.0001, 0.8")
        and "made up" not in told["text"]
    )
    grown = tmp_path / "grown.ref"
    run(reference, now, "--save-reference", grown, "--update", "--exclude", "patient_id")
    assert drift.load_reference(grown).rows == 3900
    for wrong in (
        [before],
        [before, now, "--update"],
        [before, now, "--exclude", "no_such"],
        [reference, before, "--device", "x"],
    ):
        assert CliRunner().invoke(lims, ["drift", *map(str, wrong)]).exit_code != 0


def test_the_command_on_groups(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)

    def rows(glucose: float, n: int) -> list[dict[str, object]]:
        tests = [("2345-7", "Glucose", "mg/dL", glucose, 12), ("2345-7", "Glucose", "mmol/L", 5.3, 0.7)]
        return [
            {"code": code, "name": name, "unit": unit, "value": centre + spread * draw.normal()}
            for code, name, unit, centre, spread in tests
            for _ in range(n)
        ]

    before, now = write(tmp_path / "before.csv", rows(95, 2000)), write(tmp_path / "now.csv", rows(105, 600))
    reference = tmp_path / "tests.ref"
    by_test = ("--group", "code", "--unit", "unit", "--label", "name")
    run(before, "--save-reference", reference, *by_test)
    rules = tmp_path / "rules.json"
    told = {"rules": [{"drift": "severe"}], "channels": [{"file": str(tmp_path / "told.jsonl")}]}
    rules.write_text(json.dumps(told))
    output = run(reference, now, "--out", tmp_path / "out", "--alerts", rules, *by_test)
    assert "1 of 2 groups drifted, 1 severely." in output and "1 new incidents" in output
    assert "Group Glucose, mg/dL: severe" in json.loads((tmp_path / "told.jsonl").read_text())["text"]
    assert "Glucose, mg/dL" in (tmp_path / "out/drift.html").read_text()
    assert CliRunner().invoke(lims, ["drift", str(reference), str(now)]).exit_code == 2
    for wrong in (["--group", "code", "--device", "name"], ["--group", "x"]):
        assert CliRunner().invoke(lims, ["drift", str(before), str(now), *wrong]).exit_code != 0


def test_rules_for_findings_are_told_apart_from_feedback() -> None:
    from assay.tracking.alerts import AlertRules, FindingRule

    [first, second] = AlertRules.parse({"rules": [{"drift": "severe"}, {"drift": "<= 2"}]}).rules
    assert isinstance(first, FindingRule) and first.name == "drift severe"
    assert not isinstance(second, FindingRule)  # a feedback of that name
