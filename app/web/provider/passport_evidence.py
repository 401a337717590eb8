"""Evidence of the company or of one service: showing a file, taking one back, and having it again."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.files import EVIDENCE as EVIDENCE_KINDS
from app.core.files import KIND_WORDS, MEGABYTE, MOST_BYTES, Accepted
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import Act, act, look
from app.web.fields import DateField, Upload
from app.web.forms import Form
from app.web.provider import bp
from app.web.uploads import FORM_BESIDE, attachment, required_upload
from providers.passport.evidence import (
    add_evidence,
    evidence_question,
    files_shown,
    media_type_of,
    own_evidence,
    withdraw_evidence,
)
from providers.passport.queries import own_claim
from providers.passport.questions import Question, Scope, Selection, selection_on
from providers.services.queries import services_by_claim

KINDS = ", ".join(KIND_WORDS[kind] for kind in EVIDENCE_KINDS)


def evidence_form(question: Question) -> Form:
    """A file, and its last day where the question's evidence expires."""
    asked: dict[str, Any] = {"file": Upload("File", hint=f"{KINDS}, up to {MOST_BYTES // MEGABYTE} MB")}
    if question.expires:
        asked["last_day"] = DateField(
            "Last day on which it holds",
            hint=question.hint or "For example, 27 3 2027",
            called="The last day",
            missing="Enter the last day on which it holds",
        )
    return Form(Schema.from_dict(asked))


@bp.route("/passport/evidence/<question>", methods=["GET", "POST"])
@bp.route("/passport/services/<claim_id>/<question>", methods=["GET", "POST"])
@permission(Permission.PASSPORT_READ)
@uploads(MOST_BYTES + FORM_BESIDE)
def passport_evidence(question: str, claim_id: str | None = None) -> ResponseReturnValue:
    """What a question asks to be shown, what was shown before, and the form to show a newer file."""
    with look() as view:
        selection, asked, service = _asked(view, question, claim_id)
    form = evidence_form(asked)
    if request.method == "POST":
        accepted = _read(form)
        if accepted is not None and not form.errors:
            try:
                return _add(accepted, form, asked, claim_id)
            except Invalid as error:
                form.refuse(error)
        if accepted is not None and "file" not in form.errors:
            form.add_error("file", "Choose the file again: it was not saved because of the answer below")
    with look() as view:
        lines = files_shown(view.session, view.actor.organisation_id, question=asked.key, claim_id=claim_id)
        counts = next((line.evidence.id for line in lines if line.evidence.withdrawn_at is None), None)
        page = {
            "form": form,
            "question": asked,
            "service": service,
            "topic": selection.section(asked.section),
            "lines": lines,
            "counts": counts,
            "today": local_date(view.now),
            "back": _back(view, selection, asked),
            "may_write": view.actor.may(Permission.PASSPORT_WRITE),
            "grace_days": selection.grace_days,
        }
        return render_template("provider/passport_evidence.html", **page), form.status


def _asked(view: Act, key: str, claim_id: str | None) -> tuple[Selection, Question, str | None]:
    selection = selection_on(view.session, local_date(view.now))
    service = None
    if claim_id is not None:
        own_claim(view.session, view.actor, claim_id)
        profile = services_by_claim(view.session, [claim_id]).get(claim_id)
        service = profile.name if profile else None
    return selection, evidence_question(selection, key, claim_id=claim_id), service


def _read(form: Form) -> Accepted | None:
    """Both answers are read, so that both are said to be wrong at once."""
    form.parse(request.form)
    try:
        return required_upload("file", missing="Choose a file")
    except Invalid as error:
        others = dict(form.errors)
        form.errors = {}
        form.refuse(error)
        form.errors |= others
        return None


def _add(accepted: Accepted, form: Form, asked: Question, claim_id: str | None) -> ResponseReturnValue:
    with act() as doing:
        add_evidence(
            doing.session,
            actor=doing.actor,
            store=doing.wiring.files,
            accepted=accepted,
            question=asked.key,
            last_day=form.data.get("last_day"),
            now=doing.now,
            claim_id=claim_id,
        )
        here = url_for("provider.passport_evidence", question=asked.key, claim_id=claim_id)
        return doing.go(here, f"{accepted.name} counts from now on", heading="File added")


def _back(view: Act, selection: Selection, question: Question) -> str:
    if selection.scope_of(question) is Scope.SERVICE or not view.actor.may(Permission.PASSPORT_WRITE):
        return url_for("provider.passport")
    return url_for("provider.passport_section", part=question.section)


@bp.get("/passport/files/<evidence_id>")
@permission(Permission.PASSPORT_READ)
def passport_file(evidence_id: str) -> ResponseReturnValue:
    """A file of the company's own, as a download."""
    with look() as view:
        row = own_evidence(view.session, view.actor, evidence_id)
        media_type = media_type_of(view.session, row)
        data = view.wiring.files.get(row.sha256)
    return attachment(data, name=row.file_name, media_type=media_type)


@bp.route("/passport/files/<evidence_id>/withdraw", methods=["GET", "POST"])
@permission(Permission.PASSPORT_WRITE)
def passport_withdraw(evidence_id: str) -> ResponseReturnValue:
    """Take back a file that was shown by mistake, having read what then counts."""
    if request.method == "POST":
        with act() as doing:
            row = withdraw_evidence(doing.session, actor=doing.actor, evidence_id=evidence_id, now=doing.now)
            there = url_for("provider.passport_evidence", question=row.question, claim_id=row.claim_id)
            return doing.go(there, "File withdrawn")
    with look() as view:
        row = own_evidence(view.session, view.actor, evidence_id)
        selection = selection_on(view.session, local_date(view.now))
        lines = files_shown(view.session, row.organisation_id, question=row.question, claim_id=row.claim_id)
        others = [line for line in lines if line.evidence.withdrawn_at is None and line.evidence.id != row.id]
        question = selection.question(row.question)
        page = {
            "row": row,
            "label": question.label if question else row.question,
            "then": others[0].evidence if others else None,
            "grace_days": selection.grace_days,
            "back": url_for("provider.passport_evidence", question=row.question, claim_id=row.claim_id),
        }
        return render_template("provider/passport_withdraw.html", **page)
