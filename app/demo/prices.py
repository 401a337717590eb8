"""Prices in the demonstration: price lists and discounts of the firms, three uplifts at three
stages, and spreadsheets that were sent in.

Amounts are within the ranges of published London prices of 2025 to 2026; whose they are is made up. The draws are this
file's own, so that the rest of the market is what it would be without them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import FileKind, accept
from app.demo.consortium import Consortium
from app.demo.firms import Firm
from app.demo.stage import Stage
from app.identity.permissions import Actor
from app.identity.status import Role
from app.placements.models import Placement
from app.placements.status import PlacementStatus
from providers.market.status import BandLevel, ServiceType
from providers.services.bulk.sheets import PRICES, SERVICES, csv_file, own_services
from providers.services.bulk.working import send_in
from providers.services.prices.discounts import Itemised
from providers.services.prices.models import DiscountKind
from providers.services.prices.queries import bands_of
from providers.services.prices.setting import NewPrice, priced_on, set_discount, set_prices
from providers.services.uplifts import negotiating
from providers.services.uplifts.asking import ask_uplift
from providers.services.uplifts.models import Uplift

STANDARD, ENHANCED, COMPLEX = BandLevel.STANDARD, BandLevel.ENHANCED, BandLevel.COMPLEX

# Pounds a week from and to, by ages and level.
RANGES: dict[ServiceType, dict[tuple[int, int], dict[BandLevel, tuple[int, int]]]] = {
    ServiceType.FOSTERING: {
        (0, 4): {STANDARD: (880, 980), ENHANCED: (1000, 1230), COMPLEX: (1350, 1700)},
        (5, 10): {STANDARD: (900, 1020), ENHANCED: (1020, 1270), COMPLEX: (1350, 1800)},
        (11, 15): {STANDARD: (980, 1120), ENHANCED: (1100, 1370), COMPLEX: (1500, 2000)},
        (16, 17): {STANDARD: (1020, 1180), ENHANCED: (1140, 1430), COMPLEX: (1600, 2100)},
    },
    ServiceType.RESIDENTIAL: {
        (0, 17): {STANDARD: (4800, 6800), ENHANCED: (6000, 8500), COMPLEX: (9500, 16000)},
    },
    ServiceType.SUPPORTED: {(16, 17): {STANDARD: (450, 900), ENHANCED: (900, 1300), COMPLEX: (1300, 1800)}},
    ServiceType.NMI_DAY: {(4, 18): {STANDARD: (900, 1150), ENHANCED: (1150, 1540), COMPLEX: (1540, 1920)}},
    ServiceType.NMI_38: {(4, 18): {STANDARD: (1970, 2500), ENHANCED: (2500, 3150), COMPLEX: (3150, 3680)}},
}
WEEKS = {ServiceType.NMI_DAY: 39, ServiceType.NMI_38: 38}
SET_DAYS_AGO = 355
COMING_IN_DAYS = 60


def set_up(stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """A price list, and perhaps discounts, of every firm that was enrolled by then."""
    draw = random.Random(41)  # noqa: S311 - makes up prices, guards nothing
    moment = stage.now - dt.timedelta(days=SET_DAYS_AGO)
    with stage.at(moment) as session:
        for firm in firms:
            if firm.actor is not None and firm.services:
                _list(session, draw, consortium, firm, firm.actor, moment)


def _list(
    session: Session, draw: random.Random, consortium: Consortium, firm: Firm, actor: Actor, now: dt.datetime
) -> None:
    lot = consortium.lots[firm.service_type]
    today = local_date(now)
    dearness = draw.random()
    prices = []
    enrolled = [id_ for id_, lots in priced_on(session, actor.organisation_id).items() if lot.id in lots]
    for band in bands_of(session, [lot.id])[lot.id]:
        low, high = RANGES[firm.service_type][band.min_age, band.max_age][band.level]
        for service_id in enrolled:
            place = min(1.0, max(0.0, dearness + draw.uniform(-0.15, 0.15)))
            pounds = round((low + (high - low) * place) / 5) * 5
            prices.append(NewPrice(service_id, band.id, _itemised(firm.service_type, pounds * 100), today))
    set_prices(session, actor=actor, prices=prices, now=now)
    discounts = []
    if firm.service_type is ServiceType.FOSTERING and draw.random() < 0.7:
        discounts.append((DiscountKind.SIBLING, 2, draw.choice((500, 750, 1000))))
    if draw.random() < 0.4:
        discounts.append((DiscountKind.LONG_TERM, 52, draw.choice((300, 500, 700))))
    if draw.random() < 0.4:
        discounts += [(DiscountKind.VOLUME, 2, 100), (DiscountKind.VOLUME, 4, draw.choice((250, 400)))]
    for kind, threshold, points in discounts:
        set_discount(
            session,
            actor=actor,
            lot_id=lot.id,
            kind=kind,
            threshold=threshold,
            basis_points=points,
            from_day=today,
            now=now,
        )


def _itemised(service_type: ServiceType, pence: int) -> Itemised:
    weeks = WEEKS.get(service_type, 52)
    if service_type is ServiceType.NMI_DAY:
        return Itemised(0, pence, 0, 0, weeks)
    therapy = 15_000 if pence > 600_000 else 0
    return Itemised(pence - therapy, 0, therapy, 0, weeks)


def negotiate(stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """Three firms with children placed ask for more: one is agreed and applied, one has the hub's figure to answer, one
    has just asked. The first has also sent spreadsheets.
    """
    chosen = _busiest(stage, firms)
    asked = [(6.5, -75, -30), (5.0, -20, 45), (4.0, -3, 60)]
    made = [
        _ask(stage, consortium, firm, round(points * 100), stage.now + dt.timedelta(days=days), from_days)
        for firm, (points, days, from_days) in zip(chosen, asked, strict=True)
    ]
    _agree(stage, consortium, chosen[0], made[0])
    _answer(stage, consortium, chosen[1], made[1])
    _send_sheets(stage, chosen[0])


def _busiest(stage: Stage, firms: list[Firm]) -> list[Firm]:
    """The three firms with most live placements, each on its lots with a price list."""
    with stage.at(stage.now) as session:
        counts = dict(
            session.execute(
                select(Placement.provider_id, func.count())
                .where(Placement.status == PlacementStatus.LIVE)
                .group_by(Placement.provider_id)
            ).all()
        )
    acting = [firm for firm in firms[:-3] if firm.actor is not None and firm.services]

    def order(firm: Firm) -> tuple[int, str]:
        return (-counts.get(firm.actor.organisation_id, 0) if firm.actor else 0, firm.name)

    return sorted(acting, key=order)[:3]


def _ask(stage: Stage, consortium: Consortium, firm: Firm, points: int, moment: dt.datetime, from_days: int) -> str:
    letter = accept(io.BytesIO(b"%PDF-1.4 A made-up letter about wages"), name="wages-and-rent.pdf")
    lot = consortium.lots[firm.service_type]
    with stage.at(moment) as session:
        assert firm.actor is not None
        return ask_uplift(
            session,
            actor=firm.actor,
            figures={lot.id: points},
            from_day=local_date(stage.now + dt.timedelta(days=from_days)),
            reason="The real living wage rose by 5% and our insurance by 12%. Wages are four fifths of what a place "
            "costs us. The letter has the figures.",
            files=[letter],
            store=stage.wiring.files,
            now=moment,
            base_url=stage.base_url,
        ).id


def _agree(stage: Stage, consortium: Consortium, firm: Firm, uplift_id: str) -> None:
    """A message, a first figure, another wish, a better figure, and yes: from thirty days ago."""
    hub, company = consortium.commissioner, firm.actor
    assert company is not None
    day = stage.now - dt.timedelta(days=30)
    lot = consortium.lots[firm.service_type]
    common = {"uplift_id": uplift_id, "base_url": stage.base_url}

    def at(days: int) -> dt.datetime:
        return stage.now + dt.timedelta(days=days)

    with stage.at(at(-72)) as session:
        words = "Thank you. Please say how much of the rise in insurance is for homes on our lots."
        negotiating.write(session, actor=hub, words=words, now=at(-72), **common)
    with stage.at(at(-70)) as session:
        negotiating.write(session, actor=company, words="About two thirds of it.", now=at(-70), **common)
    for days, points, words in (
        (-68, 200, "Two per cent is what the councils' settlement for this year bears."),
        (-62, 300, "Three per cent, if it holds for a whole year."),
    ):
        with stage.at(at(days)) as session:
            negotiating.offer_figure(
                session,
                actor=hub,
                figures={lot.id: points},
                from_day=local_date(day),
                words=words,
                version=_version(session, uplift_id),
                now=at(days),
                **common,
            )
        if points == 200:
            with stage.at(at(-65)) as session:
                negotiating.counter(
                    session,
                    actor=company,
                    figures={lot.id: 400},
                    words="Two per cent does not cover wages alone.",
                    version=_version(session, uplift_id),
                    now=at(-65),
                    **common,
                )
    with stage.at(at(-60)) as session:
        negotiating.accept(session, actor=company, version=_version(session, uplift_id), now=at(-60), **common)


def _answer(stage: Stage, consortium: Consortium, firm: Firm, uplift_id: str) -> None:
    """A borough's word to the hub, and the hub's figure, which waits for the company."""
    lot = consortium.lots[firm.service_type]
    said, put = stage.now - dt.timedelta(days=12), stage.now - dt.timedelta(days=5)
    council = next(one for one in consortium.councils if one.facts.fostering_from_day is not None)
    with stage.at(said) as session:
        negotiating.comment(
            session,
            actor=council.people[Role.TEAM_MANAGER],
            uplift_id=uplift_id,
            words="We would rather keep these places than lose them over a per cent.",
            now=said,
        )
    with stage.at(put) as session:
        negotiating.offer_figure(
            session,
            actor=consortium.commissioner,
            uplift_id=uplift_id,
            figures={lot.id: 250},
            from_day=local_date(stage.now + dt.timedelta(days=45)),
            words="Half of what is asked, as for two other companies on this lot.",
            version=_version(session, uplift_id),
            now=put,
            base_url=stage.base_url,
        )


def _version(session: Session, uplift_id: str) -> int:
    return session.get_one(Uplift, uplift_id).version


def _send_sheets(stage: Stage, firm: Firm) -> None:
    """One file that waits to be confirmed, and one with a mistake in it."""
    moment = stage.now - dt.timedelta(minutes=30)
    day = local_date(stage.now + dt.timedelta(days=COMING_IN_DAYS)).isoformat()
    with stage.at(moment) as session:
        assert firm.actor is not None
        own = own_services(session, firm.actor)
        today = local_date(moment)
        (headings, first, *_), homes = (
            list(csv.reader(io.StringIO(csv_file(own, sheet, today).decode("utf-8-sig"))))
            for sheet in (PRICES, SERVICES)
        )
        dearer = [*first[:3], *(f"{float(amount) * 1.01:.2f}" for amount in first[3:7]), first[7], day]
        somebody_elses = ["9999999", *homes[1][1:]]
        for name, rows in (
            ("prices-next-year.csv", [headings, dearer]),
            ("our-homes.csv", [*homes, somebody_elses]),
        ):
            out = io.StringIO(newline="")
            csv.writer(out).writerows(rows)
            file = accept(io.BytesIO(out.getvalue().encode()), name=name, kinds=[FileKind.CSV])
            send_in(
                session,
                actor=firm.actor,
                accepted=file,
                store=stage.wiring.files,
                leads_to="/provider/bulk/files/{id}",
                now=moment,
            )
