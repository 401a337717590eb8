"""The needs that a service meets: how each level is known, confirming them once a year, and showing evidence."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.needs import indicators
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.core.files import EVIDENCE, MEDIA_TYPES, MOST_BYTES, FileKind
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import act, look
from app.web.fields import Hidden, LongText, Upload
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.profile import profile_of
from app.web.provider.shown import shown_profile
from app.web.uploads import FORM_BESIDE, attachment, uploaded
from providers.passport.queries import own_claim
from providers.services.lists import lists_on
from providers.services.needs import (
    LONGEST,
    confirm_needs,
    give_evidence,
    indicator_number,
    needs_of,
    proof_file,
    proofs_of,
)
from providers.services.status import EVIDENCE_WORDS, LEVEL_WORDS


class ConfirmNeedsForm(Schema):
    """That all of it still holds."""

    version = Hidden(number=True)


class EvidenceForm(Schema):
    """What shows that a need is met."""

    words = LongText(
        "What shows that you meet this need?",
        hint="For example training, how children did, or what an inspector wrote. Name no child",
        missing="Say what shows it",
        max_length=LONGEST,
        rows=5,
        count=True,
    )
    file = Upload(
        "A file that shows it (optional)", hint="PDF, PNG, JPEG or Word, up to 10 MB. Nothing in it may name a child"
    )
    version = Hidden(number=True)


@bp.get("/services/<claim_id>/needs")
@permission(Permission.SERVICE_READ)
def needs(claim_id: str) -> ResponseReturnValue:
    """Each need: its level, how it is known, and since when."""
    with look() as view:
        facts = own_claim(view.session, view.actor, claim_id)
        service = profile_of(view, claim_id)
        return render_template(
            "provider/needs.html",
            claim_id=claim_id,
            shown=shown_profile(view, service, facts.registration, local_date(view.now)),
            level_words=LEVEL_WORDS,
            evidence_words=EVIDENCE_WORDS,
            may_edit=view.actor.may(Permission.APPLICATION_WRITE),
        )


@bp.post("/services/<claim_id>/needs/confirm")
@permission(Permission.APPLICATION_WRITE)
def needs_confirm(claim_id: str) -> ResponseReturnValue:
    """All of it still holds: one click."""
    form = Form(ConfirmNeedsForm)
    with act() as doing:
        service = profile_of(doing, claim_id)
        doing.location = url_for("provider.needs", claim_id=claim_id)
        if not form.parse(request.form):
            raise Invalid(form.errors)
        confirm_needs(
            doing.session, actor=doing.actor, service_id=service.id, version=form.data["version"], now=doing.now
        )
        return doing.go(url_for("provider.needs", claim_id=claim_id), "Needs confirmed as of today")


@bp.route("/services/<claim_id>/needs/<indicator>", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
@uploads(MOST_BYTES + FORM_BESIDE)
def evidence(claim_id: str, indicator: str) -> ResponseReturnValue:
    """Show evidence for one need, and read what was shown before."""
    with look() as view:
        service = profile_of(view, claim_id)
        number = indicator_number(indicator)
        today = local_date(view.now)
        shown = {
            "service": service,
            "need": indicators(view.session, today)[number - 1],
            "held": next(
                (one for one in needs_of(service, lists_on(view.session, today), today) if one.number == number), None
            ),
            "proofs": proofs_of(view.session, service.id, number),
            "level_words": LEVEL_WORDS,
            "evidence_words": EVIDENCE_WORDS,
        }
        form = Form(EvidenceForm, values={"version": service.version})
    if request.method == "POST" and form.parse(request.form):
        try:
            accepted = uploaded("file", kinds=EVIDENCE)
            with act() as doing:
                give_evidence(
                    doing.session,
                    actor=doing.actor,
                    service_id=service.id,
                    indicator=number,
                    words=form.data["words"],
                    accepted=accepted,
                    store=doing.wiring.files,
                    version=form.data["version"],
                    now=doing.now,
                )
                return doing.go(url_for("provider.needs", claim_id=claim_id), "Evidence kept")
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("provider/evidence.html", form=form, **shown), form.status


@bp.get("/services/<claim_id>/needs/evidence/<proof_id>")
@permission(Permission.SERVICE_READ)
def evidence_file(claim_id: str, proof_id: str) -> Response:
    """The file of a proof, as a download."""
    with look() as view:
        own_claim(view.session, view.actor, claim_id)
        proof = proof_file(view.session, actor=view.actor, proof_id=proof_id)
        data, name = view.wiring.files.get(proof.sha256 or ""), proof.file_name or "evidence"
    return attachment(data, name=name, media_type=media_type_of(name))


def media_type_of(name: str) -> str:
    """What a kept file is, by the ending that was checked when it came in."""
    ending = name.rpartition(".")[2].lower()
    kind = FileKind.JPEG if ending == "jpg" else next((one for one in FileKind if one.value == ending), None)
    return MEDIA_TYPES[kind] if kind else "application/octet-stream"
