"""The real public data that stands beside the project and is read there, never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared"


def shared_folder(*parts: str) -> Path:
    """The shared folder, or a file or folder in it. Where it is missing, CI fails and others skip."""
    path = FOLDER.joinpath(*parts)
    if not path.exists():
        missing = f"{os.path.join('..', 'shared', *parts)} is not beside the project"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path
