"""MARKET in, RESULT out, as the texts of files."""

from __future__ import annotations

import json
from typing import Any

from matching.rank.algorithms import rank_market
from matching.rank.gates import Gate
from matching.rank.reading import read_market_text
from matching.rank.results import SCHEMA, RequestResult, Result
from matching.rank.written import Style, written_candidates


def result_text(market: bytes | str) -> str:
    """The result file of a market file. MarketError where it is not one."""
    return written(rank_market(read_market_text(market)))


def written(result: Result) -> str:
    """The result as the text of a file: fields in the order of the format, and one candidate on a line, so that two
    results can be compared line by line.
    """
    requests = ",\n".join(map(_request, result.requests))
    together = f"[\n{requests}\n]" if requests else "[]"
    return f'{{"schema": {_json(SCHEMA)}, "hash": {_json(result.hash)}, "requests": {together}}}\n'


def _request(one: RequestResult) -> str:
    candidates = ",\n".join(written_candidates(one.candidates, Style.LINE))
    together = f"[\n{candidates}\n]" if candidates else "[]"
    funnel = {gate.value: one.funnel[gate] for gate in Gate}
    relaxations = [[gate.value for gate in gates] for gates in one.relaxations]
    return (
        f'{{"request": {_json(one.request)}, "candidates": {together}, "funnel": {_json(funnel)}'
        f', "relaxations": {_json(relaxations)}}}'
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
