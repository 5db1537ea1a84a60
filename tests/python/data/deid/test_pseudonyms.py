"""assay.data.deid: keys and tokens, against Python's own hmac and unicodedata."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay import errors
from assay._core.data import to_nfkc
from assay.data import Column, deid

TEXT = bytes(range(32)).hex()  # made up


def expected_token(identifier: str, purpose: str = "patient_id") -> str:
    key = hmac.digest(bytes(range(32)), b"assay/v1/token/" + purpose.encode() + b"\1", hashlib.sha256)
    digest = hmac.digest(key, identifier.encode(), hashlib.sha256)
    return base64.b32encode(digest[:16]).decode().rstrip("=").lower()


@pytest.fixture
def key() -> deid.DeidKey:
    return deid.DeidKey.from_text(TEXT)


def test_tokens_are_those_of_pythons_hmac(key: deid.DeidKey) -> None:
    identifiers = Column(["M00001", None, "  ", "Å-7 ", "ｍ12"])
    found = deid.Pseudonymiser(key, "patient_id").tokens(identifiers).to_pylist()
    assert found == [expected_token("M00001"), None, None, expected_token("Å-7"), expected_token("m12")]
    assert deid.Pseudonymiser(key, "specimen_id").token("M00001") == expected_token("M00001", "specimen_id")


def test_a_key_never_prints(key: deid.DeidKey, tmp_path: Path) -> None:
    assert repr(key) == f"DeidKey(key_id='{key.key_id}')"
    assert TEXT not in repr(key)
    with pytest.raises(TypeError):
        __import__("pickle").dumps(key)
    for bad in (TEXT[:-2], TEXT[:-1], "correct horse battery staple" * 2, "0" * 64):
        with pytest.raises(errors.AuthError, match="openssl rand") as caught:
            deid.DeidKey.from_text(bad)
        assert bad not in str(caught.value)
    path = tmp_path / "key"
    path.write_text(TEXT + "\n")
    path.chmod(0o644)
    with pytest.raises(errors.AuthError, match="chmod 600"):
        deid.DeidKey.from_file(path)
    path.chmod(0o600)
    assert deid.DeidKey.from_file(path).key_id == key.key_id
    command = [sys.executable, "-c", "print(bytes(range(32)).hex())"]
    assert deid.DeidKey.from_command(command).key_id == key.key_id


def test_nothing_runs_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_DEID_KEY", raising=False)
    with pytest.raises(errors.AuthError, match="ASSAY_DEID_KEY"):
        deid.DeidKey.from_env("ASSAY_DEID_KEY")
    monkeypatch.setenv("ASSAY_DEID_KEY", base64.b64encode(bytes(range(32))).decode())
    assert deid.DeidKey.from_env("ASSAY_DEID_KEY").key_id == deid.DeidKey.from_text(TEXT).key_id
    assert "ASSAY_DEID_KEY" in os.environ


def test_nfkc_of_every_code_point() -> None:
    newer = unicodedata.unidata_version > "14.0.0"
    for point in range(0x110000):
        if not 0xD800 <= point < 0xE000:
            c = chr(point)
            ours = to_nfkc(c)
            assert ours == unicodedata.normalize("NFKC", c) or (newer and ours == c), hex(point)


# Letters, marks of many classes, Hangul parts, compatibility forms: what composes and reorders.
PARTS = "aAeoq゙̧̣̀̂̈́ͅͅ가각각ﬁﾊﾞ①Åſẛ़ක්ෲ𑄮𝅗𝅥́"


@given(st.text(st.one_of(st.sampled_from(PARTS), st.characters(max_codepoint=0x2FF)), max_size=20))
def test_nfkc_of_sequences(text: str) -> None:
    assert to_nfkc(text) == unicodedata.normalize("NFKC", text)


@given(st.text(max_size=20))
def test_a_normalised_identifier_stays(text: str) -> None:
    normal = deid.normalise_identifier(text)
    assert normal is None or deid.normalise_identifier(normal) == normal
    assert deid.normalise_identifier(f" {text}\t") == normal


@given(st.binary(max_size=12))
def test_bytes_that_are_not_utf8_are_none(raw: bytes) -> None:
    try:
        expected = unicodedata.normalize("NFKC", raw.decode())
    except UnicodeDecodeError:
        assert to_nfkc(raw) is None
    else:
        assert to_nfkc(raw) == expected
