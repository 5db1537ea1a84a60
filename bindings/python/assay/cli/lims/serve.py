"""``assay lims serve`` and ``assay lims serve-key``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assay.serving import Access, AuditTrail

__all__ = ["serve", "serve_key"]

_FILE = click.Path(path_type=Path)


@click.command(
    epilog="""\b
Exit codes:
  0  stopped by SIGTERM or Ctrl-C; what was under way is answered, the audit log is written
  1  no model that is good, the port is taken, or the audit log could not be written to its end
  2  wrong usage, keys or certificate that cannot be read
"""
)
@click.argument("model")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address; others need keys or tokens.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."
)
@click.option("--keys", type=_FILE, help="File of API keys (serve-key).  [default: $ASSAY_API_KEYS, as JSON]")
@click.option("--jwt-secret-env", metavar="NAME", help="Variable with the secret of tokens (HS256).")
@click.option("--jwt-public-key", type=_FILE, help="Public key of tokens, PEM (RS256, ES256, EdDSA).")
@click.option("--jwt-issuer", metavar="TEXT", help="Issuer that tokens must name.")
@click.option("--jwt-audience", metavar="TEXT", help="Audience that tokens must name.")
@click.option("--certificate", type=_FILE, help="Certificate chain, PEM: TLS 1.2 or newer.")
@click.option("--key", type=_FILE, help="Key of the certificate, PEM.")
@click.option(
    "--audit", type=_FILE, default=Path("out/serve-audit.jsonl"), show_default=True, help="Audit log."
)
@click.option("--audit-key-env", metavar="NAME", help="Variable with the key of the audit log.")
@click.option(
    "--rate", type=click.FloatRange(min=0.1), default=100.0, show_default=True, help="Requests/s of a caller."
)
@click.option(
    "--connections-per-address",
    type=click.IntRange(min=0),
    default=1024,
    show_default=True,
    help="Of 4,096 in all; 0: no limit, as behind a proxy.",
)
@click.option(
    "--tracking", metavar="URI", help="MLflow server of the alias.  [default: $MLFLOW_TRACKING_URI]"
)
@click.option(
    "--reload",
    "reload_seconds",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Seconds between looks for a newer model; 0: none. SIGHUP looks at once.",
)
@click.option(
    "--cache", type=_FILE, default=Path("out/models"), show_default=True, help="Folder of an alias's models."
)
def serve(
    model: str,
    host: str,
    port: int,
    keys: Path | None,
    jwt_secret_env: str | None,
    jwt_public_key: Path | None,
    jwt_issuer: str | None,
    jwt_audience: str | None,
    certificate: Path | None,
    key: Path | None,
    audit: Path,
    audit_key_env: str | None,
    rate: float,
    connections_per_address: int,
    tracking: str | None,
    reload_seconds: float,
    cache: Path,
) -> None:
    """Serve a model of device failure over HTTP.

    MODEL is a model file, or models:/NAME@ALIAS of an MLflow server: whoever moves the alias changes the model that
    answers, once it has been loaded beside the old one and answers its example. POST /predict/device-failure,
    /predict/device-failure/batch; GET /health, /ready, /model-info, /metrics, /openapi.json.
    """
    import os
    import signal

    from assay.pipelines.job import reading_input

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload before there is anything to load anew ends no start
    _need_extra()
    from assay.serving import Limits, Service, configure, create_app, run, source_of
    from assay.serving.following import end_at_once_if_looking

    with reading_input():
        access = _access(keys, jwt_secret_env, jwt_public_key, jwt_issuer, jwt_audience)
        source = source_of(model, tracking_uri=tracking or os.environ.get("MLFLOW_TRACKING_URI"), cache=cache)
    limits = Limits(rate=rate, connections_per_address=connections_per_address)
    service = Service(source, access=access, limits=limits)
    with reading_input():
        config = configure(
            create_app(service, reload_seconds=reload_seconds),
            host=host,
            port=port,
            certificate=certificate,
            key=key,
        )
        service.trail = _trail(audit, audit_key_env)
    if access.open:
        click.echo("assay: without keys or tokens anybody on this machine may ask", err=True)
    if service.live.problem:
        click.echo(f"assay: {service.live.problem}", err=True)
    scheme = "https" if certificate is not None else "http"
    reference = service.reference()

    def ready(bound: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        click.echo(
            f"{scheme}://{shown}:{bound} answers with {reference['name']} {reference['version']}; Ctrl-C ends it"
        )

    run(config, ready=ready)
    code = 1 if service.trail is not None and service.trail.waiting else 0
    end_at_once_if_looking(code)
    if code:
        raise click.exceptions.Exit(code)


@click.command("serve-key")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["predict", "monitor", "admin"]),
    default="predict",
    show_default=True,
    help="predict: predictions; monitor: metrics; both: the model's description; admin: all.",
)
@click.option(
    "--keys", type=_FILE, default=Path("keys.json"), show_default=True, help="File of keys to add it to."
)
def serve_key(name: str, role: str, keys: Path) -> None:
    """Make an API key for `serve`.

    It is printed once; the file gets its hash alone, so that whoever reads the file cannot use it. A running server
    takes the new file at its next look for a model.
    """
    from assay.pipelines.job import reading_input

    _need_extra()
    from assay.pipelines.options import writing
    from assay.serving.access import add_key

    with reading_input(), writing(keys, "--keys"):
        click.echo(add_key(keys, name, role))


def _need_extra() -> None:
    import importlib.util

    packages = {
        "fastapi": "fastapi",
        "uvicorn": "uvicorn",
        "httptools": "httptools",
        "prometheus_client": "prometheus-client",
        "jwt": "PyJWT",
    }
    missing = [package for module, package in packages.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise click.UsageError(f"not installed, and needed to serve: pip install {' '.join(missing)}")


def _access(
    keys: Path | None,
    secret_env: str | None,
    public_key: Path | None,
    issuer: str | None,
    audience: str | None,
) -> Access:
    import os

    from assay import errors
    from assay.serving import Access, ApiKeys, JwtKeys

    if secret_env and public_key:
        raise click.UsageError("expected --jwt-secret-env or --jwt-public-key, got both")
    if not (secret_env or public_key) and (issuer or audience):
        raise click.UsageError("--jwt-issuer and --jwt-audience need --jwt-secret-env or --jwt-public-key")
    tokens = None
    if secret_env:
        if not os.environ.get(secret_env):
            raise errors.AuthError(f"jwt: expected a secret in ${secret_env}, got none")
        tokens = JwtKeys(os.environ[secret_env], issuer=issuer, audience=audience)
    elif public_key:
        try:
            text = public_key.read_text(encoding="utf-8")
        except OSError as error:
            raise errors.IoError(f"jwt: cannot read {public_key}: {error.strerror}") from None
        algorithms = ("RS256", "ES256", "EdDSA")
        tokens = JwtKeys(text, algorithms=algorithms, issuer=issuer, audience=audience)
    if keys is not None:
        return Access(ApiKeys.read(keys), tokens)
    text = os.environ.get("ASSAY_API_KEYS", "")
    return Access(ApiKeys(text) if text else None, tokens)


def _trail(path: Path, key_env: str | None) -> AuditTrail:
    from assay.data.audit import AuditLog
    from assay.data.deid import DeidKey
    from assay.pipelines.options import writing
    from assay.serving import AuditTrail

    with writing(path, "--audit"):
        path.parent.mkdir(parents=True, exist_ok=True)
        log = AuditLog(path, key=DeidKey.from_env(key_env) if key_env else None)
        log.record("api.start", why="a server of predictions begins")
    return AuditTrail(log)
