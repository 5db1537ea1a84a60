"""How an estimator shows itself: as a text, and in a notebook."""

from __future__ import annotations

import html
import reprlib
from collections.abc import Mapping
from typing import Any

__all__ = ["html_of", "text_of"]

_STYLE = (
    "border-collapse:collapse;font:13px system-ui,sans-serif",
    "padding:2px 10px;text-align:left;border-bottom:1px solid #8884",
)


def _is_default(value: Any, default: Any) -> bool:
    if value is default:
        return True
    try:
        return type(value) is type(default) and bool(value == default)
    except (TypeError, ValueError):
        return False  # arrays


def text_of(estimator: Any, defaults: Mapping[str, Any]) -> str:
    """The constructor's call with the parameters that are not the defaults."""
    changed = [
        f"{name}={reprlib.repr(getattr(estimator, name))}"
        for name, default in defaults.items()
        if not _is_default(getattr(estimator, name), default)
    ]
    return f"{type(estimator).__name__}({', '.join(changed)})"


def html_of(estimator: Any, defaults: Mapping[str, Any]) -> str:
    """A table of the parameters, those changed in bold, and what the model was trained on."""
    table, cell = _STYLE
    rows = []
    for name, default in defaults.items():
        value = getattr(estimator, name)
        shown = html.escape(reprlib.repr(value))
        if not _is_default(value, default):
            shown = f"<b>{shown}</b>"
        rows.append(
            f'<tr><th scope="row" style="{cell}">{html.escape(name)}</th><td style="{cell}">{shown}</td></tr>'
        )
    return (
        f'<table style="{table}"><caption style="text-align:left"><b>{html.escape(type(estimator).__name__)}</b>: '
        f"{html.escape(_state(estimator))}</caption>{''.join(rows)}</table>"
    )


def _state(estimator: Any) -> str:
    features = getattr(estimator, "n_features_in_", None)
    if features is None:
        return "not fitted"
    names = getattr(estimator, "feature_names_in_", None)
    listed = "" if names is None else f" ({', '.join(list(names)[:8])}{', …' if len(names) > 8 else ''})"
    classes = getattr(estimator, "classes_", None)
    of_classes = "" if classes is None else f", {len(classes)} classes"
    return f"fitted on {features} feature{'' if features == 1 else 's'}{listed}{of_classes}"
