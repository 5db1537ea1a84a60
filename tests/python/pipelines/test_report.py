from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from browser import needs_chromium, width_needed

from assay.pipelines.clinical.charts import TITLES
from assay.pipelines.clinical.report import ReportContent, render
from assay.pipelines.record import RunRecord, Status, StepRecord, TableRecord

pytest.importorskip("jinja2")

START = datetime(2026, 1, 4, 8, tzinfo=timezone.utc)
HOSTILE = '<script>alert("x")</script>'


class Page(HTMLParser):
    """Tags, texts and attributes, and whether every tag is closed."""

    VOID = frozenset({"meta", "link", "img", "br", "line", "rect", "circle", "path", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def gold_row(name: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "patient_id": name,
        "age": 58,
        "sex": "male",
        "chief_complaint": "cough",
        "vital_count": 4,
        "history_count": 1,
        "avg_risk_score": 0.25,
        "max_risk_score": 0.5,
        "worst_news2": 7,
        "worst_news2_at": START,
        "news2_red": True,
        "diagnoses": '["Asthma"]',
        "medications": "[]",
        "allergies": "[]",
        "abnormal_results": "[]",
        "imaging": "",
    }
    for vital in TITLES:
        row |= {f"{statistic}_{vital}": 50.0 for statistic in ("avg", "min", "max", "last")}
        row |= {f"last_{vital}_at": START, f"{vital}_slope_per_hour": -0.5}
    return {**row, **changes}


def content(*rows: dict[str, Any], **changes: Any) -> ReportContent:
    record = RunRecord("clinical", "in", "out", "lake", "P2T2", "0.1.0")
    bronze = StepRecord("bronze", Status.DONE)
    bronze.read(10, 9, {"heart_rate.type": 1}, 1)
    bronze.tables.append(TableRecord("P2T2.bronze.vital_signs", "p", 9, 0, True))
    record.steps = [bronze, StepRecord("images", Status.SKIPPED, "no models")]
    times = [START + timedelta(hours=i) for i in range(4)]
    vitals = {
        str(row["patient_id"]): [{"observed_at": t, **dict.fromkeys(TITLES, 50.0)} for t in times]
        for row in rows
    }
    return ReportContent(record, rows, [str(row["patient_id"]) for row in rows], vitals=vitals, **changes)


def test_page_is_well_formed_and_stands_alone() -> None:
    text = render(content(gold_row("A1"), gold_row("B2")))
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.count("h1") == 1
    assert page.count("script") == page.count("link") == 0
    assert all(not str(v.get("href", "#")).startswith("http") for _, v in page.tags)
    assert all(str(v.get("src", "data:")).startswith("data:") for _, v in page.tags)
    assert "url(" not in text


def test_everything_is_escaped() -> None:
    hostile = gold_row(HOSTILE, chief_complaint=HOSTILE, diagnoses=f'["{HOSTILE[:8]}"]', sex=HOSTILE)
    refused = {
        "patient_id": HOSTILE,
        "observed_at": START,
        "measurement": "heart_rate",
        "value": 0.0,
        "unit": HOSTILE,
        "rule": HOSTILE,
        "likely_cause": HOSTILE,
    }
    rejected = {"file": "/x/a.csv", "line": 7, "rules": "x.type", "raw": HOSTILE.encode() + b"\xff"}
    finding = {"rule": "R", "severity": "Major", "message": HOSTILE, "evidence": HOSTILE}
    verdict = {
        "judge": HOSTILE,
        "passed": False,
        "overall": 2.0,
        "confidence": 0.5,
        "scores": {"accuracy": 1.0},
        "findings": [finding],
    }
    said = [{"text": HOSTILE, "source": "s"}]
    note = {"writer": HOSTILE, "subjective": said, "objective": [], "assessment": [], "safety_net": [HOSTILE]}
    text = render(
        content(
            hostile,
            refused=[refused],
            rejected=[rejected],
            notes={HOSTILE: {"words": 3, "content": note}},
            verdicts={HOSTILE: verdict},
        )
    )
    assert "<script" not in text
    assert Page(text).open == []


def test_charts_have_names_and_descriptions() -> None:
    page = Page(render(content(gold_row("A1"))))
    charts = [values for tag, values in page.tags if tag == "svg"]
    assert len(charts) == len(TITLES)
    for values in charts:
        assert values["role"] == "img"
        assert all(name in page.ids for name in str(values["aria-labelledby"]).split())


def test_overview_is_sorted_by_risk_and_links_to_patients() -> None:
    text = render(
        content(gold_row("LOW", max_risk_score=0.1), gold_row("HIGH"), gold_row("NONE", max_risk_score=None))
    )
    table = text[text.index('id="overview"') :]
    assert table.index("HIGH") < table.index("LOW") < table.index("NONE")
    assert '<a href="#p1">LOW</a>' in table


def test_one_patient_has_no_overview() -> None:
    assert 'id="overview"' not in render(content(gold_row("A1")))


def test_quarantine_shows_rule_and_bytes_and_is_honest_about_what_it_leaves_out() -> None:
    rows = [
        {"file": "/x/a.csv", "line": i, "rules": "heart_rate.type", "raw": b"A1,abc"} for i in range(2, 3)
    ]
    text = render(content(gold_row("A1"), rejected=rows))
    assert "10 rows read, 9 accepted, 1 set aside" in text
    assert "heart_rate.type" in text
    assert "A1,abc" in text
    assert "/x/" not in text


def test_image_is_embedded_only_where_browsers_show_it(tmp_path: Path) -> None:
    picture, scan = tmp_path / "a.png", tmp_path / "a.dcm"
    picture.write_bytes(b"\x89PNG")
    scan.write_bytes(b"DICM")
    row = gold_row("A1", imaging="CR chest, 2026-01-04")
    assert 'src="data:image/png;base64,iVBORw=="' in render(content(row, images={"A1": picture}))
    assert "<img" not in render(content(row, images={"A1": scan}))


def test_abnormal_values_carry_flag_and_reference() -> None:
    results = (
        '[{"name": "CRP", "loinc": "1988-5", "value": 84.2, "unit": "mg/L", "reference_high": 5, '
        '"high": true, "critical": true, "observed_at": "2026-01-04T08:00:00Z"}]'
    )
    text = render(content(gold_row("A1", abnormal_results=results)))
    assert "high, critical" in text
    assert "up to 5" in text


def test_units_are_spelled_as_in_the_charts() -> None:
    refused = [
        {
            "patient_id": "A1",
            "observed_at": START,
            "measurement": measurement,
            "value": 0.0,
            "unit": unit,
            "rule": "r",
            "likely_cause": "",
        }
        for measurement, unit in (("systolic_bp", "mm[Hg]"), ("temperature", "Cel"))
    ]
    text = render(content(gold_row("A1"), refused=refused))
    assert "<td>mmHg</td>" in text
    assert "<td>°C</td>" in text
    assert "mm[Hg]" not in text
    assert ">Cel<" not in text


def test_a_score_that_is_missing_says_what_it_lacks() -> None:
    row = gold_row("A1", worst_news2=None, worst_news2_at=None, news2_red=None, avg_spo2=None)
    text = render(content(row, not_recorded={"A1": ["consciousness", "oxygen"]}))
    assert "not recorded: oxygen saturation, consciousness, oxygen" in text
    whole = gold_row("A1", worst_news2=None, worst_news2_at=None, news2_red=None)
    assert "never recorded at one time" in render(content(whole))


def test_one_of_a_thing_is_singular() -> None:
    record = content(gold_row("A1"))
    record.record.steps[0].tables.append(TableRecord("P2T2.bronze.dicom_metadata", "p", 1, 0, True))
    text = render(record)
    assert ">1 row<" in text
    assert ">9 rows<" in text


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_fits_the_screen(tmp_path: Path, width: int) -> None:
    source = ",".join(f"a_column_with_a_long_name_{i}" for i in range(6))
    said = [{"text": "Heart rate: average 105.6/min", "source": source}]
    note = {"writer": "template", "subjective": said, "objective": said, "assessment": [], "safety_net": []}
    text = render(content(gold_row("A1"), gold_row("B2"), notes={"A1": {"words": 3, "content": note}}))
    assert width_needed(tmp_path, text, width) <= width
