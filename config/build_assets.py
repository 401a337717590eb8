"""Takes the GOV.UK Frontend styles and script that npm fetched and makes them fit for a council.

The font GDS Transport, the royal crest and the GOV.UK icons are for services on GOV.UK itself; councils may use the
styles but not those marks. So the styles are copied without them, into a folder that is never committed. A release
whose shape differs from what is expected here stops the set-up: better no page than one with a mark that may not be
shown.

Run as `python -m config.build_assets` from the root of the project.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "node_modules" / "govuk-frontend"
TARGET = ROOT / "app" / "web" / "static" / "vendor"
STYLES = "govuk-frontend.min.css"
SCRIPT = "govuk-frontend.min.js"

FONT_FACE = re.compile(r"@font-face\{font-family:GDS Transport;[^{}]*\}")
FONT_FACES = 2
FONT_STACK = re.compile(r"(font-family:)GDS Transport,(arial,sans-serif)")
CREST_RULE = re.compile(r"[^{};]*\{[^{}]*govuk-crest\.svg[^{}]*\}")
SOURCE_MAP = re.compile(r"\s*(?:/\*|//)# sourceMappingURL=\S+?(?:\s*\*/)?\s*\Z")


class AssetError(Exception):
    """The fetched package is not what this step knows how to treat."""


def without_marks(styles: str) -> str:
    """The style sheet without fonts, crest and addresses of files that are not shipped.

    Raises `AssetError` where the sheet does not have the shape that GOV.UK Frontend 6 gives it.
    """
    styles, faces = FONT_FACE.subn("", styles)
    if faces != FONT_FACES:
        raise AssetError(f"expected {FONT_FACES} font faces of GDS Transport in {STYLES}, found {faces}")
    styles, stacks = FONT_STACK.subn(r"\1\2", styles)
    if not stacks:
        raise AssetError(f"found no font stack that begins with GDS Transport in {STYLES}")
    styles, crests = CREST_RULE.subn("", styles)
    if not crests:
        raise AssetError(f"found no rule that shows the crest in {STYLES}")
    styles = SOURCE_MAP.sub("\n", styles)
    for trace in ("GDS Transport", "crest.svg", "/assets/", "@font-face", "sourceMappingURL"):
        if trace in styles:
            raise AssetError(f"{STYLES} still says {trace!r} after the marks were taken out")
    return styles


def plain_script(script: str) -> str:
    """The script without the address of its source map. Raises `AssetError` if it is not the expected module."""
    script = SOURCE_MAP.sub("\n", script)
    for part in ("export{", "initAll", "createAll"):
        if part not in script:
            raise AssetError(f"{SCRIPT} has no {part!r}: it is not the module that the pages load")
    for trace in ("/assets/", "sourceMappingURL"):
        if trace in script:
            raise AssetError(f"{SCRIPT} refers to {trace!r}, which is not shipped")
    return script


def build(package: Path = PACKAGE, target: Path = TARGET, *, pins: Path = ROOT / "package.json") -> list[Path]:
    """Writes the two files to `target` and gives their paths; `AssetError` unless `package` is the pinned release."""
    wanted = json.loads(pins.read_text("utf-8"))["dependencies"]["govuk-frontend"]
    try:
        found = json.loads((package / "package.json").read_text("utf-8"))["version"]
        styles = (package / "dist" / "govuk" / STYLES).read_text("utf-8")
        script = (package / "dist" / "govuk" / SCRIPT).read_text("utf-8")
    except FileNotFoundError as missing:
        raise AssetError(f"{missing.filename} is missing: run `make setup`") from None
    if found != wanted:
        raise AssetError(f"govuk-frontend is {found}, and package.json pins {wanted}: run `make setup`")
    target.mkdir(parents=True, exist_ok=True)
    return [
        _replace(target / STYLES, without_marks(styles)),
        _replace(target / SCRIPT, plain_script(script)),
    ]


def _replace(file: Path, text: str) -> Path:
    """Writes a file whole, so that a server that reads it meanwhile sees the old one or the new one."""
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    os.chmod(draft, 0o644)
    os.replace(draft, file)
    return file


def main() -> int:
    """Builds, says what was written, and gives 0; or says what was not as expected and gives 1."""
    try:
        for file in build():
            print(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes")
    except AssetError as error:
        print(f"The GOV.UK styles could not be prepared: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
