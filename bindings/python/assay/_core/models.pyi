"""
Models and note writers
"""

from __future__ import annotations
import assay._core.features
import collections.abc
import os
import typing

__all__: list[str] = [
    "PlanItem",
    "Problem",
    "SoapNote",
    "Statement",
    "TemplateNoteWriter",
    "TokenIds",
    "WordPiece",
]

class Statement:
    """
    One statement of a note and the gold column or rule it comes from.
    """
    def __init__(self, *, text: str, source: str = "") -> None: ...
    @property
    def source(self) -> str: ...
    @property
    def text(self) -> str: ...

class PlanItem:
    """
    What is to be done, when, and by whom.
    """
    def __init__(self, *, action: str, timing: str = "", owner: str = "", source: str = "") -> None: ...
    @property
    def action(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def timing(self) -> str: ...

class Problem:
    """
    A problem with its reasoning and the plan for it.
    """
    def __init__(
        self,
        *,
        name: str,
        reasoning: str = "",
        source: str = "",
        plan: collections.abc.Sequence[PlanItem] = [],
    ) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def plan(self) -> list[PlanItem]: ...
    @property
    def reasoning(self) -> str: ...
    @property
    def source(self) -> str: ...

class SoapNote:
    """
    A SOAP note: subjective, objective, assessment, plan.
    """
    def __init__(
        self,
        *,
        patient_id: str,
        writer: str,
        subjective: collections.abc.Sequence[Statement],
        objective: collections.abc.Sequence[Statement],
        assessment: collections.abc.Sequence[Problem],
        safety_net: collections.abc.Sequence[str],
        tokens_used: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> None: ...
    def __repr__(self) -> str: ...
    def _repr_html_(self) -> str: ...
    def _repr_markdown_(self) -> str: ...
    def to_html(self) -> str: ...
    def to_json(self) -> str: ...
    def to_markdown(self) -> str: ...
    def to_text(self) -> str: ...
    @property
    def assessment(self) -> list[Problem]:
        """
        most urgent first; their plan items are the plan
        """
    @property
    def objective(self) -> list[Statement]: ...
    @property
    def patient_id(self) -> str: ...
    @property
    def safety_net(self) -> list[str]: ...
    @property
    def subjective(self) -> list[Statement]: ...
    @property
    def tokens_used(self) -> int:
        """
        0 where no language model took part
        """
    @property
    def word_count(self) -> int: ...
    @property
    def writer(self) -> str: ...

class TemplateNoteWriter:
    """
    Writes a SOAP note from a gold row by rules alone.
    """

    version: typing.ClassVar[str] = "template 1"
    def __init__(self) -> None: ...
    def write(self, patient: assay._core.features.PatientSummary) -> SoapNote: ...

class TokenIds:
    """
    Token ids of one text, and what did not fit.
    """
    @property
    def ids(self) -> list[int]:
        """
        [CLS] … [SEP]
        """
    @property
    def left_out(self) -> int:
        """
        tokens cut off at the end; 0 where the text fitted
        """

class WordPiece:
    """
    Uncased BERT's tokenizer, with the ids Hugging Face's BertTokenizerFast gives.
    """
    @staticmethod
    def from_vocabulary(vocab_txt: os.PathLike | str | bytes) -> WordPiece: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def encode(self, text: str, *, most_tokens: typing.SupportsInt | typing.SupportsIndex = 256) -> list[int]:
        """
        `tokenize(text, most_tokens).ids`.
        """
    def token(self, id: typing.SupportsInt | typing.SupportsIndex) -> str: ...
    def tokenize(
        self, text: str, *, most_tokens: typing.SupportsInt | typing.SupportsIndex = 256
    ) -> TokenIds: ...
    @property
    def padding_id(self) -> int: ...
