"""Candidate labels with urgency and codes, as data: what an image is matched to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

from assay.errors import IoError, ValueError

__all__ = ["URGENCIES", "Label", "LabelSet"]

URGENCIES = ("emergent", "urgent", "non_urgent", "none", "unknown")
"""To be told within minutes, hours, days; no finding; not stated."""


@dataclass(frozen=True)
class Label:
    """One candidate: its name, how urgent it is to be told, and its codes where it has any."""

    name: str
    urgency: str = "unknown"
    icd10: str | None = None
    radlex: str | None = None
    prompts: tuple[str, ...] = ()
    """Whole sentences in place of the set's templates."""


def _check(label: Label) -> None:
    """Raises where a label, which may come from a file, is of another form."""
    name: object = label.name
    if not isinstance(name, str):
        raise ValueError(f"labels: expected a text as name, got {type(name).__name__}")
    if not name.strip():
        raise ValueError("labels: expected a text, got an empty one")
    if label.urgency not in URGENCIES:
        raise ValueError(
            f"labels: expected the urgency of {name!r} to be one of {', '.join(URGENCIES)}, got {label.urgency!r}"
        )
    for part, code in (("icd10", label.icd10), ("radlex", label.radlex)):
        if not isinstance(code, str | None):
            raise ValueError(
                f"labels: expected the {part} of {name!r} to be a text or null, got {type(code).__name__}"
            )
    prompts: object = label.prompts
    if not isinstance(prompts, list | tuple) or not all(isinstance(p, str) and p.strip() for p in prompts):
        raise ValueError(
            f"labels: expected the prompts of {name!r} to be a list of texts, none of them empty"
        )


def _tuple(found: Any) -> Any:
    """JSON's list as a tuple; anything else as it is, for the checks to refuse."""
    return tuple(found) if isinstance(found, list) else found


def _other_braces(template: str) -> bool:
    rest = template.replace("{}", "")
    return "{" in rest or "}" in rest


@dataclass(frozen=True)
class LabelSet:
    """Labels with the prompt templates they are put into, and the sources of both."""

    labels: tuple[Label, ...]
    templates: tuple[str, ...] = ("this is a photo of {}",)
    name: str = "labels"
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.labels:
            raise ValueError("labels: expected one label at least, got none")
        for label in self.labels:
            _check(label)
        keys = Counter(label.name.strip().casefold() for label in self.labels)
        if twice := sorted(key for key, count in keys.items() if count > 1):
            raise ValueError(f"labels: expected each once, got twice: {', '.join(twice[:5])}")
        templates: object = self.templates
        if not isinstance(templates, list | tuple) or not templates:
            raise ValueError("labels: expected a list of one template at least, got none")
        for template in self.templates:
            if not isinstance(template, str) or template.count("{}") != 1 or _other_braces(template):
                raise ValueError(
                    f"labels: expected a template with one {{}} and no other braces, got {template!r}"
                )
        if not isinstance(self.name, str) or not isinstance(self.sources, Mapping):
            raise ValueError("labels: expected a text as the set's name and an object as its sources")

    @classmethod
    def of(cls, labels: LabelSet | Sequence[str | Label] | str | PathLike[str]) -> LabelSet:
        """A set from itself, from names, or by the rules of `read`."""
        if isinstance(labels, LabelSet):
            return labels
        if isinstance(labels, str | PathLike):
            return cls.read(labels)
        return cls(tuple(label if isinstance(label, Label) else Label(label) for label in labels))

    @classmethod
    def read(cls, source: str | PathLike[str]) -> LabelSet:
        """A set that comes with Assay (``chest_radiograph``), or a file: JSON as that one, or text with a label a line.

        Raises:
            IoError: There is no such set and no such file.
            ValueError: The file is not of that form.
        """
        path = Path(source)
        built_in = resources.files("assay.models") / "labels" / f"{source}.json"
        if path.is_file():
            try:
                text = path.read_text(encoding="utf-8-sig")  # editors of Windows begin with a mark
            except (OSError, UnicodeDecodeError):
                raise IoError(f"labels: expected a text file in UTF-8 at {path}") from None
        elif path.name == str(source) and built_in.is_file():
            text, path = built_in.read_text(encoding="utf-8"), Path(f"{source}.json")
        else:
            raise IoError(
                f"labels: there is no file {path} and no set of that name; there is: chest_radiograph"
            )
        if path.suffix != ".json":
            return cls(
                tuple(Label(line.strip()) for line in text.splitlines() if line.strip()), name=path.stem
            )
        return cls.from_json(text, where=str(path))

    @classmethod
    def from_json(cls, text: str, *, where: str = "the text given") -> LabelSet:
        """A set from what `to_json` wrote, or from a file's text; ``where`` stands in the error.

        Raises:
            ValueError: The text is not of that form.
        """
        try:
            content: dict[str, Any] = json.loads(text)
            labels = tuple(
                Label(**{**entry, "prompts": _tuple(entry.get("prompts", ()))}) for entry in content["labels"]
            )
            templates = _tuple(content.get("templates", cls.templates))
            name, sources = content.get("name", Path(where).stem), content.get("sources", {})
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise ValueError(
                f"labels: expected JSON with a list 'labels' of objects with 'name' in {where}: {error}"
            ) from None
        return cls(labels, templates, name, sources)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)

    def prompts(self) -> tuple[list[str], list[int]]:
        """All prompts, a label's together, and for each label the position after its last."""
        texts: list[str] = []
        ends: list[int] = []
        for label in self.labels:
            texts += label.prompts or [template.replace("{}", label.name) for template in self.templates]
            ends.append(len(texts))
        return texts, ends
