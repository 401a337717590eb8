"""Puts the candidates of a request in order: gates, parts, totals, tie groups, the funnel, and what would change a
place. Algorithm 1.

Three steps: `candidates_of` says who is compared, `measure` gives each candidate its gates and parts (by itself, but
for `lowest_ratio`), and `place` orders them. This is the definition, one candidate at a time; `by_columns` gives the
same for many at once, and comes back here for what it is not proved for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from matching.rank import parts as score
from matching.rank.facts import Market, Offer, Policy, PriceFormula, Request, Service
from matching.rank.gates import GATE_ORDER, SOFT_GATES, Gate, refusals
from matching.rank.parts import Contributions, Parts
from matching.rank.results import Candidate, Flag, RequestResult


@dataclass(frozen=True, slots=True)
class Measured:
    """A candidate with its gates, parts and contributions, not yet placed among the others."""

    service: Service
    offer: Offer | None
    annual: int | None
    gates_failed: tuple[Gate, ...]
    parts: Parts
    contributions: Contributions
    flags: tuple[Flag, ...]

    @property
    def names(self) -> tuple[str, str]:
        return (self.service.id, "" if self.offer is None else self.offer.id)

    @property
    def display_order(self) -> tuple[int, int, bool, int, tuple[str, str]]:
        """Total descending, quality part descending, annual price ascending (no price last), service id, offer id."""
        return (-self.contributions.total, -self.parts.quality, self.annual is None, self.annual or 0, self.names)


def rank_requests(market: Market) -> tuple[RequestResult, ...]:
    """Every request of the market, in order of id."""
    services = {service.id: service for service in market.services}
    by_lot: dict[str, list[Service]] = {}
    for service in market.services:
        by_lot.setdefault(service.lot, []).append(service)
    offers: dict[str, list[Offer]] = {}
    for offer in market.offers:
        offers.setdefault(offer.request, []).append(offer)
    results = []
    for request in sorted(market.requests, key=lambda one: one.id):
        made = offers.get(request.id, [])
        if made:
            pairs: list[tuple[Service, Offer | None]] = [(services[offer.service], offer) for offer in made]
        else:
            pairs = [(service, None) for lot in set(request.lots) for service in by_lot.get(lot, [])]
        results.append(rank_candidates(market.policy, request, pairs))
    return tuple(results)


def rank_request(
    policy: Policy, request: Request, services: Iterable[Service], offers: Iterable[Offer] = ()
) -> RequestResult:
    """One request among `services`. Offers for other requests are left aside; with none for this one, list prices are
    compared.

    KeyError when an offer names a service that is not among `services`.
    """
    return rank_candidates(policy, request, candidates_of(request, services, offers))


def candidates_of(
    request: Request, services: Iterable[Service], offers: Iterable[Offer]
) -> list[tuple[Service, Offer | None]]:
    """With offers for the request, those offers; with none, every service of its lots at its list price."""
    services = list(services)
    made = [offer for offer in offers if offer.request == request.id]
    if made:
        by_id = {service.id: service for service in services}
        return [(by_id[offer.service], offer) for offer in made]
    return [(service, None) for service in services if service.lot in request.lots]


def rank_candidates(policy: Policy, request: Request, pairs: Sequence[tuple[Service, Offer | None]]) -> RequestResult:
    """The result of one request over exactly these candidates."""
    measured = measure(policy, request, pairs)
    eligible = sorted((one for one in measured if not one.gates_failed), key=lambda one: one.display_order)
    ineligible = sorted((one for one in measured if one.gates_failed), key=lambda one: one.names)
    return RequestResult(
        request=request.id,
        candidates=(*place(policy, request, eligible), *(_candidate(one) for one in ineligible)),
        funnel=funnel(measured),
        relaxations=() if eligible else relaxations(measured),
    )


def measure(policy: Policy, request: Request, pairs: Sequence[tuple[Service, Offer | None]]) -> list[Measured]:
    """Gates, parts and flags of each candidate, in the order given."""
    gates = [tuple(refusal.gate for refusal in refusals(policy, request, service)) for service, _offer in pairs]
    annuals = [score.annual_pence(service, offer) for service, offer in pairs]
    eligible_prices = [
        annual for annual, failed in zip(annuals, gates, strict=True) if annual is not None and not failed
    ]
    lowest = min(eligible_prices, default=None)
    return [
        _measured(policy, request, service, offer, annual, failed, lowest)
        for (service, offer), annual, failed in zip(pairs, annuals, gates, strict=True)
    ]


def _measured(
    policy: Policy,
    request: Request,
    service: Service,
    offer: Offer | None,
    annual: int | None,
    gates_failed: tuple[Gate, ...],
    lowest: int | None,
) -> Measured:
    benchmark_known = request.benchmark_pence_week is not None
    parts = Parts(
        price=price_part(policy, request.benchmark_pence_week, annual, lowest),
        quality=score.quality(policy, service),
        needs=score.needs(policy, request, service),
        practical=score.practical(policy, request, service),
    )
    raised = {
        Flag.ABNORMALLY_LOW: score.abnormally_low(policy, request, annual),
        Flag.PRICE_UNKNOWN: annual is None,
        Flag.QUALITY_UNKNOWN: service.quality is None,
        Flag.DISTANCE_UNKNOWN: service.easting is None or service.northing is None,
    }
    return Measured(
        service=service,
        offer=offer,
        annual=annual,
        gates_failed=gates_failed,
        parts=parts,
        contributions=score.contributions(policy.weights, parts, benchmark_known),
        flags=tuple(flag for flag in Flag if raised[flag]),
    )


def price_part(policy: Policy, benchmark: int | None, annual: int | None, lowest: int | None) -> int | None:
    """None without a benchmark, under either formula, and without a price; `lowest` is the lowest annual price of the
    eligible.
    """
    if benchmark is None or annual is None:
        return None
    if policy.price_formula is PriceFormula.BENCHMARK:
        return score.price_by_benchmark(policy, benchmark, annual)
    return None if lowest is None else score.price_by_lowest_ratio(lowest, annual)


def place(policy: Policy, request: Request, ordered: Sequence[Measured]) -> list[Candidate]:
    """Ranks and tie groups of the eligible, already in display order. The band marks sets and never reorders.

    A group starts at its head's total and takes those at most `tie_band` below it; rank is 1 + the number in earlier
    groups.
    """
    placed: list[Candidate] = []
    group, rank, head = 0, 0, 0
    for position, one in enumerate(ordered):
        if not position or head - one.contributions.total > policy.tie_band:
            group, rank, head = group + 1, position + 1, one.contributions.total
        above = ordered[position - 1] if position else None
        placed.append(_candidate(one, rank, group, to_tie_above(policy, request, one, above)))
    return placed


def _candidate(
    one: Measured, rank: int | None = None, tie_group: int | None = None, to_tie: int | None = None
) -> Candidate:
    return Candidate(
        service=one.service.id,
        offer=None if one.offer is None else one.offer.id,
        gates_failed=one.gates_failed,
        parts=one.parts,
        contributions=one.contributions,
        flags=one.flags,
        rank=rank,
        tie_group=tie_group,
        to_tie_above=to_tie,
    )


def to_tie_above(policy: Policy, request: Request, one: Measured, above: Measured | None) -> int | None:
    """Pence a week by which this candidate's own price must fall for its total to reach that of the one shown above
    it.

    None for the first, without a price part, under `lowest_ratio` and when no fall is enough; 0 when they are equal
    already.
    """
    weekly, benchmark = score.weekly_pence(one.service, one.offer), request.benchmark_pence_week
    if above is None or weekly is None or benchmark is None or policy.price_formula is not PriceFormula.BENCHMARK:
        return None
    short = above.contributions.total - one.contributions.total
    if not short:
        return 0
    return score.fall_to_reach(
        policy, benchmark, weekly, score.weeks_a_year(one.offer), one.contributions.price + short
    )


class Gated(Protocol):
    """A candidate as far as its gates go."""

    @property
    def gates_failed(self) -> tuple[Gate, ...]: ...


def funnel(measured: Iterable[Gated]) -> dict[Gate, int]:
    """How many candidates fail each gate, whether or not they fail others."""
    counts = dict.fromkeys(Gate, 0)
    for one in measured:
        for gate in one.gates_failed:
            counts[gate] += 1
    return counts


def relaxations(measured: Iterable[Gated]) -> tuple[tuple[Gate, ...], ...]:
    """The smallest sets of soft gates that, relaxed together, would admit someone, by size and then by the order of
    the gates.

    Each is one candidate's whole list of failed gates, where all of them are soft, and holds no other such list.
    """
    return smallest(one.gates_failed for one in measured)


def smallest(failed: Iterable[tuple[Gate, ...]]) -> tuple[tuple[Gate, ...], ...]:
    """`relaxations` of candidates that fail these gates."""
    sets = {frozenset(gates) for gates in failed if SOFT_GATES.issuperset(gates)}
    least = [tuple(sorted(one, key=GATE_ORDER.__getitem__)) for one in sets if not any(other < one for other in sets)]
    return tuple(sorted(least, key=lambda gates: (len(gates), [GATE_ORDER[gate] for gate in gates])))
