"""Where a server's model comes from: a file, or a registered model's alias on an MLflow server."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from assay import errors
from assay.pipelines.device_risk import DeviceRisk

__all__ = ["FileSource", "ModelSource", "RegistrySource", "source_of"]

_ALIAS_URI = re.compile(r"models:/([^/@]+)@([\w\-]+)")
_NEWEST = re.compile(r"([0-9]{1,18})(?:-[0-9a-f]{16})?")
"""A version, and what tells it from another of the same number: a registry gives a deleted one's number again."""
SUFFIX = ".assay-model"


class ModelSource(Protocol):
    """What a server asks for its model."""

    def newest(self) -> str:
        """What tells the model that is there now from others. Raises what `load` raises."""
        ...

    def load(self, newest: str) -> DeviceRisk:
        """The model that `newest` names."""
        ...

    def last_good(self) -> DeviceRisk | None:
        """The model that was kept when the source last had one, for a start without it."""
        ...

    def keep(self, newest: str) -> None:
        """Remembers that this one is good."""
        ...


class FileSource:
    """A model file; it is read again when it was replaced."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def __str__(self) -> str:
        return self.path.name

    def newest(self) -> str:
        try:
            status = self.path.stat()
        except OSError as error:
            raise errors.IoError(f"model: cannot read {self.path}: {error.strerror}") from None
        return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"

    def load(self, newest: str) -> DeviceRisk:
        return DeviceRisk.load(self.path)

    def last_good(self) -> DeviceRisk | None:
        return None

    def keep(self, newest: str) -> None:
        pass


class RegistrySource:
    """The version that an alias of a registered model points at.

    Args:
        uri: ``models:/NAME@ALIAS``.
        tracking_uri: the MLflow server.
        cache: folder of the versions that were loaded; the last good one there is what a server starts with while
            MLflow does not answer. Servers, names and aliases do not share what is kept there.
    """

    def __init__(self, uri: str, *, tracking_uri: str, cache: str | os.PathLike[str]) -> None:
        named = _ALIAS_URI.fullmatch(uri)
        if named is None:
            raise errors.ValueError("model: expected models:/NAME@ALIAS")
        self.name, self.alias = named[1], named[2]
        self._tracking_uri = tracking_uri
        words = re.sub(r"[^\w.\-]", "_", f"{self.name}@{self.alias}")
        where = _digest(_without_user(tracking_uri), self.name, self.alias)
        self._cache = Path(cache) / f"{words[:80]}-{where}"

    def __str__(self) -> str:
        return f"models:/{self.name}@{self.alias}"

    def newest(self) -> str:
        from assay.tracking import MlflowClient
        from assay.tracking.models.lookup import expect_answer, version_of_alias

        expect_answer(self._tracking_uri)
        try:
            found = version_of_alias(MlflowClient(self._tracking_uri), self.name, self.alias)
        except errors.HttpError as error:
            raise errors.HttpError(f"{self}: {error}", error.status, error.error_code) from None
        version = str(found.version)
        self._version(version)
        return f"{version}-{_digest(found.run_id, found.source, str(found.creation_timestamp))}"

    def load(self, newest: str) -> DeviceRisk:
        self._version(newest)
        folder = self._cache / newest
        if folder.is_dir():
            with contextlib.suppress(Exception):
                return self._read(folder)
            shutil.rmtree(folder, ignore_errors=True)  # what was cut short or changed here is fetched again
        self._download(newest, folder)
        try:
            return self._read(folder)
        except errors.IoError as error:
            shutil.rmtree(folder, ignore_errors=True)
            # Whole, as the registry has it: another look would bring the same.
            raise errors.StateError(f"{self.name} version {self._version(newest)}: {error}") from None

    def last_good(self) -> DeviceRisk | None:
        try:
            newest = (self._cache / "last_good").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError):
            return None
        folder = self._cache / newest
        return self._read(folder) if _NEWEST.fullmatch(newest) and folder.is_dir() else None

    def keep(self, newest: str) -> None:
        file = self._cache / "last_good"
        beside = file.with_suffix(".new")
        beside.write_text(f"{newest}\n", encoding="utf-8")
        beside.replace(file)

    def _version(self, newest: str) -> str:
        """The number, which becomes a folder's name: a server's text must not lead elsewhere."""
        named = _NEWEST.fullmatch(newest)
        if named is None:
            raise errors.StateError(
                f"{self}: expected a version that is a number, the MLflow server named none"
            )
        return named[1]

    def _download(self, newest: str, folder: Path) -> None:
        from assay.tracking import download_model

        named = f"models:/{self.name}/{self._version(newest)}"
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache, prefix="incoming-") as temporary:
            came = download_model(named, Path(temporary) / "model", tracking_uri=self._tracking_uri)
            came.rename(folder)

    def _read(self, folder: Path) -> DeviceRisk:
        version, files = self._version(folder.name), sorted(folder.rglob(f"*{SUFFIX}"))
        if len(files) != 1:
            raise errors.ValueError(
                f"model: expected one {SUFFIX} file in {self.name} version {version}, got {len(files)}"
            )
        return DeviceRisk.load(files[0], name=self.name, version=version)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _without_user(uri: str) -> str:
    """A server's address without name and password, which may change and are nobody's business in a folder's name."""
    split = urlsplit(uri)
    return split._replace(netloc=split.netloc.rpartition("@")[2].lower()).geturl().rstrip("/")


def source_of(
    model: str | os.PathLike[str],
    *,
    tracking_uri: str | None = None,
    cache: str | os.PathLike[str] = "out/models",
) -> FileSource | RegistrySource:
    """A source by what a user writes: a file's path, or ``models:/NAME@ALIAS``.

    Raises:
        ValueError: an alias without a server.
    """
    named = os.fspath(model)
    if not named.startswith("models:"):
        return FileSource(named)
    if not tracking_uri:
        raise errors.ValueError(
            "model: expected an MLflow server for models:/…; pass --tracking or set MLFLOW_TRACKING_URI"
        )
    return RegistrySource(named, tracking_uri=tracking_uri, cache=cache)
