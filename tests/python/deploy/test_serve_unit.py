"""The server as its unit starts and reloads it: a key is taken back from the file that the page names."""

from __future__ import annotations

import json
import re
import shlex
import signal
import time
from pathlib import Path

import pytest
from deployed import DEPLOY

pytest.importorskip("fastapi")

from device_model_file import write_model
from device_models import WORN
from serve_command import servers
from served import ask

from assay.serving.access import add_key

UNIT = (DEPLOY / "systemd" / "assay-serve.service").read_text(encoding="utf-8")
DEVICE = "/predict/device-failure"


def setting(name: str) -> str:
    found = re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)
    assert len(found) == 1, name
    return str(found[0])


def test_a_key_is_taken_back_from_the_server_of_the_unit(tmp_path: Path) -> None:
    _, lims, serve, *words = shlex.split(setting("ExecStart"))
    assert (lims, serve) == ("lims", "serve")
    page = (DEPLOY.parent / "docs" / "deploy.md").read_text(encoding="utf-8")
    [made] = re.findall(r"install -m (\d+) -g assay /dev/stdin (\S+)$", page, re.MULTILINE)
    named = words[words.index("--keys") + 1]
    assert made == ("0640", named)  # not one that systemd copied when it started the server
    etc, keys = tmp_path / "etc", tmp_path / "etc" / Path(named).name
    etc.mkdir()
    keys.write_text('{"keys": []}\n')
    keys.chmod(int(made[0], 8))
    headers = {"X-API-Key": add_key(keys, "ward7", "predict")}
    assert keys.stat().st_mode & 0o777 == 0o640
    places = {"${ASSAY_MODEL}": str(write_model(tmp_path / "m.assay-model")), "%S": str(tmp_path / "state")}
    line = [each.replace("/etc/assay", str(etc)) for each in words]
    for name, value in places.items():
        line = [each.replace(name, value) for each in line]
    assert setting("ExecReload") == "/bin/kill -HUP $MAINPID"
    with servers(tmp_path) as start:
        process, port = start(*line, "--reload", "3600")
        assert ask(port, "POST", DEVICE, WORN, headers)[0] == 200
        beside = etc / "new"
        beside.write_text(json.dumps({"keys": []}))
        beside.replace(keys)
        process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        while ask(port, "POST", DEVICE, WORN, headers)[0] != 401:
            assert time.monotonic() < until, "the key still counts"
            time.sleep(0.05)
