"""The engine and a slow second writing of the same page agree on every byte of every random market."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.rank import canonical_json, rank_market, read_market, read_market_text
from tests.unit.matching import slow
from tests.unit.matching.markets import example, markets


def ranked(market: Any) -> Any:
    return rank_market(read_market(market)).to_dict()


@settings(max_examples=200, deadline=None)
@given(markets())
def test_the_engine_agrees_with_the_slow_one_on_random_markets(market: Any) -> None:
    assert ranked(market) == slow.rank(market)


@settings(max_examples=60, deadline=None)
@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_lists_in_the_input_changes_no_byte(market: Any, chance: random.Random) -> None:
    first = canonical_json(ranked(market))
    for name in ("services", "requests", "offers"):
        chance.shuffle(market[name])
    for service in market["services"]:
        for name in ("sexes", "adaptations", "languages"):
            chance.shuffle(service[name])
    for request in market["requests"]:
        for name in ("lots", "exclude_authorities", "adaptations"):
            chance.shuffle(request[name])
    assert canonical_json(ranked(market)) == first


def test_additions_and_protected_facts_change_no_byte() -> None:
    market = example()
    plain = ranked(market)
    market["x_note"] = {"x_anything": [1.5, None]}
    market["policy"]["x_note"] = market["services"][0]["x_note"] = market["offers"][0]["elements"]["x_note"] = "made up"
    market["requests"][0]["protected"] = {"ethnicity": "MWBC", "religion": "made up", "disability": True, "x_note": 1}
    assert ranked(market) == plain
    assert slow.rank(market) == plain


def test_a_number_has_one_hash_however_it_is_written() -> None:
    market = json.dumps(example())
    hashes = {
        rank_market(read_market_text(market.replace("533000", written))).hash
        for written in ("533000", "533000.0", "533000.000", "5.33e5", "533000e0")
    }
    assert len(hashes) == 1
    assert rank_market(read_market_text(market.replace("533000", "533000.5"))).hash not in hashes
