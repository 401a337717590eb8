"""Requests: the form, the list, one whole, a draft started, a section saved, and submitting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from marshmallow import ValidationError

from app.api.edge import acting, call, open_request, version_read
from app.api.schemas import (
    RequestIn,
    RequestOut,
    RequestPage,
    RequestQuery,
    SectionIn,
    SectionQuery,
    SectionSaved,
    SubmitIn,
    Submitted,
    described,
    load_answers,
)
from app.children.models import Child
from app.children.queries import referenced_child
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.requests import drafting, submitting
from app.requests.answers import Gap, judge_each
from app.requests.form import CURRENT, Raw, SectionDefinition, form
from app.requests.lists import RequestFilter, requests_of
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.referrals.values import outward
from app.requests.status import Siblings
from app.web.acts import Act, look
from app.web.errors import flat


@call("/form", Permission.REQUEST_READ)
def form_definition() -> dict[str, Any]:
    """The form that new requests are written on: sections and fields with their codes, conditions and audiences."""
    definition = form(CURRENT)
    labels = {one.name: one for one in definition.fields}
    return {
        "version": definition.version,
        "title": definition.title,
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "lead": section.lead,
                "per_child": section.per_child,
                "fields": [{"name": one.name, **described(one, labels)} for one in section.fields],
            }
            for section in definition.sections
        ],
    }


@call("/requests", Permission.REQUEST_READ, query=RequestQuery, out=RequestPage)
def requests(query: dict[str, Any]) -> dict[str, Any]:
    """The council's requests, those that changed last first."""
    per_page, page = query["per_page"], query["page"]
    with look() as view:
        rows, total = requests_of(
            view.session,
            actor=view.actor,
            now=view.now,
            wanted=RequestFilter(status=query["status"], text=query["text"]),
            limit=per_page,
            offset=(page - 1) * per_page,
        )
    return {"total": total, "page": page, "per_page": per_page, "requests": rows}


@call("/requests", Permission.REQUEST_WRITE, method="POST", body=RequestIn, status=201, out=RequestOut)
def request_new(body: dict[str, Any]) -> dict[str, Any]:
    """Start a draft for children who are recorded. A child has one draft at a time."""
    with acting() as doing:
        named = [referenced_child(doing.session, actor=doing.actor, reference=one) for one in body["children"]]
        row = drafting.start_draft(
            doing.session,
            actor=doing.actor,
            vault=doing.wiring.vault,
            child_ids=[child.id for child in named],
            siblings=Siblings(body["siblings"]),
            now=doing.now,
        )
        doing.location = url_for("api.request", request_id=row.id)
        return _whole(doing, row, named)


@call("/requests/<request_id>", Permission.REQUEST_READ, out=RequestOut)
def request(request_id: str) -> dict[str, Any]:
    """A whole request: every section with its answers and version, and what is still missing. The view is logged."""
    with look() as view:
        row, children = open_request(view, request_id, "whole request")
        return _whole(view, row, children)


@call(
    "/requests/<request_id>/sections/<section>",
    Permission.REQUEST_WRITE,
    method="PUT",
    query=SectionQuery,
    body=SectionIn,
    out=SectionSaved,
)
def request_save(query: dict[str, Any], body: dict[str, Any], request_id: str, section: str) -> dict[str, Any]:
    """Save one section of a draft, made from the version that was read. A later version is never overwritten: the
    answer then says what differs. What is wrong and may be kept is kept, and listed in `gaps`.
    """
    version = version_read(body["version"])
    with acting() as doing:
        row = request_for(doing.session, actor=doing.actor, request_id=request_id)
        definition = form(row.form_version).section(section)
        saved = drafting.save_section(
            doing.session,
            actor=doing.actor,
            vault=doing.wiring.vault,
            request_id=row.id,
            section=section,
            answers=_read(row.form_version, section, body["answers"]),
            version=version,
            position=query["child"],
            now=doing.now,
        )
        position = query["child"] if definition.per_child else 0
        gaps = _gaps(doing, row)
        doing.location = url_for("api.request", request_id=row.id)
        own = {one.key: one.message for one in gaps if one.field.section == section and one.position == position}
        return {"name": section, "version": saved.version, "gaps": own}


@call("/requests/<request_id>/submit", Permission.REQUEST_WRITE, method="POST", body=SubmitIn, out=Submitted)
def request_submit(body: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Submit a draft to a manager. Every gap is named at once, by field."""
    version = version_read(body["version"])
    with acting() as doing:
        row = submitting.submit(
            doing.session,
            actor=doing.actor,
            vault=doing.wiring.vault,
            request_id=request_id,
            version=version,
            now=doing.now,
        )
        doing.location = url_for("api.request", request_id=row.id)
        return {"id": row.id, "reference": row.reference, "status": row.status.value, "version": row.version}


def _read(version: str, section: str, answers: Mapping[str, Any]) -> dict[str, Raw]:
    try:
        return load_answers(version, section, answers)
    except ValidationError as error:
        raise Invalid(flat(error.messages, "answers")) from None


def _gaps(view: Act, row: PlacementRequest) -> list[Gap]:
    each = drafting.answers_each(view.session, vault=view.wiring.vault, request=row)
    return judge_each(form(row.form_version), each, local_date(view.now))[1]


def _whole(view: Act, row: PlacementRequest, children: list[Child]) -> dict[str, Any]:
    vault: Vault = view.wiring.vault
    definition = form(row.form_version)
    each = {
        named.position: drafting.saved_sections(view.session, vault=vault, request=row, position=named.position)
        for named in row.children
    }
    return {
        "id": row.id,
        "reference": row.reference,
        "status": row.status.value,
        "version": row.version,
        "form_version": row.form_version,
        "children": [child.reference for child in children],
        "sections": [
            _section(section, position if section.per_child else 0, saved[section.name])
            for position, saved in each.items()
            for section in definition.sections
            if section.per_child or position == 1
        ],
        "gaps": {one.key: one.message for one in _gaps(view, row)},
    }


def _section(section: SectionDefinition, position: int, saved: drafting.SavedSection) -> dict[str, Any]:
    return {
        "name": section.name,
        "title": section.title,
        "child": position,
        "version": saved.version,
        "saved_at": saved.saved_at,
        "saved_by": saved.saved_by,
        "answers": {one.name: outward(one, saved.answers.get(one.name)) for one in section.fields},
    }
