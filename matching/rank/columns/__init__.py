"""The same ranking by columns: every service of a market measured at once, in numpy and whole numbers.

`ranking.py` says what a ranking is; this gives the same integers for many candidates at a time, and hands over to it
whatever it is not proved for.

    from matching.rank.columns import Index

    index = Index(policy, services)              # once for a market
    index.measure(request).total                 # every service, in order of index.services
    index.shortlist(request, 20).services        # the first 20 in order of display, with parts, ranks and the funnel
    index.top(requests, 20).totals               # the first 20 of each of many requests
"""

from matching.rank.columns.index import Index
from matching.rank.columns.measured import Columns
from matching.rank.columns.shortlist import Shortlist

__all__ = ["Columns", "Index", "Shortlist"]
