"""Reading free text for what identifies, in a process of its own: its lists never enter the web process.

`read_texts` is the one way in. The process is started by the first text, serves this process until it has long had
nothing to do, and is started again when it has died. When it does not answer in time or cannot be started, the caller
gets `DetectorUnavailable`: then nothing may be published, for what nobody read is not known to be safe.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess  # nosec B404: starts this program's own module, no shell
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from app.core.errors import Conflict
from app.requests.redaction import Finding, FindingKind, Known
from app.requests.redaction.reader import known_to

START_SECONDS = 20.0
READ_SECONDS = 15.0
"""Hundreds of times what a long form takes; a process that is slower than that is stuck."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")


class DetectorUnavailable(Conflict):
    """The texts could not be read, so nobody can say what they give away."""

    def __init__(self) -> None:
        super().__init__(
            "The check for identifying details did not answer, so nothing was sent or published. Try again in a minute."
            " If it goes on, tell whoever runs Homeward."
        )


class Died(Exception):
    """The process ended before it answered."""


class Reader:
    """One process that reads, and the lock that lets one thread at a time talk to it."""

    def __init__(self, command: Sequence[str] | None = None, *, read_seconds: float = READ_SECONDS) -> None:
        self.command = list(command or (sys.executable, "-m", "app.requests.redaction.reader"))
        self.read_seconds = read_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    @property
    def pid(self) -> int | None:
        """The process that serves now, if there is one."""
        return self._process.pid if self._process else None

    def ask(self, request: dict[str, Any]) -> Any:
        """The answer to a request. A process that has died is replaced once; `DetectorUnavailable` otherwise."""
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            for _ in range(2):
                try:
                    return self._exchange(line)
                except Died:
                    self.stop()
                except (TimeoutError, ValueError, OSError):
                    break
            self.stop()
        raise DetectorUnavailable

    def stop(self) -> None:
        """End the process, if it is ours and there is one."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _exchange(self, line: bytes) -> Any:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.stop()
            self._start()
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:  # pragma: no cover - Popen gave pipes
            raise Died
        deadline = time.monotonic() + self.read_seconds
        _send(process.stdin.fileno(), line, deadline)
        return json.loads(_receive(process.stdout.fileno(), deadline))

    def _start(self) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in (os.getcwd(), *sys.path) if path)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module  # nosec B603
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=0,
        )
        self._owner = os.getpid()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        if self._process.stdout is not None:
            _receive(self._process.stdout.fileno(), time.monotonic() + START_SECONDS)


def _send(pipe: int, data: bytes, deadline: float) -> None:
    while data:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([], [pipe], [], left)[1]:
            raise TimeoutError
        try:
            data = data[os.write(pipe, data) :]
        except BlockingIOError:
            continue
        except BrokenPipeError as error:
            raise Died from error


def _receive(pipe: int, deadline: float) -> bytes:
    read = bytearray()
    while not read.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TimeoutError
        try:
            some = os.read(pipe, 1 << 16)
        except BlockingIOError:
            continue
        if not some:
            raise Died
        read += some
    return bytes(read)


_READER = Reader()
atexit.register(_READER.stop)


def read_texts(texts: Sequence[str], known: Known, *, reader: Reader | None = None) -> list[list[Finding]]:
    """For each text every place that identifies, in order. `DetectorUnavailable` where they could not be read."""
    if not any(text.strip() for text in texts):
        return [[] for _ in texts]
    answer = (reader or _READER).ask({"known": known_to(known), "texts": list(texts)})
    found = answer.get("found") if isinstance(answer, dict) else None
    if not isinstance(found, list) or len(found) != len(texts):
        raise DetectorUnavailable
    return [[Finding(start, end, FindingKind(kind)) for start, end, kind in places] for places in found]
