"""Pages in a real browser, headless: what it shows after scripts ran, at the width of a phone or of a screen."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def browse(url: str, profile: Path, *options: str) -> str:
    """What the browser prints of the page, such as its document with ``--dump-dom``."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--allow-file-access-from-files", f"--user-data-dir={profile}", *options, url,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False).stdout


def seen_in_frame(folder: Path, page: str, width: int, script: str) -> str:
    """The document of a page that shows `page` in a frame of that width and then ran `script`.

    Headless Chromium opens no window as narrow as a phone; a frame can be.
    """
    (folder / "page.html").write_text(page, encoding="utf-8")
    (folder / "frame.html").write_text(
        f'<title>waits</title><iframe src="page.html" style="width:{width}px;height:900px;border:0"></iframe>'
        f"<script>onload = () => {{ {script} }}</script>"
    )
    return browse(
        (folder / "frame.html").as_uri(), folder / "profile", "--virtual-time-budget=10000", "--dump-dom"
    )


def width_needed(folder: Path, page: str, width: int) -> int:
    """How wide the page is, in pixels, where it is given so many."""
    shown = seen_in_frame(
        folder,
        page,
        width,
        "document.title = 'needs ' + document.querySelector('iframe').contentDocument.documentElement.scrollWidth;",
    )
    return int(shown.split("<title>needs ", 1)[1].split("<", 1)[0])
