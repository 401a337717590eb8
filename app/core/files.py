"""Files that people upload: what may come in, and where it is kept.

A file is accepted by what it is and not only by what it is called: its bytes must be those of one of a few kinds, which
must be the kind that its name ends in, and its size is bounded. It is kept under the hash of its content, outside
anything that a web server shows, so the same file twice is kept once and a name is never a path. It is handed out as an
attachment that no browser may interpret; nobody here opens a PDF or unpacks an office document, and one that carries
macros is refused. Where a virus scanner is configured, it looks at the content first (`app.core.scanning`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy.orm import Session

from app.core.errors import HomewardError, Invalid
from app.core.models import StoredFile

MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
"""A certificate or a policy document is smaller than this."""

LONGEST_NAME = 120
_CHUNK = 256 * 1024


class FileKind(StrEnum):
    """What may be uploaded somewhere."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    WORD = "docx"
    EXCEL = "xlsx"
    CSV = "csv"


MEDIA_TYPES: dict[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.CSV: "text/csv",
}
KIND_WORDS: dict[FileKind, str] = {
    FileKind.PDF: "PDF",
    FileKind.PNG: "PNG",
    FileKind.JPEG: "JPEG",
    FileKind.WORD: "Word (.docx)",
    FileKind.EXCEL: "Excel (.xlsx)",
    FileKind.CSV: "CSV",
}
SEALED = "application/octet-stream"
"""What a content is to whoever does not hold its key."""

EVIDENCE = (FileKind.PDF, FileKind.PNG, FileKind.JPEG, FileKind.WORD)
"""What shows something: a certificate, a policy, a letter, a picture of one."""

_ENDINGS: dict[FileKind, tuple[str, ...]] = {
    FileKind.PDF: (".pdf",),
    FileKind.PNG: (".png",),
    FileKind.JPEG: (".jpg", ".jpeg"),
    FileKind.WORD: (".docx",),
    FileKind.EXCEL: (".xlsx",),
    FileKind.CSV: (".csv",),
}


def _office(folder: bytes) -> Callable[[bytes], bool]:
    # The names in a zip file stand in it as they are, so nothing has to be unpacked to see them.
    return lambda data: data.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in data and folder in data


def _has_macros(data: bytes) -> bool:
    return b"vbaproject.bin" in data.lower()


def _text(data: bytes) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\x0c" for byte in data[: 64 * 1024])


_IS: dict[FileKind, Callable[[bytes], bool]] = {
    FileKind.PDF: lambda data: data.startswith(b"%PDF-"),
    FileKind.PNG: lambda data: data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR",
    FileKind.JPEG: lambda data: data.startswith(b"\xff\xd8\xff"),
    FileKind.WORD: _office(b"word/"),
    FileKind.EXCEL: _office(b"xl/"),
    FileKind.CSV: _text,
}


class FileMissing(HomewardError):
    """The store has lost a file that the database knows: an operator must look at the backup."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may be kept: its bytes, its kind, the name that people know it by, and its hash."""

    data: bytes
    kind: FileKind
    name: str
    sha256: str

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)


def accept(
    stream: IO[bytes],
    *,
    name: str,
    kinds: Collection[FileKind] = EVIDENCE,
    most_bytes: int = MOST_BYTES,
    field: str = "file",
) -> Accepted:
    """Read an upload and check it. `Invalid` at `field` for none, an empty one, a large one, and one whose content is
    not of the kind that its name ends in or of none that is wanted here.
    """
    name = clean_name(name)
    chunks: list[bytes] = []
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > most_bytes:
            raise Invalid(f"The file must be smaller than {most_bytes // MEGABYTE} MB", field=field)
        chunks.append(chunk)
    data = b"".join(chunks)
    if not name:
        raise Invalid("Choose a file", field=field)
    if not data:
        raise Invalid("The file is empty", field=field)
    wanted = " or ".join([", ".join(KIND_WORDS[kind] for kind in list(kinds)[:-1]), KIND_WORDS[list(kinds)[-1]]])
    named = next((kind for kind in kinds if name.lower().endswith(_ENDINGS[kind])), None)
    if named is None:
        raise Invalid(f"The file must be a {wanted.removeprefix(' or ')}", field=field)
    if not _IS[named](data):
        raise Invalid(f"The file is named like a {KIND_WORDS[named]} but its content is something else", field=field)
    if named in (FileKind.WORD, FileKind.EXCEL) and _has_macros(data):
        raise Invalid("The file contains macros. Save it without them, or as a PDF", field=field)
    return Accepted(data, named, name, hashlib.sha256(data).hexdigest())


def clean_name(name: str) -> str:
    """The last part of a file's name in characters that are safe in a header and on every system; "" for none."""
    last = re.split(r"[/\\]", name)[-1]
    kept = re.sub(r"[^\w .()&+-]", "_", last, flags=re.UNICODE).strip(" .")
    kept = " ".join(kept.split())
    if len(kept) > LONGEST_NAME:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if dot else kept[:LONGEST_NAME]
    return kept


class Store(Protocol):
    """Where contents are kept, by their hash. A folder is one; an object store is another."""

    def check(self, accepted: Accepted, *, field: str = "file") -> None:
        """Look at a content before anything is written about it; `Invalid` at the field where it may not be kept."""

    def put(self, accepted: Accepted) -> None:
        """Keep a content. The same again changes nothing."""

    def put_sealed(self, data: bytes) -> str:
        """Keep what is encrypted already, and so says nothing to a scanner, which looked at it before. Returns its
        hash.
        """

    def get(self, sha256: str) -> bytes:
        """A content. Raises `FileMissing`."""

    def remove(self, sha256: str) -> None:
        """Forget a content. One that is not there is forgotten already."""


class FolderStore:
    """Contents in a folder of this machine, a file each, named by its hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, accepted: Accepted, *, field: str = "file") -> None:
        """A folder takes whatever was accepted."""

    def put(self, accepted: Accepted) -> None:
        self._write(self._place(accepted.sha256), accepted.data)

    def put_sealed(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self._write(self._place(sha256), data)
        return sha256

    def _write(self, place: Path, data: bytes) -> None:
        if place.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.parent.mkdir(exist_ok=True, mode=0o700)
        # Whole or not at all: a reader never meets half a file, and a crash leaves only a draft.
        handle, draft = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(draft, place)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise

    def get(self, sha256: str) -> bytes:
        try:
            data = self._place(sha256).read_bytes()
        except FileNotFoundError:
            raise FileMissing("This file cannot be found. Tell the hub, which can look for it in the backup.") from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise FileMissing("This file has been damaged. Tell the hub, which can look for it in the backup.")
        return data

    def remove(self, sha256: str) -> None:
        self._place(sha256).unlink(missing_ok=True)

    def _place(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError("a content is known by its SHA-256 in hexadecimal")
        return self.folder / sha256[:2] / sha256


def keep(session: Session, store: Store, accepted: Accepted, *, now: dt.datetime) -> StoredFile:
    """Put a file into the store and write that it is there. The content comes first: a row never points at nothing."""
    store.put(accepted)
    found = session.get(StoredFile, accepted.sha256)
    if found is None:
        found = StoredFile(
            sha256=accepted.sha256,
            size=accepted.size,
            media_type=MEDIA_TYPES[accepted.kind],
            stored_at=now,
        )
        session.add(found)
        session.flush()
    return found


def keep_sealed(session: Session, store: Store, data: bytes, *, now: dt.datetime) -> StoredFile:
    """As `keep`, for a content that is encrypted: it is of no kind that anybody could open."""
    sha256 = store.put_sealed(data)
    found = session.get(StoredFile, sha256)
    if found is None:
        found = StoredFile(sha256=sha256, size=len(data), media_type=SEALED, stored_at=now)
        session.add(found)
        session.flush()
    return found


def forget(session: Session, store: Store, sha256: str) -> None:
    """Delete a content and its row. The caller has seen to it that nothing points there any more."""
    found = session.get(StoredFile, sha256)
    if found is not None:
        session.delete(found)
        session.flush()
    store.remove(sha256)
