"""CLIP's preprocessing of a made-up grey X-ray of 2000 x 2500 pixels, from pixels in memory: Assay against Pillow.

Both give the same floats, which is checked before anything is timed. One thread unless the name says two.

    python benchmarks/run.py --only image
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import harness

FULL_IMAGES = 50
WIDTH, HEIGHT = 2000, 2500


def make_pixels(mode: str) -> Any:
    import numpy as np

    random = np.random.default_rng(7)
    shape = (HEIGHT, WIDTH) if mode == "L" else (HEIGHT, WIDTH, 3)
    return random.integers(0, 256, shape, dtype=np.uint8)


def pillow_release() -> int:
    import PIL

    return int(PIL.__version__.split(".")[0])


def by_pillow(pixels: Any) -> Any:
    import numpy as np
    from PIL import Image

    mean = np.float32([0.48145466, 0.4578275, 0.40821073])
    std = np.float32([0.26862954, 0.26130258, 0.27577711])
    image = Image.fromarray(pixels).resize((224, 280), Image.Resampling.BICUBIC)
    values = np.asarray(image.crop((0, 28, 224, 252)).convert("RGB")).astype(np.float32) / np.float32(255)
    return ((values - mean) / std).transpose(2, 0, 1)


def assay_images(mode: str, count: int, threads: int) -> Any:
    os.environ["ASSAY_NUM_THREADS"] = str(threads)
    from assay import data, features

    image = data.Image(make_pixels(mode))
    preprocess = features.ImagePreprocessor(pillow=pillow_release())
    preprocess(image)

    def job() -> Any:
        for _ in range(count):
            preprocess(image)
        return count

    return job


def pillow_images(mode: str, count: int) -> Any:
    pixels = make_pixels(mode)
    by_pillow(pixels)

    def job() -> Any:
        for _ in range(count):
            by_pillow(pixels)
        return count

    return job


def check_equal() -> None:
    import numpy as np

    from assay import data, features

    for mode in ("L", "RGB"):
        pixels = make_pixels(mode)
        ours = features.ImagePreprocessor(pillow=pillow_release())(data.Image(pixels))
        np.testing.assert_array_equal(ours, by_pillow(pixels))


def run(folder: Path, rounds: int, scale: float) -> dict[str, Any]:
    check_equal()
    count = str(max(int(FULL_IMAGES * scale), 2))
    jobs = [
        [name, mode, count, *threads]
        for mode in ("L", "RGB")
        for name, *threads in (("pillow",), ("assay", "1"), ("assay_two_threads", "2"))
    ]
    results = harness.compare(Path(__file__), jobs, rounds)
    lines = [harness.table(results), ""]
    for mode in ("L", "RGB"):
        peer, one, two = (
            results[f"{name} {mode}"]["median_seconds"] for name in ("pillow", "assay", "assay_two_threads")
        )
        lines.append(
            f"{mode}: {int(count) / one:.0f} images/s on one thread, {peer / one:.1f} x Pillow "
            f"({int(count) / peer:.0f} images/s); two threads {one / two:.2f} x one"
        )
    return {"results": results, "markdown": "\n".join(lines)}


if __name__ == "__main__":
    name, mode, count, *threads = sys.argv[1:]
    if name == "pillow":
        harness.run_here(pillow_images(mode, int(count)))
    else:
        harness.run_here(assay_images(mode, int(count), int(threads[0])))
