"""A trained model in the record: run, data version, figures, card and file; promotion by a gate that says why.

Everything goes to the journal and so works offline; ``assay sync`` delivers it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from assay import errors
from assay.pipelines.device_failure.card import card_of, finite
from assay.pipelines.device_failure.gate import Decision, Gate, decide, gate_of
from assay.pipelines.record import write_atomically

if TYPE_CHECKING:
    from assay.pipelines.device_failure.incumbent import Incumbent
    from assay.pipelines.device_failure.training import Trained
    from assay.tracking.datasets import Dataset
    from assay.tracking.models.log import ModelInfo

__all__ = ["Decision", "Gate", "decide", "expect_reason", "gate_of", "keep", "log_training", "promote", "read_kept"]

EVALUATION, CARD, REGISTERED = "evaluation.json", "model_card", "registered.json"
MODEL_FILE = "device_failure.assay-model"


def keep(trained: Trained, folder: str | os.PathLike[str]) -> Path:
    """Writes model file, evaluation and card (JSON and page) into a folder.

    Raises:
        ModuleNotFoundError: Jinja2 is not installed.
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    draft = root / f".{MODEL_FILE}.draft"
    try:
        # All of it is made before any of it is replaced: what cannot be made leaves the folder as it was.
        trained.estimator.save(draft, **trained.metadata())
        card = card_of(trained)
        texts = {
            EVALUATION: _evaluation(trained, _sha256(draft)),
            f"{CARD}.json": card.to_json(),
            f"{CARD}.html": card.to_html(),
        }
        (root / REGISTERED).unlink(missing_ok=True)  # what it names is another model from here on
        draft.replace(root / MODEL_FILE)
    finally:
        draft.unlink(missing_ok=True)
    for name, text in texts.items():
        write_atomically(root / name, text)
    return root


def log_training(
    trained: Trained,
    folder: str | os.PathLike[str],
    *,
    experiment: str = "lims/Device_Failure",
    registered_name: str = "assay.device_failure",
    alias: str = "staging",
    journal: str | os.PathLike[str] | None = None,
) -> ModelInfo:
    """Logs what `keep` wrote as a run, and registers the model as a version with an alias.

    The run holds parameters, every figure with its interval, the same of each baseline, the data's version as tags and
    as a dataset, card and evaluation.

    Raises:
        IoError: A file is missing.
        StateError: The folder holds another model than this one.
    """
    import assay.tracking as at
    from assay.pipelines.device_failure.registered import DeviceFailureModel

    root = Path(folder)
    place = Path(journal) if journal is not None else root / "journal"
    version = trained.prepared.version
    judged = _digests(root)
    if (root / EVALUATION).read_text(encoding="utf-8") != _evaluation(trained, judged["model_sha256"]):
        raise errors.StateError(f"log_training: expected {root} as keep left it with this model, got another")
    with at.start_run(experiment=experiment, run_name="train_device_failure", journal=place) as run:
        run.log_params({name: str(value)[:250] for name, value in trained.to_dict()["params"].items()})
        run.log_params({"outer_folds": trained.folds, "inner_folds": trained.inner, "seed": trained.seed})
        devices = trained.judgement.groups
        if trained.prepared.horizon is not None:
            run.log_params({"horizon_days": trained.prepared.horizon})
        run.log_params({"intervals_by": "row" if devices is None else f"device ({devices})"})
        run.log_metrics(_logged(trained))
        if version is not None:
            run.set_tags({f"assay.data.{key}": str(value) for key, value in version.to_dict().items()})
        run.log_input(_dataset_of(trained), "training")
        for file in (EVALUATION, f"{CARD}.json", f"{CARD}.html"):
            run.log_artifact(root / file)
        info = at.log_model(
            DeviceFailureModel(root / MODEL_FILE),
            "device_failure",
            run=run,
            registered_model_name=registered_name,
            alias=alias,
            reason="trained and judged; evaluation.json of the run",
            tags={} if version is None else {"assay.data.version": version.version},
        )
    kept = {
        "model_uuid": info.model_uuid,
        "name": info.name,
        "digest": info.digest,
        "run_id": info.run_id,
        "experiment": info.experiment,
        "journal": os.path.relpath(info.journal, root),
        "registered_name": registered_name,
        **judged,
    }
    if _digests(root) != judged:
        raise errors.StateError(f"log_training: {root} was trained into meanwhile; train again")
    write_atomically(root / REGISTERED, json.dumps(kept, indent=2) + "\n")
    return info


def read_kept(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], ModelInfo, str]:
    """Evaluation, logged model and registered name of a folder that was trained into.

    Raises:
        IoError: A file is missing.
        StateError: The model file is not the one that was judged, or another one was registered.
    """
    from assay.tracking.models.log import ModelInfo

    root = Path(folder)
    found = _digests(root)
    try:
        evaluation = json.loads((root / EVALUATION).read_text(encoding="utf-8"))
        kept = json.loads((root / REGISTERED).read_text(encoding="utf-8"))
        named = {each: kept.pop(each, None) for each in found}
        name = kept.pop("registered_name")
        kept["journal"] = (root / kept["journal"]).resolve()
        info = ModelInfo(**kept)
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        raise _not_trained_into(root) from None
    if evaluation.get("model_sha256") != found["model_sha256"]:
        raise errors.StateError(f"{root / MODEL_FILE} is not the model that {EVALUATION} judged; train again")
    if named != found:
        raise errors.StateError(
            f"{root / REGISTERED} names another model than the one that {EVALUATION} judged; train again"
        )
    return evaluation, info, name


def promote(
    folder: str | os.PathLike[str],
    *,
    reason: str,
    alias: str = "production",
    gate: Gate | None = None,
    before: Incumbent | None = None,
    worse: bool = False,
    other_inputs: bool = False,
    expect: str = "",
) -> Decision:
    """Puts an alias on the model of a folder where the gate lets it through; the run keeps the decision either way.

    The reason stands on the model version and in the alias's history; a refusal changes no alias.

    Args:
        folder: What `keep` and `log_training` wrote.
        reason: Why, in a person's words; kept beside the gate's.
        alias: Such as ``production``.
        gate: `gate_of` the evaluation where not given.
        before: The version that has the alias now, kept beside the reason. A model that is worse is refused: below its
            figure on the same data, below its interval on other data.
            A model of other inputs is refused, where those of the version are known.
        worse: A worse model is let through all the same.
        other_inputs: So is a model of other inputs, a device's days in place of a machine's records.
        expect: First digits of the model file's SHA-256, as training printed it: a folder that was trained into since
            is refused.

    Raises:
        ValueError: No reason; digits that are none, or fewer than 8.
        IoError: As `read_kept`.
        StateError: As `read_kept`, or another model than was expected.
    """
    import assay.tracking as at
    from assay.pipelines.device_failure.incumbent import data_key

    expect_reason(reason)
    evaluation, info, name = read_kept(folder)
    gate = gate or gate_of(evaluation)
    _check_expected(evaluation["model_sha256"], expect)
    decision = decide(evaluation, gate)
    data = data_key(evaluation.get("data"))
    if before is not None and not worse:
        value = evaluation["judgement"]["metrics"][gate.metric]["value"]
        if before.is_better(gate.metric, value, data):
            decision = _refused(decision, f"{gate.metric} is worse than that of version {before.version}")
    if before is not None and not other_inputs and before.takes_others(evaluation.get("features") or ()):
        decision = _refused(decision, f"it takes other inputs than version {before.version}, and is asked otherwise")
    said = "; ".join(
        (
            decision.sentence(),
            *(() if before is None else (before.sentence(gate.metric, data),)),
            reason.strip(),
        )
    )
    with at.start_run(run_id=info.run_id, experiment=info.experiment, journal=info.journal) as run:
        run.set_tag(f"assay.gate.{alias}", said)
    if decision.passed:
        at.promote(name, info, alias, reason=said, journal=info.journal)
    return decision


def expect_reason(reason: str) -> None:
    """Checks that a promotion has a reason.

    Raises:
        ValueError: The text is empty.
    """
    if not reason.strip():
        raise errors.ValueError("promote: expected a reason, got an empty text")


def _refused(decision: Decision, reason: str) -> Decision:
    return Decision(False, (*(() if decision.passed else decision.reasons), reason))


def _check_expected(digest: str, expect: str) -> None:
    if not expect:
        return
    if not re.fullmatch(r"[0-9a-f]{8,64}", expect.lower()):
        raise errors.ValueError("promote: expected at least 8 hexadecimal digits of a SHA-256, got another text")
    if not digest.startswith(expect.lower()):
        raise errors.StateError(
            f"promote: expected the model {expect.lower()[:12]}, but model {digest[:12]} lies there, trained since"
        )


def _dataset_of(trained: Trained) -> Dataset:
    """Features as MLflow describes a dataset, with where they came from; a Delta table with its version."""
    from assay.tracking.datasets import Dataset

    version = trained.prepared.version
    described = Dataset.describe(
        trained.prepared.features,
        name="training rows" if version is None else unquote(version.source.rstrip("/").rpartition("/")[2]),
        source=None if version is None else version.source,
    )
    if version is None or version.kind != "delta":
        return described
    where = "path" if "://" in version.source else "delta_table_name"
    place = {where: version.source, "delta_table_version": int(version.version)}
    return replace(described, source_type="delta_table", source=json.dumps(place))


def _logged(trained: Trained) -> dict[str, float]:
    out: dict[str, float] = {"threshold": trained.threshold}
    for prefix, judgement in (
        ("", trained.judgement),
        *((_key(name), it) for name, it in trained.others.items()),
    ):
        for name, metric in judgement.metrics.items():
            for suffix, value in (("", metric.value), ("_low", metric.low), ("_high", metric.high)):
                if value is not None and math.isfinite(value):
                    out[f"{prefix}{name}{suffix}"] = value
    return out


def _key(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_").lower() + "/"


def _evaluation(trained: Trained, model_sha256: str) -> str:
    content = trained.to_dict() | {"model_sha256": model_sha256}
    return json.dumps(finite(content), indent=2, ensure_ascii=False) + "\n"


def _digests(root: Path) -> dict[str, str]:
    """Of the model and of its judgement: what registered.json says it was made of."""
    try:
        return {
            "model_sha256": _sha256(root / MODEL_FILE),
            "evaluation_sha256": _sha256(root / EVALUATION),
        }
    except OSError:
        raise _not_trained_into(root) from None


def _not_trained_into(root: Path) -> errors.IoError:
    return errors.IoError(f"{root}: expected a folder that `assay lims train` wrote, with {REGISTERED}")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
