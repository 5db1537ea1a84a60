"""The model that answers, and how another takes its place while the server runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay import errors
from assay.pipelines.device_risk import DeviceRisk, Input
from assay.serving.model_sources import ModelSource

__all__ = ["LiveModel"]


@dataclass(frozen=True)
class Outcome:
    """What one look at the source came to."""

    swapped: bool
    problem: str = ""
    unreachable: bool = False
    known: bool = False
    """Whether the look before came to the same problem."""


class LiveModel:
    """A model that is replaced by a newer one that has been loaded beside it and answers its example.

    A newer one that cannot be read, answers its example otherwise, or takes other inputs is refused: the last good one
    stays, and `problem` says why.

    Args:
        on_swap: called with each model that takes over.
    """

    def __init__(self, source: ModelSource, *, on_swap: Callable[[DeviceRisk], None] | None = None) -> None:
        self._source = source
        self._on_swap = on_swap
        self._named = ""
        self._refused = ("", "")
        """The newest that was refused, and why: it is not loaded again."""
        self._risk: DeviceRisk | None = None
        self.problem = ""
        self.unreachable = False
        """Whether the problem is that the source does not answer."""
        self.loaded_at = 0.0
        self._unkept = ""
        """What the source could not remember as good; it is asked again at each look."""
        self.keep_problem = ""

    @property
    def risk(self) -> DeviceRisk:
        """The model that answers.

        Raises:
            StateError: before the first one.
        """
        if self._risk is None:
            raise errors.StateError("serving: no model is loaded")
        return self._risk

    def start(self) -> Outcome:
        """Loads the first model; where the source does not answer, the last good one that it kept.

        Raises:
            Error: there is neither.
        """
        try:
            self._named = self._source.newest()
            self._take(self._checked(self._source.load(self._named)))
            self._keep(self._named)
            return Outcome(swapped=True)
        except Exception as error:
            kept = self._kept()
            if kept is None:
                raise
            self._named = ""
            self._take(kept)
            self.problem = f"started with the last good model: {_reason(error)}"
            self.unreachable = _passes(error)
            return Outcome(swapped=True, problem=self.problem, unreachable=self.unreachable)

    def look(self) -> Outcome:
        """Asks the source once, and swaps where there is a newer model that is good. Never raises."""
        try:
            return self._look()
        except Exception as error:
            return self._stays(f"a look for a newer model failed: {_reason(error)}")

    def _look(self) -> Outcome:
        try:
            newest = self._source.newest()
        except Exception as error:
            return self._stays(f"cannot look for a newer model: {_reason(error)}", unreachable=True)
        if newest == self._named:
            self.problem = ""
            if self._unkept:
                self._keep(self._unkept)
            return Outcome(swapped=False)
        refused, why = self._refused
        if newest == refused:
            return self._stays(why)
        try:
            candidate = self._checked(self._source.load(newest))
        except Exception as error:
            why = f"a newer model was not taken: {_reason(error)}"
            self._refused = ("", "") if _passes(error) else (newest, why)
            return self._stays(why, unreachable=isinstance(error, errors.HttpError))
        self._named, self._refused, self.problem = newest, ("", ""), ""
        self._take(candidate)
        self._keep(newest)
        return Outcome(swapped=True)

    def _keep(self, named: str) -> None:
        """Has the source remember it; a full disk there takes no model from those who ask."""
        try:
            self._source.keep(named)
            self._unkept = self.keep_problem = ""
        except Exception as error:
            self._unkept = named
            what = "the model that answers could not be kept for a start without its source"
            self.keep_problem = f"{what}: {_reason(error)}"

    def _stays(self, problem: str, *, unreachable: bool = False) -> Outcome:
        known, self.problem, self.unreachable = problem == self.problem, problem, unreachable
        return Outcome(swapped=False, problem=problem, unreachable=unreachable, known=known)

    def _take(self, risk: DeviceRisk) -> None:
        self._risk = risk
        self.loaded_at = time.time()
        if self._on_swap is not None:
            self._on_swap(risk)

    def _checked(self, candidate: DeviceRisk) -> DeviceRisk:
        candidate.check()
        if self._risk is not None and not _takes_the_same(self._risk.inputs, candidate.inputs):
            raise errors.StateError(
                "its inputs are not those of the model that answers; requests would mean something else: start again"
            )
        return candidate

    def _kept(self) -> DeviceRisk | None:
        try:
            kept = self._source.last_good()
            if kept is not None:
                kept.check()
            return kept
        except Exception:
            return None


def _takes_the_same(requests: Sequence[Input], candidate: Sequence[Input]) -> bool:
    """Whether requests for one model mean the same to another; what may be missing there, may be missing here."""

    def meaning(each: Input) -> tuple[object, ...]:
        return (each.name, each.field, each.unit, each.choices)

    return [meaning(each) for each in requests] == [meaning(each) for each in candidate] and all(
        new.missing or not old.missing for old, new in zip(requests, candidate, strict=True)
    )


def _passes(error: Exception) -> bool:
    """Whether it may be otherwise the next time: a server that is away, a file that is being written."""
    return isinstance(error, (errors.HttpError, OSError)) and not isinstance(error, errors.ValueError)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, errors.Error) else type(error).__name__
