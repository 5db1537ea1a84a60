"""
Encoders on libtorch; private, use assay.models.
"""

from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing

__all__: list[str] = ["TextConfig", "TextEncoder", "VisionConfig", "VisionEncoder"]

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
