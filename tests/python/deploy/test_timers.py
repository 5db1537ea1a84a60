"""systemd's units and cron's lines: parsed by strict rules, by systemd itself where it is, never started."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from deployed import DEPLOY, parsed, without_variables

UNITS = sorted((DEPLOY / "systemd").glob("*.service")) + sorted((DEPLOY / "systemd").glob("*.timer"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
TIMERS = [path for path in UNITS if path.suffix == ".timer"]
CRON = DEPLOY / "cron" / "assay"
_FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}


def read(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    return unit


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@pytest.mark.parametrize("path", SERVICES, ids=names(SERVICES))
def test_a_service_runs_a_command_that_there_is_and_may_do_little(path: Path) -> None:
    unit = read(path)
    assert set(unit.sections()) <= {"Unit", "Service", "Install"}
    service = unit["Service"]
    program, *arguments = shlex.split(without_variables(service["ExecStart"]))
    assert Path(program).name == "assay"
    assert parsed(arguments).command.name == arguments[1]
    assert service["User"] == "assay"
    hardened = (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectKernelTunables",
        "RestrictSUIDSGID",
    )
    assert all(service[key] == "yes" for key in hardened)
    assert (service["ProtectSystem"], service["UMask"]) == ("strict", "0077")
    settings = re.findall(r"^EnvironmentFile=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert settings == ["/etc/assay/assay.env", "-/etc/assay/secrets.env"]
    if service["Type"] == "oneshot":
        assert path.with_suffix(".timer").is_file()


@pytest.mark.parametrize("path", TIMERS, ids=names(TIMERS))
def test_a_timer_starts_its_service_and_makes_up_for_what_was_missed(path: Path) -> None:
    unit = read(path)
    assert path.with_suffix(".service").is_file()
    assert unit["Timer"]["Persistent"] == "true"
    assert unit["Install"]["WantedBy"] == "timers.target"
    assert re.fullmatch(r"((Mon|Sun) )?\*-\*-\* (\*|\d\d):\d\d:00", unit["Timer"]["OnCalendar"])


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: the units were held against the rules above alone")
    for path in UNITS:
        # A program that is there in the place of the one that will be.
        text = path.read_text(encoding="utf-8").replace("/opt/assay/bin/assay", sys.executable)
        (tmp_path / path.name).write_text(text)
    made = [str(tmp_path / path.name) for path in UNITS]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *made], capture_output=True, text=True, check=False, timeout=120
    )
    own = [line for line in done.stderr.splitlines() if "assay-" in line]
    assert own == []
    for path in TIMERS:
        when = read(path)["Timer"]["OnCalendar"]
        done = subprocess.run([analyze, "calendar", when], capture_output=True, check=False, timeout=120)
        assert done.returncode == 0, when


def test_systemd_would_find_something(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: the units were held against the rules above alone")
    broken = tmp_path / "assay-broken.service"
    broken.write_text("[Service]\nType=oneshott\nExecStart=/nowhere/assay\n")
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(broken)], capture_output=True, text=True, check=False, timeout=120
    )
    assert "assay-broken" in done.stderr


def jobs() -> list[tuple[list[str], str, str]]:
    """The five times, the user and the command of each line of a system crontab."""
    found = []
    for line in CRON.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#") or re.match(r"[A-Z]+=", line):
            continue
        *times, user, command = line.split(None, 6)
        assert len(times) == 5, line
        found.append((times, user, command))
    return found


def field_is_valid(text: str, least: int, most: int) -> bool:
    for part in text.split(","):
        match = re.fullmatch(r"(\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        if match is None or match[4] == "0":
            return False
        numbers = [int(number) for number in match.group(2, 3) if number is not None]
        if any(not least <= number <= most for number in numbers) or numbers != sorted(numbers):
            return False
    return True


def test_the_lines_of_cron() -> None:
    assert CRON.read_text(encoding="utf-8").endswith("\n")  # cron leaves out a last line without an end
    found = jobs()
    assert len(found) >= 3
    for times, user, command in found:
        for text, (least, most) in zip(times, _FIELDS.values(), strict=True):
            assert field_is_valid(text, least, most), times
        assert user == "assay"
        assert "%" not in command  # cron would take what follows for input
        line = command.split("; ")[-1]
        words = shlex.split(without_variables(line))
        assert words[:3] == ["exec", "flock", "-n"]
        assert words[4] == "assay"
        parsed(words[5:])
        subprocess.run(["sh", "-n", "-c", command], check=True)


@pytest.mark.parametrize("secrets", [None, "ASSAY_SCORES_WEBHOOK=made-up"])
def test_cron_has_the_protection_and_the_variables_of_the_units(secrets: str | None, tmp_path: Path) -> None:
    (tmp_path / "assay.env").write_text("ASSAY_ZONE=UTC\n")
    if secrets is not None:
        (tmp_path / "secrets.env").write_text(secrets + "\n")
    seen = tmp_path / "flock"
    seen.write_text('#!/bin/sh\necho "$(umask) ${ASSAY_SCORES_WEBHOOK-none} $ASSAY_ZONE"\n')
    seen.chmod(0o755)
    for _, _, command in jobs():
        done = subprocess.run(
            ["/bin/sh", "-c", "umask 022; " + command.replace("/etc/assay/", f"{tmp_path}/")],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        )
        wanted = "none" if secrets is None else "made-up"
        assert done.stdout.split() == ["0077", wanted, "UTC"], done.stderr


def test_cron_agrees_on_the_next_times() -> None:
    croniter = pytest.importorskip("croniter").croniter
    from datetime import datetime

    start = datetime(2026, 11, 21, 12, 0)
    following = [croniter(" ".join(times), start).get_next(datetime) for times, _, _ in jobs()]
    assert following[:2] == [datetime(2026, 11, 21, 12, 5), datetime(2026, 11, 22, 5, 0)]


@pytest.mark.parametrize("text", ["60", "5-2", "*/0", "a", "", "1,,2", "1-"])
def test_the_rules_for_cron_are_strict(text: str) -> None:
    assert not field_is_valid(text, 0, 59)


def test_the_examples_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.pipelines.device_scores.messages import load_channels

    monkeypatch.setenv("ASSAY_SCORES_WEBHOOK", "https://hooks.example/s3cret")
    assert len(load_channels(DEPLOY / "systemd" / "channels.json.example")) == 2
    lines = (DEPLOY / "systemd" / "assay.env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    wanted = {name for path in SERVICES for name in re.findall(r"\$\{(ASSAY_\w+)\}", path.read_text())}
    assert wanted == set(given)
