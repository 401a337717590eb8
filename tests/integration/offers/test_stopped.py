"""A service that was suspended or removed is flagged wherever a borough decides: derived from its enrolment, so that a
reinstatement takes the flag away.
"""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.events import install
from app.identity.models import Person
from app.offers.standing import Stopped, stopped_services
from app.offers.telling import flag_suspended
from notifications.models import OutboxMessage
from providers.passport.basis import Basis
from providers.passport.enrolment import reinstate, remove, suspend
from providers.passport.events import EnrolmentRemoved, EnrolmentSuspended
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.offers import BASE_URL, Scene

HOUR = dt.timedelta(hours=1)
MOVES = {EnrolmentStatus.SUSPENDED: suspend, EnrolmentStatus.ENROLLED: reinstate, EnrolmentStatus.REMOVED: remove}


def move(scene: Scene, number: int, target: EnrolmentStatus, basis: Basis) -> None:
    one = scene.session.scalars(select(Enrolment).where(Enrolment.claim_id == scene.services[number].claim_id)).one()
    MOVES[target](
        scene.session,
        actor=providers.make_commissioner(scene.session),
        enrolment_id=one.id,
        basis=basis,
        reason="Made up for a test.",
        now=scene.now + HOUR,
        version=one.version,
        **({"signed": True} if target is EnrolmentStatus.ENROLLED else {}),
    )


def flags(scene: Scene) -> list[Stopped]:
    return stopped_services(scene.session, scene.officer, [scene.request.id]).get(scene.request.id, [])


def test_while_offers_are_sealed_the_flag_does_not_tell_who_offered(session: Session) -> None:
    scene = made.make_scene(session, services=({}, {}))
    made.offer(scene, scene.services[0])
    assert flags(scene) == []
    for number in (0, 1):
        move(scene, number, EnrolmentStatus.SUSPENDED, Basis.SAFEGUARDING)
    found = {one.service: one for one in flags(scene)}
    assert set(found) == {service.name for service in scene.services}
    assert {one.offer_id for one in found.values()} == {None}
    assert {one.basis for one in found.values()} == {"Safeguarding concern"}


def test_once_they_are_open_only_services_with_a_live_offer_are_flagged(session: Session) -> None:
    scene = made.make_scene(session)
    first, second = (made.offer(scene, scene.services[number]) for number in (0, 1))
    made.open_offers(scene)
    made.prefer(scene, first)
    for number in (0, 1, 2):
        move(scene, number, EnrolmentStatus.SUSPENDED, Basis.CONTRACT_TERMS)
    assert {(one.offer_id, one.preferred) for one in flags(scene)} == {(first.id, True), (second.id, False)}
    move(scene, 0, EnrolmentStatus.ENROLLED, Basis.CONCERN_CLOSED)
    move(scene, 1, EnrolmentStatus.REMOVED, Basis.OWN_REQUEST)
    (left,) = flags(scene)
    assert (left.offer_id, left.status, left.since) == (second.id, EnrolmentStatus.REMOVED, scene.now + HOUR)


def test_another_borough_is_told_nothing(session: Session) -> None:
    scene = made.make_scene(session, services=({},))
    other = made.make_request_in(session, lot=scene.lot, services=scene.services)
    move(scene, 0, EnrolmentStatus.SUSPENDED, Basis.SAFEGUARDING)
    assert stopped_services(session, other.officer, [scene.request.id]) == {}
    assert len(flags(other)) == 1


def test_a_removal_is_told_by_e_mail_in_the_same_transaction_and_binds_nobody_any_more(session: Session) -> None:
    scene = made.make_scene(session, services=({},))
    offer = made.offer(scene, scene.services[0])
    made.open_offers(scene)
    install(
        session,
        {
            event: (lambda s, happened: flag_suspended(s, happened, base_url=BASE_URL),)
            for event in (EnrolmentSuspended, EnrolmentRemoved)
        },
    )
    move(scene, 0, EnrolmentStatus.REMOVED, Basis.SAFEGUARDING)
    (letter,) = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "service_suspended"))
    assert letter.address == session.get_one(Person, scene.request.created_by).email
    assert "removed" in letter.subject
    assert scene.services[0].name not in letter.text
    with pytest.raises(Conflict):
        made.prefer(scene, offer)
