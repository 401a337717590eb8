"""A small stand-in for ClamAV's daemon on this machine: it speaks INSTREAM and finds what contains `EICAR`."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = b"EICAR"


class Clamd:
    """A listening socket with a thread. `seen` are the contents that it was sent; `answer`, where set, is what it
    says.
    """

    def __init__(self, listening: socket.socket, url: str) -> None:
        self.listening = listening
        self.url = url
        self.seen: list[bytes] = []
        self.answer: bytes | None = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                command = stream.read(10)
                if command != b"zINSTREAM\0":
                    stream.write(b"UNKNOWN COMMAND\0")
                    continue
                data = b""
                while size := int.from_bytes(stream.read(4), "big"):
                    data += stream.read(size)
                self.seen.append(data)
                found = b"stream: Made-Up-Signature FOUND\0" if MARK in data else b"stream: OK\0"
                stream.write(found if self.answer is None else self.answer)


@contextmanager
def clamd(path: Path | None = None) -> Iterator[Clamd]:
    """One on a free port of this machine or, with a path, on a socket in the file system."""
    if path is None:
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"clamav://127.0.0.1:{listening.getsockname()[1]}"
    else:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(path))
        listening.listen()
        url = f"clamav+unix://{path}"
    daemon = Clamd(listening, url)
    try:
        yield daemon
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        daemon.thread.join(5)
