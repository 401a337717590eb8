"""A new fostering agency, from its sign-up to two lots, through HTTP: what was said once is not asked twice, and each
lot is decided by itself.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import local_date
from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind
from app.wiring import Wiring
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.market.models import Lot
from providers.market.status import ServiceType, Strand
from providers.passport.models import Application, Claim, Enrolment
from providers.passport.questions import AnswerKind, Question, Scope, Selection, selection_on
from providers.passport.status import EnrolmentStatus
from providers.register.status import Grade, ProvisionType
from tests.databases import sqlite_template
from tests.factories import accreditation as joining
from tests.factories import providers as factory
from tests.factories.identity import PASSWORD, make_organisation
from tests.factories.visitor import Visitor

URN = "9900555"
EMAIL = "jo@copperbeech.example"
PARENT_AND_CHILD = "Lot 8 Fostering, parent and child"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    site = create_app(Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)}), limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


@pytest.fixture
def wiring(site: Flask) -> Wiring:
    found: Wiring = site.extensions["homeward"]
    return found


@pytest.fixture
def assessors(wiring: Wiring) -> tuple[Actor, Actor]:
    """Two people at the hub of a market with two lots for foster care and an agency in the register."""
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        borough = make_organisation(session, OrganisationKind.BOROUGH, "Made-up Sutton")
        fostering = factory.make_system_and_lots(session, now, boroughs=[borough]).fostering
        session.add(
            Lot(
                system_id=fostering.system_id,
                name=PARENT_AND_CHILD,
                strand=Strand.LOOKED_AFTER,
                service_type=ServiceType.FOSTERING,
                opens_on=fostering.opens_on,
                closes_on=fostering.closes_on,
            )
        )
        factory.make_registration(
            session, urn=URN, provision_type=ProvisionType.FOSTERING_AGENCY, name="Made-up Copper Beech Fostering"
        )
        factory.make_inspection(session, URN, overall=Grade.GOOD)
        return factory.make_commissioner(session), factory.make_commissioner(session)


def save(visitor: Visitor, path: str, **answers: Any) -> str:
    """Open a page, send its form with the version that it was made from, and what the next page says."""
    opened = visitor.get(path)
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    visitor.press(path, opened, **({"version": version[1]} if version else {}), **answers)
    return visitor.text


def signed_up(site: Flask, wiring: Wiring) -> Visitor:
    """Somebody who is the first of their company here, by the link in the e-mail."""
    visitor = Visitor(site)
    company = {"company_name": "Made-up Copper Beech Ltd", "company_number": "9912345"}
    visitor.fill("/sign-up", person_name="Jo Specimen", email=EMAIL, **company)
    with transaction(wiring.sessions) as session:
        mail = session.scalars(select(OutboxMessage.text).where(OutboxMessage.address == EMAIL)).one()
    link = re.search(r"https?://\S+/[\w-]{43}\b", mail)
    assert link
    visitor.get(urlsplit(link[0]).path)
    visitor.press(urlsplit(link[0]).path, password=PASSWORD)
    assert "You now act for Made-up Copper Beech Ltd" in visitor.text
    return visitor


def questions(wiring: Wiring) -> Selection:
    with transaction(wiring.sessions, read_only=True) as session:
        return selection_on(session, local_date(wiring.clock(session)))


def last_day(wiring: Wiring, box: str) -> dict[str, str]:
    """A year from today, as it is typed into three boxes."""
    with transaction(wiring.sessions, read_only=True) as session:
        day = local_date(wiring.clock(session)) + dt.timedelta(days=365)
    return {f"{box}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def typed(question: Question) -> dict[str, str]:
    """A good answer, as a browser sends it."""
    good = joining.good_answer(question)
    if question.kind is AnswerKind.DATE:
        parts = zip(("year", "month", "day"), good.split("-"), strict=True)
        return {f"{question.key}-{part}": str(int(text)) for part, text in parts}
    return {question.key: good}


def fill_passport(me: Visitor, wiring: Wiring) -> None:
    """Every question about the company, once, on its own pages."""
    for section in questions(wiring).of(Scope.COMPANY):
        answers: dict[str, str] = {}
        for question in section.questions:
            if question.kind is AnswerKind.EVIDENCE:
                file = (io.BytesIO(joining.PDF), f"{question.key}.pdf")
                day = last_day(wiring, "last_day") if question.expires else {}
                assert "File added" in save(me, f"/provider/passport/evidence/{question.key}", file=file, **day)
            elif question.required:
                answers |= typed(question)
        if answers:
            save(me, f"/provider/passport/sections/{section.key}", **answers)
            assert me.page is not None
            assert me.page.status_code == 200, section.key


def applied(me: Visitor, wiring: Wiring, there: str, lot: str) -> str:
    """Apply to a lot with all that is asked about the service. The application's id."""
    choice = next(
        lot_id
        for lot_id, label in re.findall(
            r'(?s)name="lot"[^>]*value="([^"]+)".*?<label[^>]*>\s*([^<]+?)\s*</label>', me.get(f"{there}/apply").text
        )
        if label.startswith(lot)
    )
    assert "Application begun" in save(me, f"{there}/apply", lot=choice)
    with transaction(wiring.sessions) as session:
        application = session.scalars(select(Application.id).where(Application.lot_id == choice)).one()
    draft = f"/provider/applications/{application}"
    for section in questions(wiring).for_lot(ServiceType.FOSTERING):
        if section.scope is Scope.SERVICE:
            sent: dict[str, Any] = {}
            page = me.get(f"{draft}/part/{section.key}").text
            for question in section.questions:
                if question.kind is not AnswerKind.EVIDENCE:
                    sent |= typed(question)
                elif f"{question.key}.pdf" not in page:
                    sent[question.key] = (io.BytesIO(joining.PDF), f"{question.key}.pdf")
                    sent |= last_day(wiring, f"{question.key}_last_day") if question.expires else {}
            assert ": saved" in save(me, f"{draft}/part/{section.key}", **sent)
    save(me, f"{draft}/statement", statement=f"Made-up carers, known by name, for {lot}.")
    assert "Application sent" in save(me, f"{draft}/check")
    return application


def test_a_new_agency_joins_two_lots_and_says_everything_once(
    site: Flask, wiring: Wiring, assessors: tuple[Actor, Actor]
) -> None:
    me, hub = signed_up(site, wiring), Visitor(site).be(assessors[0])
    assert "What the register says" in save(me, "/provider/services/claim", urn=URN)
    assert "office" in me.get(f"/provider/services/claim/{URN}").text, "an office is not a home"
    save(me, f"/provider/services/claim/{URN}", postcode="SM1 1EA")
    me.press(f"/provider/services/claim/{URN}/send", postcode="SM1 1EA")
    with transaction(wiring.sessions) as session:
        claim_id = session.scalars(select(Claim.id)).one()
    assert "Claim confirmed" in save(hub, f"/hub/claims/{claim_id}", decision="confirm", reason="Seen")

    there = f"/provider/services/{claim_id}"
    save(me, f"{there}/profile/takes", min_age="0", max_age="17", sexes=["F", "M"])
    save(me, f"{there}/profile/needs", **{f"need_{number}": "2" for number in range(1, 13)})
    save(me, f"{there}/profile/places", places="3")
    for number, postcode in enumerate(("SM1 1EA", "CR0 1EA"), start=1):
        said = save(
            me,
            f"{there}/homes/new",
            code_name=f"Household {number}",
            postcode=postcode,
            min_age="0",
            max_age="17",
            sexes=["F", "M"],
            approved_for="2",
            others="0",
        )
        assert f"Household {number} is listed" in said
    fill_passport(me, wiring)
    me.get("/provider/passport")
    assert "to answer" not in me.text, "nothing about the company is left to say"

    first, second = (applied(me, wiring, there, lot) for lot in ("Lot 1", PARENT_AND_CHILD))
    assert 'name="lot"' not in me.get(f"{there}/apply").text, "there is no third lot that fits"

    with transaction(wiring.sessions) as session:
        for application in (first, second):
            for assessor in assessors:
                joining.mark_all(
                    session, assessor, session.get_one(Application, application), now=wiring.clock(session)
                )
    to_decide = f"/hub/applications/{first}"
    assert "Approved and enrolled" in save(hub, to_decide, decision="approve", reason="Convincing.")
    with transaction(wiring.sessions) as session:
        assert len(session.scalars(select(Enrolment)).all()) == 1, "one lot's decision is not the other's"
    assert "Approved and enrolled" in save(hub, f"/hub/applications/{second}", decision="approve", reason="Here too.")

    with transaction(wiring.sessions) as session:
        enrolled = session.execute(
            select(Lot.name, Enrolment.status).join(Lot, Lot.id == Enrolment.lot_id).order_by(Lot.name)
        ).all()
        decided = session.scalars(
            select(OutboxMessage.address).where(OutboxMessage.template == "application_decided")
        ).all()
    assert [status for _, status in enrolled] == [EnrolmentStatus.ENROLLED] * 2
    assert decided == [EMAIL, EMAIL]
    public = Visitor(site).get("/companies").text
    assert public.count("Made-up Copper Beech Ltd") >= 2, "on both lots"
    assert "SM1" not in public
    assert "Household" not in public
    me.get(there)
    assert me.text.count("Enrolled") >= 2
