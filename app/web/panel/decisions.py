"""Decisions of a panel: those to sign and those signed, and giving one's signature."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.identity.sign_in import confirm_password
from app.panels.approvals import can_be_completed
from app.panels.decisions import decision_for, may_sign_as, sign
from app.panels.funding import ELEMENT_WORDS
from app.panels.models import PanelDecision
from app.panels.queries import capacity_words, case_line, decisions_for, payer_names, person_names, signature_lines
from app.panels.referrals import shares_of, writers_of
from app.panels.status import OUTCOME_WORDS, Outcome
from app.web.access import limited, permission
from app.web.account.entrance import network_address
from app.web.acts import Act, act, look
from app.web.fields import Choice, Password, Tick
from app.web.forms import Form
from app.web.panel import bp
from app.web.tables import Column, Listing

COLUMNS = (
    Column("case", "Case"),
    Column("service", "Service"),
    Column("outcome", "Decision"),
    Column("recorded", "Recorded"),
    Column("lacking", "Signatures outstanding"),
)
SHARES = (Column("payer", "Payer"), Column("element", "Part"), Column("weekly", "A week", numeric=True))
SIGNATURES = (Column("capacity", "For"), Column("person", "Who"), Column("when", "Signed"))
CHAIR = "chair"
WRONG = "That is not your password, or your account is locked after too many tries"


class SignForm(Schema):
    """In which capacity, and once more who is there."""

    capacity = Choice("You sign as", missing="Choose in which capacity you sign")
    password = Password("Your password", hint="You sign with your password, as with a pen")


class DemonstrationSignForm(Schema):
    """People of the demonstration are chosen with one click and have no password that a visitor could know."""

    capacity = Choice("You sign as", missing="Choose in which capacity you sign")
    agree = Tick("I sign this decision", must="Tick the box to sign")


@bp.get("/decisions")
@permission(Permission.PANEL_READ)
def decisions() -> ResponseReturnValue:
    """Decisions that wait for one's own signature, then the others."""
    with look() as view:
        rows = decisions_for(view.session, actor=view.actor, now=view.now)
        page = {
            "mine": [row for row in rows if row.mine],
            "others": [row for row in rows if not row.mine],
            "outcomes": OUTCOME_WORDS,
        }
        return render_template("panel/decisions.html", listing=Listing.fixed(COLUMNS), **page)


@bp.route("/decisions/<decision_id>", methods=["GET", "POST"])
@permission(Permission.PANEL_READ)
@limited("30 per minute")
def decision(decision_id: str) -> ResponseReturnValue:
    """One decision: its terms, who has signed and who has not, and the reader's own signature."""
    with look() as view:
        row = decision_for(view.session, actor=view.actor, decision_id=decision_id, now=view.now)
        form = _sign_form(view, row)
        page = _about(view, row)
    if request.method == "POST" and form.parse(request.form):
        try:
            answer = _sign(decision_id, form)
            if answer is not None:
                return answer
            form.add_error("password", WRONG)
        except Invalid as error:
            form.refuse(error)
    return render_template("panel/decision.html", row=row, form=form, **page), form.status


def _about(view: Act, row: PanelDecision) -> dict[str, Any]:
    signatures = signature_lines(view.session, row, now=view.now)
    lacking = [one for one in signatures if one.signed_at is None]
    return {
        "line": case_line(view.session, row.referral),
        "signatures": signatures,
        "outstanding": lacking,
        "listing": Listing.fixed(SIGNATURES),
        "outcomes": OUTCOME_WORDS,
        "approved": row.outcome is Outcome.APPROVE,
        "payers": payer_names(view.session),
        "shares": shares_of(view.session, row.referral_id),
        "share_listing": Listing.fixed(SHARES),
        "elements": ELEMENT_WORDS,
        "recorded_by": person_names(view.session, {row.recorded_by})[row.recorded_by],
        "own": view.actor.person_id in writers_of(row.referral),
        "dead": bool(lacking) and not can_be_completed(view.session, row, view.now),
    }


def _sign_form(view: Act, row: PanelDecision) -> Form:
    able = may_sign_as(view.session, actor=view.actor, decision=row, now=view.now)
    picks = [(payer.id if payer else CHAIR, capacity_words(payer)) for payer in able]
    schema = DemonstrationSignForm if view.wiring.settings.is_demo else SignForm
    values = {"capacity": picks[0][0]} if len(picks) == 1 else None
    return Form(schema, values=values, choices={"capacity": picks})


def _sign(decision_id: str, form: Form) -> ResponseReturnValue | None:
    """Sign, or None where the password is wrong: that is kept too, because wrong ones count towards the lock."""
    capacity = None if form.data["capacity"] == CHAIR else form.data["capacity"]
    here = url_for("panel.decision", decision_id=decision_id)
    with act() as doing:
        doing.location = here
        if not doing.wiring.settings.is_demo and not confirm_password(
            doing.session,
            actor=doing.actor,
            password=form.data["password"],
            now=doing.now,
            network_address=network_address(),
        ):
            return None
        authority = sign(doing.session, actor=doing.actor, decision_id=decision_id, payer_id=capacity, now=doing.now)
        whole = "Everybody has signed: the borough can make the award." if authority else "You have signed."
        return doing.go(here, whole, heading="Signed")
