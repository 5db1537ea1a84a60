"""The report of a laboratory's run: one HTML file, readable on screen, phone and paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.pipelines.laboratory_quality.page import percent
from assay.pipelines.lims import context as tables
from assay.pipelines.pages import template_engine

if TYPE_CHECKING:
    from assay.pipelines.lims.context import Context

__all__ = ["render"]

_MOST_TESTS, _MOST_SUGGESTED, _MOST_ATTENTION = 40, 25, 20
_FEWEST_REFUSED = 10


def render(context: Context) -> str:
    """The page as text. Every value is escaped by the template engine."""
    engine, css = template_engine("assay.pipelines.lims")
    counts = _counts(context)
    return engine.get_template("report.html.j2").render(
        css=css,
        run=context.record,
        source=_name(context),
        identity=context.door.sentence,
        counts=counts,
        tiles=_tiles(context, counts),
        attention=_attention(context),
        quality=_quality(context),
        rules=_rules(context),
        tests=_tests(context),
        suggestions=_suggestions(context),
        parts=context.found,
    )


def _name(context: Context) -> str:
    return "a database" if context.input.format == "postgresql" else context.source.name


def _counts(context: Context) -> dict[str, Any]:
    assert context.read is not None
    assert context.silver is not None
    results = context.read.results
    return {
        "read": results.rows_read,
        "kept": context.silver.rows.num_rows,
        "corrected": results.superseded.num_rows,
        "unreadable": results.rejected.num_rows,
        "refused": context.silver.refused.num_rows,
        "table": str(context.lake.name(tables.REFUSED)),
        "unreadable_table": str(context.lake.name(tables.REJECTED)),
        "sealed": results.rejected.num_rows > 0 and context.door.key is not None,
    }


def _tiles(context: Context, counts: dict[str, Any]) -> list[dict[str, str]]:
    aside = counts["unreadable"] + counts["refused"]
    tiles = [
        _tile("Results kept", f"{counts['kept']:,}", f"of {counts['read']:,} read"),
        _tile("Set aside", f"{aside:,}", f"{_share(aside, counts['read'])} of those read"),
    ]
    if context.quality is not None:
        tile = _tile("Quality", percent(context.score), f"target {context.target:.0%}")
        met = context.good_enough
        tiles.insert(0, tile | {"flag": "good" if met else "bad", "word": "met" if met else "missed"})
    tiles += [_tile(found.title, *(found.tile or (str(len(found.attention)), "to look at"))) for found in context.found]
    return tiles


def _tile(name: str, value: str, more: str) -> dict[str, str]:
    return {"name": name, "value": value, "more": more, "flag": "", "word": ""}


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "none"


def _attention(context: Context) -> list[str]:
    lines = [*_unreadable(context), *_refused_tests(context)]
    lines += [line for found in context.found for line in found.attention]
    if not context.good_enough:
        lines.insert(0, f"{context.quality_sentence[0].upper()}{context.quality_sentence[1:]}: no features were made.")
    more = len(lines) - _MOST_ATTENTION
    return lines[:_MOST_ATTENTION] + ([f"{more} more, below"] if more > 0 else [])


def _unreadable(context: Context) -> list[str]:
    """Results that could not be read, and whole files that hold none under names that are known."""
    assert context.read is not None
    results = context.read.results
    left_out = sum(" was not read" in text for text in results.remarks)
    lines = [f"files of the source that were not read: {left_out:,}; run.json names them"] if left_out else []
    if results.rejected.num_rows:
        rules = ", ".join(f"{rule}: {n:,}" for rule, n in sorted(results.rejected.counts_by_rule().items()))
        lines.append(f"{results.rejected.num_rows:,} of {results.rows_read:,} results could not be read ({rules})")
    return lines


def _refused_tests(context: Context) -> list[str]:
    """Of each test and unit that was refused as a whole or in good part: the fault is in the map, not in a result."""
    assert context.silver is not None
    return [
        f"{row['test_name'] or row['local_code']} in '{row['unit'] or 'no unit'}': {row['refused']:,} of "
        f"{row['rows']:,} results refused ({row['rule']}); correct the unit or map it"
        for row in sorted(context.silver.tests.to_pylist(), key=lambda row: -row["refused"])
        if row["rule"] and (row["refused"] >= _FEWEST_REFUSED or row["refused"] == row["rows"])
    ]


def _quality(context: Context) -> dict[str, Any] | None:
    from assay.pipelines.laboratory_quality import DIMENSIONS

    if context.quality is None:
        return None
    checks = [check for source in context.quality.sources for check in source.checks]
    rows = []
    for name, meaning in DIMENSIONS.items():
        checked = sum(check.checked for check in checks if check.dimension == name)
        failed = sum(check.failed for check in checks if check.dimension == name)
        score = percent(1 - failed / checked) if checked else "–"
        rows.append({"name": name, "score": score, "checked": checked, "failed": failed, "meaning": meaning})
    sentence = f"{context.quality_sentence[0].upper()}{context.quality_sentence[1:]}. quality.html has every check."
    return {"sentence": sentence, "dimensions": rows}


def _rules(context: Context) -> list[dict[str, Any]]:
    from assay.data.laboratory import standardisation_rules

    assert context.read is not None
    assert context.silver is not None
    unreadable = dict(context.read.results.rejected.counts_by_rule())
    rows = [
        {"rule": rule, "count": count, "refuses": True, "cause": "could not be read: the rule says where and why"}
        for rule, count in sorted(unreadable.items())
    ]
    known = {rule.id: rule for rule in standardisation_rules()}
    for name, count in context.silver.counts.items():
        if count:
            rule = known[name]
            rows.append({"rule": name, "count": count, "refuses": rule.refuses, "cause": rule.likely_cause})
    return sorted(rows, key=lambda row: (not row["refuses"], -int(row["count"]), row["rule"]))


def _tests(context: Context) -> dict[str, Any]:
    assert context.silver is not None
    rows = context.silver.tests.to_pylist()
    mapped = [row for row in rows if row["loinc"]]
    total = sum(row["rows"] for row in rows)
    frequent = sorted(rows, key=lambda row: (-row["rows"], row["test_name"] or ""))[:_MOST_TESTS]
    return {
        "total": len(rows),
        "mapped": len(mapped),
        "share": _share(sum(row["rows"] for row in mapped), total),
        "table": str(context.lake.name(tables.TESTS)),
        "rows": [
            {
                "test": row["test_name"] or row["local_code"] or "–",
                "loinc": row["loinc"] or "–",
                "unit": row["unit"] or "–",
                "read": row["unit_read"] or "–",
                "standard": row["unit_standard"] or "–",
                "rows": row["rows"],
                "refused": row["refused"],
            }
            for row in frequent
        ],
    }


def _suggestions(context: Context) -> list[dict[str, Any]]:
    """What the most frequent tests without a code may be; nothing is applied."""
    from assay.data.laboratory import suggest_loinc

    assert context.silver is not None
    unmapped = [row for row in context.silver.tests.to_pylist() if not row["loinc"] and row["test_name"]]
    rows = []
    for row in sorted(unmapped, key=lambda row: -row["rows"])[:_MOST_SUGGESTED]:
        best = next(iter(suggest_loinc(row["test_name"], unit=row["unit"] or "", most=1)), None)
        rows.append(
            {
                "test": row["test_name"],
                "unit": row["unit"] or "–",
                "rows": row["rows"],
                "loinc": best.loinc if best else "–",
                "name": best.name if best else "",
                "score": f"{best.score:.2f}" if best else "–",
            }
        )
    return rows
