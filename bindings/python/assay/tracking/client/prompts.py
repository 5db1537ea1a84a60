"""Prompts, by the names of ``mlflow.MlflowClient``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from assay import errors
from assay._core.tracking import Prompt, PromptVersionValue
from assay.tracking.client.base import ClientBase, text, texts

__all__ = ["PromptMethods", "PromptVersion"]

_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_.]*)\s*\}\}")


@dataclass(frozen=True)
class PromptVersion:
    """A prompt's version: a text, or a chat's messages, with ``{{variables}}``."""

    name: str
    version: int
    template: str | list[dict[str, Any]] = field(repr=False)
    commit_message: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    response_format: dict[str, Any] | None = field(default=None, repr=False)
    model_config: dict[str, Any] | None = field(default=None, repr=False)
    creation_timestamp: int = 0

    @property
    def is_text_prompt(self) -> bool:
        """Whether it is a text and no chat."""
        return isinstance(self.template, str)

    @property
    def uri(self) -> str:
        """``prompts:/name/version``."""
        return f"prompts:/{self.name}/{self.version}"

    @property
    def variables(self) -> set[str]:
        """The names between double braces."""
        parts = (
            [self.template] if isinstance(self.template, str) else [m.get("content") for m in self.template]
        )
        return {name for part in parts if isinstance(part, str) for name in _VARIABLE.findall(part)}

    def format(self, **values: Any) -> str | list[dict[str, Any]]:
        """The template with every variable filled in.

        Raises
        ------
        assay.ValueError
            A variable has no value.
        """
        missing = self.variables - values.keys()
        if missing:
            raise errors.ValueError(f"prompt '{self.name}': expected values for {', '.join(sorted(missing))}")
        if isinstance(self.template, str):
            return _fill(self.template, values)
        return [
            {**message, "content": _fill(message["content"], values)}
            if isinstance(message.get("content"), str)
            else dict(message)
            for message in self.template
        ]


def _fill(template: str, values: dict[str, Any]) -> str:
    return _VARIABLE.sub(lambda match: str(values[match[1]]), template)


def _json_or_none(held: str) -> dict[str, Any] | None:
    return json.loads(held) if held else None


def _friendly(held: PromptVersionValue) -> PromptVersion:
    return PromptVersion(
        name=held.name,
        version=int(held.version),
        template=json.loads(held.template_text) if held.is_chat else held.template_text,
        commit_message=held.commit_message or None,
        tags=held.tags,
        aliases=held.aliases,
        response_format=_json_or_none(held.response_format),
        model_config=_json_or_none(held.model_config),
        creation_timestamp=held.creation_timestamp,
    )


class PromptMethods(ClientBase):
    def register_prompt(
        self,
        name: str,
        template: str | list[dict[str, Any]],
        commit_message: str | None = None,
        tags: dict[str, Any] | None = None,
        response_format: dict[str, Any] | None = None,
        model_config: dict[str, Any] | None = None,
    ) -> PromptVersion:
        """Add a version of a prompt, and the prompt where it is not there yet. Each call adds another."""
        is_chat = not isinstance(template, str)
        return _friendly(
            self._prompts.create(
                name,
                json.dumps(template, ensure_ascii=False) if is_chat else str(template),
                is_chat,
                commit_message or "",
                json.dumps(response_format) if response_format else "",
                json.dumps(model_config) if model_config else "",
                texts(tags),
            )
        )

    def load_prompt(
        self, name_or_uri: str, version: str | int | None = None, *, allow_missing: bool = False
    ) -> PromptVersion | None:
        """A version, by ``prompts:/name/3``, ``prompts:/name@alias`` or name; the newest where none is named."""
        name, number, alias = _parse(name_or_uri, version)
        try:
            if alias is not None and alias != "latest":
                return _friendly(self._prompts.get_by_alias(name, alias))
            if number is not None:
                return _friendly(self._prompts.get(name, number))
            return _friendly(self._prompts.latest(name))
        except errors.ResourceDoesNotExist:
            if allow_missing:
                return None
            raise
        except errors.InvalidParameter:  # 3.17's word for an alias that is not there
            if allow_missing and alias is not None:
                return None
            raise

    def get_prompt(self, name: str) -> Prompt | None:
        """A prompt's name, description and tags, or None."""
        return self._prompts.find(name)

    def get_prompt_version(self, name: str, version: str | int) -> PromptVersion | None:
        """A version by number or alias, or None."""
        return self.load_prompt(name, version, allow_missing=True)

    def search_prompts(self, filter_string: str | None = None) -> list[Prompt]:
        """The prompts that match, all of them."""
        return self._prompts.search(filter_string or "")

    def search_prompt_versions(self, name: str) -> list[PromptVersion]:
        """All versions of a prompt, the newest first."""
        return [_friendly(held) for held in self._prompts.versions(name)]

    def set_prompt_alias(self, name: str, alias: str, version: str | int) -> None:
        """Point an alias at a version."""
        self._registry.set_alias(name, alias, str(version))

    def delete_prompt_alias(self, name: str, alias: str) -> None:
        """Remove an alias."""
        self._registry.delete_alias(name, alias)

    def set_prompt_tag(self, name: str, key: str, value: Any) -> None:
        """Set a tag of a prompt."""
        self._registry.set_model_tag(name, key, text(value))

    def delete_prompt_tag(self, name: str, key: str) -> None:
        """Remove a tag of a prompt."""
        self._registry.delete_model_tag(name, key)

    def set_prompt_version_tag(self, name: str, version: str | int, key: str, value: Any) -> None:
        """Set a tag of a prompt's version."""
        self._registry.set_version_tag(name, str(version), key, text(value))

    def delete_prompt_version_tag(self, name: str, version: str | int, key: str) -> None:
        """Remove a tag of a prompt's version."""
        self._registry.delete_version_tag(name, str(version), key)

    def delete_prompt_version(self, name: str, version: str | int) -> None:
        """Delete a version."""
        self._registry.delete_version(name, str(version))

    def delete_prompt(self, name: str) -> None:
        """Delete a prompt and all its versions."""
        self._registry.delete_model(name)


def _parse(name_or_uri: str, version: str | int | None) -> tuple[str, str | None, str | None]:
    """Name, number and alias."""
    name, given = name_or_uri, None if version is None else str(version)
    if name.startswith("prompts:/"):
        name = name.removeprefix("prompts:/").lstrip("/")
        if given is not None:
            raise errors.ValueError("load_prompt: expected a version in the URI or beside it, got both")
        if "@" in name:
            name, _, alias = name.partition("@")
            return name, None, alias
        name, _, number = name.partition("/")
        return name, number or None, None
    if given is None or given.isdigit():
        return name, given, None
    return name, None, given
