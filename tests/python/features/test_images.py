"""CLIP's preprocessing against Pillow, to the bit."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay import data, features

PIL = pytest.importorskip("PIL.Image")
PILLOW = int(pytest.importorskip("PIL").__version__.split(".")[0])
MODES = ("L", "RGB", "RGBA", "I;16")
MEAN = np.float32([0.48145466, 0.4578275, 0.40821073])
STD = np.float32([0.26862954, 0.26130258, 0.27577711])


def made_up_pixels(random: np.random.Generator, mode: str, width: int, height: int) -> Any:
    """Noise, smooth shades, or black and white only, where the filter overshoots most."""
    shape = (height, width) if mode in ("L", "I;16") else (height, width, len(mode))
    top = 65535 if mode == "I;16" else 255
    kind = random.integers(3)
    if kind == 0:
        values = random.integers(0, top + 1, shape)
    elif kind == 1:
        values = random.integers(0, 2, shape) * top
    else:
        shade = np.linspace(0, top, width * height).reshape(height, width)
        values = np.broadcast_to(shade.reshape(shape[:2] + (1,) * (len(shape) - 2)), shape)
    return values.astype(np.uint16 if mode == "I;16" else np.uint8)


def by_pillow(pixels: Any, width: int, height: int) -> Any:
    return np.asarray(PIL.fromarray(pixels).resize((width, height), PIL.Resampling.BICUBIC))


def length(random: np.random.Generator) -> int:
    return int(np.exp(random.uniform(0, np.log(400))))


def compare_sizes(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    for number in range(count):
        mode = MODES[number % len(MODES)]
        width, height, new_width, new_height = (length(random) for _ in range(4))
        if number % 13 == 0:
            new_width = width
        if number % 17 == 0:
            new_height = height
        pixels = made_up_pixels(random, mode, width, height)
        resized = features.resize_bicubic(data.Image(pixels), new_width, new_height, pillow=PILLOW)
        assert resized.mode == mode
        case = f"{mode} {width} x {height} to {new_width} x {new_height}"
        np.testing.assert_array_equal(
            resized.to_numpy(), by_pillow(pixels, new_width, new_height), err_msg=case
        )


def test_a_thousand_random_sizes_are_pillows_to_the_bit() -> None:
    compare_sizes(seed=5, count=1000)


@pytest.mark.parametrize("simd", ["scalar", "avx2", "avx512"])
def test_each_instruction_set_gives_pillows_bits(simd: str) -> None:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = file.read()
    if simd != "scalar" and {"avx2": " avx2 ", "avx512": " avx512_vnni "}[simd] not in flags:
        pytest.skip(f"this processor has no {simd}")
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_images as t; "
        "t.compare_sizes(11, 200); print(t.features.image_kernels())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"ASSAY_SIMD": simd}, capture_output=True, text=True
    )
    assert done.stdout.strip() == simd, done.stderr


def test_an_unknown_instruction_set_is_an_error() -> None:
    program = "from assay import features; features.image_kernels()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"ASSAY_SIMD": "sse9"},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0 and "ASSAY_SIMD: expected scalar, avx2, avx512 or amx" in done.stderr


def reference(pixels: Any, size: int = 224) -> Any:
    """open_clip's transform for `shortest`, in Pillow and NumPy."""
    image = PIL.fromarray(pixels)
    width, height = image.size
    short, long = min(width, height), max(width, height)
    longer = int(size * long / short)
    new = (size, longer) if width <= height else (longer, size)
    image = image.resize(new, PIL.Resampling.BICUBIC)
    left, top = (round((n - size) / 2.0) for n in new)
    image = image.crop((left, top, left + size, top + size)).convert("RGB")
    values = np.asarray(image).astype(np.float32) / np.float32(255)
    return ((values - MEAN) / STD).transpose(2, 0, 1)


@pytest.mark.parametrize("mode", MODES)
def test_preprocessing_is_pillows_to_the_bit(mode: str) -> None:
    random = np.random.default_rng(7)
    preprocess = features.ImagePreprocessor(deep_grey="saturate", pillow=PILLOW)
    sizes = [
        (224, 224),
        (224, 301),
        (301, 224),
        (500, 403),
        (403, 517),
        (40, 90),
        (1, 1),
        (3, 2),
        (300, 900),
        (2, 900),
        *((length(random), length(random)) for _ in range(20)),
    ]
    for width, height in sizes:
        pixels = made_up_pixels(random, mode, width, height)
        if mode == "I;16":
            pixels = (pixels % 400).astype(np.uint16)
        got = preprocess(data.Image(pixels))
        assert got.dtype == np.float32 and got.shape == (3, 224, 224)
        np.testing.assert_array_equal(got, reference(pixels), err_msg=f"{width} x {height}")


def test_a_batch_is_its_images_one_by_one() -> None:
    random = np.random.default_rng(3)
    images = [data.Image(made_up_pixels(random, m, 90 + 40 * i, 130)) for i, m in enumerate(MODES)]
    preprocess = features.ImagePreprocessor(size=64)
    together = preprocess.batch(images)
    assert together.shape == (4, 3, 64, 64)
    for image, values in zip(images, together, strict=True):
        np.testing.assert_array_equal(preprocess(image), values)
    assert preprocess.batch([]).shape == (0, 3, 64, 64)


def test_sixteen_bits_are_scaled_unless_told_otherwise() -> None:
    values = np.array([[0, 300], [40000, 65535]], dtype=np.uint16)
    scaled = features.ImagePreprocessor(size=2, mean=(0, 0, 0), std=(1, 1, 1))(data.Image(values))
    np.testing.assert_array_equal(
        scaled, np.broadcast_to(values.astype(np.float32) / np.float32(65535), (3, 2, 2))
    )
    clipped = features.ImagePreprocessor(size=2, mean=(0, 0, 0), std=(1, 1, 1), deep_grey="saturate")
    np.testing.assert_array_equal(clipped(data.Image(values))[0], [[0, 1], [1, 1]])


@pytest.mark.parametrize("mode", MODES)
def test_a_very_long_image_costs_no_more_than_its_square(mode: str) -> None:
    program = """
import resource
import sys
import numpy as np
from assay import data, features

channels = (len(sys.argv[1]),) if sys.argv[1].startswith("RGB") else ()
kind = np.uint16 if sys.argv[1] == "I;16" else np.uint8
images = [data.Image(np.zeros((*size, *channels), kind)) for size in ((1, 8_000_000), (8_000_000, 1))]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for image in images:
    features.ImagePreprocessor()(image)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program, mode], capture_output=True, text=True)
    assert done.stdout and int(done.stdout) < 20_000, done.stdout + done.stderr  # kB


def test_bad_options_and_sizes_are_named() -> None:
    image = data.Image(np.zeros((2, 2), dtype=np.uint8))
    with pytest.raises(ValueError, match="expected a size from 1 to 65536, got 0"):
        features.ImagePreprocessor(size=0)
    with pytest.raises(ValueError, match="standard deviations above 0"):
        features.ImagePreprocessor(std=(1, 0, 1))
    with pytest.raises(ValueError, match="'scale' or 'saturate'"):
        features.ImagePreprocessor(deep_grey="max")
    with pytest.raises(ValueError, match="release 12 or 13, got 9"):
        features.ImagePreprocessor(pillow=9)
    with pytest.raises(ValueError, match="from 1 to 16777216, got 0 x 2"):
        features.resize_bicubic(image, 0, 2)


def test_an_image_is_an_array_and_back() -> None:
    random = np.random.default_rng(1)
    for mode in MODES:
        pixels = made_up_pixels(random, mode, 5, 3)
        image = data.Image(pixels)
        assert (image.mode, image.size, image.width, image.height) == (mode, (5, 3), 5, 3)
        view = image.to_numpy()
        np.testing.assert_array_equal(view, pixels)
        np.testing.assert_array_equal(np.asarray(image, dtype=np.float64), pixels.astype(np.float64))
        assert not view.flags.writeable and not view.flags.owndata
        assert pickle.loads(pickle.dumps(image)) == image
        assert data.Image(PIL.fromarray(pixels)) == image
        del image
        np.testing.assert_array_equal(view, pixels)  # the view keeps the memory
    strided = data.Image(np.arange(24, dtype=">u2").reshape(4, 6)[::2, ::-3])
    np.testing.assert_array_equal(strided.to_numpy(), [[5, 2], [17, 14]])
    assert repr(strided) == "Image('I;16', 2 x 2)"


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((2, 2), np.float32),
        np.zeros((2, 2, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(pixels: Any) -> None:
    with pytest.raises(ValueError, match="Image: expected"):
        data.Image(pixels)
