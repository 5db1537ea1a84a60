"""Images and texts in one space: encoding, and matching an image to candidate findings."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from assay import _native  # noqa: F401 - cleans the core's errors
from assay.errors import ValueError
from assay.models import _libtorch, evaluation
from assay.models.label_sets import Label, LabelSet
from assay.models.match_result import NOTICE, Match, MatchResult

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from assay._core.data import Image
    from assay.models.evaluation import Calibration, CalibrationScope, TemperatureFit

    Vectors: TypeAlias = npt.NDArray[np.float32]
    ImageSource: TypeAlias = "str | PathLike[str] | Image"

__all__ = ["NOTICE", "Clip", "Match", "MatchResult", "TextEmbedder", "TruncatedText"]


class TruncatedText(UserWarning):
    """A text had more tokens than the model takes; its end was left out."""


def _encode_texts(native: Any, texts: Sequence[str]) -> Vectors:
    if isinstance(texts, str):
        raise ValueError("encode_texts: expected a list of texts, got one text")
    rows, truncated = native.encode_texts(list(texts))
    if truncated:
        some = ", ".join(str(i) for i in truncated[:5]) + (", …" if len(truncated) > 5 else "")
        most = native.text_config.most_tokens
        warnings.warn(
            f"{len(truncated)} texts have more than {most} tokens; their ends were left out (texts {some})",
            TruncatedText,
            stacklevel=3,
        )
    vectors: Vectors = rows
    return vectors


class TextEmbedder:
    """A text model such as all-MiniLM-L6-v2: texts to vectors of unit length."""

    def __init__(self, native: Any) -> None:
        self._native = native

    @classmethod
    def from_pretrained(
        cls, path: str | PathLike[str], *, device: str = "auto", dtype: str = "auto"
    ) -> TextEmbedder:
        """Reads a model from a folder or weight file on this machine; nothing is downloaded.

        Raises:
            IoError: No weights or no configuration are there, or they are damaged.
            ValueError: They are those of no BERT, or the device or precision is not there.
            StateError: Torch is missing; the text says what to install.
        """
        return cls(_libtorch.load().TextModel(Path(path), device=device, dtype=dtype))

    @property
    def dim(self) -> int:
        return int(self._native.dim)

    @property
    def device(self) -> str:
        return str(self._native.device)

    @property
    def dtype(self) -> str:
        return str(self._native.dtype)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """float32 [texts, dim]; a text that is too long is cut, with the warning `TruncatedText`."""
        return _encode_texts(self._native, texts)


class Clip:
    """A model that puts images and texts into one space: BiomedCLIP, OpenAI-style CLIP."""

    def __init__(self, native: Any, name: str, path: Path | None = None) -> None:
        from assay.features import ImagePreprocessor

        self._native = native
        self.name = name
        self.preprocessor = ImagePreprocessor(size=native.image_size, mean=native.mean, std=native.std)
        self._path = path
        self._fingerprint: str | None = None
        self._label_vectors: tuple[LabelSet, Vectors] | None = None

    @classmethod
    def from_pretrained(cls, path: str | PathLike[str], *, device: str = "auto", dtype: str = "auto") -> Clip:
        """Reads a model from a folder or weight file on this machine; nothing is downloaded.

        Args:
            path: A folder as Hugging Face's hub lays it out, or the weight file in it: safetensors or PyTorch's .bin.
            device: ``cpu``, ``cuda``, ``cuda:1``; ``auto`` takes CUDA where there is a device.
            dtype: ``fp32``, ``bf16``, ``fp16``; ``auto`` is bf16 on CUDA, fp32 on the CPU.

        Raises:
            IoError: No weights or no configuration are there, or they are damaged.
            ValueError: They are those of no CLIP, or the device or precision is not there.
            StateError: Torch is missing; the text says what to install.
        """
        name = Path(path).resolve().name
        return cls(_libtorch.load().Clip(Path(path), device=device, dtype=dtype), name, Path(path))

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._native.dim)

    @property
    def device(self) -> str:
        return str(self._native.device)

    @property
    def dtype(self) -> str:
        return str(self._native.dtype)

    @property
    def scale(self) -> float:
        """exp(logit_scale): what multiplies a cosine before softmax."""
        return math.exp(self._native.logit_scale)

    def encode_images(self, images: Sequence[ImageSource], *, batch: int = 64) -> Vectors:
        """float32 [images, dim], unit length, of paths (PNG, JPEG, DICOM) or images.

        ``batch`` images are encoded at a time; results do not depend on it. Of those that are read here one at a
        time is held, and of ``batch`` the prepared pixels.

        Raises:
            ValueError: ``batch`` is below 1, or an image cannot be used.
        """
        import numpy as np

        if isinstance(images, str | PathLike):
            raise ValueError("encode_images: expected a list of images, got one path")
        if batch < 1:
            raise ValueError(f"encode_images: expected a batch of 1 or more, got {batch}")
        rows = np.empty((len(images), self.dim), dtype=np.float32)
        size = self.preprocessor.size
        pixels = np.empty((min(batch, len(images)), 3, size, size), dtype=np.float32)
        for first in range(0, len(images), batch):
            piece = images[first : first + batch]
            for at, image in enumerate(piece):
                pixels[at] = self.preprocessor(self._image(image))
            rows[first : first + len(piece)] = self._native.encode_pixels(pixels[: len(piece)])
        return rows

    def encode_pixels(self, pixels: npt.ArrayLike) -> Vectors:
        """float32 [n, dim], unit length, of pixels [n, 3, size, size] that are prepared already."""
        vectors: Vectors = self._native.encode_pixels(pixels)
        return vectors

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """float32 [texts, dim], unit length; a text that is too long is cut, with the warning `TruncatedText`."""
        return _encode_texts(self._native, texts)

    def encode_tokens(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """float32 [texts, dim], unit length, of token ids with the special tokens and without padding."""
        vectors: Vectors = self._native.encode_tokens(texts)
        return vectors

    def encode_labels(self, labels: LabelSet | Sequence[str | Label] | str | PathLike[str]) -> Vectors:
        """float32 [labels, dim]: of each label the mean of its prompts, at unit length."""
        chosen = LabelSet.of(labels)
        kept = self._label_vectors
        if kept is None or kept[0] != chosen:
            prompts, ends = chosen.prompts()
            self._label_vectors = kept = (
                chosen,
                _libtorch.load().average_prompts(self.encode_texts(prompts), ends),
            )
        return kept[1]

    def match(
        self,
        image: ImageSource,
        labels: LabelSet | Sequence[str | Label] | str | PathLike[str],
        *,
        k: int = 5,
        least_margin: float = 0.0,
        temperature: float | None = None,
        calibration: Calibration | str | PathLike[str] | None = None,
    ) -> MatchResult:
        """The ``k`` labels nearest to an image. Not a diagnosis.

        Args:
            image: A path (PNG, JPEG, DICOM) or an image.
            labels: Names, a `LabelSet`, the name of a set that comes with Assay, or a file.
            k: How many candidates to return; probabilities are among all of them in any case.
            least_margin: Abstain where the first two are nearer than this in probability.
            temperature: Divides the scale; the result says so, and is not called calibrated.
            calibration: What `calibrate` made, or its file, in place of a temperature; it is refused where it was
                made with another model, other labels or other prompts.
        """
        (result,) = self.match_many(
            [image], labels, k=k, least_margin=least_margin, temperature=temperature, calibration=calibration
        )
        return result

    def match_many(
        self,
        images: Sequence[ImageSource],
        labels: LabelSet | Sequence[str | Label] | str | PathLike[str],
        *,
        k: int = 5,
        least_margin: float = 0.0,
        temperature: float | None = None,
        calibration: Calibration | str | PathLike[str] | None = None,
    ) -> list[MatchResult]:
        """`match` for each of several images."""
        if k < 1:
            raise ValueError(f"match: expected k of 1 or more, got {k}")
        if not 0 <= least_margin <= 1:
            raise ValueError(f"match: expected least_margin from 0 to 1, got {least_margin}")
        if temperature is not None and not temperature > 0:
            raise ValueError(f"match: expected a positive temperature, got {temperature}")
        chosen = LabelSet.of(labels)
        images_known = None
        if calibration is not None:
            if temperature is not None:
                raise ValueError("match: expected a temperature or a calibration, got both")
            found = self.checked_calibration(calibration, chosen)
            temperature, images_known = found.temperature, found.images
        vectors = self.encode_labels(chosen)
        scale = self.scale / (temperature or 1.0)
        results = []
        for row in self.encode_images(images):
            ranking = _libtorch.load().rank_labels(row, vectors, scale=scale)
            results.append(
                MatchResult(
                    matches=tuple(_match(chosen.labels[m.label], m) for m in ranking.matches[:k]),
                    margin=ranking.margin,
                    abstained=ranking.margin < least_margin,
                    calibrated=calibration is not None,
                    temperature=temperature or 1.0,
                    labels=chosen.name,
                    model=self.name,
                    calibrated_on=images_known,
                )
            )
        return results

    def fit_temperature(
        self,
        images: Sequence[ImageSource],
        truth: Sequence[str],
        labels: LabelSet | Sequence[str | Label] | str | PathLike[str],
    ) -> TemperatureFit:
        """The temperature that makes probabilities fit labelled images best (Guo et al. 2017, §4.2)."""
        if not images or len(images) != len(truth):
            raise ValueError(
                f"fit_temperature: expected images and as many true labels, got {len(images)} and {len(truth)}"
            )
        chosen = LabelSet.of(labels)
        names = [label.name for label in chosen.labels]
        if unknown := sorted({name for name in truth if name not in names}):
            raise ValueError(
                f"fit_temperature: expected true labels of the set, got {', '.join(unknown[:5])}"
            )
        positions = [names.index(name) for name in truth]
        return evaluation.fit_temperature(
            self.similarities(self.encode_images(images), chosen), positions, scale=self.scale
        )

    def similarities(
        self, vectors: Vectors, labels: LabelSet | Sequence[str | Label] | str | PathLike[str]
    ) -> Vectors:
        """Cosines [images, labels] of what `encode_images` returned."""
        found: Vectors = vectors @ self.encode_labels(labels).T
        return found

    def calibrate(
        self,
        images: Sequence[ImageSource],
        truth: Sequence[str],
        labels: LabelSet | Sequence[str | Label] | str | PathLike[str],
        *,
        date: str,
    ) -> Calibration:
        """`fit_temperature` as a record to keep (``.write(path)``) and to give to `match`.

        The images must be none that the model or the labels were chosen by. ``date`` is that of the fit, YYYY-MM-DD.

        Raises:
            ValueError: The images do not determine a temperature, because all or none are matched as labelled.
        """
        chosen = LabelSet.of(labels)
        fit = self.fit_temperature(images, truth, chosen)
        return self.calibration_of(fit, len(images), chosen, date=date)

    def calibration_of(self, fit: TemperatureFit, images: int, labels: LabelSet, *, date: str) -> Calibration:
        """A fit as a record, with what it was made with.

        Raises:
            ValueError: The fit is at its limit, or the date is none.
        """
        if fit.at_limit:
            raise ValueError(
                f"calibrate: {images} images do not determine a temperature (all are matched as labelled, or none "
                "better than by chance); give more images, with errors among them"
            )
        return evaluation.Calibration(
            fit,
            images=images,
            date=date,
            model_name=self.name,
            label_set=labels.name,
            scope=self.calibration_scope(labels),
        )

    def fingerprint(self) -> str:
        """Digest of the model's files, SHA-256 in hexadecimal; reads the weights on the first call.

        Raises:
            ValueError: The model was not read by `from_pretrained`.
        """
        if self._path is None:
            raise ValueError("fingerprint: expected a model that was read by Clip.from_pretrained")
        if self._fingerprint is None:
            self._fingerprint = evaluation.model_fingerprint(self._path)
        return self._fingerprint

    def calibration_scope(self, labels: LabelSet) -> CalibrationScope:
        """Digests of the model's files (`fingerprint`) and of the labels and prompts, in any order."""
        texts, ends = labels.prompts()
        starts = [0, *ends[:-1]]
        by_name = sorted(
            (label.name, texts[start:end])
            for label, start, end in zip(labels.labels, starts, ends, strict=True)
        )
        return evaluation.CalibrationScope(
            model=self.fingerprint(),
            labels=evaluation.text_fingerprint([name for name, _ in by_name]),
            prompts=evaluation.text_fingerprint([p for _, own in by_name for p in (str(len(own)), *own)]),
        )

    def checked_calibration(
        self, calibration: Calibration | str | PathLike[str], labels: LabelSet
    ) -> Calibration:
        """A calibration, or that of a file, if it was made with this model, these labels and these prompts."""
        found = (
            evaluation.Calibration.read(Path(calibration))
            if isinstance(calibration, str | PathLike)
            else calibration
        )
        found.expect_same_scope(self.calibration_scope(labels))
        return found

    def _image(self, image: ImageSource) -> Image:
        if isinstance(image, str | PathLike):
            from assay import data

            read: Image = data.read_image(image)
            return read
        return image

    def __repr__(self) -> str:
        return f"<Clip {self.name}: {self.dim} numbers, {self.dtype} on {self.device}>"


def _match(label: Label, found: Any) -> Match:
    return Match(label.name, found.similarity, found.probability, label.urgency, label.icd10, label.radlex)
