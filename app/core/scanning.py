"""Looking for viruses in what people upload, with ClamAV's daemon, before any of it is kept.

Where a scanner is configured (CLAMAV_URL) nothing comes in unseen: what it finds infected is refused and set aside in a
folder outside the store, for an operator to look at, and while it does not answer nothing is accepted at all.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from app.core.errors import HomewardError, Invalid
from app.core.files import Accepted, Store

ANSWERS_WITHIN = 20.0
"""Seconds for each step of a conversation with the daemon: a person waits for it."""

SEEN_FOR = 120.0
"""Seconds for which a content that was found clean is not sent again: from the form to the store it takes less."""

_PIECE = 128 * 1024
_LONGEST_ANSWER = 4096


class ScannerSilent(HomewardError):
    """The scanner cannot be reached or did not say whether a content is clean."""


class Scanner(Protocol):
    """Says what is wrong with a content."""

    def scan(self, data: bytes) -> str | None:
        """The name of what was found, None where it is clean. Raises `ScannerSilent`."""


class ClamScanner:
    """ClamAV's daemon, over TCP (`clamav://host:3310`) or a socket of this machine (`clamav+unix:///run/clamd.sock`)."""

    def __init__(self, url: str, *, within: float = ANSWERS_WITHIN) -> None:
        parts = urlsplit(url)
        self.path = unquote(parts.path) if parts.scheme == "clamav+unix" else None
        self.host, self.port = parts.hostname or "", parts.port or 3310
        self.within = within

    def scan(self, data: bytes) -> str | None:
        try:
            answer = self._ask(data)
        except OSError as error:
            raise ScannerSilent("The virus scanner does not answer.") from error
        # "stream: OK", "stream: Eicar-Test-Signature FOUND", or why it could not tell, which ends in ERROR.
        said = answer.partition(b": ")[2].decode("ascii", "replace").strip("\0\r\n ")
        if said == "OK":
            return None
        if said.endswith(" FOUND"):
            return said.removesuffix(" FOUND")
        raise ScannerSilent("The virus scanner could not look at the file.")

    def _ask(self, data: bytes) -> bytes:
        with self._connect() as connection:
            connection.settimeout(self.within)
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), _PIECE):
                piece = data[start : start + _PIECE]
                connection.sendall(len(piece).to_bytes(4, "big") + piece)
            connection.sendall(bytes(4))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
                part = connection.recv(_LONGEST_ANSWER)
                if not part:
                    break
                answer += part
            return answer

    def _connect(self) -> socket.socket:
        if self.path is None:
            return socket.create_connection((self.host, self.port), timeout=self.within)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self.within)
        try:
            connection.connect(self.path)
        except OSError:
            connection.close()
            raise
        return connection


class ScanningStore:
    """A store that looks at a content before it keeps it. What is infected goes into `quarantine` and nowhere else."""

    def __init__(
        self, store: Store, scanner: Scanner, quarantine: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.scanner = scanner
        self.quarantine = quarantine
        self.clock = clock
        self._clean: dict[str, float] = {}
        self._lock = threading.Lock()

    def check(self, accepted: Accepted, *, field: str = "file") -> None:
        """`Invalid` at the field where the content is infected or cannot be looked at now."""
        if self._was_clean(accepted.sha256):
            return
        try:
            found = self.scanner.scan(accepted.data)
        except ScannerSilent as error:
            raise Invalid(
                "Files cannot be checked for viruses at the moment, so none can be taken. Try again in a few minutes",
                field=field,
            ) from error
        if found is not None:
            self._set_aside(accepted, found)
            raise Invalid(
                "The virus scanner found something harmful in this file, so it was not taken. "
                "Have your computer checked, and send a clean copy",
                field=field,
            )
        with self._lock:
            self._clean[accepted.sha256] = self.clock()

    def put(self, accepted: Accepted) -> None:
        self.check(accepted)
        self.store.put(accepted)

    def put_sealed(self, data: bytes) -> str:
        return self.store.put_sealed(data)

    def get(self, sha256: str) -> bytes:
        return self.store.get(sha256)

    def remove(self, sha256: str) -> None:
        self.store.remove(sha256)

    def _was_clean(self, sha256: str) -> bool:
        oldest = self.clock() - SEEN_FOR
        with self._lock:
            self._clean = {known: at for known, at in self._clean.items() if at >= oldest}
            return sha256 in self._clean

    def _set_aside(self, accepted: Accepted, found: str) -> None:
        """The content, readable by nobody but this user and run by nobody, and beside it what was found in it."""
        self.quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, data in ((accepted.sha256, accepted.data), (f"{accepted.sha256}.txt", f"{found}\n".encode())):
            handle = os.open(self.quarantine / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
