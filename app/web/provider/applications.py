"""One application: the task list while it is a draft, then where it stands, what the hub asks, and what came of it."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.files import MOST_BYTES
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import Act, act, look
from app.web.fields import DateField, Hidden, LongText, Upload
from app.web.forms import Form
from app.web.marks import marked, sum_words
from app.web.provider import bp
from app.web.provider.drafts import task_list
from app.web.uploads import FORM_BESIDE, uploaded
from providers.market.clocks import mode_rules
from providers.market.status import MODE_WORDS
from providers.passport.answers import words_of
from providers.passport.applications import received_on, withdraw_application
from providers.passport.clarifications import LONGEST, answer, own_clarification, threads_of
from providers.passport.drafting import parts_of, questions_of
from providers.passport.frozen import thawed
from providers.passport.marking import verdict_of
from providers.passport.queries import ApplicationFacts, applications_of_claims, own_application
from providers.passport.questions import AnswerKind
from providers.passport.status import APPLICATION, ApplicationStatus
from providers.services.queries import services_by_claim

DECIDED = (ApplicationStatus.APPROVED, ApplicationStatus.REFUSED)


class AnswerForm(Schema):
    """The answer to a question of the hub."""

    words = LongText(
        "Your answer",
        hint="The hub reads it beside what you answered first, which stays as it is. Name no child",
        missing="Enter your answer",
        max_length=LONGEST,
        rows=8,
        count=True,
    )
    version = Hidden(number=True)


class AnswerWithFileForm(AnswerForm):
    """The same where the question is about evidence."""

    file = Upload(
        "A newer file", hint="PDF, PNG, JPEG or Word, up to 10 MB. Leave it out if the file you sent is right"
    )
    last_day = DateField("Last day on which it holds", hint="For example, 27 3 2027", required=False, optional=False)

    class Meta:
        """The order on the page."""

        fields = ("words", "file", "last_day", "version")


@bp.get("/applications/<application_id>")
@permission(Permission.SERVICE_READ)
def application(application_id: str) -> ResponseReturnValue:
    """One application: its task list while it is a draft, then where it stands and what came of it."""
    with look() as view:
        facts = own_application(view.session, view.actor, application_id, local_date(view.now))
        may_edit = view.actor.may(Permission.APPLICATION_WRITE)
        service = services_by_claim(view.session, [facts.claim.id]).get(facts.claim.id)
        if facts.application.status is ApplicationStatus.DRAFT:
            items = task_list(view, facts, links=may_edit)
            done = sum(item["status"] == "Completed" for item in items)
            page = {"facts": facts, "service": service, "items": items, "done": done, "may_edit": may_edit}
            return render_template("provider/draft.html", **page)
        return render_template(
            "provider/application.html", facts=facts, service=service, may_edit=may_edit, **_sent(view, facts)
        )


@bp.post("/applications/<application_id>/withdraw", endpoint="withdraw_application")
@permission(Permission.APPLICATION_WRITE)
def withdraw(application_id: str) -> ResponseReturnValue:
    """Take back an application that the hub has not decided."""
    with act() as doing:
        withdraw_application(doing.session, actor=doing.actor, application_id=application_id, now=doing.now)
        return doing.go(url_for("provider.application", application_id=application_id), "Application withdrawn")


@bp.route("/clarifications/<clarification_id>", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
@uploads(MOST_BYTES + FORM_BESIDE)
def clarification(clarification_id: str) -> ResponseReturnValue:
    """A question of the hub, beside what was answered first, and the answer to it."""
    with look() as view:
        thread = own_clarification(view.session, view.actor, clarification_id)
        about_a_file = thread.about is not None and thread.about.kind is AnswerKind.EVIDENCE
        form = Form(AnswerWithFileForm if about_a_file else AnswerForm)
        form.raw["version"] = str(thread.clarification.version)
    if request.method == "POST" and form.parse(request.form):
        try:
            accepted = uploaded("file") if about_a_file else None
            with act() as doing:
                made = answer(
                    doing.session,
                    actor=doing.actor,
                    clarification_id=clarification_id,
                    words=form.data["words"],
                    now=doing.now,
                    version=form.data["version"],
                    base_url=doing.wiring.settings.base_url,
                    store=doing.wiring.files,
                    accepted=accepted,
                    last_day=form.data.get("last_day"),
                )
                where = url_for("provider.application", application_id=made.application_id)
                return doing.go(where, "Answer sent to the hub")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        thread = own_clarification(view.session, view.actor, clarification_id)
        found = thread.clarification.application
        facts = own_application(view.session, view.actor, found.id, local_date(view.now))
        waits = facts.application.status is ApplicationStatus.SUBMITTED
        shown = {
            "thread": thread,
            "facts": facts,
            "form": form,
            "given": thawed(found),
            "words_of": words_of,
            "answerable": waits and thread.is_open,
            "rules": mode_rules(view.session, facts.lot.system.mode, received_on(found)),
        }
        return render_template("provider/clarification.html", **shown), form.status


def _sent(view: Act, facts: ApplicationFacts) -> dict[str, object]:
    """What the page of an application shows that was sent. The marks are the applicant's to read once it is decided."""
    application = facts.application
    selection = questions_of(view.session, application)
    decided = application.status in DECIDED and not application.disregarded
    found = verdict_of(view.session, application) if decided else None
    return {
        "rules": mode_rules(view.session, facts.lot.system.mode, received_on(application)),
        "words": APPLICATION.words,
        "mode_words": MODE_WORDS,
        "threads": threads_of(view.session, application),
        "parts": parts_of(selection, facts.lot),
        "given": thawed(application),
        "words_of": words_of,
        "verdict": found,
        "marked": marked(found, selection) if found is not None else [],
        "later": _later(view, facts),
        "sum": sum_words(found) if found is not None else "",
    }


def _later(view: Act, facts: ApplicationFacts) -> ApplicationFacts | None:
    """A newer application of the same service to the same lot, if there is one."""
    made = applications_of_claims(view.session, [facts.claim.id], local_date(view.now))
    newest = next(one for one in made if one.lot.id == facts.lot.id)
    return None if newest.application.id == facts.application.id else newest
