"""Data-quality rules: what must hold for a table, and every row for which it does not.

::

    report = check_quality(table, [required("patient_id"), between("spo2", 1, 100, severity="warning")], name="vitals")
    report.passed            # no rule of severity "error" failed
    report.results[1].failing_rows

A rule's id is ``<column>.<kind>`` unless it is given. Reports name rows and columns, never values.
"""

from __future__ import annotations

from html import escape

from assay._core.data import (
    QualityReport,
    QualityRule,
    RuleResult,
    between,
    check_quality,
    matches,
    monotone,
    one_of,
    references,
    required,
    row_count,
    rules_of,
    unique,
)

__all__ = [
    "QualityReport",
    "QualityRule",
    "RuleResult",
    "between",
    "check_quality",
    "matches",
    "monotone",
    "one_of",
    "references",
    "required",
    "row_count",
    "rules_of",
    "to_html",
    "unique",
]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2430}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d5dbe3}
.number{text-align:right}.failed{color:#a1150f;font-weight:600}.warning{color:#7a4b00;font-weight:600}
.passed{color:#1d6b35}
@media (max-width:40rem){thead{display:none}td{display:block;border:0;padding:.1rem 0;text-align:left}
tr{display:block;border-bottom:1px solid #d5dbe3;padding:.5rem 0}}
"""


def to_html(report: QualityReport) -> str:
    """The report as one self-contained HTML page: a row for each rule, readable on paper and on a phone."""
    verdict = "passed" if report.passed else "failed"
    rows = "\n".join(_row(result) for result in report.results)
    title = escape(f"Data quality of {report.table or 'the table'}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n<p>{report.rows:,} rows, {len(report.results)} rules: "
        f'<span class="{verdict}">{verdict}</span>.</p>\n'
        "<table><thead><tr><th>Rule</th><th>What must hold</th><th>Severity</th>"
        '<th class="number">Rows checked</th><th class="number">Rows failing</th><th>Outcome</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></body></html>\n"
    )


def _row(result: RuleResult) -> str:
    outcome = "passed" if result.passed else ("failed" if result.severity == "error" else result.severity)
    failing = f"{len(result.failing_rows):,} failing"
    cells = [
        f"<td>{escape(result.id)}</td>",
        f"<td>{escape(result.description)}</td>",
        f"<td>{result.severity}</td>",
        f'<td class="number">{result.checked:,} checked</td>',
        f'<td class="number">{failing}</td>',
        f'<td class="{outcome}">{outcome}</td>',
    ]
    return "<tr>" + "".join(cells) + "</tr>"


def __dir__() -> list[str]:
    return sorted(__all__)
