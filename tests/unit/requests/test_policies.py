"""The shipped evaluation and benchmark policies: weights that are whole, rows that do not overlap, sources on each."""

from __future__ import annotations

from itertools import combinations

from app.core.policies import SHIPPED, read_file
from providers.market.status import ServiceType


def test_every_kind_of_service_has_weights_that_sum_to_100() -> None:
    """F-30."""
    kind, _, _, source, content = read_file(SHIPPED / "evaluation_1.toml")
    assert (kind, bool(source)) == ("evaluation", True)
    assert set(content["service_types"]) == {one.value for one in ServiceType}
    for own in content["service_types"].values():
        rules = {**content["common"], **own}
        assert sum(rules["weights"].values()) == 100
        assert set(rules["weights"]) == {"price", "quality", "needs", "practical"}
        assert len(rules["indicator_weights"]) == 12
        assert rules["price_floor"] < rules["price_ceiling"]
        assert 0 <= rules["severe_need_cap"] <= 1_000_000


def test_benchmark_rows_say_their_source_and_do_not_overlap() -> None:
    _, _, _, _, content = read_file(SHIPPED / "benchmark_2026-11.toml")
    rows = content["rows"]
    assert all(row["source"].strip() and row["weekly_pence"] > 0 and row["from_age"] <= row["to_age"] for row in rows)
    for one, other in combinations(rows, 2):
        if one["service_type"] == other["service_type"]:
            assert one["to_age"] < other["from_age"] or other["to_age"] < one["from_age"]
    assert "support_package" not in {row["service_type"] for row in rows}
