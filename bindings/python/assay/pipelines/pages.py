"""What the HTML reports of all pipelines share: a template engine that escapes, and one style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["template_engine"]


def template_engine(package: str) -> tuple[Environment, str]:
    """The engine over a package's folder ``templates``, and the style sheet as text.

    Every value is escaped, and one that is missing is an error. Filters: ``thousands`` (1,234) and ``moment`` (an ISO
    time to the minute, UTC).

    Raises:
        ModuleNotFoundError: Jinja2 is not installed.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader(package, "templates")
    engine = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    engine.filters["thousands"] = lambda number: f"{number:,}"
    engine.filters["moment"] = lambda text: f"{text[:16].replace('T', ' ')} UTC"
    css, _, _ = PackageLoader("assay.pipelines.clinical", "templates").get_source(engine, "report.css")
    return engine, css
