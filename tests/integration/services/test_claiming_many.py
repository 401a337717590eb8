"""A list of claims is checked line by line and claimed in one act; the hub decides a selection with one reason."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid, NotAllowed, NotFound, Stale
from app.core.models import AuditEntry
from app.identity.permissions import Actor
from notifications.models import OutboxMessage
from providers.passport.claims import claim_service
from providers.passport.many import Found, check_lines, claim_many, decide_claims
from providers.passport.models import Claim
from providers.passport.status import ClaimStatus
from providers.register.models import Registration
from providers.services.models import Service
from tests.factories import providers as factory
from tests.factories.providers import BASE_URL, NOW
from tests.integration.services.test_vacancies import counted_selects


def urns(session: Session, number: int) -> list[str]:
    return [factory.make_registration(session, places=4).urn for _ in range(number)]


def listed(*found: str, postcode: str = "CR0 1EA") -> str:
    return "\n".join(f"{urn}, {postcode}" for urn in found)


def test_every_line_says_what_it_comes_to_and_the_good_ones_are_claimed(session: Session, provider: Actor) -> None:
    good, bad_place, mine, taken, again = urns(session, 5)
    claim_service(session, actor=provider, urn=mine, postcode="CR0 1EA", now=NOW)
    claim_service(session, actor=factory.make_provider(session), urn=taken, postcode="CR0 1EA", now=NOW)
    text = "\n".join(
        [
            "URN; Postcode",
            f"{good}; cr01ea",
            f"{bad_place}; ZZ99 9ZZ",
            f"{mine}; CR0 1EA",
            f"{taken}; CR0 1EA",
            "nonsense; CR0 1EA",
            "9999999; CR0 1EA",
            f"{again}; CR0 1EA",
            f"{again}; CR0 2TB",
        ]
    )
    lines = check_lines(session, actor=provider, text=text)
    assert [(line.number, line.found) for line in lines] == [
        (2, Found.GOOD),
        (3, Found.BAD_POSTCODE),
        (4, Found.YOURS),
        (5, Found.TAKEN),
        (6, Found.BAD_URN),
        (7, Found.NOT_IN_REGISTER),
        (8, Found.GOOD),
        (9, Found.TWICE),
    ]
    claims, left = claim_many(session, actor=provider, text=text, now=NOW)
    assert [(claim.urn, claim.postcode, claim.status) for claim in claims] == [
        (good, "CR0 1EA", ClaimStatus.PENDING),
        (again, "CR0 1EA", ClaimStatus.PENDING),
    ]
    assert [line.number for line in left] == [3, 4, 5, 6, 7, 9]
    assert claim_many(session, actor=provider, text=text, now=NOW)[0] == [], "a second time claims nothing"


def test_two_hundred_lines_ask_as_many_questions_as_two(session: Session, provider: Actor) -> None:
    found = urns(session, 30)
    counts = []
    for number in (2, 30):
        with counted_selects(session) as asked:
            check_lines(session, actor=provider, text=listed(*found[:number]))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_selection_is_decided_one_by_one_and_told_in_one_e_mail(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    claims, _ = claim_many(session, actor=provider, text=listed(*urns(session, 5)), now=NOW)
    *some, last = claims
    decide(session, commissioner, {claim.id: claim.version for claim in some})
    assert {claim.status for claim in some} == {ClaimStatus.CONFIRMED}
    assert last.status is ClaimStatus.PENDING
    assert session.scalar(select(func.count()).select_from(Service)) == 4, "each has its profile"
    decided = select(func.count()).where(AuditEntry.act == "passport.claim.confirm")
    assert session.scalar(decided) == 4
    (mail,) = session.scalars(select(OutboxMessage)).all()
    assert mail.template == "claims_decided"
    assert all(claim.urn in mail.text for claim in some)
    assert last.urn not in mail.text
    decide(session, commissioner, {last.id: last.version})
    assert sorted(session.scalars(select(OutboxMessage.template))) == ["claim_decided", "claims_decided"]


def decide(session: Session, hub: Actor, versions: dict[str, int], reason: str = "Seen on the certificates") -> None:
    decide_claims(session, actor=hub, versions=versions, confirm=True, reason=reason, now=NOW, base_url=BASE_URL)


def test_nothing_of_a_selection_is_decided_where_one_cannot_be(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    claims, _ = claim_many(session, actor=provider, text=listed(*urns(session, 2)), now=NOW)
    versions = {claim.id: claim.version for claim in claims}
    session.get_one(Registration, claims[1].urn).owner = "Another Owner Ltd"
    with pytest.raises(Invalid, match="another owner"), session.begin_nested():
        decide(session, commissioner, versions, reason="")
    with pytest.raises(Stale), session.begin_nested():
        decide(session, commissioner, {**versions, claims[1].id: 99})
    for claim in claims:
        session.refresh(claim)
    assert {claim.status for claim in claims} == {ClaimStatus.PENDING}
    with pytest.raises(Invalid, match="at least one"):
        decide(session, commissioner, {})
    with pytest.raises(NotFound):
        decide(session, commissioner, {**versions, "made up": 1})
    with pytest.raises(NotAllowed):
        decide(session, provider, versions)
    theirs, _ = claim_many(session, actor=factory.make_provider(session), text=listed(*urns(session, 1)), now=NOW)
    with pytest.raises(Invalid, match="one company"):
        decide(session, commissioner, {**versions, theirs[0].id: theirs[0].version})
    assert session.scalar(select(func.count()).select_from(Claim).where(Claim.decided_at.is_not(None))) == 0
