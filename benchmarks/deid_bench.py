"""Tokens for a million made-up record numbers, beside Python's hmac.digest in a loop; the tokens must be equal.
The target is half a second for a million. Beside it: free text searched for identifiers.

    python benchmarks/run.py --only deid
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

import harness

FULL_IDENTIFIERS = 1_000_000
FULL_TEXTS = 50_000
KEY = bytes(range(32))
TEXT = "Repeat of 03/05/2024 requested by Dr. Ames, call 617-555-0142; potassium 4.1 mmol/L, haemolysed, MRN 00471108."


def _identifiers(count: int) -> list[str]:
    return [f"M-{number:08d}" for number in range(count)]


def _assay(count: int) -> None:
    from assay.data import Column, deid

    column = Column(_identifiers(count))
    pseudonymiser = deid.Pseudonymiser(deid.DeidKey.from_text(KEY.hex()), "patient_id")
    harness.run_here(lambda: pseudonymiser.tokens(column)[count - 1])


def _hmac(count: int) -> None:
    own = hmac.digest(KEY, b"assay/v1/token/patient_id\1", hashlib.sha256)
    identifiers = _identifiers(count)

    def tokens() -> str:
        digests = [hmac.digest(own, text.encode(), "sha256") for text in identifiers]
        return base64.b32encode(digests[-1][:16]).decode().rstrip("=").lower()

    harness.run_here(tokens)


def _texts(count: int) -> None:
    from assay.data import Table, deid

    table = Table.from_dict({"note": [f"{TEXT} {number}" for number in range(count)]})
    plan = deid.DeidPlan({"note": "free_text"})
    key = deid.DeidKey.from_text(KEY.hex())
    harness.run_here(lambda: deid.deidentify(table, plan, key).rows.column("note")[0])


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    count, texts = str(max(1, int(FULL_IDENTIFIERS * scale))), str(max(1, int(FULL_TEXTS * scale)))
    jobs = [["assay", "tokens", count], ["hmac", "tokens", count], ["assay", "texts", texts]]
    results = harness.compare(Path(__file__), jobs, rounds)
    ours, theirs, text = results["assay tokens"], results["hmac tokens"], results["assay texts"]
    for each in (ours, theirs, text):
        if "error" in each:
            raise SystemExit(f"deid: {each['error']}")
    if ours["outcome"] != theirs["outcome"]:
        raise SystemExit("deid: the two give different tokens")
    megabytes = int(texts) * len(TEXT) / 1e6
    markdown = (
        f"| {int(count):,} identifiers | seconds |\n|---|---|\n"
        f"| assay, {harness.THREADS} threads | {ours['median_seconds']:.3f} |\n"
        f"| hmac.digest, one thread | {theirs['median_seconds']:.3f} |\n\n"
        f"Free text: {megabytes:.1f} MB in {text['median_seconds']:.2f} s."
    )
    return {"markdown": markdown, "results": json.loads(json.dumps(results))}


if __name__ == "__main__":
    kind, what, size = sys.argv[1:4]
    {"assay tokens": _assay, "hmac tokens": _hmac, "assay texts": _texts}[f"{kind} {what}"](int(size))
