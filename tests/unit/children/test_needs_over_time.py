"""What became of needs between two measures, recomputed slowly; and the questionnaire's bands and sums (F-57)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.children.needs import indicators_in
from app.children.progress import Measure, change, overall
from app.children.questionnaires import SCALES, total_of
from app.children.sdq import SdqBand, band
from app.core.errors import Invalid
from app.core.policies import SHIPPED, read_file

DOMAINS = [name for name in ("Healthy", "Safe", "Ambitious", "Resilient", "Independent", "Happy") for _ in range(2)]
TODAY = tuple((domain, f"Label {n}") for n, domain in enumerate(DOMAINS))
FORMERLY = tuple((domain, f"Former label {n}" if n in (2, 7) else f"Label {n}") for n, domain in enumerate(DOMAINS))
SCORES = st.lists(st.sampled_from([0, 1, 2, 3, None]), min_size=12, max_size=12).map(tuple)
MEASURES = st.builds(Measure, SCORES, st.sampled_from([TODAY, FORMERLY]))


@settings(max_examples=60)
@given(st.lists(st.tuples(MEASURES, MEASURES), max_size=6))
def test_needs_over_time_equal_a_slow_recomputation(pairs: list[tuple[Measure, Measure]]) -> None:
    found = overall(pairs, TODAY)
    ways = {"improved": 0, "same": 0, "worsened": 0, "unknown": 0}
    missing = reworded = 0
    for first, latest in pairs:
        before, after = [], []
        for n in range(12):
            if FORMERLY[n] != TODAY[n] and FORMERLY in (first.wording, latest.wording):
                reworded += 1
            elif None in (first.scores[n], latest.scores[n]):
                missing += 1
            else:
                before.append(first.scores[n])
                after.append(latest.scores[n])
        # Fewer is better: compared by means, so that nothing hangs on how the sums are made.
        if not before:
            ways["unknown"] += 1
        else:
            one, two = Fraction(sum(before), len(before)), Fraction(sum(after), len(after))
            ways["improved" if two < one else "worsened" if two > one else "same"] += 1
    assert (found.children, found.ways, found.missing, found.reworded) == (len(pairs), ways, missing, reworded)
    for n in range(12):
        both = [
            (first.scores[n], latest.scores[n])
            for first, latest in pairs
            if first.wording[n] == latest.wording[n] == TODAY[n] and None not in (first.scores[n], latest.scores[n])
        ]
        tally = found.indicators[n]
        assert tally.children == len(both)
        if both:
            assert tally.mean_before == pytest.approx(sum(pair[0] for pair in both) / len(both))
            assert tally.share_after == pytest.approx(len([pair for pair in both if pair[1] >= 1]) / len(both))
        else:
            assert tally.mean_before is tally.share_before is None
    for domain, tally in found.domains.items():
        own = [n for n in range(12) if DOMAINS[n] == domain]
        assert tally.scores == sum(found.indicators[n].children for n in own)
        assert tally.after == sum(found.indicators[n].after for n in own)
        assert tally.children <= len(pairs)


def test_a_missing_score_is_never_taken_for_none() -> None:
    first = Measure((3, *[1] * 11), TODAY)
    latest = Measure((None, *[1] * 11), TODAY)
    changed = change(first, latest, TODAY)
    assert (changed.way, changed.before, changed.after, changed.missing) == ("same", 11, 11, 1)


def test_the_shipped_measures_are_worded_the_same_or_are_not_compared() -> None:
    for path in sorted(SHIPPED.glob("needs_measure_*.toml")):
        listed = indicators_in(read_file(path)[4])
        assert [one.number for one in listed] == list(range(1, 13))
        assert all(len(one.levels) in (0, 4) for one in listed)


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (0, SdqBand.NORMAL),
        (13, SdqBand.NORMAL),
        (14, SdqBand.BORDERLINE),
        (16, SdqBand.BORDERLINE),
        (17, SdqBand.CONCERN),
        (40, SdqBand.CONCERN),
    ],
)
def test_a_questionnaire_is_banded_as_the_return_bands_it(total: int, expected: SdqBand) -> None:
    assert band(total) is expected


@pytest.mark.parametrize(
    ("total", "scales", "expected"),
    [
        (12, (None, None, None, None), 12),
        (None, (3, 4, 5, 6), 18),
        (18, (3, 4, 5, 6), 18),
        (17, (3, 4, 5, 6), {"total"}),
        (None, (3, None, 5, 6), {"conduct"}),
        (None, (3, 11, 5, 6), {"conduct"}),
        (41, (None, None, None, None), {"total"}),
        (None, (None, None, None, None), {"total"}),
        (0, (None, None, None, None), 0),
    ],
)
def test_the_total_is_the_sum_of_its_four_scales(
    total: int | None, scales: tuple[int | None, ...], expected: int | set[str]
) -> None:
    given_scales = dict(zip(SCALES, scales, strict=True))
    if isinstance(expected, int):
        assert total_of(total, given_scales) == expected
    else:
        with pytest.raises(Invalid) as refused:
            total_of(total, given_scales)
        assert set(refused.value.errors) == expected
