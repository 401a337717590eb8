"""The company's passport: how far each section is, one section a page, and everything to check. Answered once, it
counts for every lot and borough.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.core.errors import HomewardError, Invalid, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.forms import Form
from app.web.provider import bp
from app.web.questions import answers_in, typed_form
from providers.passport.answering import company_section, save_answers, section_version, typed_questions
from providers.passport.connected import connected_people
from providers.passport.expiry import Currency, Watched, needs_attention, watched_of
from providers.passport.known import known_of
from providers.passport.questions import Scope, Section, Selection, selection_on
from providers.passport.roles import ROLE_WORDS, SHARE_WORDS
from providers.passport.state import TO_DO, SectionState, Stands, passport_state
from providers.services.queries import services_by_claim

STANDS_WORDS: dict[Stands, tuple[str, str]] = {
    Stands.DONE: ("Done", "done"),
    Stands.TO_ANSWER: ("To answer", "warn"),
    Stands.ANEW: ("Asked anew", "warn"),
    Stands.ENDING: ("Ends soon", "warn"),
    Stands.EXPIRED: ("Expired", "bad"),
    Stands.LEFT_OUT: ("Left out", "neutral"),
}
CURRENCY_WORDS: dict[Currency, tuple[str, str]] = {
    Currency.IN_DATE: ("In date", "done"),
    Currency.ENDING: ("Ends soon", "warn"),
    Currency.LAPSED: ("Expired", "bad"),
    Currency.BARRING: ("Bars new offers", "bad"),
    Currency.MISSING: ("To show", "warn"),
}


def section_words(state: SectionState) -> tuple[str, str]:
    """How far a section is, in words and tone."""
    expired, missing, ending = state.count(Stands.EXPIRED), state.count(*TO_DO), state.count(Stands.ENDING)
    counts = [f"{expired} expired"] if expired else []
    if missing:
        counts.append(f"{missing} to answer" if state.is_begun else "Not started")
    if ending and not counts:
        counts.append(f"{ending} ending soon")
    if not counts:
        return "Completed", "done"
    return ", ".join(counts), "bad" if expired else "warn" if state.is_begun else "neutral"


def documents_of_services(view: Act, selection: Selection) -> list[dict[str, Any]]:
    """The documents of each service that its lots require, as a task list."""
    found = watched_of(view.session, view.actor.organisation_id, selection, local_date(view.now))
    own = [one for one in found if one.claim_id is not None]
    profiles = services_by_claim(view.session, {one.claim_id or "" for one in own})
    return [_document(one, profiles[one.claim_id or ""].name) for one in own if one.claim_id in profiles]


def _document(one: Watched, service: str) -> dict[str, Any]:
    status, tone = CURRENCY_WORDS[one.currency]
    return {
        "title": f"{one.question.label}, {service}",
        "href": url_for("provider.passport_evidence", question=one.question.key, claim_id=one.claim_id),
        "hint": one.words,
        "status": status,
        "tone": tone,
    }


def renewals(items: Iterable[Watched]) -> list[dict[str, Any]]:
    """What to renew, as work: for this page and the company's desk."""
    return [
        {
            "title": f"Renew: {one.question.label}",
            "href": url_for("provider.passport_evidence", question=one.question.key, claim_id=one.claim_id),
            "meta": one.words,
            "tag": CURRENCY_WORDS[one.currency],
        }
        for one in items
    ]


@bp.get("/passport")
@permission(Permission.PASSPORT_READ)
def passport() -> ResponseReturnValue:
    """The task list, with what has to be renewed above it."""
    with look() as view:
        today = local_date(view.now)
        selection = selection_on(view.session, today)
        states = passport_state(view.session, view.actor.organisation_id, selection, today)
        may_write = view.actor.may(Permission.PASSPORT_WRITE)
        items = []
        for state in states:
            status, tone = section_words(state)
            items.append(
                {"title": state.section.title, "href": _href(state, may_write), "status": status, "tone": tone}
            )
        attention = needs_attention(view.session, view.actor.organisation_id, today)
        return render_template(
            "provider/passport.html",
            items=items,
            done=sum(state.is_done for state in states),
            attention=renewals(attention),
            barring=[one for one in attention if one.currency is Currency.BARRING],
            documents=documents_of_services(view, selection),
            may_write=may_write,
        )


def _href(state: SectionState, may_write: bool) -> str:
    if may_write:
        return url_for("provider.passport_section", part=state.section.key)
    return url_for("provider.passport_check", _anchor=state.section.key)


@bp.route("/passport/sections/<part>", methods=["GET", "POST"])
@permission(Permission.PASSPORT_WRITE)
def passport_section(part: str) -> ResponseReturnValue:
    """One section: save what is filled in and go on. What is wrong is said at its field, with everything kept."""
    form: Form | None = None
    if request.method == "POST":
        with look() as view:
            asked = company_section(selection_on(view.session, local_date(view.now)), part)
        form = typed_form(asked.questions, {})
        if form.parse(request.form):
            try:
                return _save(asked, form)
            except (Invalid, Stale) as error:
                _refuse(form, error)
    with look() as view:
        return _section_page(view, part, form)


def _refuse(form: Form, error: HomewardError) -> None:
    form.refuse(error)
    if isinstance(error, Stale):
        form.add_error("", f"{error.message} What you typed is below; open the section anew to see theirs.")


def _save(asked: Section, form: Form) -> ResponseReturnValue:
    with act() as doing:
        save_answers(
            doing.session,
            actor=doing.actor,
            section=asked.key,
            answers=answers_in(asked.questions, form.data),
            version=form.data["version"],
            now=doing.now,
        )
        selection = selection_on(doing.session, local_date(doing.now))
        return doing.go(_after(selection, asked.key), "Section saved")


def _after(selection: Selection, key: str) -> str:
    """The next section; after the last one everything to check."""
    keys = [section.key for section in selection.of(Scope.COMPANY)]
    at = keys.index(key)
    if "check" in request.args or at + 1 == len(keys):
        return url_for("provider.passport_check")
    return url_for("provider.passport_section", part=keys[at + 1])


def _section_page(view: Act, part: str, form: Form | None) -> ResponseReturnValue:
    today, mine = local_date(view.now), view.actor.organisation_id
    selection = selection_on(view.session, today)
    asked = company_section(selection, part)
    state = next(one for one in passport_state(view.session, mine, selection, today) if one.section.key == asked.key)
    known = known_of(view.session, mine)
    if form is None:
        version = section_version(view.session, mine, asked)
        form = typed_form(asked.questions, _answers(state, known), version=version)
    titles = [section.title for section in selection.of(Scope.COMPANY)]
    page = {
        "form": form,
        "part": asked,
        "state": state,
        "typed": typed_questions(asked),
        "filled_in": {one.question.key for one in state.entries if not one.answer and known.fact(one.question.known)},
        "known": known,
        "people": connected_people(view.session, mine) if "connected_people" in asked.shows else [],
        "number": titles.index(asked.title) + 1,
        "of": len(titles),
        "next": _after(selection, part),
    }
    return render_template("provider/passport_section.html", **page, **words()), form.status


def _answers(state: SectionState, known: Any) -> dict[str, str]:
    """The answers as stored and, where there is none, what is known already."""
    return {
        one.question.key: one.answer.value if one.answer else known.fact(one.question.known) or ""
        for one in state.entries
    }


def words() -> dict[str, Any]:
    """What the templates of the passport say of statuses, roles and shares."""
    return {"stands_words": STANDS_WORDS, "role_words": ROLE_WORDS, "share_words": SHARE_WORDS}


@bp.get("/passport/check")
@permission(Permission.PASSPORT_READ)
def passport_check() -> ResponseReturnValue:
    """Everything that was answered and shown, and what is still missing."""
    with look() as view:
        today, mine = local_date(view.now), view.actor.organisation_id
        selection = selection_on(view.session, today)
        states = passport_state(view.session, mine, selection, today)
        page = {
            "states": states,
            "gaps": [
                (state.section, entry)
                for state in states
                for entry in state.entries
                if entry.stands in TO_DO or entry.stands is Stands.EXPIRED
            ],
            "people": connected_people(view.session, mine),
            "may_write": view.actor.may(Permission.PASSPORT_WRITE),
        }
        return render_template("provider/passport_check.html", **page, **words())
