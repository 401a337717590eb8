"""Free places by date: confirmed, by a link too, rolled when their day comes, and asked for once a week."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid, NotFound
from app.core.links import DeadLink
from app.core.models import AuditEntry
from app.identity.permissions import Actor
from app.identity.status import Role
from notifications.models import OutboxMessage
from providers.passport.status import EnrolmentStatus
from providers.services.asking import ask_for_vacancies, asked_by, confirm_by_link, is_mail_day
from providers.services.confirming import confirm_own_vacancies
from providers.services.models import Service, Vacancy
from providers.services.profile import confirm_places, describe_service
from providers.services.status import HomeStatus
from providers.services.vacancies import Coming, roll, to_come
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.providers import NOW, Market
from tests.factories.services import make_home

DAY = dt.timedelta(days=1)
TODAY = NOW.date()
BASE = "https://homeward.example"


def own(session: Session, provider: Actor, market: Market, **given: object) -> Service:
    service = factory.make_enrolled_service(session, lot=market.residential, **given)  # type: ignore[arg-type]
    service.organisation_id = provider.organisation_id
    session.flush()
    return service


def live(session: Session, service: Service) -> list[tuple[int, dt.date, bool]]:
    rows = session.scalars(
        select(Vacancy).where(Vacancy.service_id == service.id, Vacancy.ended_at.is_(None)).order_by(Vacancy.from_day)
    )
    return [(row.places, row.from_day, row.rolled_at is not None) for row in rows]


def test_now_and_later_are_kept_and_now_is_what_matching_reads(
    session: Session, provider: Actor, market: Market
) -> None:
    service = own(session, provider, market)
    coming = [Coming(1, TODAY + 50 * DAY), Coming(1, TODAY + 50 * DAY), Coming(1, TODAY + 9 * DAY)]
    describe_service(session, actor=provider, service_id=service.id, now=NOW, places=1, coming=coming)
    assert (service.places_free, service.places_confirmed_at) == (1, NOW)
    assert live(session, service) == [(1, TODAY, True), (1, TODAY + 9 * DAY, False), (2, TODAY + 50 * DAY, False)]


def test_a_number_alone_leaves_what_is_to_come_and_a_new_list_replaces_it(
    session: Session, provider: Actor, market: Market
) -> None:
    service = own(session, provider, market)
    describe_service(
        session, actor=provider, service_id=service.id, now=NOW, places=1, coming=[Coming(1, TODAY + 9 * DAY)]
    )
    confirm_places(session, actor=provider, service_id=service.id, places=0, now=NOW + DAY)
    assert live(session, service) == [(0, TODAY + DAY, True), (1, TODAY + 9 * DAY, False)]
    describe_service(session, actor=provider, service_id=service.id, now=NOW + DAY, places=2, coming=[])
    assert live(session, service) == [(2, TODAY + DAY, True)]
    assert session.scalar(select(func.count()).select_from(Vacancy)) == 4, "what was said before is kept"


def test_a_day_that_comes_adds_its_places_once_and_confirms_nothing(
    session: Session, provider: Actor, market: Market
) -> None:
    service = own(session, provider, market)
    home = make_home(session, service, status=HomeStatus.FULL)
    coming = [Coming(1, TODAY + 9 * DAY, home.id), Coming(2, TODAY + 20 * DAY)]
    describe_service(session, actor=provider, service_id=service.id, now=NOW, places=1, coming=coming)
    assert [roll(session, NOW + days * DAY) for days in (8, 9, 9, 10)] == [0, 1, 0, 0]
    assert (service.places_free, service.places_confirmed_at) == (2, NOW)
    assert home.status is HomeStatus.AVAILABLE
    assert [row.places for row in to_come(session, [service.id])[service.id]] == [2]
    assert roll(session, NOW + 40 * DAY) == 1
    assert service.places_free == 4
    assert live(session, service)[-1][2]


def test_rolling_never_frees_more_than_is_registered(session: Session, provider: Actor, market: Market) -> None:
    service = own(session, provider, market)
    registration = factory.make_registration(session, places=3)
    service.urn = registration.urn
    describe_service(session, actor=provider, service_id=service.id, now=NOW, places=1, coming=[Coming(2, TODAY + DAY)])
    service.places_free = 2  # a child left meanwhile, and nobody said so
    roll(session, NOW + DAY)
    assert service.places_free == 3


def test_a_company_confirms_many_of_its_own_at_once_and_no_others(
    session: Session, provider: Actor, market: Market
) -> None:
    services = [own(session, provider, market, confirmed_at=NOW - 30 * DAY) for _ in range(3)]
    other = factory.make_enrolled_service(session, lot=market.residential)
    answers = {service.id: number for number, service in enumerate(services)}
    assert confirm_own_vacancies(session, actor=provider, places=answers, now=NOW) == 3
    assert [(one.places_free, one.places_confirmed_at) for one in services] == [(0, NOW), (1, NOW), (2, NOW)]
    with pytest.raises(NotFound):
        confirm_own_vacancies(session, actor=provider, places={services[0].id: 1, other.id: 1}, now=NOW)
    with pytest.raises(Invalid) as refused:
        confirm_own_vacancies(session, actor=provider, places={services[0].id: -1, services[1].id: 5}, now=NOW + DAY)
    assert list(refused.value.errors) == [f"places_{services[0].id}"]
    assert services[1].places_free == 1, "all or nothing"


def test_confirming_forty_asks_no_more_questions_than_confirming_two(
    session: Session, provider: Actor, market: Market
) -> None:
    ids = [own(session, provider, market).id for _ in range(12)]
    counts = []
    for number in (2, 12):
        session.expire_all()
        with counted_selects(session) as asked:
            confirm_own_vacancies(session, actor=provider, places=dict.fromkeys(ids[:number], 1), now=NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1]


class counted_selects:  # noqa: N801 - used as a with-statement
    """The SELECTs that are sent meanwhile."""

    def __init__(self, session: Session) -> None:
        self.engine, self.found = session.get_bind(), list[str]()

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.found

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _k: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith("SELECT"):
            self.found.append(statement)


def mails(session: Session) -> list[OutboxMessage]:
    return list(
        session.scalars(
            select(OutboxMessage).where(OutboxMessage.template == "vacancies_due").order_by(OutboxMessage.address)
        )
    )


def tokens(message: OutboxMessage) -> list[str]:
    return re.findall(r"/confirm-places/(\S+)", message.text)


def test_each_mailbox_gets_one_e_mail_a_week_about_what_was_not_confirmed_lately(
    session: Session, provider: Actor, market: Market
) -> None:
    old = NOW - 8 * DAY
    for number in range(3):
        own(session, provider, market, name=f"Old {number}", confirmed_at=old, alert_email="One@example.test")
    own(session, provider, market, name="Fresh", confirmed_at=NOW - 2 * DAY, alert_email="one@example.test")
    own(session, provider, market, name="Elsewhere", confirmed_at=old, alert_email="two@example.test")
    own(session, provider, market, name="Stopped", confirmed_at=old, status=EnrolmentStatus.SUSPENDED)
    stranger = factory.make_enrolled_service(
        session, lot=market.residential, confirmed_at=old, alert_email="one@example.test"
    )
    assert ask_for_vacancies(session, now=NOW, base_url=BASE) == 3
    assert ask_for_vacancies(session, now=NOW + DAY, base_url=BASE) == 0
    assert sorted(message.text.count("You said last") for message in mails(session)) == [1, 1, 3]
    (many,) = [message for message in mails(session) if "Old 0" in message.text]
    assert len(tokens(many)) == 4, "one for each and one for all"
    assert stranger.name not in many.text
    assert "Fresh" not in many.text
    assert not {"CR0 1EA"} & set(many.text.split("\n"))
    assert ask_for_vacancies(session, now=NOW + 7 * DAY, base_url=BASE) == 3


def test_the_day_of_the_e_mail_is_the_policys_or_the_next_where_it_went_by_undone(
    session: Session, provider: Actor, market: Market
) -> None:
    own(session, provider, market, name="Old", confirmed_at=NOW - 8 * DAY)
    assert is_mail_day(session, NOW), "23 November is a Monday"
    assert is_mail_day(session, NOW + DAY), "nobody was asked on Monday"
    ask_for_vacancies(session, now=NOW + DAY, base_url=BASE)
    assert [is_mail_day(session, NOW + days * DAY) for days in range(8)] == [True, *[False] * 6, True]


def test_a_link_confirms_its_services_once_as_they_are_or_with_another_number(
    session: Session, provider: Actor, market: Market
) -> None:
    services = [
        own(session, provider, market, name=f"House {letter}", confirmed_at=NOW - 8 * DAY, alert_email="a@example.test")
        for letter in "AB"
    ]
    describe_service(
        session, actor=provider, service_id=services[1].id, now=NOW - 8 * DAY, places=1, coming=[Coming(1, TODAY + DAY)]
    )
    ask_for_vacancies(session, now=NOW, base_url=BASE)
    every, first, second = tokens(mails(session)[0])
    seen = asked_by(session, token=every, now=NOW)
    assert [service.name for service, *_ in seen.rows] == ["House A", "House B"]
    assert services[0].places_confirmed_at == NOW - 8 * DAY, "looking changes nothing"
    confirm_by_link(session, token=first, places={services[0].id: 0, services[1].id: 0}, now=NOW)
    assert [(one.places_free, one.places_confirmed_at) for one in services] == [(0, NOW), (1, NOW - 8 * DAY)]
    confirm_by_link(session, token=every, places={}, now=NOW + DAY)
    assert [(one.places_free, one.places_confirmed_at) for one in services] == [(0, NOW + DAY), (1, NOW + DAY)]
    for token in (first, every):
        with pytest.raises(DeadLink):
            confirm_by_link(session, token=token, places={}, now=NOW + DAY)
    with pytest.raises(DeadLink):
        asked_by(session, token=second, now=NOW + 9 * DAY)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "services.vacancy.confirm")).all()
    assert [(entry.person_id, entry.facts["by"]) for entry in entries] == [(None, "link")] * 2
    rows = session.scalars(select(Vacancy).where(Vacancy.link_id.is_not(None)))
    assert {row.confirmed_by for row in rows} == {None}


def test_a_link_cannot_say_what_is_not_so(session: Session, provider: Actor, market: Market) -> None:
    service = own(session, provider, market, confirmed_at=NOW - 8 * DAY)
    service.urn = factory.make_registration(session, places=2).urn
    session.flush()
    ask_for_vacancies(session, now=NOW, base_url=BASE)
    (token,) = tokens(mails(session)[0])
    with pytest.raises(Invalid, match="registered for 2"), session.begin_nested():
        confirm_by_link(session, token=token, places={service.id: 3}, now=NOW)
    assert asked_by(session, token=token, now=NOW).rows, "the link was not spent by it"


def test_staff_who_may_not_write_do_not_confirm(session: Session, provider: Actor, market: Market) -> None:
    service = own(session, provider, market)
    from app.core.errors import NotAllowed
    from app.identity.models import Organisation

    staff = make_actor(session, session.get_one(Organisation, provider.organisation_id), Role.PROVIDER_STAFF)
    with pytest.raises(NotAllowed):
        confirm_own_vacancies(session, actor=staff, places={service.id: 1}, now=NOW)
