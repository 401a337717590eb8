"""Keeping a referral: looked at first, then a child, found or recorded, and a draft with all that could be read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.duplicates import record_new_child, suggestions_for
from app.children.finding import find_children
from app.children.models import Child
from app.children.records import child_for, reveal
from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.policies import has_any
from app.identity.permissions import Actor, Permission
from app.requests.answers import read_date
from app.requests.drafting import answers_key, save_section, start_draft
from app.requests.form import CURRENT, Raw, form
from app.requests.models import PlacementRequest
from app.requests.papers.rules import KIND as DOCUMENTS
from app.requests.papers.rules import document_rules
from app.requests.queries import request_for
from app.requests.referrals.models import ReferralImport
from app.requests.referrals.parsing import parse
from app.requests.referrals.reading import LONGEST_VALUE, Fault, ReadChild, Referral, child_fields, read


@dataclass(frozen=True)
class Kept:
    """A referral that became a draft, and everything that was wrong with it."""

    request: PlacementRequest
    child: Child
    faults: list[Fault]


def look_at(text: str, now: dt.datetime) -> Referral:
    """A file as it would be kept, on the current form. Invalid at `file` where nothing of it can be read."""
    return read(form(CURRENT), parse(text), local_date(now))


def receive(
    session: Session, *, actor: Actor, vault: Vault, text: str, file_name: str, now: dt.datetime
) -> ReferralImport:
    """Keep a file until somebody has looked at it. Invalid at `file` where nothing of it can be read."""
    _may(actor)
    look_at(text, now)
    row = ReferralImport(organisation_id=actor.organisation_id, sent_by=actor.person_id, sent_at=now)
    session.add(row)
    session.flush()
    row.sealed_content = vault.encrypt(text, context=f"referral_import:{row.id}")
    row.sealed_name = vault.encrypt(file_name[:120], context=f"referral_import.name:{row.id}")
    session.flush()
    audit.record(
        session, now=now, who=actor, act="requests.referral.receive", subject_kind="referral_import", subject_id=row.id
    )
    return row


def received(session: Session, *, actor: Actor, vault: Vault, import_id: str) -> tuple[ReferralImport, str]:
    """A file of the actor's borough that waits, and its text. NotFound for any other, and for one that was kept."""
    _may(actor)
    row = session.scalar(
        select(ReferralImport).where(
            ReferralImport.id == import_id, ReferralImport.organisation_id == actor.organisation_id
        )
    )
    if row is None or row.sealed_content is None:
        raise NotFound("file")
    return row, vault.decrypt(row.sealed_content, context=f"referral_import:{row.id}")


def name_of(vault: Vault, row: ReferralImport) -> str:
    """What the file of a referral that waits is called. It may well be called after the child."""
    return vault.decrypt(row.sealed_name or "", context=f"referral_import.name:{row.id}")


def _forget(row: ReferralImport) -> None:
    """Forget what a file held and what it was called."""
    row.sealed_content = row.sealed_name = None


def waiting(session: Session, *, actor: Actor, limit: int = 50) -> list[ReferralImport]:
    """The borough's files that nobody has made a draft of or forgotten yet, the latest first."""
    _may(actor)
    return list(
        session.scalars(
            select(ReferralImport)
            .where(ReferralImport.organisation_id == actor.organisation_id, ReferralImport.sealed_content.is_not(None))
            .order_by(ReferralImport.sent_at.desc(), ReferralImport.id)
            .limit(limit)
        )
    )


def candidates(session: Session, *, actor: Actor, vault: Vault, child: ReadChild) -> list[Child]:
    """Children of the borough who may be the one that a referral speaks of: by reference, else by their whole name."""
    if child.reference:
        found = session.scalar(
            select(Child).where(
                Child.organisation_id == actor.organisation_id,
                Child.reference == child.reference,
                Child.erased_at.is_(None),
            )
        )
        return [child_for(session, actor=actor, child_id=found.id)] if found else []
    given, family = child.identity.get("given_name"), child.identity.get("family_name")
    if not (isinstance(given, str) and given.strip() and isinstance(family, str) and family.strip()):
        return []
    named = find_children(session, actor=actor, vault=vault, given_name=given, family_name=family)
    born = _born(child)
    return [
        one
        for one in named
        if one.wrapped_key and (born is None or reveal(vault=vault, child=one).date_of_birth == born)
    ]


def likely(session: Session, *, actor: Actor, vault: Vault, child: ReadChild) -> list[Child]:
    """Children who may be meant, where a person can be asked: the certain ones first, then those who are much alike."""
    found = candidates(session, actor=actor, vault=vault, child=child)
    given, family, born = child.identity.get("given_name"), child.identity.get("family_name"), _born(child)
    if not child.reference and isinstance(given, str) and isinstance(family, str) and given and family and born:
        alike = suggestions_for(
            session, actor=actor, vault=vault, given_name=given, family_name=family, date_of_birth=born
        )
        found += [one.child for one in alike if one.child.id not in {known.id for known in found}]
    return found


def keep_received(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    import_id: str,
    version: int,
    child_id: str | None,
    identity: Mapping[str, Any] | None,
    now: dt.datetime,
) -> Kept:
    """Make the draft of a file that was looked at: for a child of the borough, or for a new one with this identity
    (what `record_new_child` takes: LikelyKnown asks whether it is another child than those it names).
    """
    row, text = received(session, actor=actor, vault=vault, import_id=import_id)
    session.refresh(row, with_for_update=True)
    if row.version != version or row.sealed_content is None:
        raise Stale("This file was kept or changed after you opened it. Look at your requests before you go on.")
    referral = look_at(text, now)
    known = set(referral.children[0].faults) if referral.children else set()
    faults = [one for one in referral.all_faults if one not in known]  # the child's are put right by now
    child = (
        child_for(session, actor=actor, child_id=child_id)
        if child_id
        else record_new_child(session, actor=actor, vault=vault, now=now, **(identity or {}))
    )
    request, more = _draft(session, actor, vault, referral, child, now)
    _forget(row)
    _tie(session, vault, row, request, faults + more)
    return Kept(request, child, faults + more)


def keep_referral(session: Session, *, actor: Actor, vault: Vault, referral: Referral, now: dt.datetime) -> Kept:
    """Make a draft at once, for a sender that cannot be asked. The child is the one whose reference it gives, or the
    only one of this name and date of birth, or a new one. Invalid names every fault where none of these can be;
    Conflict where several children could be meant, LikelyKnown where children are much like a new one: then the sender
    names one by reference, or records the child first as another one, with a reason.
    """
    _may(actor)
    if not referral.children:
        raise Invalid({"child": "Say which child this is about: a reference, or a name and date of birth."})
    first = referral.children[0]
    found = candidates(session, actor=actor, vault=vault, child=first)
    if len(found) > 1:
        listed = ", ".join(one.reference for one in found)
        raise Conflict(f"Several children have this name and date of birth: {listed}. Send the reference of one.")
    if found:
        child = found[0]
    elif first.reference:
        raise Invalid({"child.reference": f"There is no child with the reference {first.reference}."})
    elif first.faults:
        raise Invalid({f"child.{one.field}": one.message for one in first.faults} | _by_field(referral.faults))
    else:
        child = record_new_child(session, actor=actor, vault=vault, now=now, **identity_of(first))
    request, more = _draft(session, actor, vault, referral, child, now)
    faults = referral.faults + more
    row = ReferralImport(organisation_id=actor.organisation_id, sent_by=actor.person_id, sent_at=now)
    session.add(row)
    session.flush()
    _tie(session, vault, row, request, faults)
    return Kept(request, child, faults)


def _by_field(faults: list[Fault]) -> dict[str, str]:
    return {one.where: one.message for one in faults}


def identity_of(child: ReadChild) -> dict[str, Any]:
    """What `record_child` takes, from an identity without faults."""
    found: dict[str, Any] = {one.name: child.identity.get(one.name, "") for one in child_fields()}
    found["date_of_birth"] = read_date("Date of birth", found["date_of_birth"])
    return found


def _born(child: ReadChild) -> dt.date | None:
    if any(one.field == "date_of_birth" for one in child.faults):
        return None
    raw = child.identity.get("date_of_birth")
    return read_date("Date of birth", raw) if isinstance(raw, dict) and any(raw.values()) else None


@dataclass(frozen=True)
class Other:
    """Another child whom a referral names: found, to be recorded, or why not to be added."""

    number: int
    read: ReadChild
    child: Child | None
    hindrance: str | None


def others_of(session: Session, *, actor: Actor, vault: Vault, referral: Referral) -> list[Other]:
    """The second child of a referral and those after it. Nobody can be asked about each, so only who is certain is
    added: one with the reference, the only one of the name and date of birth, or a new one without a fault.
    """
    found = []
    for number, read_child in enumerate(referral.children[1:], start=2):
        known = candidates(session, actor=actor, vault=vault, child=read_child)
        hindrance = None
        if len(known) > 1:
            hindrance = "Several children have this name and date of birth"
        elif not known and read_child.reference:
            hindrance = f"There is no child with the reference {read_child.reference}"
        elif not known and read_child.faults:
            hindrance = "; ".join(fault.message for fault in read_child.faults)
        elif not known and (alike := likely(session, actor=actor, vault=vault, child=read_child)):
            hindrance = f"They may be recorded already: {', '.join(one.reference for one in alike)}"
        found.append(Other(number, read_child, known[0] if len(known) == 1 else None, hindrance))
    return found


def _draft(
    session: Session, actor: Actor, vault: Vault, referral: Referral, child: Child, now: dt.datetime
) -> tuple[PlacementRequest, list[Fault]]:
    """The draft, and a fault for each other child who could not be added."""
    named, faults = [(child, referral.answers)], []
    for other in others_of(session, actor=actor, vault=vault, referral=referral):
        if other.hindrance is not None:
            said = json.dumps({**other.read.identity, **other.read.answers}, ensure_ascii=False)[:LONGEST_VALUE]
            message = f"This child was not added: {other.hindrance}. Add them on the draft's page"
            faults.append(Fault(f"child {other.number}", "child", f"Child {other.number}", said, message, False))
            continue
        brother = other.child or record_new_child(session, actor=actor, vault=vault, now=now, **identity_of(other.read))
        named.append((brother, other.read.answers))
    request = start_draft(session, actor=actor, vault=vault, child_ids=[one.id for one, _ in named], now=now)
    for position, (_, answers) in enumerate(named, start=1):
        _save(session, actor, vault, request, position, answers, now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.referral.keep",
        subject_kind="request",
        subject_id=request.id,
        reference=request.reference,
        faults=len(referral.all_faults) + len(faults),
    )
    return request, faults


def _save(
    session: Session,
    actor: Actor,
    vault: Vault,
    request: PlacementRequest,
    position: int,
    answers: Mapping[str, Raw],
    now: dt.datetime,
) -> None:
    for section in form(request.form_version).sections:
        given = {one.name: answers[one.name] for one in section.fields if one.name in answers}
        if given:
            save_section(
                session,
                actor=actor,
                vault=vault,
                request_id=request.id,
                section=section.name,
                answers=given,
                version=0,
                position=position,
                now=now,
            )


def _tie(session: Session, vault: Vault, row: ReferralImport, request: PlacementRequest, faults: list[Fault]) -> None:
    row.request_id = request.id
    if faults:
        key = answers_key(session, vault, request)
        text = json.dumps([one.to_dict() for one in faults])
        row.sealed_faults = key.encrypt(text, context=f"referral_import.faults:{row.id}")
    session.flush()


def faults_of(session: Session, *, actor: Actor, vault: Vault, request_id: str) -> list[Fault]:
    """What was wrong with the referral that a draft came from, until somebody says that it is dealt with."""
    request = request_for(session, actor=actor, request_id=request_id)
    rows = session.scalars(
        select(ReferralImport)
        .where(ReferralImport.request_id == request.id, ReferralImport.sealed_faults.is_not(None))
        .order_by(ReferralImport.sent_at, ReferralImport.id)
    ).all()
    if not rows:
        return []
    key = answers_key(session, vault, request)
    return [
        Fault(**one)
        for row in rows
        for one in json.loads(key.decrypt(row.sealed_faults or "", context=f"referral_import.faults:{row.id}"))
    ]


def settle_faults(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> None:
    """Somebody has dealt with what was wrong with a referral: its list is forgotten."""
    actor.require(Permission.REQUEST_WRITE)
    request = request_for(session, actor=actor, request_id=request_id)
    for row in session.scalars(select(ReferralImport).where(ReferralImport.request_id == request.id)):
        row.sealed_faults = None
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.referral.settle",
        subject_kind="request",
        subject_id=request.id,
        reference=request.reference,
    )


def discard(session: Session, *, actor: Actor, vault: Vault, import_id: str, now: dt.datetime) -> None:
    """Forget a file that was looked at and is not wanted."""
    row, _ = received(session, actor=actor, vault=vault, import_id=import_id)
    _forget(row)
    session.flush()
    audit.record(
        session, now=now, who=actor, act="requests.referral.discard", subject_kind="referral_import", subject_id=row.id
    )


def forget_unconfirmed(session: Session, *, now: dt.datetime) -> int:
    """Forget the content of files that nobody confirmed within the policy's days. Returns how many. For a daily job:
    before the consortium is founded there is no policy, and nothing to forget.
    """
    today = local_date(now)
    if not has_any(session, DOCUMENTS, today):
        return 0
    days = document_rules(session, today).days_unconfirmed
    old = session.scalars(
        select(ReferralImport).where(
            ReferralImport.sealed_content.is_not(None),
            ReferralImport.sent_at < now - dt.timedelta(days=days),
        )
    ).all()
    for row in old:
        _forget(row)
    session.flush()
    return len(old)


def _may(actor: Actor) -> None:
    actor.require(Permission.REQUEST_WRITE)
    actor.require(Permission.CHILD_WRITE)
    actor.require(Permission.CHILD_READ)  # a referral finds the child that it names
