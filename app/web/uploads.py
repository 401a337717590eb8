"""Files in and out: an upload read from its form, and a kept file handed out so that no browser runs it."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from flask import Response, request

from app.core.errors import Invalid
from app.core.files import EVIDENCE, MOST_BYTES, Accepted, FileKind, accept
from app.web.acts import wiring_of_app

FORM_BESIDE = 256 * 1024
"""What the other answers of a form with a file may take, in bytes; for `access.uploads(MOST_BYTES + FORM_BESIDE)`."""


def uploaded(
    name: str = "file", *, kinds: Collection[FileKind] = EVIDENCE, most_bytes: int = MOST_BYTES
) -> Accepted | None:
    """The file posted under a name, checked (`Invalid` at that field), or None where none was chosen.

    A virus scanner looks at it here, before the act's transaction opens: nobody else waits while it does.
    """
    posted = request.files.get(name)
    if posted is None or not posted.filename:
        return None
    accepted = accept(posted.stream, name=posted.filename, kinds=kinds, most_bytes=most_bytes, field=name)
    wiring_of_app().files.check(accepted, field=name)
    return accepted


def required_upload(
    name: str = "file",
    *,
    missing: str = "Choose a file",
    kinds: Collection[FileKind] = EVIDENCE,
    most_bytes: int = MOST_BYTES,
) -> Accepted:
    """As `uploaded`, where there must be one."""
    found = uploaded(name, kinds=kinds, most_bytes=most_bytes)
    if found is None:
        raise Invalid(missing, field=name)
    return found


def attachment(data: bytes, *, name: str, media_type: str = "application/octet-stream") -> Response:
    """A download: never shown in the page, never guessed at, never kept by anything between."""
    answer = Response(data, mimetype=media_type)
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\' else "_" for one in name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
