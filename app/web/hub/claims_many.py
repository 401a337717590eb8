"""Claims waiting for the hub, company by company, and deciding a selection of one company's at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, validates_schema

from app.core.errors import Conflict, Invalid, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.passport.kinds import KIND_WORDS
from providers.passport.many import decide_claims
from providers.passport.queries import ClaimFacts, claims_waiting

COLUMNS = (
    Column("urn", "Registration"),
    Column("register", "What the register says"),
    Column("postcode", "Postcode given"),
    Column("agrees", "Against the register"),
    Column("pick", "Choose"),
)


class DecideForm(Schema):
    """One decision and one reason for a selection."""

    which = Choice(
        "Which claims?",
        choices=(("agreeing", "All that agree with the register"), ("ticked", "Those ticked in the list")),
        missing="Choose which claims you decide",
    )
    decision = Choice(
        "Are these registrations the company's own?",
        choices=(("confirm", "Yes, confirm the claims"), ("refuse", "No, refuse the claims")),
        missing="Choose whether to confirm or refuse the claims",
    )
    reason = LongText(
        "Reasons",
        hint="One for all of them. The company reads it",
        missing="Enter your reasons",
        max_length=2000,
        rows=3,
    )

    @validates_schema
    def _chosen(self, data: dict[str, object], **_: object) -> None:
        if data.get("which") == "ticked" and not request.form.getlist("claim"):  # the boxes are the list's
            raise ValidationError("Tick at least one claim", "which")


@dataclass(frozen=True)
class Group:
    """One company's claims that wait, with those that the register gives no reason to doubt."""

    organisation_id: str
    name: str
    claims: list[ClaimFacts]

    @property
    def agreeing(self) -> list[ClaimFacts]:
        """Those whose postcode, council area and owner do not differ from the register."""
        return [facts for facts in self.claims if agrees(facts)]


def agrees(facts: ClaimFacts) -> bool:
    """Whether the register gives no reason to doubt a claim."""
    return not (facts.postcode_differs or facts.authority_differs or facts.owner_differs)


def differences(facts: ClaimFacts) -> list[str]:
    """What differs from the register, in words."""
    found = {"Postcode": facts.postcode_differs, "Council area": facts.authority_differs, "Owner": facts.owner_differs}
    return [f"{what} differs" for what, differs in found.items() if differs]


@bp.route("/claims", methods=["GET", "POST"])
@permission(Permission.MARKET_READ)
def claims() -> ResponseReturnValue:
    """The claims of one company at a time, the longest list first, and the decision on a selection of them."""
    with look() as view:
        groups = _groups(claims_waiting(view.session, view.actor))
    asked = request.args.get("company", "")
    group = next((one for one in groups if one.organisation_id == asked), groups[0] if groups else None)
    form = Form(DecideForm)
    if request.method == "POST" and form.parse(request.form):
        if group is None or (asked and group.organisation_id != asked):
            raise Conflict("These claims were decided while you were looking at them.")
        try:
            with act() as doing:
                confirm = form.data["decision"] == "confirm"
                decided = decide_claims(
                    doing.session,
                    actor=doing.actor,
                    versions=_chosen(group, form.data["which"]),
                    confirm=confirm,
                    reason=form.data["reason"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                many = f"{len(decided)} claim{'' if len(decided) == 1 else 's'} of {group.name}"
                return doing.go(url_for("hub.claims"), f"{many} {'confirmed' if confirm else 'refused'}")
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    tabs = [
        (one.name, url_for("hub.claims", company=one.organisation_id), one is group, len(one.claims)) for one in groups
    ]
    return (
        render_template(
            "hub/claims.html",
            group=group,
            tabs=tabs,
            form=form,
            ticked=request.form.getlist("claim"),
            listing=Listing.fixed(COLUMNS),
            kind_words=KIND_WORDS,
            differences=differences,
            decidable=view.actor.may(Permission.CLAIM_DECIDE),
        ),
        form.status,
    )


def _groups(waiting: list[ClaimFacts]) -> list[Group]:
    """By company, the one with most claims first; claims by URN."""
    ordered = sorted(waiting, key=lambda facts: (facts.organisation_name, facts.claim.organisation_id, facts.claim.urn))
    found = [
        Group(organisation_id, name, list(theirs))
        for (name, organisation_id), theirs in groupby(
            ordered, key=lambda facts: (facts.organisation_name, facts.claim.organisation_id)
        )
    ]
    return sorted(found, key=lambda group: -len(group.claims))


def _chosen(group: Group, which: str) -> dict[str, int]:
    """The claims that are decided with the versions that the page was made from."""
    shown = dict(one.rsplit(":", 1) for one in request.form.getlist("shown") if ":" in one)
    picked = request.form.getlist("claim")
    facts = group.agreeing if which == "agreeing" else [one for one in group.claims if one.claim.id in picked]
    return {one.claim.id: int(shown[one.claim.id]) for one in facts if shown.get(one.claim.id, "").isdecimal()}
