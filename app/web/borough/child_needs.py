"""A child's needs over time: the history, a new measure, questionnaires; and needs over time for all children."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children import needs as measures
from app.children import records
from app.children.needs import indicators, level_words
from app.children.progress import FEW, Tally, change_of, needs_of_all
from app.children.questionnaires import HIGHEST, PROSOCIAL, SCALES, questionnaires, record_sdq
from app.children.sdq import MOST
from app.children.status import MEASURE_REASON_WORDS, SDQ_BY_WORDS, MeasureReason, SdqBy
from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.borough.child_words import BAND_TONES, band_words, measure_rows, needs_charts, sdq_chart, tabs, way_words
from app.web.fields import Choice, DateField, Hidden, WholeNumber
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing

NOT_MEASURED = "none"
MEASURES = (
    Column("day", "Day"),
    Column("reason", "Why"),
    Column("total", "Total", numeric=True),
    Column("domains", "By domain"),
    Column("missing", "Not measured", numeric=True),
)
SDQS = (
    Column("day", "Day"),
    Column("by", "Filled in by"),
    Column("total", "Total of 40", numeric=True),
    Column("band", "Band"),
    Column("scales", "Scales"),
    Column("do", "Do"),
)
CHANGES = (
    Column("what", "Indicator"),
    Column("children", "Children", numeric=True),
    Column("mean_before", "Mean at first", numeric=True),
    Column("mean_after", "Mean at latest", numeric=True),
    Column("share_before", "Had a need at first", numeric=True),
    Column("share_after", "Had a need at latest", numeric=True),
)
ASKED = (MeasureReason.REVIEW, MeasureReason.CHANGE, MeasureReason.START, MeasureReason.END)


class SdqForm(Schema):
    """The scores of one questionnaire."""

    completed_on = DateField(
        "When was it filled in?", hint="For example, 27 3 2027", missing="Enter the day", called="The day"
    )
    filled_in_by = Choice(
        "Who filled it in?",
        choices=tuple((one.value, SDQ_BY_WORDS[one]) for one in SdqBy),
        missing="Choose who filled it in",
    )
    total = WholeNumber(
        "Total difficulties",
        hint=f"0 to {MOST}. Leave it empty if you enter the four scales",
        least=0,
        most=MOST,
        width=3,
        required=False,
        optional=False,
    )
    emotional, conduct, hyperactivity, peer = (
        WholeNumber(words, hint=f"0 to {HIGHEST}", least=0, most=HIGHEST, width=3, required=False)
        for words in SCALES.values()
    )
    prosocial = WholeNumber(
        PROSOCIAL,
        hint=f"0 to {HIGHEST}. It is not part of the total",
        least=0,
        most=HIGHEST,
        width=3,
        required=False,
    )
    corrects = Hidden(required=False)


@bp.get("/children/<child_id>/needs")
@permission(Permission.CHILD_READ)
def child_needs(child_id: str) -> ResponseReturnValue:
    """Every measure of a child's needs and every questionnaire, with what became of them."""
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        shown(view.wiring, view.actor, row.id, f"Needs of child {row.reference}")
        records.reveal(vault=view.wiring.vault, child=row)  # an erased record says so
        history = measures.history(view.session, actor=view.actor, child_id=row.id)
        scores = questionnaires(view.session, actor=view.actor, child_id=row.id)
        line, by_domain, listed = needs_charts(view, history)
        page: dict[str, Any] = {
            "child": row,
            "tabs": tabs(row, view.actor, "borough.child_needs"),
            "rows": measure_rows(view, history),
            "listed": listed,
            "levels": dict(level_words(view.session, local_date(view.now))),
            "reasons": MEASURE_REASON_WORDS,
            "line": line,
            "by_domain": by_domain,
            "way": way_words(change_of(view.session, history, local_date(view.now))),
            "scores": scores[::-1],
            "sdq_line": sdq_chart(scores),
            "by": SDQ_BY_WORDS,
            "scales": SCALES,
            "band_words": band_words,
            "tones": BAND_TONES,
        }
        return render_template(
            "borough/child_needs.html", **page, listing=Listing.fixed(MEASURES), sdq_listing=Listing.fixed(SDQS)
        )


@bp.route("/children/<child_id>/needs/new", methods=["GET", "POST"])
@permission(Permission.CHILD_WRITE)
def measure_child(child_id: str) -> ResponseReturnValue:
    """Measure a child's needs again."""
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        shown(view.wiring, view.actor, row.id, f"Measure child {row.reference}")
        records.reveal(vault=view.wiring.vault, child=row)
        today = local_date(view.now)
        listed, levels = indicators(view.session, today), level_words(view.session, today)
    form = Form(_measure_form(listed, levels), values={"measured_on": today})
    if request.method == "POST" and form.parse(request.form):
        data = form.data
        given = [data[f"need_{one.number}"] for one in listed]
        try:
            with act() as doing:
                measures.measure_needs(
                    doing.session,
                    actor=doing.actor,
                    child_id=row.id,
                    scores=[None if score == NOT_MEASURED else int(score) for score in given],
                    measured_on=data["measured_on"],
                    reason=MeasureReason(data["reason"]),
                    now=doing.now,
                )
                return doing.go(url_for("borough.child_needs", child_id=row.id), "Needs measured")
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/child_measure.html", form=form, child=row, listed=listed), form.status


def _measure_form(listed: list[measures.Indicator], levels: list[tuple[int, str]]) -> type[Schema]:
    """The day, the reason, and the 12 indicators with their levels in words."""
    fields: dict[str, Any] = {
        "measured_on": DateField(
            "When were the needs measured?", hint="For example, 27 3 2027", missing="Enter the day", called="The day"
        ),
        "reason": Choice(
            "Why now?",
            choices=tuple((one.value, MEASURE_REASON_WORDS[one]) for one in ASKED),
            missing="Choose why the needs are measured",
        ),
    }
    for one in listed:
        described = one.levels if len(one.levels) == len(levels) else ()
        picks = [(str(level), words, described[level]) if described else (str(level), words) for level, words in levels]
        fields[f"need_{one.number}"] = Choice(
            f"{one.number}. {one.label}",
            choices=(*picks, (NOT_MEASURED, "Not measured")),
            inline=not described,
            missing=f"Choose a level for indicator {one.number}, or that it was not measured",
        )
    return Schema.from_dict(fields)


@bp.route("/children/<child_id>/sdq/new", methods=["GET", "POST"])
@permission(Permission.CHILD_WRITE)
def record_child_sdq(child_id: str) -> ResponseReturnValue:
    """Record a questionnaire, or put right one that was recorded wrongly."""
    form = Form(SdqForm, values={"corrects": request.args.get("corrects", "")})
    if request.method == "POST" and form.parse(request.form):
        data = dict(form.data)
        try:
            with act() as doing:
                record_sdq(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    child_id=child_id,
                    completed_on=data["completed_on"],
                    filled_in_by=SdqBy(data["filled_in_by"]),
                    total=data["total"],
                    scales={name: data[name] for name in SCALES},
                    prosocial=data["prosocial"],
                    corrects=data["corrects"] or None,
                    now=doing.now,
                )
                kept = records.child_for(doing.session, actor=doing.actor, child_id=child_id)
                return doing.go(url_for("borough.child_needs", child_id=kept.id), "Questionnaire recorded")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        shown(view.wiring, view.actor, row.id, f"Questionnaire of child {row.reference}")
        records.reveal(vault=view.wiring.vault, child=row)
        if request.method == "GET" and form.raw["corrects"]:
            form = _filled(questionnaires(view.session, actor=view.actor, child_id=row.id), str(form.raw["corrects"]))
        return render_template("borough/child_sdq.html", form=form, child=row, scales=SCALES), form.status


def _filled(scores: Any, corrects: str) -> Form:
    """The form with what was recorded wrongly; an empty one where there is no such entry."""
    wrong = next((one.score for one in scores if one.score.id == corrects), None)
    if wrong is None:
        return Form(SdqForm)
    names = ("completed_on", "filled_in_by", "total", *SCALES, "prosocial")
    return Form(SdqForm, values={name: getattr(wrong, name) for name in names} | {"corrects": wrong.id})


@bp.get("/children/needs")
@permission(Permission.CHILD_READ)
def needs_over_time() -> str:
    """What became of the needs of all children with two measures or more. Names nobody."""
    with look() as view:
        today: dt.date = local_date(view.now)
        listed, found = needs_of_all(view.session, actor=view.actor, today=today)
        compared = found.children - found.ways["unknown"]
        page: dict[str, Any] = {
            "found": found,
            "compared": compared,
            "few": FEW,
            "indicator_rows": [
                (f"{one.number}. {one.label}", _figures(tally))
                for one, tally in zip(listed, found.indicators, strict=True)
            ],
            "domain_rows": [(domain, _figures(tally)) for domain, tally in found.domains.items()],
            "figures": [
                {"label": "Children with two measures or more", "value": found.children},
                *(
                    {"label": words, "value": found.ways[way], "note": _of(found.ways[way], compared)}
                    for way, words in (
                        ("improved", "Needs fell"),
                        ("same", "Needs stayed the same"),
                        ("worsened", "Needs rose"),
                    )
                ),
            ],
        }
        by_domain = Listing.fixed((Column("what", "Domain"), *CHANGES[1:]))
        return render_template(
            "borough/needs_over_time.html", **page, listing=Listing.fixed(CHANGES), domain_listing=by_domain
        )


def _of(count: int, whole: int) -> str:
    """Per cent of whom, where there are enough to say it."""
    if whole < FEW:
        return f"of {whole}"
    return f"{100 * count / whole:.0f}% of {whole} who could be compared"


def _figures(tally: Tally) -> dict[str, Any]:
    """One row of the table in words."""

    def mean(value: float | None) -> str:
        return "Not compared" if value is None else f"{value:.2f}"

    def share(value: float | None, count: int) -> str:
        if value is None:
            return "Not compared"
        return f"{count} of {tally.children}" if tally.few else f"{100 * value:.0f}%"

    return {
        "children": tally.children,
        "few": tally.few,
        "mean_before": mean(tally.mean_before),
        "mean_after": mean(tally.mean_after),
        "share_before": share(tally.share_before, tally.had_before),
        "share_after": share(tally.share_after, tally.had_after),
    }
