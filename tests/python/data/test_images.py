"""Decoding against Pillow and pydicom; what is damaged is one clear error."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay import data
from assay.errors import IoError, StateError

PIL = pytest.importorskip("PIL.Image", reason="pillow is not installed; it is in requirements/test.txt")
DICOM = (
    Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[3] / ".." / "shared" / "data")) / "dicom"
)


def encoded(pixels: Any, kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    image = PIL.fromarray(pixels)
    out = io.BytesIO()
    (image if mode is None else image.convert(mode)).save(out, kind, **options)
    return out.getvalue()


def noise(*shape: int, dtype: Any = np.uint8) -> Any:
    return np.random.default_rng(4).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def assert_as_pillow(content: bytes, mode: str | None = None) -> None:
    theirs = PIL.open(io.BytesIO(content))
    ours = data.read_image(content)
    assert ours.mode == (mode or theirs.mode) and ours.size == theirs.size
    np.testing.assert_array_equal(ours.to_numpy(), np.asarray(theirs.convert(mode) if mode else theirs))


@pytest.mark.parametrize("shape", [(20, 31), (20, 31, 3), (20, 31, 4)])
def test_png_is_pillows(shape: tuple[int, ...]) -> None:
    assert_as_pillow(encoded(noise(*shape)))


def test_png_of_other_kinds_is_pillows() -> None:
    assert_as_pillow(encoded(noise(20, 31, dtype=np.uint16)))
    assert_as_pillow(encoded(noise(20, 31, 4), mode="LA"), "RGBA")
    assert_as_pillow(encoded(noise(20, 31, 3), mode="P"), "RGB")
    assert_as_pillow(encoded(noise(20, 31), bits=4, mode="P"), "RGB")


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def made_up_png(width: int, height: int, depth: int, color: int, rows: bytes, *between: bytes) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(between) + pixels + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("depth", [2, 4, 8, 16])
@pytest.mark.parametrize("interlaced", [0, 1])
def test_png_of_every_depth_interlaced_or_not(depth: int, interlaced: int) -> None:
    random = np.random.default_rng(depth)
    width, height = 13, 11
    samples = random.integers(0, 2**depth, (height, width))

    def packed(part: Any) -> bytes:
        bits = (part[:, :, None] >> np.arange(depth)[::-1]) & 1
        rows = np.packbits(bits.reshape(len(part), -1).astype(np.uint8), axis=1)
        return b"".join(b"\0" + row.tobytes() for row in rows)

    adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in adam7] if interlaced else [samples]
    content = bytearray(made_up_png(width, height, depth, 0, b"".join(packed(p) for p in passes if p.size)))
    content[28] = interlaced
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    assert_as_pillow(bytes(content))
    expected = samples if depth == 16 else samples * (255 // (2**depth - 1))
    np.testing.assert_array_equal(data.read_image(bytes(content)).to_numpy(), expected)


def test_texts_and_profiles_of_a_png_are_passed_over() -> None:
    bomb = zlib.compress(bytes(8_000_000), 9)
    chunks = [png_chunk(b"zTXt", b"note\0\0" + bomb)] * 100
    chunks += [png_chunk(b"iCCP", b"name\0\0" + bomb), png_chunk(b"gAMA", struct.pack(">I", 10_000))]
    content = made_up_png(2, 2, 8, 0, b"\0\x10\x20" + b"\0\x30\x40", *chunks)
    begin = time.process_time()
    np.testing.assert_array_equal(data.read_image(content).to_numpy(), [[0x10, 0x20], [0x30, 0x40]])
    between = time.process_time()
    for _ in range(10):
        zlib.decompress(bomb)
    assert between - begin < time.process_time() - between  # far below inflating all


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 30}])
def test_jpeg_is_pillows(options: dict[str, Any]) -> None:
    smooth = np.add.outer(np.arange(77), np.arange(90)).astype(np.uint8)
    assert_as_pillow(encoded(smooth, "JPEG", **options))
    colours = np.stack([smooth, smooth[::-1], smooth[:, ::-1]], -1)
    assert_as_pillow(encoded(colours, "JPEG", **options))


def test_a_path_and_its_bytes_give_the_same(tmp_path: Path) -> None:
    content = encoded(noise(5, 6))
    (tmp_path / "a.dat").write_bytes(content)
    assert (
        data.read_image(tmp_path / "a.dat")
        == data.read_image(str(tmp_path / "a.dat"))
        == data.read_image(content)
    )


def test_bad_images_are_one_clear_error(tmp_path: Path) -> None:
    png, jpeg = encoded(noise(40, 40)), encoded(noise(40, 40), "JPEG")
    for content in (png, jpeg):
        with pytest.raises(IoError, match="a damaged one"):
            data.read_image(content[: len(content) // 2])
    with pytest.raises(ValueError, match="1-bit"):
        data.read_image(encoded(noise(8, 8), mode="1"))
    with pytest.raises(ValueError, match="CMYK"):
        data.read_image(encoded(noise(8, 8, 3), "JPEG", mode="CMYK"))
    frames = [PIL.fromarray(noise(8, 8)), PIL.fromarray(255 - noise(8, 8))]
    animated = io.BytesIO()
    frames[0].save(animated, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(ValueError, match="animated PNG"):
        data.read_image(animated.getvalue())
    with pytest.raises(ValueError, match="got GIF"):
        data.read_image(encoded(noise(8, 8), "GIF"))
    with pytest.raises(ValueError, match="at most 99 pixels, got 10 x 10"):
        data.read_image(encoded(noise(10, 10)), most_pixels=99)
    with pytest.raises(ValueError, match="frame 0"):
        data.read_image(png, frame=1)
    with pytest.raises(IoError, match="cannot be read"):
        data.read_image(tmp_path / "nothing.png")
    (tmp_path / "cut.png").write_bytes(png[:100])
    with pytest.raises(IoError, match=r"cut\.png: .*damaged"):
        data.read_image(tmp_path / "cut.png")


def need_dicom() -> Any:
    pydicom = pytest.importorskip(
        "pydicom", reason="pydicom is not installed; it is in requirements/test.txt"
    )
    pytest.importorskip("assay._dicom", reason="DCMTK is not installed")
    if not DICOM.exists():
        pytest.skip("the shared data are not there")
    return pydicom


GOOD = ["CT_small", "ExplVR_BigEnd", "MR_small", "SC_rgb_jpeg_dcmd", "examples_rgb_color", "liver_1frame"]
DAMAGED = {
    "MR_truncated": "bytes of pixels|damaged",
    "badVR": "whole number of frames",
    "empty_charset_LEI": "without pixel data",
    "no_meta": "got other bytes",
    "rtplan": "without pixel data",
    "waveform_ecg": "without pixel data",
}


def test_every_shared_file_is_named_here() -> None:
    need_dicom()
    assert {path.stem for path in DICOM.glob("*.dcm")} == {*GOOD, *DAMAGED, "JPEG2000"}


@pytest.mark.parametrize("name", GOOD)
def test_dicom_decodes_as_pydicom_does(name: str) -> None:
    pydicom = need_dicom()
    theirs = pydicom.dcmread(DICOM / f"{name}.dcm").pixel_array
    ours = data.read_dicom(DICOM / f"{name}.dcm").values
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_dicom_is_one_error(name: str) -> None:
    need_dicom()
    with pytest.raises((IoError, ValueError), match=DAMAGED[name]):
        data.read_image(DICOM / f"{name}.dcm")


def test_a_transfer_syntax_without_codec_is_named() -> None:
    need_dicom()
    with pytest.raises(ValueError, match=r"got JPEG 2000.*gdcmconv"):
        data.read_image(DICOM / "JPEG2000.dcm")


def made_up_dicom(values: Any, **attributes: Any) -> bytes:
    """A made-up image in explicit VR, little-endian."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    set_ = Dataset()
    set_.file_meta = FileMetaDataset()
    set_.file_meta.TransferSyntaxUID = attributes.pop("syntax", ExplicitVRLittleEndian)
    set_.file_meta.MediaStorageSOPClassUID = set_.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    set_.file_meta.MediaStorageSOPInstanceUID = set_.SOPInstanceUID = "1.2.3.4"
    set_.SamplesPerPixel = 3 if values.shape[-1] == 3 else 1
    set_.PhotometricInterpretation = "RGB" if set_.SamplesPerPixel == 3 else "MONOCHROME2"
    if set_.SamplesPerPixel == 3:
        set_.PlanarConfiguration = 0
    shape = values.shape[: values.ndim - (set_.SamplesPerPixel == 3)]
    set_.Rows, set_.Columns = shape[-2:]
    if len(shape) == 3:
        set_.NumberOfFrames = shape[0]
    set_.BitsAllocated = set_.BitsStored = 8 * values.itemsize
    set_.HighBit = set_.BitsStored - 1
    set_.PixelRepresentation = int(values.dtype.kind == "i")
    set_.PixelData = values.tobytes() + bytes(values.nbytes % 2)
    for name, value in attributes.items():
        setattr(set_, name, value)
    out = io.BytesIO()
    set_.save_as(out, enforce_file_format=True)
    return out.getvalue()


def shown_by_pydicom(content: bytes) -> Any:
    """8-bit grey before rounding."""
    import pydicom
    from pydicom.pixels import apply_rescale, apply_windowing

    set_ = pydicom.dcmread(io.BytesIO(content))
    with np.errstate(over="ignore"):  # the far end of a sigmoid
        values = apply_windowing(apply_rescale(set_.pixel_array, set_).astype(np.float64), set_)
    half = 2 ** (set_.BitsStored - 1)
    low, high = (-half, half - 1) if set_.PixelRepresentation else (0, 2 * half - 1)
    slope, intercept = float(set_.get("RescaleSlope", 1)), float(set_.get("RescaleIntercept", 0))
    low, high = low * slope + intercept, high * slope + intercept
    shares = (values - low) / (high - low) * 255
    return 255 - shares if set_.PhotometricInterpretation == "MONOCHROME1" else shares


def test_window_and_rescale_are_pydicoms() -> None:
    need_dicom()
    random = np.random.default_rng(8)
    cases = [(DICOM / "MR_small.dcm").read_bytes()]
    for number in range(120):
        dtype = (np.uint8, np.int16, np.uint16)[number % 3]
        frames = 1 + number % 2
        values = random.integers(np.iinfo(dtype).min, np.iinfo(dtype).max + 1, (frames, 7, 5), dtype=dtype)
        span = 2.0 ** random.uniform(1, 17)
        attributes: dict[str, Any] = {
            "PhotometricInterpretation": f"MONOCHROME{random.integers(1, 3)}",
            "WindowCenter": [round(random.uniform(-1000, 40_000), 2), 1],
            "WindowWidth": [round(1 + span, 2), 1],
            "VOILUTFunction": ("LINEAR", "LINEAR_EXACT", "SIGMOID")[random.integers(3)],
        }
        if number % 5:
            attributes["RescaleSlope"] = round(random.uniform(0.1, 4), 3)
            attributes["RescaleIntercept"] = round(random.uniform(-2000, 2000), 2)
        cases.append(made_up_dicom(values if frames > 1 else values[0], **attributes))
    for content in cases:
        expected = shown_by_pydicom(content)
        frames = len(expected) if expected.ndim == 3 else 1
        ours = [data.read_image(content, frame=frame).to_numpy() for frame in range(frames)]
        assert np.abs(np.reshape(ours, expected.shape) - expected).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("syntax", ["rle", "frames", "implicit", "big", "ybr"])
def test_other_forms_are_pydicoms(syntax: str) -> None:
    pydicom = need_dicom()
    from pydicom import uid

    frames = noise(3, 9, 8, dtype=np.uint16)
    if syntax == "rle":
        set_ = pydicom.dcmread(io.BytesIO(made_up_dicom(frames)))
        set_.compress(uid.RLELossless)
        out = io.BytesIO()
        set_.save_as(out)
        content = out.getvalue()
    elif syntax == "implicit":
        content = made_up_dicom(frames, syntax=uid.ImplicitVRLittleEndian)
    elif syntax == "big":
        content = made_up_dicom(frames.astype(">u2"), syntax=uid.ExplicitVRBigEndian)
    elif syntax == "ybr":
        content = made_up_dicom(noise(2, 6, 5, 3), PhotometricInterpretation="YBR_FULL")
    else:
        content = made_up_dicom(frames)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pydicom.dcmread(io.BytesIO(content)).pixel_array
    ours = data.read_dicom(content)
    np.testing.assert_allclose(ours.values, theirs, atol=1 if syntax == "ybr" else 0)
    assert ours.frames == theirs.shape[0]
    assert data.read_image(content, frame=1).size == theirs.shape[1:3][::-1]
    with pytest.raises(ValueError, match="a frame below"):
        data.read_image(content, frame=3)


@pytest.mark.parametrize("kind", ["JPEG", "jpeg-ls"])
def test_compressed_dicom_is_pydicoms(kind: str) -> None:
    pydicom = need_dicom()
    from pydicom import uid
    from pydicom.encaps import encapsulate

    smooth = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)
    set_ = pydicom.dcmread(io.BytesIO(made_up_dicom(smooth)))
    if kind == "JPEG":
        set_.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
        set_.PixelData = encapsulate([encoded(smooth, "JPEG", quality=90)])
        set_["PixelData"].is_undefined_length = True
        expected = np.asarray(PIL.open(io.BytesIO(encoded(smooth, "JPEG", quality=90))))
    else:
        pytest.importorskip("jpeg_ls", reason="pyjpegls is not installed")
        set_.compress(uid.JPEGLSLossless)
        expected = smooth
    out = io.BytesIO()
    set_.save_as(out)
    np.testing.assert_allclose(data.read_dicom(out.getvalue()).values, expected, atol=1)
    with pytest.raises(IoError, match="damaged"):
        data.read_dicom(out.getvalue()[:-600])


def test_implicit_vr_is_read_without_dcmtks_dictionary() -> None:
    need_dicom()
    program = (
        "import sys; from assay import data; p = data.read_dicom(sys.argv[1]); "
        "print(p.width, p.height, p.photometric, int(p.values.sum()))"
    )
    path = str(DICOM / "SC_rgb_jpeg_dcmd.dcm")
    answers = [
        subprocess.run(
            [sys.executable, "-c", program, path],
            env=os.environ | ({"DCMDICTPATH": "/nowhere"} if without else {}),
            capture_output=True,
            text=True,
        )
        for without in (False, True)
    ]
    assert answers[0].stdout == answers[1].stdout != "", answers[1].stderr
    assert answers[1].stderr == ""


def test_dicom_without_its_module_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.data import images

    content = bytes(128) + b"DICM" + bytes(8)
    images._dicom.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StateError, match="apt install libdcmtk-dev"):
        data.read_image(content)

    def missing(name: str) -> Any:
        raise ImportError("libdcmdata.so.17: cannot open shared object file")

    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(StateError, match=r"libdcmdata\.so\.17.*apt install libdcmtk17"):
        data.read_image(content)
    monkeypatch.undo()
    images._dicom.cache_clear()
