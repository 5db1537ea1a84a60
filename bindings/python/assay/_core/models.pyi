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
    "AveragePrecision",
    "BytePair",
    "Calibration",
    "CalibrationScope",
    "ClassScore",
    "CompactForest",
    "ConfusionMatrix",
    "ExactIndex",
    "F1",
    "GrownForest",
    "GrownTree",
    "Interval",
    "IsolationTrees",
    "LabelAucs",
    "LogisticFit",
    "LogisticModel",
    "PlanItem",
    "PrecisionRecallCurve",
    "Problem",
    "Proportion",
    "Reliability",
    "ReliabilityBin",
    "RocCurve",
    "SoapNote",
    "Statement",
    "TemperatureFit",
    "TemplateNoteWriter",
    "ThresholdChoice",
    "TokenIds",
    "TopK",
    "WeightFile",
    "WordPiece",
    "area_under_roc",
    "average_path_length",
    "average_precision",
    "bootstrap_proportion",
    "brier_score",
    "choose_threshold",
    "confusion_matrix",
    "f1_score",
    "fit_logistic_regression",
    "fit_temperature",
    "group_folds",
    "grow_classification_forest",
    "grow_regression_forest",
    "label_aucs",
    "load_model_file",
    "load_model_header",
    "model_files",
    "model_fingerprint",
    "negative_log_likelihood",
    "precision_recall_curve",
    "reliability",
    "roc_curve",
    "save_model_file",
    "softmax_rows",
    "stratified_folds",
    "stratified_group_folds",
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
        of the mean, by bootstrap over the rows, or over whole groups
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

class GrownTree:
    """
    One decision tree as arrays by node, the root first.
    """
    def __getstate__(
        self,
    ) -> tuple[
        numpy.typing.NDArray[numpy.int32],
        numpy.typing.NDArray[numpy.float64],
        numpy.typing.NDArray[numpy.int32],
        numpy.typing.NDArray[numpy.int32],
        numpy.typing.NDArray[numpy.uint8],
        numpy.typing.NDArray[numpy.float64],
        numpy.typing.NDArray[numpy.float64],
        numpy.typing.NDArray[numpy.float64],
    ]: ...
    def __len__(self) -> int: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    @property
    def feature(self) -> numpy.typing.NDArray[numpy.int32]:
        """
        [nodes] what a node asks; -1 at a leaf.
        """
    @property
    def impurity(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def left(self) -> numpy.typing.NDArray[numpy.int32]: ...
    @property
    def missing_left(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        [nodes] 1 where missing values go left.
        """
    @property
    def right(self) -> numpy.typing.NDArray[numpy.int32]: ...
    @property
    def threshold(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        [nodes] values up to this go left.
        """
    @property
    def value(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        [nodes, outputs] fractions of the classes, or the mean.
        """
    @property
    def weight(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        [nodes] sum of the weights of the training rows.
        """

class GrownForest:
    """
    A random forest that was grown.
    """
    def __getstate__(self) -> tuple[list[GrownTree], int, int, bool]: ...
    def __len__(self) -> int: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    def impurity_importances(self) -> numpy.typing.NDArray[numpy.float64]: ...
    def predict(
        self, x: typing.Annotated[numpy.typing.ArrayLike, numpy.float32]
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Means over the trees [rows, outputs] of float32 rows.
        """
    @property
    def converged(self) -> bool:
        """
        The out-of-bag score settled before all trees were grown.
        """
    @property
    def features(self) -> int: ...
    @property
    def never_out(self) -> int:
        """
        Rows that were in the sample of every tree.
        """
    @property
    def out_of_bag(self) -> numpy.typing.NDArray[numpy.float64] | None:
        """
        [rows, outputs] by the trees that were not grown on the row; None where it was not asked for.
        """
    @property
    def out_of_bag_score(self) -> float:
        """
        Accuracy or R2; NaN where it was not asked for.
        """
    @property
    def outputs(self) -> int:
        """
        Classes, or 1 in a regression.
        """
    @property
    def trees(self) -> list[GrownTree]: ...

class CompactForest:
    """
    A forest made to run: immutable, to be shared among threads.

    A row has the same bits alone, in a batch and at any number of threads.
    """
    @staticmethod
    def decode(bytes: bytes, *, name: str = "bytes") -> CompactForest:
        """
        The forest of such bytes; IoError where they are none.
        """
    def __getstate__(self) -> bytes: ...
    @typing.overload
    def __init__(
        self, trees: collections.abc.Sequence[dict], *, features: typing.SupportsInt | typing.SupportsIndex
    ) -> None:
        """
        Of trees as dictionaries of arrays by node: feature (-1 at leaves), threshold, left, right,
        missing_left, value [nodes, outputs], weight.
        """
    @typing.overload
    def __init__(self, forest: GrownForest) -> None:
        """
        Of a forest that was grown.
        """
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: bytes) -> None: ...
    def contributions(
        self, row: typing.Any
    ) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
        """
        (base [outputs], by feature [features, outputs]) of one row by decision path; they sum to the prediction.
        """
    def encode(self) -> bytes:
        """
        The forest in few bytes.
        """
    def grown(self) -> GrownForest:
        """
        The trees as they run: thresholds of float32, inner values from the leaves, no impurities.
        """
    def leaves(self, rows: typing.Any) -> numpy.typing.NDArray[numpy.int64]:
        """
        The leaf of each tree that a row ends in [rows, trees], counted from the left.
        """
    def permutation_importances(
        self,
        x: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
        y: numpy.ndarray,
        *,
        repeats: typing.SupportsInt | typing.SupportsIndex,
        seed: typing.SupportsInt | typing.SupportsIndex,
    ) -> tuple:
        """
        Score, falls [features, repeats], their means and standard deviations.
        """
    def predict(self, rows: typing.Any) -> numpy.typing.NDArray[numpy.float64]:
        """
        Means over the trees [rows, outputs] of an array or lists [rows, features]; NaN is missing.
        """
    def predict_row(self, row: typing.Any) -> list[float]:
        """
        Means over the trees, of one row [features], as a list.
        """
    def predict_sum(self, rows: typing.Any) -> numpy.typing.NDArray[numpy.float64]:
        """
        Sums over the trees [rows, outputs]; infinities are compared as such.
        """
    @property
    def depth(self) -> int:
        """
        Longest path from a root to a leaf.
        """
    @property
    def features(self) -> int:
        """
        Length of a row.
        """
    @property
    def nbytes(self) -> int:
        """
        Bytes in memory.
        """
    @property
    def nodes(self) -> int:
        """
        Of all trees.
        """
    @property
    def outputs(self) -> int:
        """
        Classes, or 1.
        """

class IsolationTrees:
    """
    The trees of an isolation forest, made to run.
    """
    @staticmethod
    def fit(
        rows: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
        *,
        trees: typing.SupportsInt | typing.SupportsIndex = 100,
        max_samples: typing.SupportsInt | typing.SupportsIndex = 256,
        max_features: typing.SupportsInt | typing.SupportsIndex = 0,
        bootstrap: bool = False,
        seed: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> IsolationTrees:
        """
        Grow trees on rows [rows, features]; 0 features for all.
        """
    def __getstate__(self) -> tuple[bytes, int]: ...
    def __init__(self, forest: CompactForest, *, samples: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        Of trees whose leaves hold path lengths, grown on so many rows each.
        """
    def __setstate__(self, arg0: tuple) -> None: ...
    def score_row(self, row: typing.Any) -> float:
        """
        The score of one row [features].
        """
    def score_samples(self, rows: typing.Any) -> numpy.typing.NDArray[numpy.float64]:
        """
        [rows]: near -1 for outliers, -0.5 and above for what is ordinary.
        """
    @property
    def forest(self) -> CompactForest:
        """
        The trees; leaves hold path lengths.
        """
    @property
    def samples(self) -> int:
        """
        Rows that each tree was grown on.
        """

class AveragePrecision:
    """
    Area under the precision-recall curve, as steps.
    """
    @property
    def interval(self) -> Interval | None:
        """
        by bootstrap over the cases, or over whole groups
        """
    @property
    def negatives(self) -> int: ...
    @property
    def positives(self) -> int: ...
    @property
    def value(self) -> float | None:
        """
        None without positives
        """

class PrecisionRecallCurve:
    """
    Precision and recall at every distinct score.
    """
    @property
    def precision(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def recall(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def threshold(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        called positive from this score on, from the highest down
        """

class ClassScore:
    """
    Precision, recall and F1 of one class; NaN where not defined.
    """
    @property
    def f1(self) -> float: ...
    @property
    def precision(self) -> float: ...
    @property
    def recall(self) -> float: ...
    @property
    def rows(self) -> int:
        """
        that are of the class
        """

class ConfusionMatrix:
    """
    How many rows of each class were called what.
    """
    @property
    def class_scores(self) -> list[ClassScore]: ...
    @property
    def counts(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        [true class, predicted class]
        """

class F1:
    """
    An F1 with the average that it is of.
    """
    @property
    def average(self) -> str: ...
    @property
    def interval(self) -> Interval | None:
        """
        by bootstrap over the rows, or over whole groups
        """
    @property
    def positive(self) -> int:
        """
        class of the binary average
        """
    @property
    def value(self) -> float | None:
        """
        None where it is not defined
        """

class ThresholdChoice:
    """
    A threshold, and what it comes to where it was chosen.
    """
    @property
    def negatives(self) -> int: ...
    @property
    def positives(self) -> int: ...
    @property
    def precision(self) -> float: ...
    @property
    def recall(self) -> float: ...
    @property
    def threshold(self) -> float:
        """
        called positive from this score on
        """
    @property
    def value(self) -> float:
        """
        of the aim
        """

class LogisticModel:
    """
    Linear log-odds of classes.
    """
    def __init__(
        self,
        coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        intercepts: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        *,
        classes: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def decision(
        self, rows: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Log-odds [rows, equations] of [rows, features].
        """
    def probabilities(
        self, rows: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        [rows, classes] of [rows, features].
        """
    @property
    def classes(self) -> int: ...
    @property
    def coefficients(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        [equations, features]: one equation of two classes
        """
    @property
    def intercepts(self) -> numpy.typing.NDArray[numpy.float64]: ...

class LogisticFit:
    """
    A logistic regression and how the search for it ended.
    """
    @property
    def converged(self) -> bool: ...
    @property
    def gradient(self) -> float:
        """
        the largest, by the sum of the weights and the feature's spread
        """
    @property
    def iterations(self) -> int: ...
    @property
    def loss(self) -> float:
        """
        penalised, by the sum of the weights
        """
    @property
    def model(self) -> LogisticModel: ...

def area_under_roc(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    positive: typing.Any,
    *,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> Auc:
    """
    Area with DeLong's interval (Sun & Xu 2014), of scores [n] and booleans [n]; ties count one half.
    """

def average_path_length(n: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> typing.Any:
    """
    Mean path length of an unsuccessful search in a binary search tree of n values.
    """

def average_precision(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    positive: typing.Any,
    *,
    groups: typing.Any = None,
    seed: typing.SupportsInt | typing.SupportsIndex = 0,
    replicates: typing.SupportsInt | typing.SupportsIndex = 2000,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> AveragePrecision:
    """
    Of scores [n] and booleans [n]; of a classifier that knows nothing it is the share of positives.
    """

def bootstrap_proportion(
    hits: typing.Annotated[numpy.typing.ArrayLike, numpy.bool],
    counted: typing.Annotated[numpy.typing.ArrayLike, numpy.bool],
    *,
    groups: typing.Any = None,
    seed: typing.SupportsInt | typing.SupportsIndex = 0,
    replicates: typing.SupportsInt | typing.SupportsIndex = 2000,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> Proportion:
    """
    Share of hits among the counted cases, booleans [n], with a bootstrap interval over whole groups (Davison & Hinkley 1997, 3.8; Field & Welsh 2007); Wilson's over the groups where every sample says the same.
    """

def brier_score(
    probabilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    truth: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> float:
    """
    Brier 1950: sum over the labels, mean over the rows; `truth` are positions.
    """

def choose_threshold(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], positive: typing.Any, *, aim: str = "f1"
) -> ThresholdChoice:
    """
    The threshold of the largest F1 or Youden index, on cases that the model was not trained with.
    """

def confusion_matrix(
    truth: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    predicted: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    *,
    classes: typing.SupportsInt | typing.SupportsIndex,
) -> ConfusionMatrix:
    """
    Of positions of classes [n], from 0 to classes - 1.
    """

def f1_score(
    truth: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    predicted: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    *,
    average: str,
    classes: typing.SupportsInt | typing.SupportsIndex = 2,
    positive: typing.SupportsInt | typing.SupportsIndex = 1,
    groups: typing.Any = None,
    seed: typing.SupportsInt | typing.SupportsIndex = 0,
    replicates: typing.SupportsInt | typing.SupportsIndex = 2000,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> F1:
    """
    2 TP / (2 TP + FP + FN), binary, macro, weighted or micro, of positions of classes [n].
    """

def fit_logistic_regression(
    rows: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    labels: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    *,
    classes: typing.SupportsInt | typing.SupportsIndex,
    weights: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] | None = None,
    class_weights: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex] = [],
    inverse_penalty: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    fit_intercept: bool = True,
    tolerance: typing.SupportsFloat | typing.SupportsIndex = 1e-08,
    max_iterations: typing.SupportsInt | typing.SupportsIndex = 100,
) -> LogisticFit:
    """
    Newton's method on rows [n, features] and positions of classes [n].
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

def group_folds(
    groups: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    *,
    folds: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex | None = None,
) -> numpy.typing.NDArray[numpy.int32]:
    """
    The fold that tests each row; groups stay whole.
    """

def grow_classification_forest(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    y: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    *,
    classes: typing.SupportsInt | typing.SupportsIndex,
    sample_weight: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] | None = None,
    options: dict = {},
) -> GrownForest:
    """
    Grow a forest on float32 rows and classes from 0; `options` by name.
    """

def grow_regression_forest(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    sample_weight: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] | None = None,
    options: dict = {},
) -> GrownForest:
    """
    Grow a forest on float32 rows and numbers; `options` by name.
    """

def label_aucs(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    truth: typing.Any,
    *,
    groups: typing.Any = None,
    seed: typing.SupportsInt | typing.SupportsIndex = 0,
    replicates: typing.SupportsInt | typing.SupportsIndex = 2000,
    confidence: typing.SupportsFloat | typing.SupportsIndex = 0.95,
) -> LabelAucs:
    """
    Of scores [rows, labels] and booleans of that shape.
    """

def load_model_file(path: os.PathLike | str | bytes) -> tuple[str, bytes]:
    """
    (header, payload); IoError where the file is cut short, changed, or of a newer Assay.
    """

def load_model_header(path: os.PathLike | str | bytes) -> str:
    """
    The header without what follows it.
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

def precision_recall_curve(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], positive: typing.Any
) -> PrecisionRecallCurve | None:
    """
    None without positives.
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

def save_model_file(path: os.PathLike | str | bytes, header: str, payload: bytes) -> None:
    """
    Write a model, whole or not at all; `header`: JSON, an object with a text `kind`.
    """

def softmax_rows(
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    *,
    scale: typing.SupportsFloat | typing.SupportsIndex = 1.0,
) -> numpy.typing.NDArray[numpy.float64]:
    """
    softmax(scores x scale) of every row.
    """

def stratified_folds(
    labels: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    *,
    folds: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex | None = None,
) -> numpy.typing.NDArray[numpy.int32]:
    """
    The fold that tests each row, with the shares of the classes as in all rows.
    """

def stratified_group_folds(
    labels: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    groups: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    *,
    folds: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex | None = None,
) -> numpy.typing.NDArray[numpy.int32]:
    """
    The fold that tests each row; groups stay whole, shares of the classes as even as that allows.
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
