"""API keys, tokens, roles and rates, alone and by requests to a real server."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
import warnings
from pathlib import Path
from typing import Any

import jwt
import pytest
from device_models import WORN
from served import Versions, ask, serving

import assay
from assay.serving import Access, ApiKeys, JwtKeys, Limits, Service, new_key
from assay.serving.access import add_key
from assay.serving.limits import RateLimiter

DEVICE = "/predict/device-failure"
SECRET = "made up for a test, never used elsewhere"


def keys_of(*entries: dict[str, Any]) -> ApiKeys:
    return ApiKeys(json.dumps({"keys": list(entries)}))


def token(**claims: Any) -> str:
    whole = {"sub": "lims", "role": "predict", "exp": time.time() + 60} | claims
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, SECRET, algorithm="HS256")


def test_a_key_is_kept_as_its_hash_alone() -> None:
    key, entry = new_key("ward7", "predict")
    assert len(key) > 40 and key not in json.dumps(entry)
    assert entry["sha256"] == hashlib.sha256(key.encode()).hexdigest()
    caller = keys_of(entry).caller(key, 0)
    assert caller is not None and (caller.name, caller.role) == ("ward7", "predict")
    assert keys_of(entry).caller(key + "x", 0) is None
    assert keys_of(entry).caller(entry["sha256"], 0) is None
    assert new_key("ward7", "predict")[0] != key


def test_every_key_is_compared_whatever_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    import hmac

    compared: list[int] = []
    plain = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(1) or plain(a, b))
    made = [new_key(f"k{i}", "predict") for i in range(5)]
    keys = keys_of(*(entry for _, entry in made))
    for sent in (made[0][0], made[4][0], "", "wrong"):
        compared.clear()
        keys.caller(sent, 0)
        assert len(compared) == 5


def test_a_key_ends_when_its_entry_says() -> None:
    key, entry = new_key("ward7", "predict")
    keys = keys_of(entry | {"expires": "2027-01-01T00:00:00Z"})
    end = 1798761600.0  # 2027-01-01T00:00:00Z
    assert keys.caller(key, end - 1) is not None
    assert keys.caller(key, end) is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"keys": 1}', '{"keys": [{}]}',
     '{"keys": [{"name": "a", "role": "root", "sha256": "%s"}]}' % ("0" * 64),
     '{"keys": [{"name": "a b", "role": "predict", "sha256": "%s"}]}' % ("0" * 64),
     '{"keys": [{"name": "a", "role": "predict", "sha256": "secret"}]}'],
)  # fmt: skip
def test_a_file_of_keys_that_is_none_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(assay.AuthError) as caught:
        ApiKeys(text)
    assert "secret" not in str(caught.value)


def test_keys_are_added_to_a_file_of_their_owner(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    first, second = add_key(file, "ward7", "predict"), add_key(file, "prometheus", "monitor")
    assert file.stat().st_mode & 0o777 == 0o600
    assert first not in file.read_text()
    keys = ApiKeys.read(file)
    assert len(keys) == 2 and keys.caller(second, 0) == ("prometheus", "monitor")
    with pytest.raises(assay.ValueError, match="no key yet"):
        add_key(file, "ward7", "admin")
    file.chmod(0o666)
    with pytest.raises(assay.AuthError, match="not everybody may change"):
        ApiKeys.read(file)


def test_a_file_of_keys_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"keys": []}')
    file.chmod(0o640)
    key = add_key(file, "ward7", "predict")
    assert file.stat().st_mode & 0o777 == 0o640
    assert ApiKeys.read(file).caller(key, 0) is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_a_file_of_keys_keeps_owner_and_group(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"keys": []}')
    os.chown(file, 10001, 10002)
    file.chmod(0o600)
    add_key(file, "ward7", "predict")
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (10001, 10002, 0o600)


def test_where_owner_and_group_cannot_be_kept_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"keys": []}')

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(assay.IoError, match="owner and group"):
        add_key(file, "ward7", "predict")
    assert file.read_text() == '{"keys": []}' and [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_a_link_to_a_file_of_keys_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "keys.json")
    add_key(tmp_path / "link.json", "ward7", "predict")
    add_key(tmp_path / "link.json", "ward8", "predict")
    assert (tmp_path / "link.json").is_symlink() and len(ApiKeys.read(tmp_path / "keys.json")) == 2


def test_a_key_is_taken_back_from_a_server_that_runs(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    key = add_key(file, "ward7", "predict")
    service = Service(Versions(), access=Access(ApiKeys.read(file)))
    assert service.access.caller([(b"x-api-key", key.encode())], 0) is not None
    file.write_text('{"keys": []}')
    service.read_keys()
    assert service.access.caller([(b"x-api-key", key.encode())], 0) is None
    file.write_text("{")
    service.read_keys()
    assert "keys" in service.problems()[0]


def test_tokens_are_checked_for_signature_time_and_claims() -> None:
    keys = JwtKeys(SECRET, issuer="sso", audience="assay")
    good = {"iss": "sso", "aud": "assay"}
    caller = keys.caller(token(**good))
    assert caller is not None and (caller.name, caller.role) == ("lims", "predict")
    for wrong in (
        good | {"exp": time.time() - 1},
        good | {"exp": None},
        good | {"sub": None},
        good | {"role": None},
        good | {"role": "root"},
        good | {"role": ["admin"]},
        good | {"iss": "other"},
        {"iss": "sso"},
        good | {"nbf": time.time() + 60},
    ):
        assert keys.caller(token(**wrong)) is None, wrong
    assert keys.caller("no.token.atall") is None
    assert keys.caller(token(**good)[:-4] + "AAAA") is None


def test_a_token_of_any_depth_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    deep = '{"alg":"HS256","typ":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert JwtKeys(SECRET).caller(f"{part(deep)}.{part('{}')}.x") is None

    def too_deep(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(jwt, "decode", too_deep)  # as releases of PyJWT before 2.15 let through
    assert JwtKeys(SECRET).caller(token()) is None


def test_an_unsigned_token_and_one_of_another_algorithm_are_refused() -> None:
    claims = {"sub": "lims", "role": "admin", "exp": time.time() + 60}
    keys = JwtKeys(SECRET)
    assert keys.caller(jwt.encode(claims, None, algorithm="none")) is None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jwt: for HS512 the secret is short
        assert keys.caller(jwt.encode(claims, SECRET, algorithm="HS512")) is None


def test_a_public_key_takes_only_what_its_owner_signed() -> None:
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    signer = ec.generate_private_key(ec.SECP256R1())
    public = signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    claims = {"sub": "lims", "role": "predict", "exp": time.time() + 60}
    keys = JwtKeys(public, algorithms=("RS256", "ES256", "EdDSA"))
    assert keys.caller(jwt.encode(claims, signer, algorithm="ES256")) is not None
    other = ec.generate_private_key(ec.SECP256R1())
    assert keys.caller(jwt.encode(claims, other, algorithm="ES256")) is None
    assert keys.caller(token()) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(assay.AuthError, match="32 bytes"):
        JwtKeys("short")


def test_roles_open_what_is_theirs() -> None:
    made = {role: new_key(role, role) for role in ("predict", "monitor", "admin")}
    access = Access(keys_of(*(entry for _, entry in made.values())), JwtKeys(SECRET))
    expected = {
        ("POST", DEVICE): {"predict": 200, "monitor": 403, "admin": 200},
        ("GET", "/model-info"): {"predict": 200, "monitor": 200, "admin": 200},
        ("GET", "/metrics"): {"predict": 403, "monitor": 200, "admin": 200},
        ("GET", "/ready"): {"predict": 200, "monitor": 200, "admin": 200},
    }
    with serving(Service(Versions(), access=access)) as port:
        for (method, path), by_role in expected.items():
            body = WORN if method == "POST" else None
            for role, status in by_role.items():
                assert ask(port, method, path, body, {"X-API-Key": made[role][0]})[0] == status, (path, role)
                bearer = {"Authorization": f"Bearer {token(role=role)}"}
                assert ask(port, method, path, body, bearer)[0] == status
        for headers in (
            {},
            {"X-API-Key": "wrong"},
            {"X-API-Key": ""},
            {"Authorization": "Bearer x"},
            {"Authorization": f"Basic {token()}"},
            {"X-API-Key": made["admin"][0], "Authorization": f"Bearer {token()}"},
        ):
            status, answered, said = ask(port, "POST", DEVICE, WORN, headers)
            assert status == 401 and "Bearer" in answered["www-authenticate"]
            assert "wrong" not in json.dumps(said)
        described = ask(port, "GET", "/openapi.json")[2]
        assert set(described["components"]["securitySchemes"]) == {"ApiKey", "Token"}
        assert described["paths"][DEVICE]["post"]["security"] == [{"ApiKey": []}, {"Token": []}]


def test_a_bucket_fills_at_its_rate() -> None:
    limiter = RateLimiter(rate=2, burst=4)
    assert [limiter.wait("a", 100.0) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert limiter.wait("b", 100.0) == 0  # another caller has a bucket of its own
    assert limiter.wait("a", 100.5) == 0
    assert limiter.wait("a", 100.5) == 0.5
    assert [limiter.wait("a", 1000.0) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert limiter.wait("a", 999.0) == 0.5  # a clock that goes back gives nothing


def test_callers_that_are_remembered_are_limited() -> None:
    limiter = RateLimiter(rate=1, burst=1, callers=100)
    for i in range(1000):
        limiter.wait(f"address {i}", float(i))
    assert len(limiter) == 100


def test_a_caller_who_asks_too_often_is_told_when_to_come_back() -> None:
    made = [new_key(f"k{i}", "predict") for i in range(2)]
    access = Access(keys_of(*(entry for _, entry in made)))
    with serving(Service(Versions(), access=access, limits=Limits(rate=0.1))) as port:
        first = {"X-API-Key": made[0][0]}
        found = [ask(port, "POST", DEVICE, WORN, first) for _ in range(3)]
        assert [each[0] for each in found] == [200, 429, 429]
        assert 1 <= int(found[1][1]["retry-after"]) <= 11
        assert ask(port, "POST", DEVICE, WORN, {"X-API-Key": made[1][0]})[0] == 200
        assert ask(port, "GET", "/health")[0] == 200
        guesses = [ask(port, "POST", DEVICE, WORN, {"X-API-Key": f"guess{i}"})[0] for i in range(3)]
        assert guesses == [401, 429, 429]  # by address
