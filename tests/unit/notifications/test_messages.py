"""What Homeward writes: the action first, whole in plain text, safe in HTML, and nothing about a child."""

from __future__ import annotations

import datetime as dt
import inspect
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from notifications import messages
from notifications.messages import Message
from notifications.words import say_date, say_list, say_time, say_when

LINK = "https://homeward.example/somewhere?a=1&b=2"
BY = dt.datetime(2026, 12, 3, 17, tzinfo=dt.UTC)
REFERENCE = "CRO-7K4M2P"
OWN = tuple(f"https://homeward.example/confirm-places/{letter}" for letter in "ab")
LINKS = {"vacancies_due": [LINK, *OWN]}
"""Where a message leads, if to more than one place, in its order."""

WRITTEN: dict[str, Message] = {
    "invitation": messages.invitation("Croydon", ["placement officer", "team manager"], LINK, BY),
    "sign_up": messages.sign_up(LINK, BY),
    "password_reset": messages.password_reset(LINK, BY),
    "request_alert": messages.request_alert(REFERENCE, "Children's homes", BY, LINK),
    "same_day_alert": messages.same_day_alert(REFERENCE, "Children's homes", BY, LINK, out_of_hours=True),
    "in_house_asked": messages.in_house_asked(REFERENCE, "Made-up House", BY, LINK),
    "in_house_answered": messages.in_house_answered(REFERENCE, "Made-up House", True, LINK),
    "in_house_over": messages.in_house_over(REFERENCE, LINK),
    "deadline_extended": messages.deadline_extended(REFERENCE, BY, LINK),
    "request_amended": messages.request_amended(REFERENCE, ["Languages", "Contact"], BY, LINK, offered=True),
    "request_withdrawn": messages.request_withdrawn(REFERENCE, LINK),
    "nobody_offered": messages.nobody_offered(REFERENCE, BY, LINK),
    "request_widened": messages.request_widened("CRO-2B4C6D", REFERENCE, LINK),
    "claim_decided": messages.claim_decided("Made-up House", False, ["It is registered to another company."], LINK),
    "claims_decided": messages.claims_decided(False, ["9900001", "9900002"], ["Registered to another company."], LINK),
    "vacancies_due": messages.vacancies_due(
        [("Made-up House", "2 now", OWN[0]), ("Made-up Lodge", "none now, 1 more from 12 January 2027", OWN[1])],
        LINK,
        BY,
    ),
    "application_decided": messages.application_decided("Children's homes", False, ["No insurance seen."], LINK),
    "clarification_asked": messages.clarification_asked("Children's homes", BY, LINK),
    "clarification_answered": messages.clarification_answered("Children's homes", LINK),
    "challenge_made": messages.challenge_made("URN 9900001", LINK),
    "challenge_answered": messages.challenge_answered("URN 9900001", False, LINK),
    "outcome_recorded": messages.outcome_recorded(REFERENCE, LINK),
    "cover_named": messages.cover_named("Sal Example", BY.date(), BY, LINK),
    "approval_to_confirm": messages.approval_to_confirm(REFERENCE, BY, LINK),
    "request_awaiting_approval": messages.request_awaiting_approval(REFERENCE, LINK, BY),
    "request_returned": messages.request_returned(REFERENCE, LINK),
    "price_to_explain": messages.price_to_explain(REFERENCE, BY, LINK),
    "preferred_offer": messages.preferred_offer(REFERENCE, BY, LINK),
    "panel_signature_needed": messages.panel_signature_needed(REFERENCE, LINK, BY),
    "offer_won": messages.offer_won(REFERENCE, LINK),
    "offer_lost": messages.offer_lost(REFERENCE, LINK),
    "shortlist_ready": messages.shortlist_ready(REFERENCE, LINK),
    "enrolment_moved": messages.enrolment_moved(
        "suspended", "9900777", "Children's homes", "Safeguarding concern", ["It is being looked into."], LINK
    ),
    "service_suspended": messages.service_suspended(REFERENCE, LINK),
    "assurance_needed": messages.assurance_needed(
        2, "Ofsted judgement: Inadequate, inspected on 3 November 2026", BY, LINK
    ),
    "exemption_given": messages.exemption_given(REFERENCE, BY, LINK),
    "hold_released": messages.hold_released(REFERENCE, LINK),
    "attachment_added": messages.attachment_added(REFERENCE, LINK),
    "request_ended": messages.request_ended(REFERENCE, LINK),
    "hold_expired": messages.hold_expired(REFERENCE, LINK),
    "plan_hold_expired": messages.plan_hold_expired(REFERENCE, LINK, "Child 2", "Child 1 and Child 3"),
    "authority_given": messages.authority_given(REFERENCE, LINK),
    "location_approval_needed": messages.location_approval_needed(REFERENCE, LINK, BY),
    "evidence_ending": messages.evidence_ending(
        [("Public liability insurance", BY.date() + dt.timedelta(days=30)), ("Complaints policy", "soon")], LINK
    ),
    "evidence_lapsed": messages.evidence_lapsed(
        [("Public liability insurance, at least £5 million", dt.date(2026, 11, 30), dt.date(2026, 12, 15), False)], LINK
    ),
    "uplift_asked": messages.uplift_asked(REFERENCE, "Made-up Homes & Co Ltd", LINK),
    "uplift_answered": messages.uplift_answered(REFERENCE, LINK),
    "uplift_refused": messages.uplift_refused(REFERENCE, LINK),
    "uplift_agreed": messages.uplift_agreed(REFERENCE, "Made-up Homes & Co Ltd", BY, LINK),
    "task_due": messages.task_due("Tell the other authority", BY, LINK, REFERENCE),
}


class Page(HTMLParser):
    """Just enough of a reader to see that tags close and what the links are."""

    EMPTY = frozenset({"meta", "br", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str | None] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_every_function_has_its_folder_and_every_folder_its_function() -> None:
    functions = {
        name
        for name, function in inspect.getmembers(messages, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == messages.__name__
    }
    folders = {folder.name for folder in messages.TEMPLATES.iterdir() if folder.is_dir()}
    assert functions == folders == set(WRITTEN)
    for folder in folders:
        files = {file.name for file in (messages.TEMPLATES / folder).iterdir()}
        assert files == {"subject.txt", "text.txt", "message.html"}


@pytest.mark.parametrize("name", list(WRITTEN))
def test_a_message_begins_with_the_action_and_is_whole_in_plain_text(name: str) -> None:
    message = WRITTEN[name]
    assert message.template == name
    first, blank, *rest = message.text.splitlines()
    assert first.strip() == first
    assert first.endswith(".")
    assert blank == ""
    assert LINK in rest
    assert "<" not in message.text
    assert "&amp;" not in message.text
    assert "\n\n\n\n" not in message.text


@pytest.mark.parametrize("name", list(WRITTEN))
def test_a_subject_is_one_line_that_says_what_and_by_when(name: str) -> None:
    subject = WRITTEN[name].subject
    assert subject == subject.strip()
    assert subject.isprintable()
    assert len(subject) < 120
    if REFERENCE in WRITTEN[name].text:
        assert REFERENCE in subject
    if "3 December" in WRITTEN[name].text:
        assert "5pm on Thursday 3 December 2026" in subject


@pytest.mark.parametrize("name", list(WRITTEN))
def test_html_is_well_formed_and_says_what_the_text_says(name: str) -> None:
    message = WRITTEN[name]
    page = Page(message.html)
    assert page.open == []
    links = LINKS.get(name, [LINK])
    assert page.links == links
    said = " ".join(" ".join(page.said).split())
    for line in message.text.split("\n\n--\n")[0].splitlines():
        if line and line not in links and not line.endswith(":"):
            assert line.removeprefix("- ") in said
    assert message.html.startswith("<!doctype html>\n<html lang=")


def test_an_alert_says_nothing_but_reference_lot_deadline_and_link() -> None:
    """F-3, F-8, F-25: the function has no way to be told about the child."""
    assert list(inspect.signature(messages.request_alert).parameters) == ["reference", "lot", "deadline", "link"]


def test_a_request_that_was_sent_back_does_not_carry_what_the_manager_typed() -> None:
    assert list(inspect.signature(messages.request_returned).parameters) == ["reference", "link"]


def test_what_people_typed_is_escaped_in_html_and_not_in_text() -> None:
    message = messages.application_decided("Homes & <b>schools</b>", False, ['Say "why" <script>'], LINK)
    assert "<b>" not in message.html
    assert "<script>" not in message.html
    assert "Homes & <b>schools</b>" in message.subject
    assert 'Say "why" <script>' in message.text


def test_an_approval_needs_no_reasons_and_a_hold_no_link() -> None:
    assert "Reasons" not in messages.claim_decided("Made-up House", True, [], LINK).text
    assert "http" not in messages.hold_expired(REFERENCE).text
    assert "None" not in messages.panel_signature_needed(REFERENCE, LINK).text


def test_one_service_has_one_link() -> None:
    message = messages.vacancies_due([("Made-up House", "2 now", OWN[0])], OWN[0], BY)
    assert Page(message.html).links == [OWN[0]]
    assert message.text.count(OWN[0]) == 1
    assert message.subject == "Confirm your free places by 5pm on Thursday 3 December 2026"


def test_words_of_a_link_that_acts_are_forgotten_once_sent() -> None:
    assert "vacancies_due" in messages.WITH_SECRETS


def test_a_link_needs_its_host() -> None:
    with pytest.raises(ValueError, match="scheme and host"):
        messages.offer_won(REFERENCE, "/offers/1")


def test_a_long_subject_is_cut() -> None:
    assert len(messages.task_due("Long " * 100, BY, LINK).subject) == messages.LONGEST_SUBJECT


def test_a_template_that_names_what_it_was_not_given_fails() -> None:
    with pytest.raises(UndefinedError):
        messages._message("offer_won", link=LINK)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (dt.datetime(2026, 7, 1, 16, 30, tzinfo=dt.UTC), "5:30pm on Wednesday 1 July 2026"),
        (dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC), "11:59pm on Thursday 31 December 2026"),
        (dt.datetime(2026, 6, 30, 23, 0, tzinfo=dt.UTC), "midnight on Wednesday 1 July 2026"),
        (dt.date(2026, 12, 3), "Thursday 3 December 2026"),
        ("the end of the day", "the end of the day"),
    ],
)
def test_times_are_said_in_london(when: dt.datetime | dt.date | str, words: str) -> None:
    assert say_when(when) == words


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        say_when(dt.datetime(2026, 7, 1, 16))  # noqa: DTZ001  # that is the point


def test_small_words() -> None:
    assert [say_time(dt.time(hour)) for hour in (0, 9, 12, 17)] == ["midnight", "9am", "midday", "5pm"]
    assert say_date(dt.date(2026, 1, 2)) == "Friday 2 January 2026"
    assert [say_list(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
