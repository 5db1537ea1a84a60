"""What is recommended, from a file: by preparation, class and leading feature."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from assay.pipelines.device_risk.inputs import feature_key

__all__ = ["recommended_action"]


@functools.cache
def _actions() -> dict[str, Any]:
    text = Path(__file__).with_name("recommended_actions.json").read_text(encoding="utf-8")
    actions: dict[str, Any] = json.loads(text)
    return actions


@functools.lru_cache(maxsize=4096)
def recommended_action(preparation: str | None, device_class: str, top_features: tuple[str, ...]) -> str:
    """The action for the first of the features that has one, else that of the class.

    Raises:
        KeyError: a class other than low, medium and high.
    """
    by_class = _actions().get(preparation or "") or _actions()[""]
    texts: dict[str, str] = by_class[device_class]
    for name in top_features:
        if (text := texts.get(feature_key(name))) is not None:
            return text
    return texts[""]
