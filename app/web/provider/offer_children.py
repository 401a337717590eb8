"""For which of several children an offer is: asked before the offer is written, where the request leaves it open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from marshmallow import Schema
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.offers.children import all_positions, facts_of, judged_children, key_of
from app.offers.terms import MeasuredNeed, measured_needs
from app.requests.models import PlacementRequest
from app.requests.status import Siblings
from app.web.fields import Choice, Choices
from app.web.forms import Form
from providers.services.models import Service

OPEN = (Siblings.PREFERRED, Siblings.APART)


def asks_children(row: PlacementRequest) -> bool:
    """Whether an offer may be for some of the children of a request."""
    return row.siblings in OPEN


def children_asked(row: PlacementRequest) -> str | None:
    """The key of the children that the address names, or the only one that there is; None where it has to be asked."""
    if not asks_children(row):
        return key_of(all_positions(row))
    named = request.args.getlist("children")
    try:
        return judged_children(row, [int(one) for one in named if one.isdecimal()]) if named else None
    except Invalid:
        return None


def children_page(session: Session, row: PlacementRequest, service: Service) -> Any:
    """The question, with what is known of each child beside it. What was asked for and cannot be says why."""
    apart = row.siblings is Siblings.APART
    question = Choice if apart else Choices
    form = Form(
        Schema.from_dict(
            {
                "children": question(
                    "Which child is this offer for?" if apart else "Which children is this offer for?",
                    hint="They are placed apart: make an offer for each"
                    if apart
                    else "All of them together is what the council would like best",
                    choices=[
                        (
                            str(child.position),
                            child.words,
                            needs_words(measured_needs(session, row, str(child.position))),
                        )
                        for child in facts_of(row)
                    ],
                    missing="Choose whom the offer is for",
                )
            }
        )
    )
    if "children" in request.args or "asked" in request.args:
        form.parse(request.args)
    return render_template("provider/offer_children.html", row=row, service=service, form=form), form.status


def needs_words(needs: Sequence[MeasuredNeed]) -> str:
    """Attachment: high; Behaviour: low."""
    return "; ".join(f"{need.label}: {need.words.lower()}" for need in needs) or "No need is measured above 0"


def child_rows(session: Session, row: PlacementRequest) -> list[tuple[str, str]]:
    """Each child of a request for several, and its needs, as every one invited reads them."""
    if row.places == 1:
        return []
    return [(child.words, needs_words(measured_needs(session, row, str(child.position)))) for child in facts_of(row)]
