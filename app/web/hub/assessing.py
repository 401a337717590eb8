"""Assessing an application section by section: what was answered beside what a good answer shows, a mark with its words
for each, marks taken over, marks agreed, and questions to the company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.core.workdays import add_working_days
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, DateField, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.marks import mark_choices, mark_words
from providers.market.clocks import mode_rules
from providers.passport.answers import words_of
from providers.passport.applications import received_on
from providers.passport.clarifications import LONGEST, ask, threads_of
from providers.passport.drafting import questions_of
from providers.passport.frozen import thawed
from providers.passport.marking import (
    WHY_LONGEST,
    Given,
    agree_marks,
    carry_marks,
    earlier_marks,
    marks_of,
    save_marks,
    value_of,
    verdict_of,
)
from providers.passport.models import Application
from providers.passport.queries import application_for_hub, names_of
from providers.passport.questions import Question, Selection
from providers.passport.status import ApplicationStatus
from providers.passport.verdict import Mark, Part, newest_of

ANSWER_DAYS = 3
"""Working days that a company is offered for an answer, where nobody types another day."""


class AskForm(Schema):
    """What the company is asked, about which answer and by when."""

    question = Choice("About", kind="select", required=False, optional=False)
    words = LongText(
        "Your question",
        hint="The company reads it on its page. The e-mail says only that there is one",
        missing="Enter what you want to know",
        max_length=LONGEST,
        rows=5,
    )
    answer_by = DateField("Answer by", hint="The last day for the answer, for example 27 3 2027")


@bp.route("/applications/<application_id>/assess/<part>", methods=["GET", "POST"])
@permission(Permission.APPLICATION_ASSESS)
def assess(application_id: str, part: str) -> ResponseReturnValue:
    """One section: my marks, saved with gaps; or, once two people have marked it, what they gave and what to agree."""
    with look() as view:
        facts = application_for_hub(view.session, view.actor, application_id, local_date(view.now))
        page = _section(view, facts.application, part)
        form = Form(_schema(page["asked"], page["selection"], agreed=page["settling"]), values=page.pop("values"))
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                save = agree_marks if page["settling"] else save_marks
                given = _given(page["asked"], form.data)
                save(doing.session, actor=doing.actor, application_id=application_id, marks=given, now=doing.now)
                return doing.go(url_for("hub.application", application_id=application_id), f"{page['title']}: saved")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        facts = application_for_hub(view.session, view.actor, application_id, local_date(view.now))
        return render_template("hub/assess.html", facts=facts, form=form, **page), form.status


@bp.post("/applications/<application_id>/assess/<part>/carry")
@permission(Permission.APPLICATION_ASSESS)
def assess_carry(application_id: str, part: str) -> ResponseReturnValue:
    """Take over the marks that the same answers got before, as mine."""
    with act() as doing:
        carry_marks(doing.session, actor=doing.actor, application_id=application_id, part=part, now=doing.now)
        where = url_for("hub.assess", application_id=application_id, part=part)
        return doing.go(where, "Marks taken over as yours. Change any that you see differently")


@bp.route("/applications/<application_id>/ask", methods=["GET", "POST"])
@permission(Permission.APPLICATION_ASSESS)
def ask_company(application_id: str) -> ResponseReturnValue:
    """Ask the company about one answer or in general."""
    with look() as view:
        facts = application_for_hub(view.session, view.actor, application_id, local_date(view.now))
        waiting = facts.application.status is ApplicationStatus.SUBMITTED
        if not waiting:
            raise Conflict("This application is decided, so the company is asked nothing more about it.")
        choices = {"question": _choices(view, facts.application)}
        day = add_working_days(local_date(view.now), ANSWER_DAYS)
        form = Form(AskForm, choices=choices, values={"question": request.args.get("question", ""), "answer_by": day})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                ask(
                    doing.session,
                    actor=doing.actor,
                    application_id=application_id,
                    question=form.data["question"] or None,
                    words=form.data["words"],
                    answer_by=form.data["answer_by"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(url_for("hub.application", application_id=application_id), "Question sent")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        rules = mode_rules(view.session, facts.lot.system.mode, received_on(facts.application))
        return render_template("hub/ask.html", facts=facts, form=form, rules=rules), form.status


def _choices(view: Act, application: Application) -> list[tuple[str, str]]:
    """Every question of the lot, behind the application in general."""
    sections = questions_of(view.session, application).for_lot(application.lot.service_type)
    return [(one.key, f"{section.title}: {one.label}") for section in sections for one in section.questions]


def _section(view: Act, application: Application, key: str) -> dict[str, Any]:
    """All that the page of one section shows to one person, and the marks that its form begins with.

    Of a section that two people mark unseen, nobody's marks but one's own are in it before both are there.
    """
    selection = questions_of(view.session, application)
    marks = marks_of(view.session, application.id)
    part = verdict_of(view.session, application, marks).part(key)
    section = next((one for one in selection.for_lot(application.lot.service_type) if one.key == key), None)
    if section is None:
        raise NotFound("section")
    own = newest_of(marks, view.actor.person_id)
    waiting = application.status is ApplicationStatus.SUBMITTED
    settling = part is not None and part.is_closed
    asked = _asked(part, settling) if part is not None and waiting else []
    shown = marks if part is not None and part.is_seen else [*own.values()]
    offered = earlier_marks(view.session, application, view.actor.person_id) if waiting and not settling else {}
    return {
        "title": section.title,
        "part": part,
        "topic": section,
        "selection": selection,
        "asked": asked,
        "settling": settling,
        "values": _values(own, asked, settling, part),
        "own": own,
        "marks": _by_question(shown),
        "others": _by_question(mark for mark in shown if mark.by != view.actor.person_id),
        "names": names_of(view.session, [mark.by for mark in shown]),
        "earlier": {one: offered[one] for one in offered if one not in own and one in {q.key for q in asked}},
        "mine_done": part is not None and view.actor.person_id in part.assessors,
        "given": thawed(application),
        "threads": [one for one in threads_of(view.session, application) if one.about and one.about.section == key],
        "mark_words": mark_words,
        "words_of": words_of,
        "waiting": waiting,
    }


def _asked(part: Part, settling: bool) -> list[Question]:
    """The questions whose marks are asked for now: all of the section, or those on which two people differ."""
    return [line.question for line in part.lines if not settling or line.to_agree]


def _schema(asked: Iterable[Question], selection: Selection, *, agreed: bool) -> Schema:
    """A mark and its words for each question. Both may be empty: the use case wants both or neither."""
    fields: dict[str, Any] = {}
    for question in asked:
        fields[f"{question.key}_mark"] = Choice(
            f"{'Agreed mark' if agreed else 'Mark'}: {question.label}",
            choices=mark_choices(question, selection),
            required=False,
            optional=False,
        )
        fields[f"{question.key}_why"] = LongText(
            f"Why: {question.label}", required=False, optional=False, max_length=WHY_LONGEST, rows=4
        )
    return Schema.from_dict(fields, name="Marks")()


def _values(own: Mapping[str, Mark], asked: Iterable[Question], settling: bool, part: Part | None) -> dict[str, str]:
    """What the form begins with: my own marks, or what was agreed before."""
    agreed = {line.question.key: line.agreed for line in part.lines} if part is not None and settling else {}
    values: dict[str, str] = {}
    for question in asked:
        mark = agreed.get(question.key) if settling else own.get(question.key)
        if mark is not None:
            values |= {f"{question.key}_mark": value_of(mark), f"{question.key}_why": mark.why}
    return values


def _given(asked: Iterable[Question], data: Mapping[str, Any]) -> dict[str, Given]:
    return {
        question.key: Given(data.get(f"{question.key}_mark") or "", data.get(f"{question.key}_why") or "")
        for question in asked
    }


def _by_question(marks: Iterable[Mark]) -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        found.setdefault(mark.question, []).append(mark)
    return found
