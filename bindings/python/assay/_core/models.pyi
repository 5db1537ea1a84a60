"""
Models and note writers
"""

from __future__ import annotations
import assay._core.features
import collections.abc
import numpy
import numpy.typing
import os
import pathlib
import typing

__all__: list[str] = [
    "Auc",
    "BytePair",
    "Calibration",
    "CalibrationScope",
    "ExactIndex",
    "Interval",
    "LabelAucs",
    "PlanItem",
    "Problem",
    "Proportion",
    "Reliability",
    "ReliabilityBin",
    "RocCurve",
    "SoapNote",
    "Statement",
    "TemperatureFit",
    "TemplateNoteWriter",
    "TokenIds",
    "TopK",
    "WeightFile",
    "WordPiece",
    "area_under_roc",
    "brier_score",
    "fit_temperature",
    "label_aucs",
    "model_files",
    "model_fingerprint",
    "negative_log_likelihood",
    "reliability",
    "roc_curve",
    "softmax_rows",
    "text_fingerprint",
    "top_k_accuracy",
    "wilson_proportion",
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

class WeightFile:
    """
    The tensors of a .safetensors file or of a PyTorch .bin; nothing is run.
    """
    @staticmethod
    def open(path: os.PathLike | str | bytes) -> WeightFile: ...
    def __contains__(self, arg0: str) -> bool: ...
    def __len__(self) -> int: ...
    def dtype(self, name: str) -> str:
        """
        "float32", "bfloat16", …
        """
    def save_safetensors(self, path: os.PathLike | str | bytes) -> None: ...
    def view(self, name: str) -> numpy.ndarray:
        """
        A read-only array on the file's bytes; bfloat16 as uint16.
        """
    @property
    def metadata(self) -> dict[str, str]: ...
    @property
    def names(self) -> list[str]: ...

class TokenIds:
    """
    Token ids of one text, and what did not fit.
    """
    @property
    def ids(self) -> list[int]:
        """
        special tokens at both ends
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

class BytePair:
    """
    CLIP's tokenizer, with the ids Hugging Face's CLIPTokenizerFast gives.
    """
    @staticmethod
    def from_files(
        vocab_json: os.PathLike | str | bytes, merges_txt: os.PathLike | str | bytes
    ) -> BytePair: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def encode(self, text: str, *, most_tokens: typing.SupportsInt | typing.SupportsIndex = 77) -> list[int]:
        """
        `tokenize(text, most_tokens).ids`.
        """
    def tokenize(
        self, text: str, *, most_tokens: typing.SupportsInt | typing.SupportsIndex = 77
    ) -> TokenIds: ...
    @property
    def end_id(self) -> int: ...

class ExactIndex:
    """
    Exact nearest neighbours by inner product; of L2-normalised vectors, the cosine.

    The answers have the same bits at any number of threads, batch size and instruction set.
    """
    @staticmethod
    def instruction_set() -> str:
        """
        The code path in use; ASSAY_SIMD chooses another.
        """
    @staticmethod
    def merge(
        parts: collections.abc.Sequence[os.PathLike | str | bytes], path: os.PathLike | str | bytes
    ) -> None:
        """
        Write the rows of saved indexes as one file, in their order, in little memory.
        """
    @staticmethod
    def open(path: os.PathLike | str | bytes, *, verify: bool = True) -> ExactIndex:
        """
        Map a saved index; `verify=False` skips the checksums of the vectors, which read the whole file.
        """
    def __contains__(self, id: typing.SupportsInt | typing.SupportsIndex) -> bool: ...
    def __init__(self, *, dim: typing.SupportsInt | typing.SupportsIndex = 512) -> None:
        """
        `dim`: length of the vectors, 1 to 65536.
        """
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def add(self, vectors: typing.Any, ids: typing.Any = None) -> None:
        """
        Add float32 vectors [n, dim], all or none; without `ids` [n], they get the next numbers.
        """
    def remove(self, ids: typing.Any) -> int:
        """
        Remove rows by id; returns how many were there.
        """
    def save(self, path: os.PathLike | str | bytes) -> None:
        """
        Write the index as one file, atomically.
        """
    def search(
        self,
        queries: typing.Any,
        *,
        k: typing.SupportsInt | typing.SupportsIndex = 10,
        filter: typing.Any = None,
    ) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.int64]]:
        """
        Scores and ids [n, min(k, rows)] of the best rows of each query, best first, equal scores by id.

        `filter`: booleans, one for each row in the order of `ids`.
        """
    def search_range(
        self,
        queries: typing.Any,
        *,
        least: typing.SupportsFloat | typing.SupportsIndex,
        filter: typing.Any = None,
    ) -> tuple[
        numpy.typing.NDArray[numpy.int64],
        numpy.typing.NDArray[numpy.float32],
        numpy.typing.NDArray[numpy.int64],
    ]:
        """
        Offsets [n + 1], scores and ids of all rows with a score of at least `least`.

        Query i has the entries from offsets[i] to offsets[i + 1], best first.
        """
    def to(self, device: str, **kwargs) -> typing.Any:
        """
        The same searches by a device: ``index.to("cuda")``. See `assay.models.DeviceIndex`.
        """
    @property
    def dim(self) -> int:
        """
        Length of the vectors.
        """
    @property
    def ids(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        Ids of the rows [n], in the order in which they were added.
        """
    @property
    def nbytes(self) -> int:
        """
        Bytes in memory or mapped.
        """

class Interval:
    """
    A confidence interval, both ends included.
    """
    def __repr__(self) -> str: ...
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...

class Proportion:
    """
    A share of counted cases, with Wilson's interval.
    """
    @property
    def hits(self) -> int: ...
    @property
    def interval(self) -> Interval: ...
    @property
    def total(self) -> int: ...
    @property
    def value(self) -> float:
        """
        NaN where nothing was counted
        """

class TopK:
    """
    How often a true label is among the first k.
    """
    @property
    def cases(self) -> Proportion:
        """
        rows in which any true label is among the first k
        """
    @property
    def labels(self) -> list[Proportion]:
        """
        of the rows that have the label
        """
    @property
    def macro(self) -> float:
        """
        mean over the labels that occur; NaN where there is no row
        """

class Auc:
    """
    Area under the ROC curve of one label; None where it is not defined.
    """
    @property
    def interval(self) -> Interval | None:
        """
        None where the scores separate the two groups completely, too
        """
    @property
    def negatives(self) -> int: ...
    @property
    def positives(self) -> int: ...
    @property
    def standard_error(self) -> float | None:
        """
        DeLong's; None with fewer than two of either
        """
    @property
    def value(self) -> float | None:
        """
        None without positives or without negatives
        """

class RocCurve:
    """
    Corners of a ROC curve, from (0, 0) to (1, 1).
    """
    @property
    def false_positive_rate(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def threshold(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        called positive from this score on; infinity at the first corner
        """
    @property
    def true_positive_rate(self) -> numpy.typing.NDArray[numpy.float64]: ...

class LabelAucs:
    """
    Areas under the ROC curves of all labels, each against the rest.
    """
    @property
    def defined(self) -> int:
        """
        labels with positives and negatives
        """
    @property
    def interval(self) -> Interval | None:
        """
        of the mean, by bootstrap over the rows
        """
    @property
    def labels(self) -> list[Auc]: ...
    @property
    def macro(self) -> float | None:
        """
        unweighted mean over those
        """

class ReliabilityBin:
    """
    The cases whose probability falls between two edges.
    """
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def mean_probability(self) -> float:
        """
        NaN in an empty bin
        """
    @property
    def observed(self) -> Proportion:
        """
        how often it came true
        """

class Reliability:
    """
    Probabilities against how often they came true.
    """
    @property
    def bins(self) -> list[ReliabilityBin]: ...
    @property
    def cases(self) -> int: ...
    @property
    def expected_error(self) -> float:
        """
        ECE; NaN where there is no case
        """
    @property
    def expected_error_interval(self) -> Interval | None:
        """
        by bootstrap over the cases
        """
    @property
    def largest_error(self) -> float: ...

class TemperatureFit:
    """
    What temperature scaling did to labelled cases.
    """
    @property
    def at_limit(self) -> bool:
        """
        the data do not determine a temperature
        """
    @property
    def loss_after(self) -> float: ...
    @property
    def loss_before(self) -> float:
        """
        negative log-likelihood in nats
        """
    @property
    def temperature(self) -> float: ...

class CalibrationScope:
    """
    What a calibration was made with, as SHA-256 digests.
    """
    def __init__(self, *, model: str, labels: str, prompts: str) -> None: ...
    @property
    def labels(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def prompts(self) -> str: ...

class Calibration:
    """
    A temperature fitted on labelled images, and what it holds for.
    """
    @staticmethod
    def from_json(text: str, *, where: str = "calibration") -> Calibration:
        """
        `where` stands in errors.
        """
    @staticmethod
    def read(path: os.PathLike | str | bytes) -> Calibration: ...
    def __init__(
        self,
        fit: TemperatureFit,
        *,
        images: typing.SupportsInt | typing.SupportsIndex,
        date: str,
        model_name: str,
        label_set: str,
        scope: CalibrationScope,
    ) -> None: ...
    def expect_same_scope(self, used: CalibrationScope) -> None:
        """
        Refuses what the calibration was not made with.
        """
    def to_json(self) -> str: ...
    def write(self, path: os.PathLike | str | bytes) -> None:
        """
        Atomically.
        """
    @property
    def date(self) -> str:
        """
        of the fit, YYYY-MM-DD
        """
    @property
    def images(self) -> int:
        """
        how many it was fitted on
        """
    @property
    def label_set(self) -> str: ...
    @property
    def loss_after(self) -> float: ...
    @property
    def loss_before(self) -> float:
        """
        negative log-likelihood in nats at temperature 1
        """
    @property
    def model_name(self) -> str: ...
    @property
    def scope(self) -> CalibrationScope: ...
    @property
    def temperature(self) -> float: ...

def area_under_roc(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    positive: typing.Any,
    *,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> Auc:
    """
    Area with DeLong's interval (Sun & Xu 2014), of scores [n] and booleans [n]; ties count one half.
    """

def brier_score(
    probabilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    truth: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> float:
    """
    Brier 1950: sum over the labels, mean over the rows; `truth` are positions.
    """

def fit_temperature(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    truth: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    *,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
) -> TemperatureFit:
    """
    Temperature scaling (Guo et al. 2017) of scores [cases, labels]; `truth` are positions.
    """

def label_aucs(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    truth: typing.Any,
    *,
    seed: typing.SupportsInt | typing.SupportsIndex = 0,
    replicates: typing.SupportsInt | typing.SupportsIndex = 2000,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> LabelAucs:
    """
    Of scores [rows, labels] and booleans of that shape.
    """

def model_files(path: os.PathLike | str | bytes) -> list[pathlib.Path]:
    """
    The weights of a folder or file, and the configuration and tokenizer's files beside them that are there.
    """

def model_fingerprint(path: os.PathLike | str | bytes) -> str:
    """
    SHA-256 of a model's weights, configurations and vocabulary.
    """

def negative_log_likelihood(
    probabilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    truth: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> float:
    """
    Mean over the rows, in nats; infinite at a probability of 0.
    """

def reliability(
    probabilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    came_true: typing.Any,
    *,
    bins: typing.SupportsInt | typing.SupportsIndex = 10,
    binning: str = "equal_width",
    seed: typing.SupportsInt | typing.SupportsIndex = 0,
    replicates: typing.SupportsInt | typing.SupportsIndex = 2000,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> Reliability:
    """
    A reliability diagram's data and the expected calibration error.
    """

def roc_curve(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], positive: typing.Any
) -> RocCurve | None:
    """
    None without positives or without negatives.
    """

def softmax_rows(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    *,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
) -> numpy.typing.NDArray[numpy.float64]:
    """
    softmax(scores x scale) of every row.
    """

def text_fingerprint(texts: collections.abc.Sequence[str]) -> str:
    """
    SHA-256 of a list of texts.
    """

def top_k_accuracy(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    truth: typing.Any,
    *,
    k: typing.SupportsInt | typing.SupportsIndex = 1,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> TopK:
    """
    Of scores [rows, labels] and booleans of that shape; of equal scores the first is ahead.
    """

def wilson_proportion(
    hits: typing.SupportsInt | typing.SupportsIndex,
    total: typing.SupportsInt | typing.SupportsIndex,
    *,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> Proportion:
    """
    Share and score interval (Wilson 1927).
    """
