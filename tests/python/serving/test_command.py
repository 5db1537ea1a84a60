"""`assay lims serve` and `serve-key` as people type them, on a model file."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from device_model_file import write_model
from device_models import HEALTHY, WORN
from serve_command import Start, command, environment, refused
from served import ask

from assay.data.audit import AuditLog
from assay.pipelines.device_risk import DeviceRisk

DEVICE = "/predict/device-failure"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "device.assay-model", version="1")


def test_a_model_file_is_served_with_a_key_and_an_audit_log(
    start: Start, model: Path, tmp_path: Path
) -> None:
    made = subprocess.run(
        command("serve-key", "ward7", "--keys", "keys.json"),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        check=True,
    )
    key = made.stdout.strip()
    process, port = start(str(model), "--keys", "keys.json", "--audit", "audit.jsonl")
    assert ask(port, "POST", DEVICE, WORN)[0] == 401
    status, _, answer = ask(port, "POST", DEVICE, WORN, {"X-API-Key": key})
    assert status == 200 and answer["model"] == {"name": "device", "version": "1"}
    risk = DeviceRisk.load(model)
    row = [WORN[each.field] for each in risk.inputs]
    assert answer["risk"] == risk.assess_row(row).risk
    top = [(each["feature"], each["contribution"]) for each in answer["top_features"]]
    assert top == risk.explain(row) and len(top) == 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    entries = list(AuditLog(tmp_path / "audit.jsonl").entries())
    assert entries[0]["what"] == "api.start"
    assert sum(int(entry["about"].get("accesses", 0)) for entry in entries) == 2


def test_tokens_by_a_secret_and_by_a_public_key(start: Start, model: Path, tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    secret = "made up for a test, never used elsewhere"
    signer = ec.generate_private_key(ec.SECP256R1())
    public = signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    claims = {"sub": "lims", "role": "predict", "exp": time.time() + 600, "iss": "sso", "aud": "assay"}
    named = ("--jwt-issuer", "sso", "--jwt-audience", "assay")
    by_secret = jwt.encode(claims, secret, algorithm="HS256")
    by_key = jwt.encode(claims, signer, algorithm="ES256")
    ended = jwt.encode(claims | {"exp": time.time() - 1}, secret, algorithm="HS256")
    _, port = start(str(model), "--jwt-secret-env", "SIGNED", *named, SIGNED=secret)
    _, other = start(str(model), "--jwt-public-key", "public.pem", *named, "--audit", "other.jsonl")
    for where, token, status in (
        (port, by_secret, 200),
        (port, by_key, 401),
        (port, ended, 401),
        (other, by_key, 200),
        (other, by_secret, 401),
    ):
        assert ask(where, "POST", DEVICE, WORN, {"Authorization": f"Bearer {token}"})[0] == status
    assert ask(port, "GET", "/metrics", headers={"Authorization": f"Bearer {by_secret}"})[0] == 403
    log = (tmp_path / "out" / "serve-audit.jsonl").read_text(encoding="utf-8")
    assert " lims predict " in log and by_secret.split(".")[1] not in log


def test_a_forest_says_the_same_of_one_row_and_of_a_table(model: Path) -> None:
    risk = DeviceRisk.load(model)
    risk.check()
    rows = [
        HEALTHY | {"tool_wear_min": wear, "torque_nm": torque}
        for wear in range(0, 250, 50)
        for torque in (20, 40, 70)
    ]
    table = {name: [row[name] for row in rows] for name in HEALTHY}
    probabilities = risk.assess(table)["probability"].to_pylist()
    for row, expected in zip(rows, probabilities, strict=True):
        assert risk.assess_row([row[each.field] for each in risk.inputs]).probability == expected
    assert len(set(probabilities)) > 3


@pytest.mark.parametrize("reload", ["3600", "0"])
def test_the_file_is_read_again_on_a_hangup_and_a_broken_one_is_refused(
    reload: str, start: Start, model: Path, tmp_path: Path
) -> None:
    file = tmp_path / "device.assay-model"
    file.write_bytes(model.read_bytes())
    process, port = start("device.assay-model", "--reload", reload)

    def after_hangup(wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        process.send_signal(signal.SIGHUP)
        for _ in range(5000):
            state: dict[str, Any] = ask(port, "GET", "/ready", headers={"host": "localhost"})[2]
            if wanted(state):
                return state
            time.sleep(0.005)  # looks at /ready have a rate, too
        raise AssertionError(state)

    write_model(tmp_path / "new", seed=1, version="2").replace(file)
    after_hangup(lambda state: state["model"]["version"] == "2" and not state["problems"])
    whole = file.read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut").replace(file)
    state = after_hangup(lambda state: bool(state["problems"]))
    assert state["ready"] and state["model"]["version"] == "2"
    assert ask(port, "POST", DEVICE, WORN)[2]["model"]["version"] == "2"
    assert "cut short" in ask(port, "GET", "/model-info")[2]["problem"]
    (tmp_path / "whole").write_bytes(whole)
    (tmp_path / "whole").replace(file)
    after_hangup(lambda state: not state["problems"])


def test_a_hangup_while_it_starts_does_not_end_it(model: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "keys.json"
    os.mkfifo(pipe)
    words = command("serve", str(model), "--port", "0", "--keys", "keys.json", "--reload", "0")
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment()
    ) as process:
        try:
            with open(pipe, "w", encoding="utf-8") as keys:  # it waits for its keys now
                process.send_signal(signal.SIGHUP)
                time.sleep(0.2)
                with contextlib.suppress(BrokenPipeError):
                    keys.write('{"keys": []}')
                    keys.flush()
            assert process.stdout is not None
            assert "answers with" in process.stdout.readline()
        finally:
            process.kill()


def test_a_model_that_is_missing_cut_short_or_changed_is_not_served(model: Path, tmp_path: Path) -> None:
    code, said = refused(tmp_path, "none.assay-model")
    assert code == 1 and "cannot read" in said
    whole = model.read_bytes()
    (tmp_path / "cut.assay-model").write_bytes(whole[:-100])
    (tmp_path / "changed.assay-model").write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
    for name in ("cut", "changed"):
        code, said = refused(tmp_path, f"{name}.assay-model")
        assert code == 1 and name in said


def test_what_cannot_be_meant_is_refused(model: Path, tmp_path: Path) -> None:
    for words, said_there in (
        (["--host", "0.0.0.0"], "keys or tokens"),
        (["--keys", "none.json"], "none.json"),
        (["--certificate", "x.pem"], "together"),
        (["--jwt-secret-env", "NONE"], "$NONE"),
        (["--jwt-issuer", "sso"], "--jwt-secret-env"),
    ):
        code, said = refused(tmp_path, str(model), *words)
        assert code == 2 and said_there in said, said
    code, said = refused(tmp_path, "models:/device@production")
    assert code == 2 and "MLflow server" in said


def test_a_port_that_is_taken_is_said(model: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = refused(tmp_path, str(model), "--port", str(taken.getsockname()[1]))
    assert code == 1 and "taken" in said
    assert "ERROR" not in said and len(said.splitlines()) <= 2, said  # once, in our words
