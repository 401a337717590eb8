"""What stops new placements, as the shipped policy says and as another one could (F-14, F-15, F-18)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.core.policies import SHIPPED, read_file
from app.identity.status import Role
from providers.passport.gateway import JUDGED, Gateway, cause_of, words_of
from providers.register.events import RegistrationLeft, RegistrationSuspended, Regraded
from providers.register.status import FINDING_WORDS, Finding, Grade, SupportedOutcome

DAY = dt.date(2026, 11, 3)
WORST: dict[Finding, Regraded] = {
    Finding.INADEQUATE: Regraded("9900001", Grade.GOOD, Grade.INADEQUATE, "i", DAY, None),
    Finding.SERIOUS_WEAKNESSES: Regraded("9900001", None, SupportedOutcome.SERIOUS_WEAKNESSES, "i", DAY, None),
    Finding.STANDARDS_NOT_MET: Regraded("9900001", None, None, "i", DAY, None, (Finding.STANDARDS_NOT_MET,)),
    Finding.SAFEGUARDING_NOT_MET: Regraded("9900001", None, None, "i", DAY, None, (Finding.SAFEGUARDING_NOT_MET,)),
}


def gateway(*stopping: Finding) -> Gateway:
    head = Role.HEAD_OF_SERVICE
    return Gateway(frozenset(stopping), dt.timedelta(hours=24), (head,), frozenset({head}))


def test_the_shipped_policy_stops_all_four_within_a_day_and_lets_the_head_exempt() -> None:
    kind, _, _, source, content = read_file(SHIPPED / "gateway_1.toml")
    assert kind == "gateway"
    assert "F-14" in source
    assert content["suspends"] == {finding.value: True for finding in Finding}
    assert content["assurance"]["due_hours"] == 24
    assert content["exemption"]["given_by"] == ["head_of_service"]
    assert {Role(name) for name in content["assurance"]["tell"]} >= {Role.HEAD_OF_SERVICE, Role.TEAM_MANAGER}


@pytest.mark.parametrize("finding", list(Finding))
def test_each_finding_stops_where_the_policy_names_it_and_only_there(finding: Finding) -> None:
    cause = cause_of(gateway(finding), WORST[finding])
    assert cause is not None
    assert cause.inspection_id == "i"
    assert cause.basis == f"{JUDGED}{FINDING_WORDS[finding]}, inspected on 3 November 2026"
    others = [one for one in Finding if one is not finding]
    assert cause_of(gateway(*others), WORST[finding]) is None
    assert cause_of(gateway(), WORST[finding]) is None


@pytest.mark.parametrize(
    "after", [grade for grade in Grade if grade is not Grade.INADEQUATE] + [SupportedOutcome.STRONG, None]
)
def test_a_better_judgement_is_no_cause_of_anything(after: Grade | SupportedOutcome | None) -> None:
    assert cause_of(gateway(*Finding), Regraded("9900001", Grade.INADEQUATE, after, "i", DAY, None)) is None


def test_a_registration_that_ofsted_suspends_or_that_ends_stops_whatever_the_policy_says() -> None:
    suspended = cause_of(gateway(), RegistrationSuspended("9900001", DAY))
    left = cause_of(gateway(), RegistrationLeft("9900001", DAY, "resigned", DAY))
    assert suspended is not None
    assert left is not None
    assert (suspended.inspection_id, left.inspection_id) == (None, None)
    assert left.basis == "Left the register: resigned on 3 November 2026"
    assert not suspended.basis.startswith(JUDGED)


def test_two_findings_are_said_as_one_clause() -> None:
    both = (Finding.STANDARDS_NOT_MET, Finding.SAFEGUARDING_NOT_MET)
    assert words_of(both) == "Independent school standards not met and Safeguarding not met"
