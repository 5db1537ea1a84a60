"""
Compiled core of Assay; private, use assay.data, assay.features, ...
"""

from __future__ import annotations
from . import base
from . import data
from . import features
from . import models
from . import judge
from . import tracking

__all__: list[str] = ["base", "data", "features", "judge", "models", "tracking"]
__version__: str = "0.1.0"
