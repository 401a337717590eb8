"""What the virus scanner says decides what is kept: clean is kept, infected is set aside, and silence keeps nothing."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import Invalid
from app.core.files import FolderStore
from app.core.scanning import SEEN_FOR, ClamScanner, ScannerSilent, ScanningStore
from tests.clamd import MARK, Clamd, clamd
from tests.factories.passport import PDF, a_file, files_in


@pytest.fixture
def daemon() -> Iterator[Clamd]:
    with clamd() as running:
        yield running


class Watch:
    """A clock that is turned by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def store_at(tmp_path: Path, url: str, watch: Watch | None = None) -> ScanningStore:
    folder = FolderStore(tmp_path / "files")
    return ScanningStore(folder, ClamScanner(url, within=2), tmp_path / "quarantine", clock=watch or Watch())


def test_a_clean_file_is_sent_whole_and_kept(tmp_path: Path, daemon: Clamd) -> None:
    store = store_at(tmp_path, daemon.url)
    large = a_file("large.pdf", PDF + bytes(700_000))  # more than one piece
    store.put(large)
    assert daemon.seen == [large.data]
    assert store.get(large.sha256) == large.data
    assert not (tmp_path / "quarantine").exists()


def test_a_daemon_is_reached_over_a_socket_of_this_machine_too(tmp_path: Path) -> None:
    with clamd(tmp_path / "clamd.sock") as running:
        assert ClamScanner(running.url).scan(PDF) is None
        assert ClamScanner(running.url).scan(PDF + MARK) == "Made-Up-Signature"


def test_an_infected_file_is_refused_at_its_field_and_set_aside_outside_the_store(
    tmp_path: Path, daemon: Clamd
) -> None:
    store = store_at(tmp_path, daemon.url)
    infected = a_file("infected.pdf", PDF + MARK)
    with pytest.raises(Invalid) as refusal:
        store.check(infected, field="certificate")
    assert "found something harmful" in refusal.value.errors["certificate"]
    with pytest.raises(Invalid):
        store.put(infected)
    assert files_in(tmp_path / "files") == []
    content, said = files_in(tmp_path / "quarantine")
    assert (content.name, content.read_bytes()) == (infected.sha256, infected.data)
    assert said.read_text() == "Made-Up-Signature\n"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (content, said)} == {0o600}


def test_nothing_is_taken_while_the_scanner_cannot_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    store = store_at(tmp_path, f"clamav://127.0.0.1:{port}")
    with pytest.raises(Invalid, match="cannot be checked for viruses at the moment"):
        store.put(a_file())
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: nonsense\0", b""])
def test_an_answer_that_does_not_say_clean_is_not_taken_for_it(tmp_path: Path, daemon: Clamd, answer: bytes) -> None:
    daemon.answer = answer
    with pytest.raises(ScannerSilent):
        ClamScanner(daemon.url, within=2).scan(PDF)
    with pytest.raises(Invalid, match="Try again in a few minutes"):
        store_at(tmp_path, daemon.url).put(a_file())
    assert files_in(tmp_path) == []


def test_what_was_found_clean_a_moment_ago_is_not_sent_again_and_later_it_is(tmp_path: Path, daemon: Clamd) -> None:
    watch = Watch()
    store = store_at(tmp_path, daemon.url, watch)
    store.check(a_file())
    store.put(a_file())
    assert len(daemon.seen) == 1
    watch.now = SEEN_FOR + 1
    store.put(a_file())
    assert len(daemon.seen) == 2
