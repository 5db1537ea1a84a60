"""
Encoders on libtorch; private, use assay.models.
"""

from __future__ import annotations
import assay._core.models
import collections.abc
import numpy
import numpy.typing
import os
import typing

__all__: list[str] = [
    "Clip",
    "DeviceIndex",
    "LabelMatch",
    "LabelRanking",
    "TextConfig",
    "TextEncoder",
    "TextModel",
    "VisionConfig",
    "VisionEncoder",
    "average_prompts",
    "rank_labels",
]

class VisionConfig:
    """
    A vision transformer's shape.
    """

    activation: str
    causal: bool
    input_norm: bool
    patch_bias: bool
    pre_norm: bool
    @staticmethod
    def biomedclip() -> VisionConfig: ...
    @staticmethod
    def openai_clip(*, patch_size: typing.SupportsInt | typing.SupportsIndex) -> VisionConfig: ...
    def replace(self, **kwargs) -> typing.Any:
        """
        A copy with other members.
        """
    @property
    def embedding_dim(self) -> int: ...
    @embedding_dim.setter
    def embedding_dim(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def epsilon(self) -> float: ...
    @epsilon.setter
    def epsilon(self, arg1: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def heads(self) -> int: ...
    @heads.setter
    def heads(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def image_size(self) -> int: ...
    @image_size.setter
    def image_size(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def intermediate(self) -> int: ...
    @intermediate.setter
    def intermediate(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def layers(self) -> int: ...
    @layers.setter
    def layers(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def patch_size(self) -> int: ...
    @patch_size.setter
    def patch_size(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def width(self) -> int: ...
    @width.setter
    def width(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...

class TextConfig:
    """
    A text transformer's shape.
    """

    activation: str
    causal: bool
    pooling: str
    pre_norm: bool
    projection: str
    token_types: bool
    @staticmethod
    def biomedclip() -> TextConfig: ...
    @staticmethod
    def minilm() -> TextConfig: ...
    @staticmethod
    def openai_clip() -> TextConfig: ...
    def replace(self, **kwargs) -> typing.Any:
        """
        A copy with other members.
        """
    @property
    def embedding_dim(self) -> int: ...
    @embedding_dim.setter
    def embedding_dim(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def epsilon(self) -> float: ...
    @epsilon.setter
    def epsilon(self, arg1: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def heads(self) -> int: ...
    @heads.setter
    def heads(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def intermediate(self) -> int: ...
    @intermediate.setter
    def intermediate(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def layers(self) -> int: ...
    @layers.setter
    def layers(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def most_tokens(self) -> int: ...
    @most_tokens.setter
    def most_tokens(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def positions(self) -> int: ...
    @positions.setter
    def positions(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def vocabulary(self) -> int: ...
    @vocabulary.setter
    def vocabulary(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def width(self) -> int: ...
    @width.setter
    def width(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None: ...

class VisionEncoder:
    """
    A vision transformer: pixels to embeddings.
    """
    def __init__(
        self,
        config: VisionConfig,
        weights: collections.abc.Mapping[str, numpy.ndarray],
        *,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None: ...
    def encode(
        self, pixels: typing.Annotated[numpy.typing.ArrayLike, numpy.float32], *, unit: bool = True
    ) -> numpy.typing.NDArray[numpy.float32]:
        """
        [n, 3, size, size] to [n, dim].
        """
    @property
    def config(self) -> VisionConfig: ...
    @property
    def device(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def dtype(self) -> str: ...

class TextEncoder:
    """
    A text transformer: token ids to embeddings.
    """
    def __init__(
        self,
        config: TextConfig,
        weights: collections.abc.Mapping[str, numpy.ndarray],
        *,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None: ...
    def encode(
        self,
        texts: collections.abc.Sequence[collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]],
        *,
        unit: bool = True,
    ) -> numpy.typing.NDArray[numpy.float32]:
        """
        Token ids of n texts, special tokens included, no padding, to [n, dim].
        """
    @property
    def config(self) -> TextConfig: ...
    @property
    def device(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def dtype(self) -> str: ...

class TextModel:
    """
    A text encoder with its tokenizer.
    """
    def __init__(
        self, path: os.PathLike | str | bytes, *, device: str = "auto", dtype: str = "auto"
    ) -> None: ...
    def encode_texts(self, texts: collections.abc.Sequence[str]) -> tuple:
        """
        [n, dim], and the positions of texts that were cut.
        """
    def encode_tokens(
        self,
        texts: collections.abc.Sequence[collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]],
    ) -> numpy.typing.NDArray[numpy.float32]:
        """
        Token ids of n texts, special tokens included, to [n, dim].
        """
    @property
    def device(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def dtype(self) -> str: ...
    @property
    def has_tokenizer(self) -> bool: ...
    @property
    def text_config(self) -> TextConfig: ...

class Clip:
    """
    Images and texts in one space.
    """
    def __init__(
        self, path: os.PathLike | str | bytes, *, device: str = "auto", dtype: str = "auto"
    ) -> None: ...
    def encode_pixels(
        self, pixels: typing.Annotated[numpy.typing.ArrayLike, numpy.float32]
    ) -> numpy.typing.NDArray[numpy.float32]:
        """
        [n, 3, size, size] to [n, dim].
        """
    def encode_texts(self, texts: collections.abc.Sequence[str]) -> tuple:
        """
        [n, dim], and the positions of texts that were cut.
        """
    def encode_tokens(
        self,
        texts: collections.abc.Sequence[collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]],
    ) -> numpy.typing.NDArray[numpy.float32]:
        """
        Token ids of n texts, special tokens included, to [n, dim].
        """
    @property
    def device(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def dtype(self) -> str: ...
    @property
    def has_tokenizer(self) -> bool: ...
    @property
    def image_size(self) -> int: ...
    @property
    def logit_scale(self) -> float:
        """
        natural logarithm of the factor on cosines
        """
    @property
    def mean(self) -> typing.Annotated[list[float], "FixedSize(3)"]: ...
    @property
    def std(self) -> typing.Annotated[list[float], "FixedSize(3)"]: ...
    @property
    def text_config(self) -> TextConfig: ...
    @property
    def vision_config(self) -> VisionConfig: ...

class DeviceIndex:
    """
    The searches of an ExactIndex by matrix products on a device.
    """
    def __init__(
        self,
        index: assay._core.models.ExactIndex,
        *,
        device: str,
        dtype: str,
        block_rows: typing.SupportsInt | typing.SupportsIndex,
        most_bytes: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def search(
        self, queries: typing.Any, *, k: typing.SupportsInt | typing.SupportsIndex, filter: typing.Any
    ) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.int64]]:
        """
        As ExactIndex.search.
        """
    def search_range(
        self, queries: typing.Any, *, least: typing.SupportsFloat | typing.SupportsIndex, filter: typing.Any
    ) -> tuple[
        numpy.typing.NDArray[numpy.int64],
        numpy.typing.NDArray[numpy.float32],
        numpy.typing.NDArray[numpy.int64],
    ]:
        """
        As ExactIndex.search_range.
        """
    @property
    def device(self) -> str: ...
    @property
    def dtype(self) -> str: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def rescanned(self) -> int: ...

class LabelMatch:
    """
    One candidate label of an image.
    """
    @property
    def label(self) -> int: ...
    @property
    def probability(self) -> float:
        """
        among the labels given, and only among them
        """
    @property
    def similarity(self) -> float:
        """
        cosine
        """

class LabelRanking:
    """
    All candidates, best first.
    """
    @property
    def margin(self) -> float:
        """
        probability of the first less that of the second
        """
    @property
    def matches(self) -> list[LabelMatch]: ...

def average_prompts(
    prompts: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    ends: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> numpy.typing.NDArray[numpy.float32]:
    """
    The mean of each label's prompts [sum of prompts, dim], scaled to length one: [labels, dim].
    """

def rank_labels(
    image: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    labels: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
    *,
    scale: typing.SupportsFloat | typing.SupportsIndex,
) -> LabelRanking:
    """
    Labels by cosine, softmax(cosine x scale).
    """
