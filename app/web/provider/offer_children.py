"""For which of several children an offer is: asked before the offer is written, where the request leaves it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from marshmallow import Schema
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.offers.children import ChildFacts, all_positions, facts_of, judged_children, key_of
from app.offers.terms import MeasuredNeed, measured_needs
from app.requests.models import PlacementRequest
from app.requests.reach import Reach
from app.requests.status import Siblings
from app.web.fields import Choice, Choices
from app.web.forms import Form
from app.web.rendering import join_words
from app.web.tables import Column, Listing
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
    """1 high, 4 medium and 5 low needs."""
    counted = Counter(need.words.lower() for need in sorted(needs, key=lambda need: -need.level))
    if not counted:
        return "No need is measured above 0"
    return join_words(f"{count} {words}" for words, count in counted.items()) + (
        " need" if len(needs) == 1 else " needs"
    )


@dataclass(frozen=True)
class ChildrenTable:
    """The needs of several children side by side, as every one invited reads them."""

    listing: Listing
    rows: list[tuple[str, list[str]]]


def children_table(session: Session, row: PlacementRequest, reach: Reach) -> ChildrenTable | None:
    """A row for each need that is measured above 0 of any child, a column for each child of whom the reader may know;
    None for one child alone.
    """
    if row.places == 1:
        return None
    children = facts_of(row, key_of(reach.positions))
    measured = {child.position: measured_needs(session, row, str(child.position)) for child in children}
    words = {(position, need.number): need.words for position, needs in measured.items() for need in needs}
    labels = {need.number: need.label for needs in measured.values() for need in needs}
    columns = [Column("need", "Need"), *(Column(str(child.position), child.words) for child in children)]
    return ChildrenTable(
        Listing.fixed(columns),
        [(labels[number], [_level(child, number, words) for child in children]) for number in sorted(labels)],
    )


def _level(child: ChildFacts, number: int, words: dict[tuple[int, int], str]) -> str:
    if child.needs[number - 1] is None:
        return "Not measured"
    return words.get((child.position, number), "None")
