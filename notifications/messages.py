"""What Homeward writes to people: one function for each e-mail, one folder of templates for each function.

No message holds anything about a child: neither name, age, place nor free text that somebody typed about one. It says
what to do, by when, names the request by its reference, and links to the page that shows the rest to who may see it
(F-8, F-25). The first line is the action; the plain text is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications.words import When, say_list, say_when

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_SUBJECT = 250
WITH_SECRETS = frozenset({"invitation", "sign_up", "password_reset", "vacancies_due"})
"""Messages whose link lets its bearer in or act. Their words are forgotten once they have left: a copy of the
database opens nothing.
"""


@dataclass(frozen=True)
class Message:
    """An e-mail ready to be queued: the name of its template, its subject, its plain text and its HTML."""

    template: str
    subject: str
    text: str
    html: str


def invitation(organisation: str, role_words: Sequence[str] | str, link: str, expires: When) -> Message:
    """Somebody is invited to join an organisation. `role_words` say what they will do there."""
    roles = role_words if isinstance(role_words, str) else say_list([*role_words])
    return _message("invitation", organisation=organisation, roles=roles, link=link, expires=say_when(expires))


def sign_up(link: str, expires: When) -> Message:
    """A company asked to come in. Nothing that was typed is repeated: the form carries no message of a stranger."""
    return _message("sign_up", link=link, expires=say_when(expires))


def password_reset(link: str, expires: When) -> Message:
    """Somebody asked to choose a new password."""
    return _message("password_reset", link=link, expires=say_when(expires))


def request_alert(reference: str, lot: str, deadline: When, link: str) -> Message:
    """A request was published to a lot on which the provider is enrolled (F-3, F-8: only those are told)."""
    return _message("request_alert", reference=reference, lot=lot, deadline=say_when(deadline), link=link)


def attachment_added(reference: str, link: str) -> Message:
    """A file was attached to a request that the provider may read. What it is stands behind the link alone."""
    return _message("attachment_added", reference=reference, link=link)


def same_day_alert(reference: str, lot: str, deadline: When, link: str, *, out_of_hours: bool) -> Message:
    """A request for a place within 24 hours was published (F-35). `out_of_hours`: it does not wait for the office."""
    return _message(
        "same_day_alert",
        reference=reference,
        lot=lot,
        deadline=say_when(deadline),
        link=link,
        out_of_hours=out_of_hours,
    )


def in_house_asked(reference: str, service: str, until: When, link: str) -> Message:
    """A borough asks one of its own services whether it can take a child, before it asks the market."""
    return _message("in_house_asked", reference=reference, service=service, until=say_when(until), link=link)


def in_house_answered(reference: str, service: str, can_take: bool, link: str) -> Message:
    """One of the borough's own services said whether it can take the child. Why not is on the page."""
    return _message("in_house_answered", reference=reference, service=service, can_take=can_take, link=link)


def in_house_over(reference: str, link: str) -> Message:
    """The time of the borough's own services to answer is over: the request can go to the market."""
    return _message("in_house_over", reference=reference, link=link)


def deadline_extended(reference: str, deadline: When, link: str) -> Message:
    """Everybody invited to a request has longer (F-34)."""
    return _message("deadline_extended", reference=reference, deadline=say_when(deadline), link=link)


def request_amended(reference: str, labels: Sequence[str], deadline: When, link: str, *, offered: bool) -> Message:
    """A published request changed: which questions, never what the answers say. Who has an offer in is asked whether it
    stands.
    """
    return _message(
        "request_amended",
        reference=reference,
        labels=list(labels),
        deadline=say_when(deadline),
        link=link,
        offered=offered,
    )


def request_withdrawn(reference: str, link: str) -> Message:
    """A request was withdrawn, to somebody invited who had no offer in. The link leads to what is open still."""
    return _message("request_withdrawn", reference=reference, link=link)


def nobody_offered(reference: str, by: When, link: str) -> Message:
    """The deadline has passed and nobody offered a place that can be taken: a manager decides what follows."""
    return _message("nobody_offered", reference=reference, by=say_when(by), link=link)


def request_widened(reference: str, follows: str, link: str) -> Message:
    """A request was opened again more widely than its manager approved it: another lot, or a limit that is relaxed."""
    return _message("request_widened", reference=reference, follows=follows, link=link)


def claim_decided(service: str, approved: bool, reasons: Sequence[str], link: str) -> Message:
    """The hub confirmed or refused a provider's claim to a registered service."""
    return _message("claim_decided", service=service, approved=approved, reasons=_said(reasons), link=link)


def claims_decided(approved: bool, urns: Sequence[str], reasons: Sequence[str], link: str) -> Message:
    """The hub confirmed or refused several of a provider's claims at once: one e-mail for all of them."""
    return _message(
        "claims_decided", approved=approved, count=len(urns), urns=list(urns), reasons=_said(reasons), link=link
    )


def vacancies_due(services: Sequence[tuple[str, str, str]], link: str, until: When) -> Message:
    """Once a week: which services' free places to confirm. Each service is (name, what it said last, its own link);
    `link` confirms all of them. The links act without signing in.
    """
    return _message("vacancies_due", services=list(services), link=link, until=say_when(until))


def application_decided(lot: str, approved: bool, reasons: Sequence[str], link: str) -> Message:
    """The hub approved or refused a provider's application to a lot. A refusal carries its reasons."""
    return _message("application_decided", lot=lot, approved=approved, reasons=_said(reasons), link=link)


def clarification_asked(lot: str, by: When, link: str) -> Message:
    """The hub has a question about a provider's application to a lot. What it asks is on the page."""
    return _message("clarification_asked", lot=lot, by=say_when(by), link=link)


def clarification_answered(lot: str, link: str) -> Message:
    """A provider answered the hub's question about its application. The answer is on the page."""
    return _message("clarification_answered", lot=lot, link=link)


def challenge_made(service: str, link: str) -> Message:
    """A company says that a fact behind a quality score is wrong; the hub answers. What it says is on the page."""
    return _message("challenge_made", service=service, link=link)


def challenge_answered(service: str, upheld: bool, link: str) -> Message:
    """The hub answered a company's challenge of a fact. The reasons are on the page."""
    return _message("challenge_answered", service=service, upheld=upheld, link=link)


def outcome_recorded(reference: str, link: str) -> Message:
    """A borough said how a placement goes. What it said may speak of the child, so it is on the page."""
    return _message("outcome_recorded", reference=reference, link=link)


def request_awaiting_approval(reference: str, link: str, by: When | None = None) -> Message:
    """A request waits for a manager before it can go to the market."""
    return _message("request_awaiting_approval", reference=reference, link=link, by=_by(by))


def approval_to_confirm(reference: str, by: When, link: str) -> Message:
    """Somebody wrote down that this manager approved a request by telephone; the manager confirms or denies it."""
    return _message("approval_to_confirm", reference=reference, by=say_when(by), link=link)


def cover_named(away: str, first_day: When, last_day: When, link: str) -> Message:
    """A manager named this person to approve requests in their place between two days."""
    return _message("cover_named", away=away, first=say_when(first_day), last=say_when(last_day), link=link)


def request_returned(reference: str, link: str) -> Message:
    """A manager sent a request back. What must change is on the page, because it may speak of the child."""
    return _message("request_returned", reference=reference, link=link)


def preferred_offer(reference: str, hold_until: When, link: str) -> Message:
    """The provider's offer is preferred and its place is held until a time."""
    return _message("preferred_offer", reference=reference, hold_until=say_when(hold_until), link=link)


def panel_signature_needed(reference: str, link: str, by: When | None = None) -> Message:
    """A panel's decision waits for the signature of the chair or of a paying agency."""
    return _message("panel_signature_needed", reference=reference, link=link, by=_by(by))


def price_to_explain(reference: str, deadline: When, link: str) -> Message:
    """An offer's price is high and not explained yet. Neither the price nor the line is in it."""
    return _message("price_to_explain", reference=reference, deadline=say_when(deadline), link=link)


def offer_won(reference: str, link: str) -> Message:
    """The placement is awarded to the provider."""
    return _message("offer_won", reference=reference, link=link)


def offer_lost(reference: str, link: str) -> Message:
    """The request was awarded elsewhere. The provider's own scores are behind the link; nobody else's are."""
    return _message("offer_lost", reference=reference, link=link)


def shortlist_ready(reference: str, link: str) -> Message:
    """The deadline has passed: the offers of a request are opened and ranked, and its borough chooses."""
    return _message("shortlist_ready", reference=reference, link=link)


def enrolment_moved(status: str, urn: str, lot: str, basis: str, reasons: Sequence[str], link: str) -> Message:
    """A provider's service is `suspended` from a lot, `removed` from it, or `enrolled` again, on a basis and with
    reasons.
    """
    return _message("enrolment_moved", status=status, urn=urn, lot=lot, basis=basis, reasons=_said(reasons), link=link)


def service_suspended(reference: str, link: str, removed: bool = False) -> Message:
    """A service that a borough was told of, or has an offer of, takes no new placements: it is suspended (F-14) or
    `removed` from the lot. Which one is on the page.
    """
    return _message("service_suspended", reference=reference, link=link, removed=removed)


def assurance_needed(children: int, basis: str, due: When, link: str) -> Message:
    """Children of the borough live with a service that inspectors judged so badly that it takes no new ones: make sure
    that each is safe (F-14). Which service and which children is behind the link; `basis` is fixed wording.
    """
    return _message("assurance_needed", children=children, basis=basis, due=say_when(due), link=link)


def exemption_given(reference: str, deadline: When, link: str) -> Message:
    """A suspended service may offer for one request, because the borough's Head of Children's Social Care exempted it
    (F-16).
    """
    return _message("exemption_given", reference=reference, deadline=say_when(deadline), link=link)


def hold_released(reference: str, link: str) -> Message:
    """The borough prefers another offer now: a held place is free before its time."""
    return _message("hold_released", reference=reference, link=link)


def request_ended(reference: str, link: str) -> Message:
    """A request for which the provider had offered was withdrawn or closed without a placement."""
    return _message("request_ended", reference=reference, link=link)


def hold_expired(reference: str, link: str | None = None) -> Message:
    """A held place was released because its time ran out. Goes to both sides."""
    return _message("hold_expired", reference=reference, link=link)


def plan_hold_expired(reference: str, link: str, children: str, standing: str) -> Message:
    """One of the places held for brothers and sisters was released because its time ran out: for which children (by
    number, never by name) there is none now, and for which there still is. Goes to the borough.
    """
    return _message("plan_hold_expired", reference=reference, link=link, children=children, standing=standing)


def authority_given(reference: str, link: str) -> Message:
    """A panel's approval is signed by everybody, or the director has authorised an emergency: an award can be made."""
    return _message("authority_given", reference=reference, link=link)


def location_approval_needed(reference: str, link: str, by: When | None = None) -> Message:
    """A placement's location needs an approval by law before it can start (F-37)."""
    return _message("location_approval_needed", reference=reference, link=link, by=_by(by))


def uplift_asked(reference: str, company: str, link: str) -> Message:
    """A company asks for higher prices: the hub negotiates, the boroughs on its lots may comment."""
    return _message("uplift_asked", reference=reference, company=company, link=link)


def uplift_answered(reference: str, link: str) -> Message:
    """Something was said or a figure put about an uplift: the other side must look. What it is stands on the page."""
    return _message("uplift_answered", reference=reference, link=link)


def uplift_refused(reference: str, link: str) -> Message:
    """The hub refused an uplift. The reasons are on the page."""
    return _message("uplift_refused", reference=reference, link=link)


def uplift_agreed(reference: str, company: str, from_day: When, link: str) -> Message:
    """An uplift is agreed for every borough at once, and the company's price lists hold it from a day on."""
    return _message("uplift_agreed", reference=reference, company=company, from_day=say_when(from_day), link=link)


def task_due(title: str, due: When, link: str, reference: str | None = None) -> Message:
    """Something must be done by a time. `title` is the task's fixed wording, never text that somebody typed."""
    return _message("task_due", title=title, due=say_when(due), link=link, reference=reference)


def evidence_ending(documents: Sequence[tuple[str, When]], link: str) -> Message:
    """Evidence that lots require ends soon: each document's name in the questions, and its last day."""
    return _message("evidence_ending", documents=[(name, say_when(last)) for name, last in documents], link=link)


def evidence_lapsed(documents: Sequence[tuple[str, When, When, bool]], link: str) -> Message:
    """Evidence that lots require has lapsed: each document's name, its last day, the day that bars new offers, and
    whether that day has come.
    """
    said = [(name, say_when(last), say_when(bars_from), barred) for name, last, bars_from, barred in documents]
    return _message("evidence_lapsed", documents=said, link=link)


def _said(reasons: Sequence[str]) -> list[str]:
    return [reason for reason in reasons if reason.strip()]


def _by(by: When | None) -> str | None:
    return None if by is None else say_when(by)


# Subjects and plain text are not HTML: escaping there would show people "&amp;".
_PLAIN = Environment(  # nosec B701 - plain text, as the comment above says
    loader=FileSystemLoader(TEMPLATES),
    autoescape=False,  # noqa: S701  # the line above says why
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HTML = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def _message(template: str, *, link: str | None, **values: object) -> Message:
    if link is not None and not link.startswith(("https://", "http://")):
        raise ValueError("a link in an e-mail needs its scheme and host")
    values["link"] = link
    subject = _PLAIN.get_template(f"{template}/subject.txt").render(values)
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1] + "…"
    html = _HTML.get_template(f"{template}/message.html").render(values, subject=subject)
    text = _PLAIN.get_template(f"{template}/text.txt").render(values)
    return Message(template, subject, f"{text}\n", f"{html}\n")
