"""Answers, evidence and connected people: given once, kept as they were, and asked again only where the question
changed.
"""

from __future__ import annotations

import datetime as dt
import random

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.files import MEGABYTE
from app.core.models import AuditEntry, StoredFile
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from providers.market.status import ServiceType
from providers.passport.answering import company_section, save_answers, section_version
from providers.passport.connected import Connection, add_connected, change_connected, connected_people, end_connected
from providers.passport.dossier import answers_of, evidence_of, missing_from_passport
from providers.passport.evidence import evidence_for_hub, files_shown, own_evidence, withdraw_evidence
from providers.passport.history import history_of
from providers.passport.known import known_of
from providers.passport.models import Evidence, FormerAnswer
from providers.passport.questions import selection_on
from providers.passport.roles import ConnectedRole, ShareBand
from providers.passport.state import Stands, passport_state
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.passport import Shelf, fill_in, new_questions, show

NOW = factory.NOW
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
IN_A_YEAR = TODAY + 365 * DAY


def save(session: Session, actor: Actor, section: str, now: dt.datetime = NOW, **answers: str) -> list[str]:
    asked = company_section(selection_on(session, now.date()), section)
    version = section_version(session, actor.organisation_id, asked)
    return save_answers(session, actor=actor, section=section, answers=answers, version=version, now=now)


def missing(session: Session, actor: Actor, on: dt.date = TODAY) -> set[str]:
    selection = selection_on(session, on)
    found = missing_from_passport(session, actor.organisation_id, selection, ServiceType.RESIDENTIAL, on=on)
    return {question.key for question in found}


def stands(session: Session, actor: Actor, on: dt.date = TODAY) -> dict[str, Stands]:
    states = passport_state(session, actor.organisation_id, selection_on(session, on), on)
    return {entry.question.key: entry.stands for state in states for entry in state.entries}


def test_a_draft_may_hold_gaps_and_what_is_given_is_kept_for_every_lot(session: Session, provider: Actor) -> None:
    assert save(session, provider, "company", legal_form="company", registered_address="", turnover="") == [
        "legal_form"
    ]
    assert save(session, provider, "company", turnover="250000") == ["turnover"]
    assert {key: answer.value for key, answer in answers_of(session, provider.organisation_id).items()} == {
        "legal_form": "company",
        "turnover": "250000",
    }
    assert {"registered_address", "accounts", "public_liability"} <= missing(session, provider)
    fill_in(session, provider)
    assert missing(session, provider) == set()


def test_what_an_answer_was_before_is_kept_and_saving_the_same_again_changes_nothing(
    session: Session, provider: Actor
) -> None:
    save(session, provider, "exclusion", mandatory_exclusion="yes")
    later = NOW + DAY
    assert save(session, provider, "exclusion", later, mandatory_exclusion="no") == ["mandatory_exclusion"]
    assert save(session, provider, "exclusion", later + DAY, mandatory_exclusion="no") == []
    before = session.scalars(select(FormerAnswer)).one()
    assert (before.value, before.answered_at, before.replaced_at) == ("yes", NOW, later)
    assert save(session, provider, "exclusion", later + DAY, mandatory_exclusion="") == ["mandatory_exclusion"]
    assert answers_of(session, provider.organisation_id) == {}
    told = [(one.title.partition(":")[0], one.text) for one in history_of(session, provider.organisation_id)]
    assert told == [
        ("Took back the answer", ""),
        ("Answered", "No (no longer the answer)"),
        ("Answered", "Yes (no longer the answer)"),
    ]


@pytest.mark.parametrize(
    ("section", "answer"),
    [
        ("company", {"legal_form": "club"}),
        ("company", {"turnover": "a lot"}),
        ("company", {"turnover": "9" * 13}),
        ("company", {"registered_address": "x" * 4001}),
        ("exclusion", {"mandatory_exclusion": "perhaps"}),
    ],
)
def test_an_answer_that_cannot_be_is_refused_at_its_question(
    session: Session, provider: Actor, section: str, answer: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        save(session, provider, section, **answer)
    assert list(refusal.value.errors) == list(answer)
    assert answers_of(session, provider.organisation_id) == {}


def test_a_section_that_a_colleague_changed_is_not_overwritten(session: Session, provider: Actor) -> None:
    asked = company_section(selection_on(session, TODAY), "company")
    seen = section_version(session, provider.organisation_id, asked)
    save(session, provider, "company", turnover="250000")
    with pytest.raises(Stale):
        save_answers(session, actor=provider, section="company", answers={"turnover": "1"}, version=seen, now=NOW)


def test_the_version_of_a_section_is_never_the_same_again(session: Session, provider: Actor) -> None:
    asked = company_section(selection_on(session, TODAY), "company")
    versions = [section_version(session, provider.organisation_id, asked)]
    for turnover in ("1", "2", "", "1", "", "2"):
        save(session, provider, "company", turnover=turnover)
        versions.append(section_version(session, provider.organisation_id, asked))
    assert versions == sorted(set(versions))


def test_only_the_administrator_of_a_company_answers_for_it(session: Session, provider: Actor) -> None:
    company = session.get_one(Organisation, provider.organisation_id)
    staff = make_actor(session, company, Role.PROVIDER_STAFF)
    with pytest.raises(NotAllowed):
        save(session, staff, "company", turnover="1")
    with pytest.raises(NotAllowed):
        show(session, staff, "public_liability", IN_A_YEAR)
    with pytest.raises(NotFound):
        save_answers(session, actor=provider, section="quality", answers={}, version=0, now=NOW)


def test_a_changed_question_is_asked_again_and_the_others_carry_over(session: Session, provider: Actor) -> None:
    fill_in(session, provider)
    next_year = dt.date(2027, 4, 1)
    new_questions(
        session,
        next_year,
        {
            "turnover": {"hint": "Of the last full year"},
            "missing_children": {"label": "What do you do when a child goes missing, and afterwards?"},
            "agree_terms": {"right": "no"},
            "public_liability": {"label": "Public liability insurance, at least £10 million"},
            "legal_form": {"choices": [["cic", "Community interest company"]]},
        },
    )
    anew = {"missing_children", "agree_terms", "public_liability", "legal_form"}
    assert missing(session, provider, next_year - DAY) == set()
    assert missing(session, provider, next_year) == anew
    now_stands = stands(session, provider, next_year)
    assert {key for key, one in now_stands.items() if one is Stands.ANEW} == anew
    assert now_stands["turnover"] is Stands.DONE

    moment = dt.datetime(2027, 4, 2, 10, tzinfo=dt.UTC)
    save(session, provider, "safeguarding", moment, missing_children="A made-up answer")
    save(session, provider, "declarations", moment, agree_terms="no")
    save(session, provider, "company", moment, legal_form="cic")
    show(session, provider, "public_liability", dt.date(2028, 1, 1), now=moment)
    assert missing(session, provider, moment.date()) == set()


def test_evidence_that_lapsed_is_missing_from_an_application(session: Session, provider: Actor) -> None:
    fill_in(session, provider, but={"public_liability": TODAY + 10 * DAY, "complaints_policy": None})
    assert missing(session, provider) == {"complaints_policy"}
    assert missing(session, provider, TODAY + 10 * DAY) == {"complaints_policy"}
    assert missing(session, provider, TODAY + 11 * DAY) == {"complaints_policy", "public_liability"}
    assert stands(session, provider, TODAY + 11 * DAY)["public_liability"] is Stands.EXPIRED


def test_the_newest_file_that_was_not_withdrawn_counts(session: Session, provider: Actor) -> None:
    first = show(session, provider, "public_liability", TODAY + 30 * DAY, words="first")
    second = show(session, provider, "public_liability", IN_A_YEAR, words="second", now=NOW + DAY)
    counts = evidence_of(session, provider.organisation_id)["public_liability"]
    assert (counts.evidence_id, counts.last_day) == (second.id, IN_A_YEAR)
    withdraw_evidence(session, actor=provider, evidence_id=second.id, now=NOW + 2 * DAY)
    assert evidence_of(session, provider.organisation_id)["public_liability"].evidence_id == first.id
    with pytest.raises(Conflict):
        withdraw_evidence(session, actor=provider, evidence_id=second.id, now=NOW + 2 * DAY)
    lines = files_shown(session, provider.organisation_id, question="public_liability")
    assert [line.withdrawn_by for line in lines] == [provider.person_name, None]


def test_one_file_stands_for_a_question_whatever_was_added_and_withdrawn(
    session: Session, provider: Actor, market: factory.Market
) -> None:
    company = session.get_one(Organisation, provider.organisation_id)
    claim_id = factory.make_enrolled_service(session, lot=market.residential, organisation=company).claim_id
    draw, shelf = random.Random(3), Shelf()  # made up, and the same each time
    for turn in range(24):
        at = NOW + turn * dt.timedelta(hours=1)
        question, claim = draw.choice([("public_liability", None), ("statement_of_purpose", claim_id)])
        rows = session.scalars(select(Evidence).where(Evidence.withdrawn_at.is_(None)).order_by(Evidence.id)).all()
        if rows and draw.random() < 0.5:
            withdraw_evidence(session, actor=provider, evidence_id=draw.choice(rows).id, now=at)
        else:
            show(session, provider, question, IN_A_YEAR, store=shelf, now=at, claim_id=claim)
        for key in {(row.question, row.claim_id) for row in session.scalars(select(Evidence))}:
            files = [row for row in session.scalars(select(Evidence)) if (row.question, row.claim_id) == key]
            kept = [row for row in files if row.withdrawn_at is None]
            last = max(kept or files, key=lambda row: (row.withdrawn_at or NOW, row.added_at))
            assert [row.id for row in files if row.stands] == [last.id]


def test_the_database_lets_one_file_stand_for_a_question(session: Session, provider: Actor) -> None:
    first = show(session, provider, "public_liability", IN_A_YEAR)
    show(session, provider, "public_liability", IN_A_YEAR, now=NOW + DAY)
    session.refresh(first)
    first.stands = True
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


def test_the_same_content_shown_twice_is_stored_once(session: Session, provider: Actor) -> None:
    store = Shelf()
    for question in ("public_liability", "employers_liability"):
        show(session, provider, question, IN_A_YEAR, store=store)
    assert len(store.kept) == 1
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 1
    assert session.scalar(select(func.count()).select_from(Evidence)) == 2


class FullShelf(Shelf):
    """A store that cannot keep anything."""

    def put(self, _accepted: object) -> None:
        raise OSError("no space left on device")


class NotedShelf(Shelf):
    """A store that looks whether the database knows of a content before it is there."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.known_before: list[int] = []

    def put(self, _accepted: object) -> None:
        self.known_before.append(self.session.scalar(select(func.count()).select_from(StoredFile)) or 0)


def test_a_row_is_written_only_after_its_content_is_kept(session: Session, provider: Actor) -> None:
    noted = NotedShelf(session)
    show(session, provider, "public_liability", IN_A_YEAR, store=noted)
    assert noted.known_before == [0]
    with pytest.raises(OSError, match="no space"):
        show(session, provider, "accounts", IN_A_YEAR, store=FullShelf(), words="other")
    assert session.scalars(select(Evidence.question)).all() == ["public_liability"]
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 1


def test_the_last_day_must_be_given_in_date_and_within_reach(session: Session, provider: Actor) -> None:
    for last_day, words in (
        (None, "Enter the last day"),
        (TODAY - DAY, "in date"),
        (TODAY + 366 * 5 * DAY + DAY, "within the next 5 years"),
    ):
        with pytest.raises(Invalid, match=words) as refusal:
            show(session, provider, "public_liability", last_day)
        assert refusal.value.field == "last_day"
    assert show(session, provider, "public_liability", TODAY).last_day == TODAY


def test_the_last_day_is_a_day_in_london(session: Session, provider: Actor) -> None:
    """At 23:30 UTC on 30 June it is 1 July in London, so 30 June has passed."""
    late = dt.datetime(2027, 6, 30, 23, 30, tzinfo=dt.UTC)
    with pytest.raises(Invalid, match="in date"):
        show(session, provider, "public_liability", dt.date(2027, 6, 30), now=late)


def test_a_company_may_not_fill_the_store(session: Session, provider: Actor) -> None:
    new_questions(session, TODAY, most_files=3, most_megabytes=1)
    show(session, provider, "public_liability", IN_A_YEAR, words="x" * (MEGABYTE - 200))
    with pytest.raises(Invalid, match="larger than 1 MB in all"):
        show(session, provider, "employers_liability", IN_A_YEAR, words="y" * 300)
    for question in ("employers_liability", "accounts"):
        show(session, provider, question, IN_A_YEAR, words="x" * (MEGABYTE - 200))  # the same content counts once
    with pytest.raises(Invalid, match="3 files"):
        show(session, provider, "complaints_policy", IN_A_YEAR)


def test_evidence_of_a_service_is_that_services_own(session: Session, provider: Actor, market: factory.Market) -> None:
    company = session.get_one(Organisation, provider.organisation_id)
    service, other = (
        factory.make_enrolled_service(session, lot=market.residential, organisation=company) for _ in range(2)
    )
    show(session, provider, "statement_of_purpose", IN_A_YEAR, claim_id=service.claim_id)
    assert "statement_of_purpose" in evidence_of(session, company.id, claim_id=service.claim_id)
    assert evidence_of(session, company.id, claim_id=other.claim_id) == {}
    theirs = factory.make_enrolled_service(session, lot=market.residential)
    for claim_id in (theirs.claim_id, "A" * 22):
        with pytest.raises(NotFound):
            show(session, provider, "statement_of_purpose", IN_A_YEAR, claim_id=claim_id)
    for question, claim_id in (
        ("statement_of_purpose", None),
        ("public_liability", service.claim_id),
        ("turnover", None),
        ("nothing", None),
    ):
        with pytest.raises(NotFound):
            show(session, provider, question, IN_A_YEAR, claim_id=claim_id)


def test_a_file_is_found_by_its_company_and_the_hub_and_by_nobody_else(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    row = show(session, provider, "public_liability", IN_A_YEAR)
    assert own_evidence(session, provider, row.id).id == row.id
    assert evidence_for_hub(session, commissioner, row.id).id == row.id
    rival = factory.make_provider(session)
    with pytest.raises(NotFound):
        own_evidence(session, rival, row.id)
    with pytest.raises(NotFound):
        withdraw_evidence(session, actor=rival, evidence_id=row.id, now=NOW)
    with pytest.raises(NotAllowed):
        evidence_for_hub(session, provider, row.id)
    with pytest.raises(NotAllowed):
        own_evidence(session, commissioner, row.id)


def test_connected_people_are_added_corrected_and_ended_and_stay_on_the_list(session: Session, provider: Actor) -> None:
    said = Connection("Avery Example", ConnectedRole.DIRECTOR, TODAY - 900 * DAY)
    row = add_connected(session, actor=provider, connection=said, now=NOW)
    with pytest.raises(Invalid) as refusal:
        add_connected(
            session,
            actor=provider,
            connection=Connection("Made-up Holdings Ltd", ConnectedRole.PARENT_COMPANY, TODAY),
            now=NOW,
        )
    assert refusal.value.field == "share"
    changed = Connection("Avery Sample", ConnectedRole.SIGNIFICANT_CONTROL, TODAY - 900 * DAY, share=ShareBand.MORE)
    seen = row.version
    change_connected(session, actor=provider, connected_id=row.id, connection=changed, version=seen, now=NOW)
    with pytest.raises(Stale):
        change_connected(session, actor=provider, connected_id=row.id, connection=said, version=seen, now=NOW)
    for to_day in (TODAY - 901 * DAY, TODAY + DAY):
        with pytest.raises(Invalid) as refusal:
            end_connected(session, actor=provider, connected_id=row.id, to_day=to_day, version=row.version, now=NOW)
        assert refusal.value.field == "to_day"
    end_connected(session, actor=provider, connected_id=row.id, to_day=TODAY, version=row.version, now=NOW)
    with pytest.raises(Conflict):
        end_connected(session, actor=provider, connected_id=row.id, to_day=TODAY, version=row.version, now=NOW)
    assert [(one.name, one.to_day) for one in connected_people(session, provider.organisation_id)] == [
        ("Avery Sample", TODAY)
    ]
    with pytest.raises(NotFound):
        end_connected(
            session,
            actor=factory.make_provider(session),
            connected_id=row.id,
            to_day=TODAY,
            version=row.version,
            now=NOW,
        )


def test_the_database_refuses_somebody_who_ended_before_they_began(session: Session, provider: Actor) -> None:
    said = Connection("Avery Example", ConnectedRole.DIRECTOR, TODAY - DAY)
    row = add_connected(session, actor=provider, connection=said, now=NOW)
    row.to_day = TODAY - 2 * DAY
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


def test_what_is_known_already_comes_from_the_company_number_and_the_register(
    session: Session, provider: Actor, market: factory.Market
) -> None:
    company = session.get_one(Organisation, provider.organisation_id)
    company.company_number = "OC301234"
    service = factory.make_enrolled_service(session, lot=market.residential, organisation=company)
    known = known_of(session, company.id)
    assert known.owners == (("Sample Owner Ltd", (service.urn,)),)
    assert known.fact("legal_form") == "partnership"
    assert known.fact(None) is None


def test_acts_are_written_down_without_what_was_typed(session: Session, provider: Actor) -> None:
    save(session, provider, "references", reference_1="Jo Bloggs, jo@council.example")
    show(session, provider, "public_liability", IN_A_YEAR)
    add_connected(session, actor=provider, connection=Connection("Jo Bloggs", ConnectedRole.DIRECTOR, TODAY), now=NOW)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.act.like("passport.%"))).all()
    assert [entry.act for entry in entries] == [
        "passport.answers.save",
        "passport.evidence.add",
        "passport.connected.add",
    ]
    assert "Bloggs" not in str([entry.facts for entry in entries])
