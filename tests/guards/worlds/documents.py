"""What files of a request, referrals that came as files and keys of case systems are named by in addresses."""

from __future__ import annotations

import datetime as dt
import hashlib
import io

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import SEALED, accept
from app.core.models import StoredFile
from app.identity.service_keys import SCOPES, make_key
from app.identity.status import OrganisationKind, Role
from app.requests.form import CURRENT, Audience
from app.requests.papers.attaching import attach
from app.requests.papers.models import Paper
from app.requests.papers.status import PaperFormat, PaperKind
from app.requests.referrals.keeping import receive
from tests.guards.worlds.world import Ids, World, names


class _Nowhere:
    """A store that keeps nothing: the walk asks who may have a file, not what is in it."""

    def put_sealed(self, data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()


SIDES = ((0, "our_people"), (1, "their_people"))


@names("key_id")
def keys(session: Session, world: World) -> Ids:
    """A key of each borough's case system, that may do all that a key can."""
    made = [
        make_key(
            session,
            actor=people[Role.BOROUGH_ADMINISTRATOR],
            name="Made-up case system",
            scope=[one.value for one in SCOPES],
            expires_on=local_date(world.now) + dt.timedelta(days=30),
            now=world.now,
        )
        for people in (world.our_people, world.their_people)
    ]
    world.things["key"] = made[0][1]
    return Ids(*(row.id for row, _ in made))


@names("borough.import_id")
def referral_files(session: Session, world: World) -> Ids:
    """A referral's file of each borough that waits to be looked at."""
    made = [
        receive(
            session,
            actor=people[Role.PLACEMENT_OFFICER],
            vault=world.vault,
            text='{"answers": {}}',
            file_name="made-up.json",
            now=world.now,
        ).id
        for people in (world.our_people, world.their_people)
    ]
    return Ids(*made)


@names("attachment_id")
def attachments(session: Session, world: World) -> Ids:
    """A file of each side's request that everybody invited may have."""
    made = []
    for side, people in SIDES:
        row = attach(
            session,
            actor=getattr(world, people)[Role.PLACEMENT_OFFICER],
            vault=world.vault,
            store=_Nowhere(),  # type: ignore[arg-type]
            request_id=world.things["cases"][side].request_id,
            accepted=accept(io.BytesIO(b"%PDF-1.4 made up"), name="made-up.pdf"),
            title="Made-up plan",
            kind="care_plan",
            audience=Audience.INVITED.value,
            child_position=0,
            checked=True,
            now=world.now,
        )
        made.append(row.id)
    return Ids(*made)


def _papers(session: Session, world: World, kind: OrganisationKind, role: Role) -> Ids:
    made = []
    for (side, people), places in zip(SIDES, (world.ours, world.theirs), strict=True):
        sha256 = hashlib.sha256(f"{kind}{side}".encode()).hexdigest()
        session.add(StoredFile(sha256=sha256, size=1, media_type=SEALED, stored_at=world.now))
        session.flush()
        paper = Paper(
            request_id=world.things["cases"][side].request_id,
            organisation_id=places[kind].id,
            form_version=CURRENT,
            kind=PaperKind.PACK,
            format=PaperFormat.PDF,
            audience=Audience.INVITED,
            sha256=sha256,
            asked_by=getattr(world, people)[role].person_id,
            asked_at=world.now,
            made_at=world.now,
            expires_at=world.now + dt.timedelta(days=7),
        )
        session.add(paper)
        session.flush()
        made.append(paper.id)
    return Ids(*made)


@names("borough.paper_id")
def own_papers(session: Session, world: World) -> Ids:
    """A pack that each borough had made."""
    return _papers(session, world, OrganisationKind.BOROUGH, Role.PLACEMENT_OFFICER)


@names("provider.paper_id")
def provider_papers(session: Session, world: World) -> Ids:
    """A pack that each provider had made."""
    return _papers(session, world, OrganisationKind.PROVIDER, Role.PROVIDER_STAFF)
