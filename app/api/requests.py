"""Requests: the form, the list, one whole, a draft started, a section saved, and submitting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from marshmallow import ValidationError

from app.api.edge import RATE, acting, bp, open_request, version_read
from app.api.schemas import (
    RequestIn,
    RequestOut,
    RequestPage,
    RequestQuery,
    SectionIn,
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
from app.requests import approval, drafting
from app.requests.answers import judge
from app.requests.form import CURRENT, Raw, form
from app.requests.models import PlacementRequest
from app.requests.queries import request_for, requests_of
from app.requests.referrals.values import value_of
from app.web.access import limited, permission
from app.web.acts import Act, look
from app.web.errors import flat


@bp.route("/form", methods=["GET"])
@bp.response(200)
@permission(Permission.REQUEST_READ)
@limited(RATE)
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
                "fields": [{"name": one.name, **described(one, labels)} for one in section.fields],
            }
            for section in definition.sections
        ],
    }


@bp.route("/requests", methods=["GET"])
@bp.arguments(RequestQuery, location="query")
@bp.response(200, RequestPage)
@permission(Permission.REQUEST_READ)
@limited(RATE)
def requests(query: dict[str, Any]) -> dict[str, Any]:
    """The council's requests, those that changed last first."""
    per_page, page = query["per_page"], query["page"]
    with look() as view:
        rows, total = requests_of(
            view.session,
            actor=view.actor,
            now=view.now,
            status=query["status"],
            text=query["text"],
            limit=per_page,
            offset=(page - 1) * per_page,
        )
    return {"total": total, "page": page, "per_page": per_page, "requests": rows}


@bp.route("/requests", methods=["POST"])
@bp.arguments(RequestIn)
@bp.response(201, RequestOut)
@permission(Permission.REQUEST_WRITE)
@limited(RATE)
def request_new(body: dict[str, Any]) -> dict[str, Any]:
    """Start a draft for a child who is recorded. A child has one draft at a time."""
    with acting() as doing:
        child = referenced_child(doing.session, actor=doing.actor, reference=body["child"])
        row = drafting.start_draft(
            doing.session, actor=doing.actor, vault=doing.wiring.vault, child_id=child.id, now=doing.now
        )
        doing.location = url_for("api.request", request_id=row.id)
        return _whole(doing, row, [child])


@bp.route("/requests/<request_id>", methods=["GET"], endpoint="request")
@bp.response(200, RequestOut)
@permission(Permission.REQUEST_READ)
@limited(RATE)
def whole_request(request_id: str) -> dict[str, Any]:
    """A whole request: every section with its answers and version, and what is still missing. The view is logged."""
    with look() as view:
        row, children = open_request(view, request_id, "whole request")
        return _whole(view, row, children)


@bp.route("/requests/<request_id>/sections/<section>", methods=["PUT"])
@bp.arguments(SectionIn)
@bp.response(200, SectionSaved)
@permission(Permission.REQUEST_WRITE)
@limited(RATE)
def request_save(body: dict[str, Any], request_id: str, section: str) -> dict[str, Any]:
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
            now=doing.now,
        )
        gaps = _gaps(doing, row)
        doing.location = url_for("api.request", request_id=row.id)
        own = {one.name: gaps[one.name] for one in definition.fields if one.name in gaps}
        return {"name": section, "version": saved.version, "gaps": own}


@bp.route("/requests/<request_id>/submit", methods=["POST"])
@bp.arguments(SubmitIn)
@bp.response(200, Submitted)
@permission(Permission.REQUEST_WRITE)
@limited(RATE)
def request_submit(body: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Submit a draft to a manager. Every gap is named at once, by field."""
    version = version_read(body["version"])
    with acting() as doing:
        row = approval.submit(
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


def _gaps(view: Act, row: PlacementRequest) -> dict[str, str]:
    typed = drafting.answers(view.session, vault=view.wiring.vault, request=row)
    return judge(form(row.form_version), typed, local_date(view.now)).errors


def _whole(view: Act, row: PlacementRequest, children: list[Child]) -> dict[str, Any]:
    vault: Vault = view.wiring.vault
    definition = form(row.form_version)
    saved = drafting.saved_sections(view.session, vault=vault, request=row)
    return {
        "id": row.id,
        "reference": row.reference,
        "status": row.status.value,
        "version": row.version,
        "form_version": row.form_version,
        "children": [child.reference for child in children],
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "version": saved[section.name].version,
                "saved_at": saved[section.name].saved_at,
                "saved_by": saved[section.name].saved_by,
                "answers": {
                    one.name: value_of(one, saved[section.name].answers.get(one.name)) for one in section.fields
                },
            }
            for section in definition.sections
        ],
        "gaps": _gaps(view, row),
    }
