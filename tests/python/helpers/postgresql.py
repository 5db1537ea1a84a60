"""A PostgreSQL server of the test run's own, on loopback."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path


def find_binaries() -> Path | None:
    """The folder with initdb and pg_ctl, which Debian keeps off the PATH; the newest version, or None."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextlib.contextmanager
def postgresql_server(port: int, *, settings: Sequence[str] = ()) -> Iterator[str]:
    """A fresh database on 127.0.0.1, as SQLAlchemy names it; it ends and goes with the block.

    PostgreSQL does not run as root, so that root runs it as the user that Debian's package makes.
    """
    binaries = find_binaries()
    assert binaries is not None
    user, as_user = pwd.getpwuid(os.getuid()).pw_name, []
    if os.getuid() == 0:
        user, as_user = "postgres", ["runuser", "-u", "postgres", "--"]

    def call(*arguments: str) -> None:
        done = subprocess.run(
            [*as_user, *arguments], cwd="/", stdin=subprocess.DEVNULL, text=True, check=False,
            stdout=subprocess.DEVNULL, stderr=log.open("a"),
        )  # fmt: skip
        assert done.returncode == 0, log.read_text()

    folder = Path(tempfile.mkdtemp(prefix="assay_pg_"))
    log, data = folder / "calls.log", folder / "data"
    log.touch()
    shutil.chown(folder, user)
    try:
        call(
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-A",
            "trust",
            "-U",
            "mlflow",
            "-E",
            "UTF8",
            "--no-sync",
        )
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        options += "".join(f" -c {setting}" for setting in settings)
        call(
            str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start"
        )
        try:
            yield f"postgresql+psycopg2://mlflow@127.0.0.1:{port}/postgres"
        finally:
            try:
                call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
            except AssertionError:
                if (data / "postmaster.pid").exists():  # without it the test has stopped the server itself
                    raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
