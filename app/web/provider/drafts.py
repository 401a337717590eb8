"""Writing an application: which lot, one section a page, what the service offers, the check, and throwing it away."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import HomewardError, Invalid, NotFound, Stale
from app.core.files import MOST_BYTES
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import Act, act, look
from app.web.fields import Choice, Hidden, LongText
from app.web.forms import Form
from app.web.provider import bp
from app.web.questions import answers_in, files_in, schema_of, values_of
from app.web.uploads import FORM_BESIDE
from providers.market.clocks import mode_rules
from providers.market.queries import boroughs_by_lot, open_lots
from providers.passport.answers import words_of
from providers.passport.drafting import (
    STATEMENT_LONGEST,
    delete_draft,
    draft_part,
    own_draft,
    parts_of,
    save_answers,
    save_statement,
    show_evidence,
    start_application,
)
from providers.passport.frozen import given_now
from providers.passport.kinds import fits
from providers.passport.models import Application
from providers.passport.queries import (
    ApplicationFacts,
    applications_of_claims,
    enrolments_of_claims,
    own_application,
    own_claim,
)
from providers.passport.questions import selection_on
from providers.passport.readiness import Gap, Place, Progress, missing_in, parts_progress, passport_progress
from providers.passport.status import ApplicationStatus, EnrolmentStatus
from providers.services.applying import gaps, submit
from providers.services.models import Service
from providers.services.profile import missing_topics
from providers.services.queries import services_by_claim

FILES = 3
"""How many files of the largest size a page takes at once."""

PROFILE_TOPICS = {"who you take": "takes", "needs you meet": "needs", "free places": "places"}
WAITING = (ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED)


class ApplyForm(Schema):
    """Which lot."""

    lot = Choice("Lot", choices=(), missing="Choose the lot to apply to")


class StatementForm(Schema):
    """Why this service belongs on the lot."""

    statement = LongText(
        "What the service offers",
        hint="How it works with children, who works there, and what makes it right for this lot. Name no child",
        required=False,
        optional=False,
        max_length=STATEMENT_LONGEST,
        rows=12,
        count=True,
    )
    version = Hidden(number=True)


class VersionForm(Schema):
    """The draft as the page was shown."""

    version = Hidden(number=True)


@bp.route("/services/<claim_id>/apply", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def apply(claim_id: str) -> ResponseReturnValue:
    """Begin an application to one of the open lots that this registration fits."""
    with look() as view:
        choices = lot_choices(view, claim_id)
    form = Form(ApplyForm, choices={"lot": choices})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                made = start_application(
                    doing.session, actor=doing.actor, claim_id=claim_id, lot_id=form.data["lot"], now=doing.now
                )
                return doing.go(url_for("provider.application", application_id=made.id), "Application begun")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        service = service_behind(view, claim_id)
        shown = {"service": service, "form": form, "choices": choices, "missing": missing_topics(service)}
        return render_template("provider/apply.html", **shown), form.status


@bp.route("/applications/<application_id>/part/<part>", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
@uploads(FILES * MOST_BYTES + FORM_BESIDE)
def application_part(application_id: str, part: str) -> ResponseReturnValue:
    """One section: saved with its gaps, and on to the next. What cannot be an answer is refused at its field."""
    with look() as view:
        today = local_date(view.now)
        draft, section = draft_part(
            view.session, actor=view.actor, application_id=application_id, part=part, today=today
        )
        given = given_now(view.session, draft, selection_on(view.session, today))
        values = {**values_of(section.questions, given), "version": draft.version}
        form = Form(schema_of(section.questions, version=Hidden(number=True)), values=values)
    if request.method == "POST" and form.parse(request.form):
        try:
            files = files_in(section.questions, form)
            with act() as doing:
                who: dict[str, Any] = {"actor": doing.actor, "application_id": application_id, "now": doing.now}
                answers = answers_in(section.questions, form.data)
                save_answers(doing.session, part=part, answers=answers, version=form.data["version"], **who)
                for question, accepted, last_day in files:
                    file: dict[str, Any] = {"question": question.key, "accepted": accepted, "last_day": last_day}
                    show_evidence(doing.session, store=doing.wiring.files, **file, **who)
                return doing.go(_after(draft, doing, part), f"{section.title}: saved")
        except (Invalid, Stale) as error:
            form.refuse(error)
    elif request.method == "GET" and "gaps" in request.args:
        form.errors = {gap.key: gap.words for gap in missing_in(section, given, local_date(view.now))}
    with look() as view:
        facts = own_application(view.session, view.actor, application_id, local_date(view.now))
        shown = {"facts": facts, "topic": section, "form": form, "given": given}
        return render_template("provider/draft_part.html", **shown), 200 if request.method == "GET" else form.status


@bp.route("/applications/<application_id>/statement", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def application_statement(application_id: str) -> ResponseReturnValue:
    """What the service offers, in its own words."""
    with look() as view:
        draft = own_draft(view.session, actor=view.actor, application_id=application_id)
        form = Form(StatementForm, values={"statement": draft.statement, "version": draft.version})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                save_statement(
                    doing.session, actor=doing.actor, application_id=application_id, now=doing.now, **form.data
                )
                return doing.go(url_for("provider.application_check", application_id=application_id), "Saved")
        except (Invalid, Stale) as error:
            form.refuse(error)
    with look() as view:
        facts = own_application(view.session, view.actor, application_id, local_date(view.now))
        return render_template("provider/draft_statement.html", facts=facts, form=form), form.status


@bp.route("/applications/<application_id>/check", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def application_check(application_id: str) -> ResponseReturnValue:
    """Check the answers, then send. What is missing is listed with the way to it."""
    form = Form(VersionForm)
    refused: HomewardError | None = None
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                version = form.data["version"]
                submit(doing.session, actor=doing.actor, application_id=application_id, version=version, now=doing.now)
                return doing.go(url_for("provider.application", application_id=application_id), "Application sent")
        except Invalid as error:
            refused = error
    with look() as view:
        draft = own_draft(view.session, actor=view.actor, application_id=application_id)
        page = _check_page(view, draft)
        if refused is not None and not page["gaps"]:
            raise refused  # the lot has closed, say: nothing that an answer would mend
        status = 400 if request.method == "POST" else 200
        return render_template("provider/draft_check.html", **page), status


@bp.route("/applications/<application_id>/delete", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def delete_application(application_id: str) -> ResponseReturnValue:
    """Throw a draft away, after asking once."""
    if request.method == "POST":
        with act() as doing:
            gone = delete_draft(doing.session, actor=doing.actor, application_id=application_id, now=doing.now)
            return doing.go(url_for("provider.service", claim_id=gone.claim_id), "Draft deleted")
    with look() as view:
        own_draft(view.session, actor=view.actor, application_id=application_id)
        facts = own_application(view.session, view.actor, application_id, local_date(view.now))
        return render_template("provider/draft_delete.html", facts=facts)


@bp.post("/applications/<application_id>/again")
@permission(Permission.APPLICATION_WRITE)
def apply_again(application_id: str) -> ResponseReturnValue:
    """Begin a new application to the same lot with the answers of one that was refused or withdrawn."""
    with act() as doing:
        before = own_application(doing.session, doing.actor, application_id, local_date(doing.now))
        made = start_application(
            doing.session, actor=doing.actor, claim_id=before.claim.id, lot_id=before.lot.id, now=doing.now
        )
        where = url_for("provider.application", application_id=made.id)
        return doing.go(where, "Application begun with the answers of the one before")


def task_list(view: Act, facts: ApplicationFacts, *, links: bool) -> list[dict[str, Any]]:
    """The parts of a draft and how far each is. Without links for who may only read."""
    draft, session = facts.application, view.session
    today = local_date(view.now)
    selection = selection_on(session, today)
    service = services_by_claim(session, [draft.claim_id]).get(draft.claim_id)
    topics = missing_topics(service) if service else ["the whole profile"]
    passport = passport_progress(session, draft.claim.organisation_id, selection, facts.lot.service_type, today)
    items: list[dict[str, Any]] = [
        {
            "title": "Profile of the service",
            "href": url_for("provider.service", claim_id=draft.claim_id),
            "hint": f"Still to say: {', '.join(topics)}" if topics else "",
            **_status(Progress("profile", "", 3, len(topics), len(topics) < 3)),
        },
        {
            "title": passport.title,
            "href": passport_href(),
            "hint": "Answered once, and used for every lot and borough",
            **_status(passport),
        },
        *(
            {
                "title": one.title,
                "href": url_for("provider.application_part", application_id=draft.id, part=one.key),
                **_status(one),
            }
            for one in parts_progress(session, draft, selection, today)
        ),
        {
            "title": "What the service offers",
            "href": url_for("provider.application_statement", application_id=draft.id),
            **_status(Progress("statement", "", 1, 0 if draft.statement else 1, bool(draft.statement))),
        },
    ]
    return items if links else [{**item, "href": None} for item in items]


def passport_href() -> str | None:
    """Where the company's passport is."""
    return url_for("provider.passport") if "provider.passport" in current_app.view_functions else None


def lot_choices(view: Act, claim_id: str) -> list[tuple[str, str, str]]:
    """Open lots that fit, without those that the service is on, waits for or writes to."""
    today = local_date(view.now)
    kind = own_claim(view.session, view.actor, claim_id).kind
    taken = {
        one.lot.id
        for one in enrolments_of_claims(view.session, [claim_id])[claim_id]
        if one.enrolment.status is not EnrolmentStatus.REMOVED
    } | {
        one.lot.id
        for one in applications_of_claims(view.session, [claim_id], today)
        if one.application.status in WAITING
    }
    boroughs = boroughs_by_lot(view.session, today)
    return [
        (lot.id, f"{lot.name}, {lot.system.name}", _buyers(boroughs.get(lot.id, [])))
        for lot in open_lots(view.session, today)
        if fits(kind, lot.service_type) and lot.id not in taken
    ]


def service_behind(view: Act, claim_id: str) -> Service:
    """The profile behind a claim of the actor's company. `NotFound` otherwise."""
    own_claim(view.session, view.actor, claim_id)
    service = services_by_claim(view.session, [claim_id]).get(claim_id)
    if service is None:
        raise NotFound("service")
    return service


def _check_page(view: Act, draft: Application) -> dict[str, Any]:
    today = local_date(view.now)
    selection = selection_on(view.session, today)
    given = given_now(view.session, draft, selection)
    facts = own_application(view.session, view.actor, draft.id, today)
    return {
        "facts": facts,
        "parts": parts_of(selection, draft.lot),
        "given": given,
        "words_of": words_of,
        "passport": passport_progress(
            view.session, draft.claim.organisation_id, selection, draft.lot.service_type, today
        ),
        "passport_href": passport_href(),
        "rules": mode_rules(view.session, draft.lot.system.mode, today),
        "gaps": [(gap, _gap_href(draft, gap)) for gap in gaps(view.session, draft, view.now)],
    }


def _gap_href(draft: Application, gap: Gap) -> str:
    """Where a gap is filled."""
    if gap.place is Place.PART:
        where = url_for("provider.application_part", application_id=draft.id, part=gap.part, gaps=1)
        return f"{where}#{gap.key}"
    if gap.place is Place.STATEMENT:
        return f"{url_for('provider.application_statement', application_id=draft.id)}#statement"
    if gap.place is Place.PASSPORT:
        return passport_href() or url_for("provider.application", application_id=draft.id)
    topic = PROFILE_TOPICS.get(gap.key)
    if topic is None:
        return url_for("provider.service", claim_id=draft.claim_id)
    return url_for("provider.edit", claim_id=draft.claim_id, topic=topic)


def _after(draft: Application, doing: Act, part: str) -> str:
    """The next section; after the last what the service offers. From the list of gaps, back to it."""
    if "gaps" in request.args:
        return url_for("provider.application_check", application_id=draft.id)
    keys = [one.key for one in parts_of(selection_on(doing.session, local_date(doing.now)), draft.lot)]
    at = keys.index(part) + 1
    if at == len(keys):
        return url_for("provider.application_statement", application_id=draft.id)
    return url_for("provider.application_part", application_id=draft.id, part=keys[at])


def _status(progress: Progress) -> dict[str, str]:
    if not progress.missing:
        return {"status": "Completed", "tone": "done"}
    if not progress.begun:
        return {"status": "Not started", "tone": "neutral"}
    return {"status": f"{progress.missing} of {progress.asked} missing", "tone": "warn"}


def _buyers(names: list[str]) -> str:
    return f"Boroughs: {', '.join(names)}" if names else "No borough takes part yet"
