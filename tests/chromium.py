"""The browser that drives the pages: the machine's own Chromium, never one that Playwright downloads.

`python -m tests.chromium` prints the one that will be used, or the line that installs one and fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.servers import ServerError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> Path:
    """The browser for the tests: what CHROMIUM names, else one on PATH. `ServerError` says how to install one."""
    named = os.environ.get("CHROMIUM", "")
    candidates = [named] if named else [*NAMES, *PLACES]
    for candidate in candidates:
        if found := shutil.which(candidate):
            return Path(found)
    raise ServerError(
        (f"CHROMIUM is {named!r}, which is not a program. " if named else "The browser tests need Chromium. ")
        + "Install it:\n  Debian:  apt-get install chromium\n  macOS:   brew install --cask chromium\n"
        "or set CHROMIUM to the path of a Chromium or Chrome."
    )


def main() -> int:
    """Says which browser will be used and gives 0, or how to get one and gives 1."""
    try:
        print(f"  {chromium_path()}")
    except ServerError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
