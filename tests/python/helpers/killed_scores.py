"""A nightly run that kills its own process: killed_scores.py JSON, see `main`."""

from __future__ import annotations

import json
import sys
from datetime import date

from killed import kill_at
from made_up_devices import MadeUpRisk

from assay.pipelines import device_scores
from assay.tracking.alerts import Secret, Webhook


def main() -> None:
    asked = json.loads(sys.argv[1])
    if asked.get("place"):
        kill_at(asked["place"], asked["when"], asked.get("call", 1))
    channels = [
        Webhook(Secret(url), label=f"webhook {number}", attempts=1, timeout=20.0)
        for number, url in enumerate(asked["urls"])
    ]
    device_scores.run(
        asked["source"],
        asked["out"],
        model=MadeUpRisk(),
        day=date.fromisoformat(asked["day"]),
        channels=channels,
    )


if __name__ == "__main__":
    main()
