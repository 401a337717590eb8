"""The homes of a service and the law's limit, what shows that it meets a need, and a profile said once for many."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale, WrongMove
from app.core.files import Accepted, FolderStore, accept
from app.core.models import AuditEntry
from app.identity.permissions import Actor
from providers.services.copying import copy_profile
from providers.services.homes import (
    add_home,
    change_home,
    confirm_homes,
    homes_due,
    homes_of,
    homes_to_offer,
    move_home,
    own_home,
)
from providers.services.lists import lists_on
from providers.services.models import CapabilityProof, Service
from providers.services.needs import confirm_needs, give_evidence, needs_of, proof_file, proofs_of, record_visit
from providers.services.profile import describe_service
from providers.services.queries import enrolled_services
from providers.services.status import EvidenceLevel, HomeStatus
from tests.factories import providers as factory
from tests.factories.providers import NOW, Market
from tests.factories.services import make_home, said_of_home

DAY = dt.timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def agency(session: Session, provider: Actor, market: Market) -> Service:
    return owned(session, provider, market.fostering)


def owned(session: Session, provider: Actor, lot: object) -> Service:
    service = factory.make_enrolled_service(session, lot=lot)  # type: ignore[arg-type]
    service.organisation_id = provider.organisation_id
    session.flush()
    return service


def test_a_household_is_listed_by_a_code_name_and_its_place_is_on_the_map(
    session: Session, provider: Actor, agency: Service, market: Market
) -> None:
    home = add_home(session, actor=provider, service_id=agency.id, said=said_of_home(postcode="cr01ea"), now=NOW)
    assert (home.kind, home.postcode, home.authority_gss) == ("household", "CR0 1EA", "E09000008")
    (facts,) = enrolled_services(session, market.fostering.id, TODAY)
    assert (facts.easting, [place.easting for place in facts.homes]) == (None, [home.easting])
    assert not hasattr(facts.homes[0], "code_name"), "nobody outside learns which household it is"


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"code_name": " "}, "code_name"),
    ({"postcode": "ZZ99 9ZZ"}, "postcode"),
    ({"min_age": 13}, "max_age"),
    ({"sexes": []}, "sexes"),
    ({"approved_for": 0}, "approved_for"),
    ({"others": 2, "others_bands": []}, "others_bands"),
    ({"languages": ["tlh"]}, "languages"),
    ({"approved_for": 4}, "exemption"),
    ({"approved_for": 4, "exemption": "kindness"}, "exemption"),
    ({"approved_for": 4, "exemption": "authority"}, "exempted_on"),
    ({"approved_for": 4, "exemption": "authority", "exempted_on": TODAY + DAY}, "exempted_on"),
)


def test_what_cannot_be_true_of_a_household_is_refused_at_its_field(
    session: Session, provider: Actor, agency: Service
) -> None:
    make_home(session, agency, code_name="Household 1")
    for wrong, field in (*WRONG, ({"code_name": " Household  1"}, "code_name")):
        with pytest.raises(Invalid) as refused:
            add_home(session, actor=provider, service_id=agency.id, said=said_of_home(**wrong), now=NOW)
        assert list(refused.value.errors) == [field], wrong


def test_more_than_three_foster_children_need_a_ground_in_the_database_too(
    session: Session, provider: Actor, agency: Service
) -> None:
    """F-28: brothers and sisters of each other, or exempted by the council where the carer lives."""
    siblings = said_of_home(approved_for=5, exemption="siblings", exempted_on=TODAY)
    home = add_home(session, actor=provider, service_id=agency.id, said=siblings, now=NOW)
    assert (home.exempted_by_gss, home.exempted_on) == (None, None)
    council = replace(siblings, code_name="Household 8", exemption="authority", exempted_on=TODAY)
    home = add_home(session, actor=provider, service_id=agency.id, said=council, now=NOW)
    assert home.exempted_by_gss == home.authority_gss
    session.flush()
    within = replace(council, code_name="Household 9", approved_for=3)
    assert add_home(session, actor=provider, service_id=agency.id, said=within, now=NOW).exemption is None
    for change in ("exemption = NULL", "exempted_by_gss = 'E09000001'", "exempted_on = NULL"):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"UPDATE home SET {change} WHERE id = :id"), {"id": home.id})


def test_the_limit_is_for_households_and_not_for_buildings(session: Session, provider: Actor, market: Market) -> None:
    house = owned(session, provider, market.residential)
    building = add_home(
        session, actor=provider, service_id=house.id, said=said_of_home(code_name="A", approved_for=6), now=NOW
    )
    assert (building.kind, building.exemption) == ("building", None)
    premises = owned(session, provider, market.supported)
    with pytest.raises(Invalid) as refused:
        add_home(session, actor=provider, service_id=premises.id, said=said_of_home(), now=NOW)
    assert list(refused.value.errors) == ["min_age"]


def test_a_home_moves_by_its_table_and_a_full_one_is_not_offered(
    session: Session, provider: Actor, agency: Service
) -> None:
    home = make_home(session, agency, now=NOW - 100 * DAY)
    lists = lists_on(session, TODAY)
    assert homes_due([home], lists, NOW) == [home]
    assert confirm_homes(session, actor=provider, service_id=agency.id, now=NOW) == 1
    assert homes_due([home], lists, NOW) == []
    assert homes_to_offer(session, provider, agency.id) == [home]
    where = {"actor": provider, "service_id": agency.id, "home_id": home.id, "now": NOW}
    move_home(session, **where, status=HomeStatus.FULL, version=home.version)  # type: ignore[arg-type]
    assert homes_to_offer(session, provider, agency.id) == []
    move_home(session, **where, status=HomeStatus.CLOSED, version=home.version)  # type: ignore[arg-type]
    with pytest.raises(WrongMove):
        move_home(session, **where, status=HomeStatus.FULL, version=home.version)  # type: ignore[arg-type]
    with pytest.raises(Stale):
        change_home(session, **where, said=said_of_home(), version=home.version - 1)  # type: ignore[arg-type]
    assert homes_due([home], lists, NOW + 500 * DAY) == [], "nobody asks about a closed one"


def test_another_companys_homes_are_not_found(session: Session, agency: Service, market: Market) -> None:
    home = make_home(session, agency)
    stranger = factory.make_provider(session)
    theirs = owned(session, stranger, market.fostering)
    attempts: list[Callable[[], object]] = [
        lambda: own_home(session, stranger, agency.id, home.id),
        lambda: own_home(session, stranger, theirs.id, home.id),
        lambda: add_home(session, actor=stranger, service_id=agency.id, said=said_of_home(), now=NOW),
        lambda: confirm_homes(session, actor=stranger, service_id=agency.id, now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()
    assert homes_to_offer(session, stranger, agency.id) == []


def pdf() -> Accepted:
    return accept(io.BytesIO(b"%PDF-1.4 made up"), name="training.pdf")


def test_a_need_is_declared_then_evidenced_then_verified_and_each_step_is_kept(
    session: Session, provider: Actor, commissioner: Actor, agency: Service, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path)
    proof = give_evidence(
        session,
        actor=provider,
        service_id=agency.id,
        indicator=3,
        words="Trained last spring.",
        accepted=pdf(),
        store=store,
        version=agency.version,
        now=NOW,
    )
    assert agency.evidence[2] == "evidenced"
    assert agency.evidence.count("declared") == 11
    assert store.get(proof.sha256 or "") == b"%PDF-1.4 made up"
    visit(session, commissioner, agency, 3, seen=True)
    assert agency.evidence[2] == "verified"
    shown = proofs_of(session, agency.id, 3)
    assert [(one.row.shows, one.who) for one in shown] == [
        (EvidenceLevel.VERIFIED, commissioner.person_name),
        (EvidenceLevel.EVIDENCED, provider.person_name),
    ]
    give(session, provider, agency, 3)
    assert agency.evidence[2] == "verified", "more evidence takes nothing away"
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == agency.id).order_by(AuditEntry.id))
    assert list(acts) == ["services.needs.evidence", "services.needs.visit", "services.needs.evidence"]


def give(
    session: Session, provider: Actor, service: Service, indicator: int, now: dt.datetime = NOW
) -> CapabilityProof:
    return give_evidence(
        session,
        actor=provider,
        service_id=service.id,
        indicator=indicator,
        words="A made-up reason.",
        accepted=None,
        store=FolderStore(Path()),
        version=service.version,
        now=NOW,
    )


def visit(session: Session, hub: Actor, service: Service, indicator: int, *, seen: bool, on: dt.date = TODAY) -> None:
    record_visit(
        session,
        actor=hub,
        service_id=service.id,
        indicator=indicator,
        seen=seen,
        visited_on=on,
        words="Read the records.",
        version=service.version,
        now=NOW + DAY,
    )


def test_what_a_visit_did_not_see_and_a_changed_level_take_evidence_back(
    session: Session, provider: Actor, commissioner: Actor, agency: Service
) -> None:
    for indicator in (1, 2, 3):
        give(session, provider, agency, indicator)
    visit(session, commissioner, agency, 1, seen=False)
    describe_service(session, actor=provider, service_id=agency.id, now=NOW + DAY, capability=[2, 3, *[2] * 10])
    assert agency.evidence[:3] == ["declared", "declared", "evidenced"]
    standing = session.scalars(select(CapabilityProof).where(CapabilityProof.taken_back_at.is_(None)))
    assert {(row.indicator, row.shows) for row in standing} == {
        (1, EvidenceLevel.DECLARED),
        (3, EvidenceLevel.EVIDENCED),
    }
    assert session.scalars(select(CapabilityProof).where(CapabilityProof.indicator == 2)).one().level == 2


def test_who_may_show_and_who_may_verify(
    session: Session, provider: Actor, commissioner: Actor, agency: Service, market: Market
) -> None:
    with pytest.raises(NotAllowed):
        visit(session, provider, agency, 1, seen=True)
    with pytest.raises(NotAllowed):
        give(session, commissioner, agency, 1)
    with pytest.raises(NotFound):
        give(session, factory.make_provider(session), agency, 1)
    with pytest.raises(Invalid, match="today or in the past"):
        visit(session, commissioner, agency, 1, seen=True, on=TODAY + 2 * DAY)
    with pytest.raises(NotFound):
        visit(session, commissioner, agency, 13, seen=True)
    describe_service(session, actor=provider, service_id=agency.id, now=NOW, capability=[0, *[2] * 11])
    with pytest.raises(Conflict):
        give(session, provider, agency, 1)
    proof = give(session, provider, agency, 2)
    with pytest.raises(NotFound):
        proof_file(session, actor=provider, proof_id=proof.id)  # it has none


def test_one_click_confirms_all_needs_and_leaves_how_they_are_known(
    session: Session, provider: Actor, agency: Service
) -> None:
    give(session, provider, agency, 1)
    lists = lists_on(session, TODAY)
    assert {need.confirmed_on for need in needs_of(agency, lists, TODAY)} == {None}
    confirm_needs(session, actor=provider, service_id=agency.id, version=agency.version, now=NOW)
    held = needs_of(agency, lists, TODAY)
    assert {(need.confirmed_on, need.stale) for need in held} == {(TODAY, False)}
    assert [need.evidence for need in held[:2]] == [EvidenceLevel.EVIDENCED, EvidenceLevel.DECLARED]
    with pytest.raises(Stale):
        confirm_needs(session, actor=provider, service_id=agency.id, version=agency.version - 1, now=NOW)


def test_a_profile_is_said_once_for_many_or_for_none(session: Session, provider: Actor, market: Market) -> None:
    source, *others = (owned(session, provider, market.residential) for _ in range(4))
    describe_service(
        session,
        actor=provider,
        service_id=source.id,
        now=NOW,
        min_age=10,
        max_age=15,
        sexes=["F"],
        languages=["so", "en"],
        pets=[],
        capability=[3] * 12,
    )
    source.evidence = ["verified"] * 12
    to = [one.id for one in others]
    count = copy_profile(
        session, actor=provider, service_id=source.id, to=to, topics=["takes", "languages", "pets", "needs"], now=NOW
    )
    assert count == 3
    for one in others:
        assert (one.min_age, one.max_age, one.sexes, one.languages, one.pets) == (10, 15, ["F"], ["en", "so"], [])
        assert (one.capability, one.evidence) == ([3] * 12, ["declared"] * 12)
        assert one.adaptations is None
    describe_service(
        session, actor=provider, service_id=others[1].id, now=NOW, registered_min_age=10, registered_max_age=15
    )
    describe_service(session, actor=provider, service_id=source.id, now=NOW, min_age=9, languages=["fr"])
    with pytest.raises(Invalid, match=others[1].name):
        copy_profile(session, actor=provider, service_id=source.id, to=to, topics=["takes", "languages"], now=NOW)
    assert [one.languages for one in others] == [["en", "so"]] * 3
    stranger = factory.make_enrolled_service(session, lot=market.residential)
    with pytest.raises(NotFound):
        copy_profile(session, actor=provider, service_id=source.id, to=[stranger.id], topics=["pets"], now=NOW)
    assert list(homes_of(session, to)) == []
