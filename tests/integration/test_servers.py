"""The servers of the tests are real, are shared, keep tests apart, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis

from tests import servers
from tests.chromium import chromium_path
from tests.databases import postgresql_database, postgresql_url
from tests.mail_server import MailServer

if TYPE_CHECKING:
    from playwright.sync_api import Page


def message(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hub@example.org", "home@example.org", subject
    mail.set_content("A made-up message – with a dash.")
    return mail


@pytest.mark.postgresql
def test_a_postgresql_database_is_new_and_gone_afterwards() -> None:
    with postgresql_database() as url:
        name = url.rpartition("/")[2]
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE child (name text)")
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    with psycopg.connect(postgresql_url().replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None


@pytest.mark.postgresql
def test_one_postgresql_database_is_a_copy_of_another() -> None:
    with postgresql_database() as first:
        with psycopg.connect(first.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE borough AS SELECT 'Croydon' AS name")
        with (
            postgresql_database(template=first.rpartition("/")[2]) as second,
            psycopg.connect(second.replace("+psycopg", "")) as connection,
        ):
            assert connection.execute("SELECT name FROM borough").fetchall() == [("Croydon",)]


@pytest.mark.parametrize("turn", [1, 2])
def test_redis_is_empty_at_the_start_of_each_test(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left behind by turn", turn)


@pytest.mark.parametrize("turn", [1, 2])
def test_the_mail_server_keeps_what_this_test_sent(mail_server: MailServer, turn: int) -> None:
    with smtplib.SMTP("127.0.0.1", mail_server.port, local_hostname="localhost") as client:
        client.send_message(message(f"Turn {turn}"))
    (mail,) = mail_server.wait_for(1)
    assert mail["Subject"] == f"Turn {turn}"
    assert mail["X-Envelope-To"] == "home@example.org"
    assert mail.get_content().strip() == "A made-up message – with a dash."
    assert mail_server.url == f"smtp://127.0.0.1:{mail_server.port}"


def test_the_mail_server_can_refuse_a_message(mail_server: MailServer) -> None:
    mail_server.refuse_next.append("451 try later")
    with smtplib.SMTP("127.0.0.1", mail_server.port, local_hostname="localhost") as client:
        with pytest.raises(smtplib.SMTPDataError, match="try later"):
            client.send_message(message("Refused"))
        client.send_message(message("Taken"))
    assert [mail["Subject"] for mail in mail_server.messages] == ["Taken"]


@pytest.mark.browser
def test_the_browser_is_chromium_in_london(page: Page) -> None:
    page.set_content("<title>Homeward</title><h1>Placements</h1>")
    assert page.get_by_role("heading", name="Placements").is_visible()
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Europe/London"
    assert page.evaluate("navigator.language") == "en-GB"


def test_a_browser_that_is_not_there_is_named_with_the_way_to_install_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    with pytest.raises(servers.ServerError, match=r"no-such-browser(.|\n)*apt-get install chromium"):
        chromium_path()


RUN_WITH_SERVERS = """
from tests import servers
from tests.chromium import chromium_path
import time
lock = servers.begin_run()
print(servers.run_folder(), servers.server_url("redis"), servers.server_url("postgresql"), flush=True)
time.sleep(60)
"""


@pytest.mark.postgresql
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_server_outlives_a_run_that_is_killed(end: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN_WITH_SERVERS], cwd=servers.ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        folder, redis_at, postgresql_at = run.stdout.readline().split()
        ports = [int(url.partition("127.0.0.1:")[2].partition("/")[0]) for url in (redis_at, postgresql_at)]
        assert servers._answers_redis(ports[0])
        assert servers._answers_postgresql(ports[1])
        run.send_signal(end)
    deadline = time.monotonic() + 20
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder).exists()
    assert not servers._answers_redis(ports[0])
    assert not servers._answers_postgresql(ports[1])


def test_the_run_of_this_very_test_has_its_folder_in_the_environment() -> None:
    assert servers.run_folder() == Path(os.environ[servers.RUN])
    assert (servers.run_folder() / "alive").exists()
