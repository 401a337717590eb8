"""What every test may ask for: the real servers of this run, a mail server, a browser. See `tests.servers`.

Nothing is started until a test asks for it, so a run of unit tests starts nothing at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

from tests import chromium, databases, servers
from tests.mail_server import MailServer

# How long one example takes says more about the machine and its neighbours than about the product.
hypothesis.settings.register_profile("homeward", deadline=None, print_blob=True)
hypothesis.settings.load_profile("homeward")

_RUN_LOCK = pytest.StashKey[IO[str]]()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if not _is_worker(config):
        config.stash[_RUN_LOCK] = servers.begin_run()
    if getattr(config.option, "output", None) == "test-results":
        # What Playwright leaves of a failed test belongs with everything else that is not committed.
        config.option.output = "var/test-results"


def pytest_unconfigure(config: pytest.Config) -> None:
    lock = config.stash.get(_RUN_LOCK, None)
    if lock is not None:
        del config.stash[_RUN_LOCK]
        try:
            databases.forget_run()
        finally:
            servers.end_run(lock)


LATER = ("integration", "guards", "journeys", "unit")
"""In what order folders are tested beside the browser's tests, which walk the demonstration first: the guards look at
the same walk, so they come when it has been made, and the quickest come last, so that no worker waits long at the end.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests first, then the others folder by folder."""
    home = Path(__file__).parent

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("browser") is not None:
            return -1
        folder = item.path.relative_to(home).parts[0]
        return LATER.index(folder) if folder in LATER else len(LATER)

    items.sort(key=turn)


class FilesAndOneBrowser(LoadFileScheduling):
    """A file's tests stay on one worker, so that what they set up is set up once; all of the browser's are one group,
    since two browsers at once are slower than one.
    """

    def _split_scope(self, nodeid: str) -> str:
        if "[chromium" in nodeid:  # how Playwright names its tests
            return "browser"
        scope: str = super()._split_scope(nodeid)
        return scope


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesAndOneBrowser:
    """How `-n` shares tests out."""
    return FilesAndOneBrowser(config, log)


@pytest.fixture(scope="session")
def worker_number() -> int:
    """This worker's number among those that share the run's servers; 0 without xdist."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture
def redis_url(worker_number: int) -> str:
    """An empty Redis database of a real server, this worker's own."""
    import redis

    url = f"{servers.server_url('redis')}/{worker_number % servers.REDIS_DATABASES}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mail_server(_mail_server: MailServer) -> MailServer:
    """A real SMTP server with an empty `messages`; `url` is what SMTP_URL wants."""
    _mail_server.forget()
    return _mail_server


@pytest.fixture(scope="session")
def base_url() -> str | None:
    """No address that relative links begin with; a journey overrides this with that of its own server.

    It also stands in for Playwright's fixture of this name, which is a method of a kind that pytest warns about.
    """
    return None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How Playwright starts the machine's own Chromium."""
    return {
        **browser_type_launch_args,
        "executable_path": str(chromium.chromium_path()),
        "args": list(chromium.FLAGS),
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Every page is opened as from an office in London."""
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/London"}
