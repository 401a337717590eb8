"""The register as the hub sees it: search, one registration with its history, and contradictions to resolve."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, LongText, Text
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.register import queries
from providers.register.by_hand import not_typed
from providers.register.history import changes_of, premises_of, typed_of
from providers.register.judgements import Judgement, best_overall_allowed, result_words
from providers.register.models import Registration
from providers.register.resolving import MAX_REASON, inspection_in_doubt, resolve_judgement
from providers.register.status import (
    CARD_AREA_WORDS,
    CARD_WORDS,
    GRADE_WORDS,
    RESOLUTION_WORDS,
    CardWord,
    Grade,
    RegistrationStatus,
    Resolution,
    SupportedOutcome,
    provision_words,
)

REGISTRATIONS = (
    Column("name", "Name or owner", sort=True),
    Column("urn", "URN", sort=True),
    Column("provision_type", "Type", sort=True),
    Column("local_authority", "Local authority", sort=True),
    Column("places", "Places", numeric=True, sort=True),
    Column("judgement", "Judgement"),
    Column("registration_status", "Registration", sort=True),
)
HISTORY = (
    Column("inspected", "Inspected"),
    Column("event", "Kind"),
    Column("overall", "Overall"),
    Column("protected", "Helped and protected"),
    Column("leaders", "Leaders and managers"),
    Column("published", "Published"),
)
CONTRADICTIONS = (
    Column("name", "Name or owner"),
    Column("urn", "URN"),
    Column("inspected", "Inspected"),
    Column("overall", "Overall"),
    Column("protected", "Helped and protected"),
    Column("leaders", "Leaders and managers"),
    Column("act", "Resolve", hidden_label=True),
)
PREMISES = (
    Column("category", "Category"),
    Column("as_of", "As at"),
    Column("buildings", "Buildings", numeric=True),
    Column("places", "Places", numeric=True),
)
CHANGES = (
    Column("kind", "What"),
    Column("day", "On"),
    Column("reason", "Why, as published"),
    Column("as_of", "List as at"),
)
STATUS_TONES = {RegistrationStatus.ACTIVE.value: "good", RegistrationStatus.SUSPENDED.value: "bad"}
RESULT_TONES = {
    Grade.OUTSTANDING: "good",
    Grade.GOOD: "good",
    Grade.REQUIRES_IMPROVEMENT: "warn",
    Grade.INADEQUATE: "bad",
    SupportedOutcome.STRONG: "good",
    SupportedOutcome.INCONSISTENT: "warn",
    SupportedOutcome.SERIOUS_WEAKNESSES: "bad",
}
SHORT_WORDS = {
    Grade.OUTSTANDING: "Outstanding",
    Grade.GOOD: "Good",
    Grade.REQUIRES_IMPROVEMENT: "Requires improvement",
    Grade.INADEQUATE: "Inadequate",
    SupportedOutcome.STRONG: "Consistently strong",
    SupportedOutcome.INCONSISTENT: "Inconsistent",
    SupportedOutcome.SERIOUS_WEAKNESSES: "Serious weaknesses",
}
"""For lists, where the publisher's words are too long for a phone."""


class SearchForm(Schema):
    """What to look for in the register."""

    text = Text("Words or URN", required=False, max_length=100, width=20)
    provision_type = Choice("Type", choices=[], kind="select", required=False, width="full")
    authority = Choice("Local authority", choices=[], kind="select", required=False, width="full")


class ResolveForm(Schema):
    """How a contradictory judgement counts."""

    resolution = Choice(
        "How should this inspection count?",
        choices=list(RESOLUTION_WORDS.items()),
        missing="Choose how this inspection counts",
    )
    reason = LongText(
        "Why?",
        hint="For example, what the inspection report says. This is kept with the judgement.",
        missing="Enter why you count it this way",
        max_length=MAX_REASON,
        rows=4,
    )


def title_of(registration: Registration) -> str:
    """What to call a registration: its name, or its owner where Ofsted redacts the name."""
    return registration.name or registration.owner or registration.urn


def latest_words(standing: Judgement | None) -> str:
    """The judgement that counts, in words: a grade, an outcome, or what was met and not met."""
    if standing is None:
        return "Not known"
    met = [
        f"{what} {'met' if one else 'not met'}"
        for what, one in (("standards", standing.standards_met), ("safeguarding", standing.safeguarding_met))
        if one is not None
    ]
    words = result_words(standing.result) or ", ".join(met) or "A report card, which has no grade"
    return words[:1].upper() + words[1:]


def card_rows(row: Judgement) -> list[tuple[str, str]]:
    """The areas of a report card with their words."""
    card = row.report_card or {}
    return [(words, CARD_WORDS[CardWord(card[area])]) for area, words in CARD_AREA_WORDS.items() if area in card]


@bp.get("/register")
@permission(Permission.REGISTER_READ)
def registrations() -> ResponseReturnValue:
    """Search the register."""
    listing = Listing.read(request.args, REGISTRATIONS, default="name")
    with look() as view:
        types = [(kind, words) for kind, words, _ in queries.provision_types(view.session)]
        choices = {
            "provision_type": [("", "Any type"), *types],
            "authority": [("", "Any authority"), *queries.local_authorities(view.session)],
        }
        wanted = {name: request.args.get(name, "")[:100] for name in ("text", "provision_type", "authority")}
        rows, total = queries.search_registrations(
            view.session,
            **wanted,
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        urns = [row.urn for row in rows]
        return render_template(
            "hub/register.html",
            listing=listing.count(total),
            rows=rows,
            standing=queries.latest_graded_judgements(view.session, urns, on=local_date(view.now)),
            filter_form=Form(SearchForm, values=wanted, choices=choices),
            waiting=queries.count_contradictions(view.session),
            may_add=view.actor.may(Permission.REGISTER_RESOLVE),
            latest_words=latest_words,
            **_words(),
        )


@bp.get("/register/<urn>")
@permission(Permission.REGISTER_READ)
def registration(urn: str) -> ResponseReturnValue:
    """One registration: every judgement of it, its premises, and when it joined and left."""
    with look() as view:
        found = queries.registration(view.session, urn)
        return render_template(
            "hub/register_one.html",
            registration=found,
            history=queries.judgement_history(view.session, found.urn),
            standing=queries.latest_graded_judgement(view.session, found.urn, on=local_date(view.now)),
            resolved=queries.resolutions(view.session, found.urn),
            listing=Listing.fixed(HISTORY),
            premises=premises_of(view.session, found.urn),
            premises_listing=Listing.fixed(PREMISES),
            changes=changes_of(view.session, found.urn),
            typed=typed_of(view.session, found.urn),
            changes_listing=Listing.fixed(CHANGES),
            may_record=not_typed(view.session, found) is None and view.actor.may(Permission.REGISTER_RESOLVE),
            latest_words=latest_words,
            card_rows=card_rows,
            **_words(),
        )


@bp.get("/register/to-resolve")
@permission(Permission.REGISTER_READ)
def contradictions() -> ResponseReturnValue:
    """Judgements that contradict themselves and wait for a person."""
    with look() as view:
        rows = queries.unresolved_contradictions(view.session)
        return render_template(
            "hub/register_contradictions.html", rows=rows, listing=Listing.fixed(CONTRADICTIONS), **_words()
        )


@bp.route("/register/to-resolve/<inspection_id>", methods=["GET", "POST"])
@permission(Permission.REGISTER_RESOLVE)
def resolve(inspection_id: str) -> ResponseReturnValue:
    """Decide how a contradictory judgement counts."""
    form = Form(ResolveForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                resolution = Resolution(form.data["resolution"])
                reason = form.data["reason"]
                done = resolve_judgement(
                    doing.session,
                    actor=doing.actor,
                    inspection_id=inspection_id,
                    resolution=resolution,
                    reason=reason,
                    now=doing.now,
                )
                return doing.go(url_for("hub.registration", urn=done.urn), "The judgement is resolved.")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        inspection = inspection_in_doubt(view.session, inspection_id)
        found = queries.registration(view.session, inspection.urn)
        best = best_overall_allowed(inspection.helped_protected, inspection.leaders_managers)
        page = render_template(
            "hub/register_resolve.html",
            form=form,
            inspection=inspection,
            registration=found,
            best=GRADE_WORDS[best],
            **_words(),
        )
        return page, form.status


def _words() -> dict[str, object]:
    return {
        "title_of": title_of,
        "provision_words": provision_words,
        "result_words": result_words,
        "short_words": SHORT_WORDS,
        "result_tones": RESULT_TONES,
        "status_tones": STATUS_TONES,
        "resolution_words": RESOLUTION_WORDS,
        "Resolution": Resolution,
    }
