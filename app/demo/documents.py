"""Files of the demonstration's requests, a referral that its case system sent, and the key with which it did."""

from __future__ import annotations

import datetime as dt
import io
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import accept
from app.demo.consortium import Consortium, Council
from app.demo.stage import Stage
from app.identity.service_keys import SCOPES, make_key
from app.identity.status import Role
from app.requests.form import Audience
from app.requests.models import PlacementRequest
from app.requests.papers.attaching import attach
from app.requests.papers.making import ask_for_own
from app.requests.papers.status import PaperFormat, PaperKind
from app.requests.referrals.keeping import receive
from app.requests.status import RequestStatus

A_PAGE = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
FILES = (
    ("Risk assessment", "risk_assessment", Audience.INVITED, True),
    ("Letter by the child", "drawing", Audience.SHORTLISTED, True),
    ("Care plan", "care_plan", Audience.AWARDED, False),
)
REFERRAL = {
    "format": "homeward-referral-1",
    "child": {
        "given_name": "Quillon",
        "family_name": "Madeupson",
        "date_of_birth": "2014-02-30",
        "sex": "M",
        "ethnicity": "White British",
        "home_postcode": "CR0 1EA",
    },
    "answers": {
        "strand": "looked_after",
        "urgency": "at once",
        "expected_weeks": "a year or so",
        "why_now": "The carer is retiring at the end of the month.",
        "favourite_team": "Oakmadeup Rovers",
    },
}
"""With faults, as real ones have."""


def attach_files(stage: Stage, consortium: Consortium) -> None:
    """For each council: files on a published request and on a draft, a pack that was made, a referral that waits to be
    looked at, and the key of its case system.
    """
    for council in consortium.councils:
        officer = council.people[Role.PLACEMENT_OFFICER]
        with stage.at(stage.now) as session:
            for status in (RequestStatus.PUBLISHED, RequestStatus.DRAFT):
                row = _latest(session, council, status)
                if row is not None:
                    _attach(session, stage, council, row)
            published = _latest(session, council, RequestStatus.PUBLISHED)
            if published is not None:
                ask_for_own(
                    session,
                    actor=officer,
                    request_id=published.id,
                    kind=PaperKind.PACK,
                    format=PaperFormat.PDF,
                    audience=Audience.INVITED,
                    leads_to=f"/borough/requests/{published.id}/files",
                    now=stage.now,
                )
            receive(
                session,
                actor=officer,
                vault=stage.wiring.vault,
                text=json.dumps(REFERRAL, indent=2),
                file_name="referral-from-the-case-system.json",
                now=stage.now,
            )
            make_key(
                session,
                actor=council.people[Role.BOROUGH_ADMINISTRATOR],
                name="Made-up case system",
                scope=[one.value for one in SCOPES],
                expires_on=local_date(stage.now) + dt.timedelta(days=180),
                now=stage.now,
            )


def _latest(session: Session, council: Council, status: RequestStatus) -> PlacementRequest | None:
    """The request that closes last, or was started last."""
    return session.scalars(
        select(PlacementRequest)
        .where(PlacementRequest.organisation_id == council.organisation.id, PlacementRequest.status == status)
        .order_by(PlacementRequest.offers_close_at.desc(), PlacementRequest.created_at.desc(), PlacementRequest.id)
        .limit(1)
    ).one_or_none()


def _attach(session: Session, stage: Stage, council: Council, row: PlacementRequest) -> None:
    for title, kind, audience, checked in FILES:
        attach(
            session,
            actor=council.people[Role.PLACEMENT_OFFICER],
            vault=stage.wiring.vault,
            store=stage.wiring.files,
            request_id=row.id,
            accepted=accept(io.BytesIO(A_PAGE), name=f"{kind.replace('_', '-')}.pdf"),
            title=title,
            kind=kind,
            audience=audience.value,
            child_position=0,
            checked=checked and row.status is not RequestStatus.DRAFT,
            now=stage.now,
        )
