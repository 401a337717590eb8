"""The ranking engine: facts about requests, services and offers in; a ranked, explained and recomputable list out.

Pure and exact: integers and fractions decide, never a float; no clock, no database, nothing random. The same facts
give the same bytes.

    from matching.rank import Market, explain_request, make_record, rank_request, verify

    ranked = rank_request(policy, request, services, offers)    # one request, nothing stored
    ranked.candidates[0].total                                  # millionths; also rank, tie_group, parts, gates_failed

    market = Market(as_of=today, policy=policy, services=services, requests=(request,), offers=offers)
    result, record = make_record(market)                        # checked, ranked and ready to store, append-only
    result.hash                                                 # "sha256:..." over algorithm, inputs and results
    explain_request(policy, request, services, offers, result.of(request.id), indicator_names)
    verify(record).verified                                     # computed again from the record alone

With no offers for a request every service of its lots is compared at its list price: that answers who should be
invited. With offers, only those are compared. Ids are references that the caller chooses; facts have no field for
anything personal, and no record holds any. `matching.rank.columns` measures many services at once; `rank_market` does
so by itself where it pays. Scores are integers of one millionth, money is integer pence, places are
metres on the national grid as int or Decimal. Files with the same facts are read by `read_market_text` and are checked
as strictly as facts built by hand are by `make_record`: `MarketError(path, reason)`.
"""

from matching.rank.algorithms import ALGORITHMS, CURRENT, rank_market
from matching.rank.canonical import canonical_json, market_document
from matching.rank.changes import Change, points_per_pound
from matching.rank.explain import Explanation, explain_candidate, explain_request
from matching.rank.facts import (
    Discounts,
    Elements,
    Evidence,
    Lot,
    Market,
    Offer,
    Ofsted,
    Policy,
    PriceFormula,
    Registration,
    Request,
    Service,
    Sex,
    Standing,
    Urgency,
    Weights,
)
from matching.rank.gates import SOFT_GATES, Gate, Refusal, refusals
from matching.rank.parts import Contributions, Parts
from matching.rank.ranking import rank_request
from matching.rank.reading import read_market, read_market_text
from matching.rank.record import Verdict, check_market, make_record, record_document, verify, verify_text
from matching.rank.results import Candidate, Flag, RequestResult, Result
from matching.rank.strict import MarketError

__all__ = [
    "ALGORITHMS",
    "CURRENT",
    "SOFT_GATES",
    "Candidate",
    "Change",
    "Contributions",
    "Discounts",
    "Elements",
    "Evidence",
    "Explanation",
    "Flag",
    "Gate",
    "Lot",
    "Market",
    "MarketError",
    "Offer",
    "Ofsted",
    "Parts",
    "Policy",
    "PriceFormula",
    "Refusal",
    "Registration",
    "Request",
    "RequestResult",
    "Result",
    "Service",
    "Sex",
    "Standing",
    "Urgency",
    "Verdict",
    "Weights",
    "canonical_json",
    "check_market",
    "explain_candidate",
    "explain_request",
    "make_record",
    "market_document",
    "points_per_pound",
    "rank_market",
    "rank_request",
    "read_market",
    "read_market_text",
    "record_document",
    "refusals",
    "verify",
    "verify_text",
]
