"""Models in the journal: what is logged, registered, promoted and rolled back, delivered later like every record."""

from __future__ import annotations

import getpass
import json
import os
import re
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay import _core, errors
from assay.tracking import active, delivery
from assay.tracking.models.folder import content_digest, is_model_folder, model_files, save_model
from assay.tracking.models.signature import ModelSignature
from assay.tracking.run import Run

__all__ = ["ModelInfo", "log_model", "promote", "register_model", "rollback"]

_Path = str | os.PathLike[str]
_ALIAS = re.compile(r"[\w\-]{1,255}")
_RESERVED_ALIAS = re.compile(r"latest|v\d+", re.IGNORECASE)
_SERVER_MODEL = re.compile(r"models:/(m-[0-9a-f]+)")


@dataclass(frozen=True)
class ModelInfo:
    """A model that was logged. The server gives its own id and keeps this one as the tag ``assay.model_uuid``."""

    model_uuid: str
    name: str
    digest: str
    """SHA-256 of what makes the model; the same content has the same digest."""
    run_id: str
    """Of the journal; empty where the model belongs to no run."""
    experiment: str
    journal: Path

    @property
    def model_id(self) -> str:
        """What :func:`assay.tracking.log_metric` takes as `model_id`."""
        return self.model_uuid


def log_model(
    model: Any,
    name: str,
    *,
    run: Run | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    requirements: Sequence[str] | None = None,
    registered_model_name: str | None = None,
    alias: str | None = None,
    reason: str = "",
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    model_type: str = "",
    step: int = 0,
    reuse: bool = False,
) -> ModelInfo:
    """Keep a model in the journal: MLflow's folder of it, taken in by content, and what the server is to know of it.

    Parameters
    ----------
    model
        Of a kind registered by :func:`assay.tracking.model_kind`, or a folder that ``save_model`` of Assay or MLflow
        wrote.
    name
        Without / : . % and quotes, as MLflow wants it.
    run
        The active one where not given; without either, the model belongs to the experiment alone, as in MLflow.
    signature, input_example, requirements
        The model's own where not given. An example is sent as it is: never a real patient's row.
    registered_model_name, alias, reason
        Also make it a version of a registered model; see :func:`register_model`.
    params, tags, metadata
        `params` and `tags` of the logged model, `metadata` for its file ``MLmodel``.
    step
        Of the run, as for a metric: which state of the training it is.
    reuse
        Where the experiment on the server has a model of this content, link that one to the run.

    Raises
    ------
    assay.ValueError
        A name or alias breaks MLflow's rules.
    TypeError
        The model's class is of no registered kind.
    """
    _check_names(name, registered_model_name, alias)
    journal, run_id, experiment = _home(run)
    digest, files = _take_in(
        journal,
        model,
        signature=signature,
        input_example=input_example,
        requirements=requirements,
        metadata=metadata,
    )
    info = ModelInfo(uuid.uuid4().hex, name, digest, run_id, experiment, journal)
    body = {
        "name": name,
        "model_type": model_type,
        "digest": digest,
        "params": _texts(params),
        "tags": _texts(tags),
        "files": files,
        "step": step,
        "reuse": reuse,
    }
    _core.tracking.append_document(
        journal,
        kind="model",
        id=info.model_uuid,
        body=json.dumps(body),
        run=run_id,
        experiment=experiment,
        contents=[file["sha256"] for file in files],
    )
    if registered_model_name is not None:
        register_model(info, registered_model_name, alias=alias, reason=reason)
    return info


def _check_names(name: str, registered: str | None, alias: str | None) -> None:
    _check_logged_name(name)
    if registered is not None:
        _check_registered_name(registered)
    if alias is not None:
        if registered is None:
            raise errors.ValueError("log_model: expected registered_model_name where an alias is given")
        _check_alias(alias)


def _take_in(journal: Path, model: Any, **own: Any) -> tuple[str, list[dict[str, Any]]]:
    """The digest of a model's folder, written with what is its `own` where it is none yet, and its files as kept."""
    with tempfile.TemporaryDirectory() as temporary:
        if is_model_folder(model):
            if any(given is not None for given in own.values()):
                raise errors.ValueError(
                    "log_model: expected no signature, example, requirements or metadata for a folder that has its own"
                )
            folder = Path(model)
        else:
            folder = save_model(model, Path(temporary) / "model", **own)
        return content_digest(folder), [
            _stored(journal, place, file) for place, file, _ in model_files(folder)
        ]


def register_model(
    model: ModelInfo | str,
    name: str,
    *,
    alias: str | None = None,
    reason: str = "",
    tags: Mapping[str, Any] | None = None,
    description: str = "",
    journal: _Path | None = None,
) -> None:
    """Make a logged model a version of a registered one, which is created where there is none.

    No version is created where the latest one has the same content (tag ``assay.digest``); its alias stays where
    people have put it. Calls return at once; a later :func:`sync` does it on the server.

    Parameters
    ----------
    model
        What `log_model` returned, or ``"models:/m-…"`` of the server.
    name
        Such as ``"P2T2.ai_results.soap_generator"`` (catalog, schema, model): no '/' and no ':'.
    alias
        Set on the version that is created, and where nothing has it yet.
    reason
        Why, for the alias's history.
    journal
        For a model of the server; that of the model otherwise.
    """
    _check_registered_name(name)
    if alias is not None:
        _check_alias(alias)
    body: dict[str, Any] = {
        "action": "register",
        "name": name,
        "alias": alias or "",
        "description": description,
        "tags": _texts(tags),
    }
    if isinstance(model, ModelInfo):
        body |= {"model": model.model_uuid, "digest": model.digest}
        _append(body, reason, model.journal, model.run_id, model.experiment)
        return
    named = _SERVER_MODEL.fullmatch(model)
    if named is None:
        raise errors.ValueError(f"register_model: expected a logged model or 'models:/m-…', got {model!r}")
    _append(body | {"server_model": named.group(1)}, reason, journal)


def promote(
    name: str,
    version: int | ModelInfo | None = None,
    alias: str = "production",
    *,
    reason: str,
    journal: _Path | None = None,
) -> None:
    """Put an alias on a version, and keep who did it, when and why in the model's tags.

    The history stands on the registered model as the tag ``assay.alias.<alias>``; :func:`rollback` reads it. Of two
    promotions of one alias the later one stands, in whichever order they reach the server.

    Parameters
    ----------
    version
        Its number, a logged model (then the version with that content), or None for the latest as it is now: the
        version that this journal itself registers under the name last, delivered or not; where it registers none,
        the latest on the server that is set. What is registered later, by whomever, changes nothing about it.
    reason
        Required: for whoever asks later why this version was used.

    Raises
    ------
    assay.ValueError
        A name, alias or version that cannot be, an empty reason; or no version was given, this journal registers
        none, and no server that has one answers.
    """
    if not reason.strip():
        raise errors.ValueError("promote: expected a reason, got an empty text")
    _check_registered_name(name)
    _check_alias(alias)
    body: dict[str, Any] = {"action": "promote", "name": name, "alias": alias}
    if isinstance(version, ModelInfo):
        body["digest"] = version.digest
        _append(body, reason, version.journal, version.run_id, version.experiment)
        return
    if version is not None:
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise errors.ValueError("promote: expected a version number from 1, a logged model or None")
        body["version"] = version
    else:
        place = Path(journal) if journal is not None else _core.tracking.default_journal()
        registered = _last_registration(place, name)
        if registered is not None:
            body |= {key: registered["body"].get(key, "") for key in ("digest", "server_model")}
            body |= {"registration": registered["id"], "chosen": "the last that the journal registers"}
            _append(body, reason, place, registered["run"], registered["experiment"])
            return
        body |= {"version": _latest_on_server(name), "chosen": "the latest on the server"}
    _append(body, reason, journal)


def rollback(name: str, alias: str = "production", *, reason: str = "", journal: _Path | None = None) -> None:
    """Put an alias back on the version that it was on before its last promotion. Twice goes back two.

    Where there is none, the server's part is set aside: :func:`sync`'s report says so.
    """
    _check_registered_name(name)
    _check_alias(alias)
    _append({"action": "rollback", "name": name, "alias": alias}, reason, journal)


def _last_registration(journal: Path, name: str) -> dict[str, Any] | None:
    """The record that registers a model under this name last, in whichever process."""
    last: tuple[int, dict[str, Any]] | None = None
    times: dict[str, int] = {}  # by segment: a clock that is set back changes no order within a process
    for record in _core.tracking.read_records(journal, kinds={"model_version"}, after={}):
        time = times[record.segment] = max(record.time, times.get(record.segment, 0))
        document: dict[str, Any] = json.loads(record.payload)
        body = document["body"]
        if (body.get("action"), body.get("name")) != ("register", name):
            continue
        if last is None or time >= last[0]:
            last = (time, document)
    return last[1] if last else None


def _latest_on_server(name: str) -> int:
    """The number of the latest version there is now."""
    from assay.tracking.client import MlflowClient

    uri = delivery.get_tracking_uri()
    why = "no server is set"
    if uri is not None and delivery.is_server(uri):
        why = "the server has none, either"
        try:
            if not _core.tracking.answers(uri, timeout=delivery.AWAY_AFTER):
                raise errors.HttpError("it does not answer")
            catalog = uri.replace("databricks", "databricks-uc", 1) if uri.startswith("databricks") else None
            client, quote = MlflowClient(uri, catalog), '"' if "'" in name else "'"
            latest, token = 0, None
            while True:
                page = client.search_model_versions(
                    f"name = {quote}{name}{quote}", max_results=100, page_token=token
                )
                latest = max([latest, *(int(version.version) for version in page)])
                if not (token := page.token):
                    break
            if latest:
                return latest
        except errors.HttpError as error:
            why = f"the server could not be asked ({error})"
    raise errors.ValueError(
        f"promote: expected a version of {name!r}: this journal registers none, and {why}; pass version="
    )


def _home(run: Run | None) -> tuple[Path, str, str]:
    """Journal, run and experiment that a model is logged to."""
    run = run or active.active_run()
    if run is None:
        return _core.tracking.default_journal(), "", active.experiment_name()
    if run.info.status != "RUNNING":
        raise errors.StateError(f"log_model: the run {run.info.run_name!r} has ended; start a new one")
    return run.info.journal, run.info.run_id, run.info.experiment


def _append(
    body: Mapping[str, Any], reason: str, journal: _Path | None, run_id: str = "", experiment: str = ""
) -> None:
    _core.tracking.append_document(
        Path(journal) if journal is not None else _core.tracking.default_journal(),
        kind="model_version",
        id=uuid.uuid4().hex,
        body=json.dumps({**body, "reason": reason, "by": _user()}),
        run=run_id,
        experiment=experiment,
    )


def _stored(journal: Path, place: str, file: Path) -> dict[str, Any]:
    sha256, size = _core.tracking.store_file(journal, file)
    return {"path": place, "sha256": sha256, "size": size}


def _texts(pairs: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (pairs or {}).items()}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return ""


def _check_logged_name(name: str) -> None:
    if not name or any(c in name for c in "/:.%\"'"):
        raise errors.ValueError(
            f"log_model: expected a name without / : . % and quotes, got {name!r}; "
            "registered_model_name may have dots"
        )


def _check_registered_name(name: str) -> None:
    if not name.strip() or any(c in name for c in "/:") or name in (".", ".."):
        raise errors.ValueError(f"registered model: expected a name without / and :, got {name!r}")


def _check_alias(alias: str) -> None:
    if not _ALIAS.fullmatch(alias) or _RESERVED_ALIAS.fullmatch(alias):
        raise errors.ValueError(
            f"alias: expected letters, digits, _ and -, not 'latest' or 'v1', got {alias!r}"
        )
