"""What each audience sees: stages 1 and 2 never hold who the child is, whatever was answered (F-25)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.requests import drafting
from app.requests.answers import asked, words_of
from app.requests.audiences import SectionView, postcode_sector, provider_view
from app.requests.form import FORMS, FieldDefinition, form
from tests.factories.requests import VAULT, make_actor, make_child, make_draft, make_published_request

IDENTITY = ("zebedee", "testchild", "9 april 2013", "2013-04-09", "cr0 1ea", "cr01ea", "white british", "wbri")
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FORM = form()


def said(views: list[SectionView]) -> str:
    return "\n".join(f"{label}: {value}" for view in views for label, value in view.rows).lower()


def test_stage_1_has_what_a_provider_needs_and_nobody(session: Session) -> None:
    request = make_published_request(session)
    words = said(provider_view(session, vault=VAULT, request=request, stage=1))
    assert request.reference.lower() in words
    assert "13 years" in words
    assert "home postcode area: cr0 1\n" in words
    assert "manage emotions, respond to stress and keep to boundaries: high" in words
    assert "not measured" in words
    for hidden in (*IDENTITY, "initials", "religion", "oakmadeup", "full care order", "abuse or neglect", "journey"):
        assert hidden not in words


def test_stage_2_adds_initials_and_the_fuller_story(session: Session) -> None:
    words = said(provider_view(session, vault=VAULT, request=make_published_request(session), stage=2))
    assert "initials: zt" in words
    assert "the child came into care eight months ago" in words
    for hidden in (*IDENTITY, "oakmadeup", "full care order", "abuse or neglect"):
        assert hidden not in words


def test_stage_3_reveals_the_child_and_keeps_what_is_the_boroughs(session: Session) -> None:
    words = said(provider_view(session, vault=VAULT, request=make_published_request(session), stage=3))
    for shown in ("zebedee testchild", "9 april 2013", "cr0 1ea", "white british", "oakmadeup", "full care order"):
        assert shown in words
    assert "abuse or neglect" not in words


def test_a_baby_is_shown_in_weeks(session: Session) -> None:
    """F-24."""
    officer = make_actor(session)
    baby = make_child(session, actor=officer, date_of_birth=dt.date(2026, 6, 15))
    request = make_published_request(session, officer=officer, child=baby)
    assert "26 weeks (0 years)" in said(provider_view(session, vault=VAULT, request=request, stage=1))


def test_there_are_three_stages(session: Session) -> None:
    request = make_published_request(session)
    for stage in (0, 4):
        with pytest.raises(ValueError, match="stage"):
            provider_view(session, vault=VAULT, request=request, stage=stage)
    assert (FORMS / "standard-1.toml").is_file()
    assert postcode_sector("CR0 1EA") == "CR0 1"


def an_answer(one: FieldDefinition) -> st.SearchStrategy[Any]:
    if one.kind == "rows":
        return st.lists(st.fixed_dictionaries({column.name: an_answer(column) for column in one.columns}), max_size=2)
    if one.takes_several:
        return st.lists(st.sampled_from(sorted(one.codes)), max_size=2)
    if one.choices:
        return st.sampled_from(sorted(one.codes))
    if one.kind == "date":
        return st.fixed_dictionaries(
            {part: st.sampled_from(["", "9", "4", "2027"]) for part in ("day", "month", "year")}
        )
    if one.kind == "number":
        return st.sampled_from(["", "7", "lots"])
    return st.text(alphabet="mnoquvwxyp ", max_size=20)


ANSWERS = st.fixed_dictionaries({one.name: an_answer(one) for one in FORM.fields})


@ONE_ENGINE
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=ANSWERS)
def test_whatever_is_answered_each_stage_shows_only_its_own_fields(session: Session, typed: dict[str, Any]) -> None:
    actor = make_actor(session)
    request = make_draft(session, actor=actor, answers=typed)
    kept = drafting.answers(session, vault=VAULT, request=request)
    for stage in (1, 2, 3):
        views = provider_view(session, vault=VAULT, request=request, stage=stage)
        words = said(views)
        if stage < 3:
            assert not any(secret in words for secret in IDENTITY)
        labels = {label for view in views for label, _ in view.rows}
        for one in FORM.fields:
            if not one.audience.sees(stage):
                assert one.label not in labels
            elif asked(one, kept) and words_of(one, kept.get(one.name)):
                assert one.label in labels
