"""Who may ask what: API keys, of which only hashes are kept, or signed tokens (JWT), each with a role."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from assay import errors

__all__ = ["ROLES", "Access", "ApiKeys", "Caller", "JwtKeys", "add_key", "new_key"]

ROLES = {
    "predict": frozenset({"predict", "info"}),
    "monitor": frozenset({"metrics", "info"}),
    "admin": frozenset({"predict", "metrics", "info"}),
}
"""What each role may do."""

_NAME = re.compile(r"[\w.@:\-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SECRET_BYTES = 32


class Caller(NamedTuple):
    """Whoever asks, as far as the server knows."""

    name: str
    role: str

    def may(self, what: str) -> bool:
        return what in ROLES[self.role]


ANYBODY = Caller("anybody", "admin")


@dataclass(frozen=True)
class _Key:
    caller: Caller
    digest: bytes
    expires: float | None


def new_key(name: str, role: str) -> tuple[str, dict[str, str]]:
    """A random key of 256 bits, and the entry for the file of keys, which holds its SHA-256 alone.

    Raises:
        ValueError: a role that there is not, or a name of other than letters, digits and . @ : - _
    """
    _caller(name, role)
    key = f"assay_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return key, {"name": name, "role": role, "sha256": hashlib.sha256(key.encode()).hexdigest()}


def add_key(file: str | os.PathLike[str], name: str, role: str) -> str:
    """Adds a new key to a file, which keeps its owner, group and mode; made with mode 600 where it is missing.

    Returns:
        The key.

    Raises:
        ValueError: the file has a key of this name.
        IoError: owner and group cannot be kept; nothing is changed then.
    """
    path = Path(file).resolve()
    entries, former = [], None
    if path.exists():
        ApiKeys.read(path)
        former = path.stat()
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
    if any(entry["name"] == name for entry in entries):
        raise errors.ValueError(
            "api keys: expected a name that has no key yet; remove its entry to replace it"
        )
    key, entry = new_key(name, role)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        if former is not None:
            _become(out.fileno(), former, beside)
        json.dump({"keys": [*entries, entry]}, out, indent=2)
        out.write("\n")
    beside.replace(path)
    return key


class ApiKeys:
    """Keys by their hashes. The time a comparison takes does not depend on the key.

    Args:
        text: ``{"keys": [{"name": …, "role": …, "sha256": …, "expires": "2027-01-01T00:00:00Z"}, …]}``; `expires` may
            be left out.
    """

    def __init__(self, text: str) -> None:
        self._keys = _read_keys(text)
        self._file: Path | None = None

    @classmethod
    def read(cls, file: str | os.PathLike[str]) -> ApiKeys:
        """Of a file that only its owner and group may change."""
        keys = cls(_file_text(Path(file)))
        keys._file = Path(file)
        return keys

    def refresh(self) -> None:
        """Reads the file again, so that a key can be taken back from a server that runs.

        Raises:
            Error: it cannot be read; the keys stay as they were.
        """
        if self._file is not None:
            self._keys = _read_keys(_file_text(self._file))

    def __len__(self) -> int:
        return len(self._keys)

    def caller(self, key: str, now: float) -> Caller | None:
        """Whose key it is, or None; every key is compared whatever it is."""
        digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
        found = None
        for each in self._keys:
            if hmac.compare_digest(each.digest, digest):
                found = each
        if found is None or (found.expires is not None and now >= found.expires):
            return None
        return found.caller


class JwtKeys:
    """Signed tokens: ``sub`` names the caller, ``role`` its role; ``exp`` is required.

    Args:
        key: at least 32 bytes shared with whoever signs (HS256), or a public key as PEM.
        algorithms: those that are accepted; whatever a token says of itself counts for nothing.
    """

    def __init__(
        self,
        key: str,
        *,
        algorithms: Iterable[str] = ("HS256",),
        issuer: str | None = None,
        audience: str | None = None,
    ) -> None:
        self._algorithms = list(algorithms)
        if any(name.startswith("HS") for name in self._algorithms) and len(key.encode()) < _SECRET_BYTES:
            raise errors.AuthError("jwt: expected a secret of at least 32 bytes")
        self._key = key
        self._issuer = issuer
        self._audience = audience

    def caller(self, token: str) -> Caller | None:
        """Whose token it is, or None where it is none that is valid now."""
        import jwt

        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=self._algorithms,
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "sub"]},
            )
            return _caller(claims["sub"], claims.get("role"))
        except (jwt.PyJWTError, errors.ValueError, ValueError, TypeError, RecursionError):
            return None


class Access:
    """Which caller a request comes from.

    Args:
        keys: API keys of the header ``X-API-Key``.
        tokens: JWT of the header ``Authorization: Bearer``.
    """

    def __init__(self, keys: ApiKeys | None = None, tokens: JwtKeys | None = None) -> None:
        self.keys = keys
        self.tokens = tokens

    @property
    def open(self) -> bool:
        """Whether anybody may ask anything: where neither keys nor tokens are configured."""
        return self.keys is None and self.tokens is None

    def caller(self, headers: Iterable[tuple[bytes, bytes]], now: float) -> Caller | None:
        """Who asks, or None where it is not known; a request with two credentials is nobody's."""
        if self.open:
            return ANYBODY
        given = [(name, value) for name, value in headers if name in (b"x-api-key", b"authorization")]
        if len(given) != 1:
            return None
        name, value = given[0]
        text = value.decode("latin-1")
        if name == b"x-api-key":
            return self.keys.caller(text, now) if self.keys is not None else None
        scheme, _, token = text.partition(" ")
        if self.tokens is None or scheme.lower() != "bearer":
            return None
        return self.tokens.caller(token.strip())


def _caller(name: Any, role: Any) -> Caller:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise errors.ValueError("access: expected a name of 1 to 64 letters, digits and . @ : - _")
    if not isinstance(role, str) or role not in ROLES:
        raise errors.ValueError(f"access: expected a role of {', '.join(ROLES)}")
    return Caller(name, role)


def _become(file: int, former: os.stat_result, beside: Path) -> None:
    """Gives a new file owner, group and mode of the one it replaces: a server of another user reads it."""
    made = os.fstat(file)
    try:
        if (made.st_uid, made.st_gid) != (former.st_uid, former.st_gid):
            os.fchown(file, former.st_uid, former.st_gid)
        os.fchmod(file, stat.S_IMODE(former.st_mode))
    except OSError:
        beside.unlink()
        raise errors.IoError(
            "api keys: expected to keep the file's owner and group, which is not allowed; run it as its owner or root"
        ) from None


def _file_text(path: Path) -> str:
    try:
        if path.stat().st_mode & stat.S_IWOTH:
            raise errors.AuthError(f"api keys: expected a file that not everybody may change: {path}")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        if isinstance(error, errors.Error):
            raise
        raise errors.IoError(f"api keys: cannot read {path}: {error.strerror}") from None
    except UnicodeError:
        raise errors.AuthError(f"api keys: expected UTF-8, got a file that is none: {path}") from None


def _read_keys(text: str) -> list[_Key]:
    try:
        entries = json.loads(text)["keys"]
        keys = [_read_key(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f": {error}" if isinstance(error, errors.Error) else ""
        raise errors.AuthError(
            f'api keys: expected {{"keys": [{{"name", "role", "sha256"}}, …]}}{reason}'
        ) from None
    if len({each.digest for each in keys}) != len(keys):
        raise errors.AuthError("api keys: expected distinct keys, got one twice")
    return keys


def _read_key(entry: Mapping[str, Any]) -> _Key:
    digest = entry["sha256"]
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise errors.ValueError("expected sha256 as 64 hexadecimal digits")
    expires = entry.get("expires")
    until = None
    if expires is not None:
        when = datetime.fromisoformat(str(expires).replace("Z", "+00:00"))
        until = (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()
    return _Key(_caller(entry["name"], entry["role"]), bytes.fromhex(digest), until)
