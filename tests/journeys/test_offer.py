"""Offers through HTTP: a provider writes, checks, sends and changes; an officer waits, opens, reads and chooses."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import html5lib
import pytest
from click.testing import CliRunner
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.serving import make_server

import app.web.account
import app.web.borough
import app.web.provider
import app.web.public
from app.children.models import ChildView
from app.children.needs import indicators
from app.cli.market_files import matching
from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.offers.models import Choice, Evaluation, Offer, PlaceHold
from app.offers.settling import settle
from app.offers.status import OfferStatus
from app.requests.publication import mark_awarded
from app.requests.unmet import mark_unplaced
from config.settings import Settings
from providers.services.models import Service
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories import providers, requests
from tests.factories.offers import Scene
from tests.factories.visitor import Visitor
from tests.looking import faults

BLUEPRINTS = (app.web.public.bp, app.web.account.bp, app.web.borough.bp, app.web.provider.bp)
PRICE = "4,321.00"


def installation(tmp_path: Path) -> Iterator[Flask]:
    """The pages of both sides over an empty database, until the test has ended."""
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, audiences=list(BLUEPRINTS), limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    yield from installation(tmp_path)


@pytest.fixture
def scene(site: Flask) -> Scene:
    """A request that was published just now; its companies' and officer's ids outlive the transaction."""
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        return made.make_scene(session, vault=wiring.vault, now=wiring.clock(session))


def pass_deadline(site: Flask) -> None:
    """Move the clock to a day after the deadline."""
    with transaction(site.extensions["homeward"].sessions) as session:
        session.add(MovedClock(id=1, seconds=int(dt.timedelta(days=made.DAYS_OPEN + 1).total_seconds())))


def typed(scene: Scene, **replaced: str) -> dict[str, Any]:
    """What a provider types into the form."""
    start = scene.now + dt.timedelta(days=30)
    return {
        "care_pence": PRICE,
        "can_start_on-day": str(start.day),
        "can_start_on-month": str(start.month),
        "can_start_on-year": str(start.year),
        **{f"need_{n}": f"Our made-up plan {n}" for n, score in enumerate(scene.request.needs or [], start=1) if score},
        **replaced,
    }


def visitor(site: Flask, actor: Actor) -> Visitor:
    return Visitor(site).be(actor)


def offer_address(scene: Scene) -> str:
    return f"/provider/opportunities/{scene.request.id}/offer"


def test_a_provider_writes_checks_sends_and_changes_an_offer(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    me.get("/provider/opportunities")
    assert "A children's home" in me.text
    assert "To answer" in me.text
    me.get(f"/provider/opportunities/{scene.request.id}")
    assert "compared with this request's own benchmark" in me.text
    assert "Zebedee" not in me.text
    me.fill(offer_address(scene), **typed(scene))
    assert "Check your offer" in me.text
    assert "£4,321.00 a week for 52 weeks a year, which is £224,692.00 a year" in me.text
    me.press(offer_address(scene), step="change", **typed(scene))
    assert PRICE in me.page.text  # type: ignore[union-attr]
    me.press(offer_address(scene), step="submit", **typed(scene))
    assert "Offer sent" in me.text
    assert "sealed until" in me.text
    with transaction(site.extensions["homeward"].sessions) as session:
        sent = session.scalars(select(Offer)).one()
        assert (sent.weekly_pence, sent.status) == (None, OfferStatus.SUBMITTED)
        offer_id, version = sent.id, sent.version
    changed = typed(scene, care_pence="4000", version=str(version))
    me.fill(f"/provider/offers/{offer_id}/edit", step="submit", **changed)
    assert "£4,000.00 a week" in me.text
    me.get(f"/provider/offers/{offer_id}")
    assert "£4,000.00 a week" in me.text
    me.fill(f"/provider/offers/{offer_id}/withdraw", version=str(version + 1))
    assert "Offer withdrawn" in me.text


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    page = me.fill(offer_address(scene), **typed(scene, need_1=""))
    assert page.status_code == 400
    assert "There is a problem" in me.text
    assert "Our made-up plan 2" in me.text
    assert PRICE in page.text


def test_declining_and_thinking_again(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    here = f"/provider/opportunities/{scene.request.id}"
    assert me.fill(f"{here}/decline").status_code == 400
    me.fill(f"{here}/decline", code="others_here")
    assert "You have declined" in me.text
    them = visitor(site, scene.officer)
    them.get(f"/borough/requests/{scene.request.id}/offers/invitations")
    assert "Not a good match for other children living here" in them.text
    me.press(f"{here}/decline/undo", me.get(here))
    assert "You can make an offer again" in me.text


def test_every_reading_of_the_request_is_written_down(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    me.get(f"/provider/opportunities/{scene.request.id}")
    with transaction(site.extensions["homeward"].sessions) as session:
        row = session.scalars(select(ChildView).where(ChildView.what.contains("as provider, stage 1"))).one()
        assert row.organisation_id == scene.services[0].organisation_id


def test_the_borough_sees_no_price_and_no_count_before_the_deadline(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    me.fill(offer_address(scene), step="submit", **typed(scene))
    assert "Offer sent" in me.text
    them = visitor(site, scene.officer)
    for address in ("offers", "offers/invitations", ""):
        page = them.get(f"/borough/requests/{scene.request.id}/{address}".rstrip("/"))
        for secret in ("4,321", "432100", "Our made-up plan", "1 offer"):
            assert secret not in page.text
    sealed = them.get(f"/borough/requests/{scene.request.id}/offers")
    assert "Offers are sealed" in sealed.text
    assert them.press(f"/borough/requests/{scene.request.id}/offers/open", sealed).status_code == 409


def test_where_nobody_fits_the_officer_sees_who_fell_where_and_the_smallest_change_with_what_to_do(site: Flask) -> None:
    wiring = site.extensions["homeward"]
    kinds: list[dict[str, Any]] = [{"min_age": 16}, {"min_age": 16, "sexes": ("F",)}, {"places": 0}]
    with transaction(wiring.sessions) as session:
        nobody = made.make_scene(
            session, vault=wiring.vault, now=wiring.clock(session), services=kinds, include=False, needs=[1] + [0] * 11
        )
        lot_id, names = nobody.lot.id, [service.name for service in nobody.services]
    me = visitor(site, nobody.officer)
    own = f"/borough/requests/{nobody.request.id}"
    for address, heading in (
        ("offers/invitations", "Why nobody was told"),
        (f"publish/{lot_id}/services", "Why nobody would be told"),
    ):
        page = me.get(f"{own}/{address}").text
        html5lib.HTMLParser(strict=True).parse(page)
        assert heading in page
        figures = re.findall(r"<th[^>]*>([^<]+)</th><td[^>]*numeric\">(\d)</td><td[^>]*>(\d)</td>", page)
        assert figures == [
            ("Takes other ages", "2", "1"),
            ("Takes the other sex only", "1", "0"),
            ("Not enough free places", "1", "1"),
        ]
        assert f"It would admit {names[0]}." in page
        assert f"It would admit {names[2]}." in page
        assert f"{own}/extend" in page


def test_an_officer_opens_reads_the_arithmetic_and_chooses_with_a_reason(site: Flask, scene: Scene) -> None:
    for service in scene.services[:2]:
        visitor(site, scene.provider(service)).fill(offer_address(scene), step="submit", **typed(scene))
    pass_deadline(site)
    me = visitor(site, scene.officer)
    here = f"/borough/requests/{scene.request.id}/offers"
    me.press(f"{here}/open", me.get(here))
    assert "Shortlist for" in me.text
    assert "Recomputes" in me.text
    assert "Tied at 1." in me.text
    assert me.press(f"{here}/choice", me.get(here)).status_code == 400
    with transaction(site.extensions["homeward"].sessions) as session:
        first = session.scalars(select(Offer.id).order_by(Offer.id)).first()
    assert first
    words = {"offer": first, "reason": "Best for the two highest needs"}
    assert me.press(f"{here}/choice", me.get(here), **words, reason_code="best_overall").status_code == 400
    assert "Best for the two highest needs" in me.text, "the words are kept"
    me.press(f"{here}/choice", me.get(here), **words, reason_code="need_that_matters")
    assert "is preferred and holds 1 place" in me.text
    assert "Best for the two highest needs" in me.text
    assert "Better match for the need that matters most" in me.text
    assert "One of those tied at the head" in me.text
    assert "Our made-up plan 1" in (me.get(f"{here}/{first}").text)
    with transaction(site.extensions["homeward"].sessions) as session:
        assert session.scalar(select(Choice.offer_id)) == first
        assert session.scalar(select(PlaceHold.offer_id)) == first
        frozen = session.scalars(select(Evaluation)).one().hash
    paper = me.get(f"{here}/explanation").text
    for said in (
        frozen,
        "Policy evaluation 1, algorithm 1",
        "Recomputes",
        "Best for the two highest needs",
        "the law prefers",
    ):
        assert said in paper
    assert "Zebedee" not in paper
    assert "Main" not in re.findall(r'<nav[^>]*aria-label="([^"]+)"', paper), "no navigation on paper"
    assert_pieces_add_up(paper, offers=2)
    refused = visitor(site, scene.provider(scene.services[0]))
    assert refused.client.get(f"{here}/explanation").status_code in (403, 404)


def test_looking_at_the_shortlist_is_written_down_and_its_record_can_be_had_and_checked_by_those_who_read_the_child(
    site: Flask, scene: Scene, tmp_path: Path
) -> None:
    wiring = site.extensions["homeward"]
    for service in scene.services[:2]:
        visitor(site, scene.provider(service)).fill(offer_address(scene), step="submit", **typed(scene))
    with transaction(wiring.sessions) as session:
        borough = session.get_one(Organisation, scene.officer.organisation_id)
        head = requests.make_actor(session, Role.HEAD_OF_SERVICE, organisation=borough)
        stranger = requests.make_actor(session)
        looks = len(session.scalars(select(ChildView)).all())
    pass_deadline(site)
    me, here = visitor(site, scene.officer), f"/borough/requests/{scene.request.id}/offers"
    sealed = me.get(here)
    assert me.client.get(f"{here}/record.json").status_code == 404, "there is none yet"
    me.press(f"{here}/open", sealed, follow=False)
    pages = (me.get(here).text, me.get(f"{here}/explanation").text)
    for page in pages:
        assert f'href="{here}/record.json"' in page
        assert "Keep it like the child's record" in unescape(page)
    file = me.client.get(f"{here}/record.json")
    name = f"homeward-record-{scene.request.reference}.json"
    assert file.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
    kept = tmp_path / name
    kept.write_bytes(file.data)
    checked = CliRunner().invoke(matching, ["verify", str(kept)])
    with transaction(wiring.sessions) as session:
        frozen = session.scalars(select(Evaluation)).one()
        assert (checked.exit_code, checked.stdout.strip()) == (0, frozen.hash)
        assert json.loads(file.data) == frozen.record
        rows = session.scalars(select(ChildView).order_by(ChildView.at, ChildView.id)).all()
        assert {row.child_id for row in rows[looks:]} == {scene.request.children[0].child_id}
        assert sorted(row.what for row in rows if row.person_id == scene.officer.person_id) == [
            f"How the offers were compared for {scene.request.reference}",
            f"Record of the shortlist, as a file, for {scene.request.reference}",
            f"Shortlist for {scene.request.reference}",
        ]
    manager = visitor(site, head)
    assert "record.json" not in manager.get(here).text
    assert manager.client.get(f"{here}/record.json").status_code == 403
    assert visitor(site, stranger).client.get(f"{here}/record.json").status_code == 404


def assert_pieces_add_up(source: str, *, offers: int) -> None:
    """On the page itself: the parts of each offer sum to its total, and its needs one by one to what its needs give."""

    def column(table: Any) -> list[tuple[str, Decimal]]:
        rows = [list(row) for row in table.find("tbody")]
        return [("".join(row[0].itertext()).strip(), Decimal("".join(row[-1].itertext()).strip())) for row in rows]

    tree = html5lib.parse(source, namespaceHTMLElements=False)
    by_class = {name: [one for one in tree.iter("table") if name in one.get("class", "").split()] for name in SUMS}
    sums, needs = (by_class[name] for name in SUMS)
    assert len(sums) == len(needs) == offers
    for whole, one_by_one in zip(map(column, sums), map(column, needs), strict=True):
        assert sum(points for _, points in whole[:-1]) == whole[-1][1]
        assert sum(points for _, points in one_by_one[:-1]) == one_by_one[-1][1] == dict(whole)["Needs"]


SUMS = ("hw-sum", "hw-needs")
"""The tables of an explanation that add up: the parts of a score, and the needs one by one."""


@dataclass(frozen=True)
class Stages:
    """Requests at every stage, by the pages that their people open."""

    officer: Actor
    provider: Actor
    pages: dict[str, list[str]]


@pytest.fixture
def stages(site: Flask) -> Stages:
    """One market with a request that is open, one sealed, one due, one ranked with a tie, one where nobody passed, one
    preferred and one awarded.
    """
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        then = now - dt.timedelta(days=made.DAYS_OPEN + 1)
        lot = providers.make_system_and_lots(session, then).residential
        kinds: list[dict[str, Any]] = [{}, {}, {"grade": None, "quality": None}, {"min_age": 16}]
        services = [providers.make_enrolled_service(session, lot=lot, now=then, places=9, **kind) for kind in kinds]
        borough = requests.make_borough(session, now=then)

        def published(at: dt.datetime, offering: list[Service], opened: bool = False) -> tuple[Scene, list[Offer]]:
            scene = made.make_request_in(
                session, lot=lot, services=services, vault=wiring.vault, now=at, borough=borough
            )
            sent = [made.offer(scene, service, 4_000_00 + 200_00 * n) for n, service in enumerate(offering)]
            if opened:
                made.open_offers(scene, now=now)
            return scene, sent

        free, _ = published(now - dt.timedelta(days=1), [])
        sealed, mine = published(now - dt.timedelta(days=1), services[:1])
        due, _ = published(then, services)
        ranked, _ = published(then, services, opened=True)
        nobody, _ = published(then, services[3:], opened=True)
        none, _ = published(then, [], opened=True)
        chosen, preferred = published(then, services, opened=True)
        made.prefer(chosen, preferred[0], now=now)
        awarded, offers = published(then, services, opened=True)
        made.prefer(awarded, offers[1], now=now)
        mark_awarded(session, request_id=awarded.request.id, person_id=awarded.officer.person_id, now=now)
        settle(session, request_id=awarded.request.id, won_offer_id=offers[1].id, now=now, base_url=made.BASE_URL)
        ended, closed = published(then, services[:1], opened=True)
        mark_unplaced(
            session,
            actor=ended.officer,
            request_id=ended.request.id,
            code="other",
            words="The family found a home",
            version=ended.request.version,
            now=now,
        )
        everywhere = (free, sealed, due, ranked, nobody, none, chosen, awarded, ended)
        opportunity = f"/provider/opportunities/{free.request.id}"
        return Stages(
            ranked.officer,
            ranked.provider(services[0]),
            {
                "officer": [
                    *(f"/borough/requests/{scene.request.id}/offers" for scene in everywhere),
                    *(f"/borough/requests/{scene.request.id}/offers/explanation" for scene in (ranked, nobody, none)),
                    f"/borough/requests/{ranked.request.id}/offers?sort=price&direction=descending",
                    f"/borough/requests/{ranked.request.id}/offers/invitations",
                    f"/borough/requests/{chosen.request.id}/offers/{preferred[0].id}",
                ],
                "provider": [
                    "/provider/opportunities",
                    "/provider/offers",
                    opportunity,
                    f"{opportunity}/decline",
                    f"{opportunity}/offer",
                    *(f"/provider/opportunities/{scene.request.id}" for scene in (sealed, due, chosen)),
                    *(f"/provider/offers/{offer.id}" for offer in (mine[0], preferred[0], offers[0], closed[0])),
                    *(f"/provider/offers/{mine[0].id}/{page}" for page in ("edit", "sent", "withdraw")),
                ],
            },
        )


def need_labels(site: Flask, on: dt.datetime) -> list[str]:
    """What children are measured to need, as the form and an offer's page call it."""
    with transaction(site.extensions["homeward"].sessions) as session:
        return [one.label for one in indicators(session, on.date())]


def test_once_decided_a_loser_reads_what_it_wrote_and_not_what_the_child_needs(site: Flask, stages: Stages) -> None:
    """F-39."""
    me = visitor(site, stages.provider)
    with transaction(site.extensions["homeward"].sessions) as session:
        lost = session.scalars(select(Offer).where(Offer.organisation_id == stages.provider.organisation_id)).all()
        decided = [offer for offer in lost if offer.status is OfferStatus.LOST]
        standing = next(offer for offer in lost if offer.status is OfferStatus.PREFERRED)
    assert len(decided) == 2
    labels = need_labels(site, standing.submitted_at)
    me.get(f"/provider/offers/{standing.id}")
    assert any(label in me.text for label in labels)
    for offer in decided:
        me.get(f"/provider/offers/{offer.id}")
        assert "Made-up plan for need 1" in me.text
        assert "Your score" in me.text
        assert [label for label in labels if label in me.text] == []
        assert "Read the request" not in me.text


def test_every_page_is_valid_html_with_one_heading_and_a_title(site: Flask, stages: Stages) -> None:
    for who, paths in stages.pages.items():
        me = visitor(site, getattr(stages, who))
        for path in paths:
            page = me.get(path)
            assert page.status_code == 200, path
            html5lib.HTMLParser(strict=True).parse(page.text)
            assert len(re.findall(r"<h1[ >]", page.text)) == 1, path
            assert re.search(r"<title>\s*[^<]+ – Homeward\s*</title>", page.text), path
            assert "Zebedee" not in page.text


@pytest.mark.browser
def test_every_page_is_accessible_and_fits(site: Flask, stages: Stages, browser: Browser) -> None:
    server = make_server("127.0.0.1", 0, site, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    wrong: list[str] = []
    try:
        for who, paths in stages.pages.items():
            context = browser.new_context(base_url=host)
            cookie = visitor(site, getattr(stages, who)).client.get_cookie("homeward")
            assert cookie is not None
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": host}])
            page = context.new_page()
            for path in paths:
                page.goto(path)
                for why in page.locator(".hw-offer__why summary").all():
                    why.click()
                wrong += [f"{path}: {fault}" for fault in faults(page)]
            context.close()
    finally:
        server.shutdown()
    assert wrong == []


def test_another_company_and_another_borough_find_nothing(site: Flask, scene: Scene) -> None:
    wiring = site.extensions["homeward"]
    mine = visitor(site, scene.provider(scene.services[0]))
    mine.fill(offer_address(scene), step="submit", **typed(scene))
    with transaction(wiring.sessions) as session:
        offer_id = session.scalars(select(Offer.id)).one()
        other = made.make_scene(session, vault=wiring.vault, now=wiring.clock(session), services=({},))
        stranger, elsewhere = other.provider(other.services[0]), other.officer
    rival = visitor(site, scene.provider(scene.services[1]))
    for path in ("", "/edit", "/withdraw", "/sent"):
        assert rival.get(f"/provider/offers/{offer_id}{path}").status_code == 404
    uninvited = visitor(site, stranger)
    for path in ("", "/offer", "/decline"):
        assert uninvited.get(f"/provider/opportunities/{scene.request.id}{path}").status_code == 404
    foreign = visitor(site, elsewhere)
    for path in ("", "/invitations", f"/{offer_id}"):
        assert foreign.get(f"/borough/requests/{scene.request.id}/offers{path}").status_code == 404
    assert (
        visitor(site, scene.officer).get(f"/borough/requests/{scene.request.id}/offers/{offer_id}").status_code == 404
    )
