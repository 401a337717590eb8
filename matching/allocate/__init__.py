"""The joint allocation: several requests that compete for the same places, in one plan that can be proved best.

Pure and exact, as `matching.rank`: integers decide, and equal facts give one and the same plan, whatever their order.

    from matching.allocate import Choice, allocate, shares

    choices = [
        Choice("R1", "A", 900_000), Choice("R1", "B", 400_000),      # request, service, total in millionths
        Choice("R2", "A", 300_000, urgent=True),
        Choice("pair", "B", 700_000, places_needed=2),               # siblings to place together, in one service
    ]
    plan = allocate(choices, {"A": 1, "B": 3})
    plan.objective               # placed 3, urgent_placed 1, worst_total 300000, sum_total 1400000
    plan.of("R1")                # service "B", total 400000, best_alone 900000: it yields A to R2

It is a proposal to brokers, never an award. Objectives, each settled before the next: most requests placed; most
urgent and same-day ones among them; the highest worst total; the highest sum. `shares` says what the plan means for
each request and `balance` for each borough, `bounded` keeps boroughs near each other; `matching.allocate.shadow`
steers the sum by what scarce places are worth to those who come later; `matching.allocate.files` reads and writes the
files.
"""

from matching.allocate.bounded import bounded
from matching.allocate.joint import allocate, allocate_table
from matching.allocate.plan import Assignment, Objective, Plan
from matching.allocate.shares import Balance, BoroughShare, Share, balance, shares
from matching.allocate.table import Choice, Table, table_of

__all__ = [
    "Assignment",
    "Balance",
    "BoroughShare",
    "Choice",
    "Objective",
    "Plan",
    "Share",
    "Table",
    "allocate",
    "allocate_table",
    "balance",
    "bounded",
    "shares",
    "table_of",
]
