"""Images as encoders want them: CLIP's preprocessing with Pillow's bicubic to the bit."""

from __future__ import annotations

from assay._core.features import ImagePreprocessor, image_kernels, resize_bicubic

__all__ = ["ImagePreprocessor", "image_kernels", "resize_bicubic"]
