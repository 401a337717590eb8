"""The whole story through HTTP without JavaScript, on PostgreSQL with Redis: two web processes, an RQ worker that
delivers, and a real mail server that receives.

Every page on the way is parsed as strict HTML, and forms are sent as they stand there, with their tokens, some of them
twice: see tests/journeys/story/.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import postgresql_database, postgresql_template
from tests.journeys.story import ending, plot
from tests.journeys.story.house import House
from tests.journeys.story.wire import Wire
from tests.mail_server import MailServer


@pytest.mark.postgresql
def test_the_whole_story_through_http_on_postgresql_with_a_worker(
    mail_server: MailServer, redis_url: str, tmp_path: Path
) -> None:
    with postgresql_database(template=postgresql_template()) as database_url:
        house = House(tmp_path, {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SMTP_URL": mail_server.url})
        opened: list[Wire] = []

        def hands() -> Wire:
            opened.append(Wire(house.base_url))
            return opened[-1]

        try:
            house.start("serve", "--workers", "2")
            house.start("worker")
            house.wait_until_ready()
            plot.play(house, mail_server, hands)
            ending.check(house, mail_server)
            assert sum(one.posted for one in opened) > 60
            assert "drained" in house.log("worker", everything=True), "the RQ worker sent nothing"
        except AssertionError:
            print(*house.faults(), sep="\n")
            raise
        finally:
            house.stop()
