"""The whole explanation of a frozen shortlist on one page, for the screen and for paper: the council's own, and the
same in the panel's papers.
"""

from __future__ import annotations

from typing import Any

from app.core.clock import local_date
from app.offers.children import children_words
from app.offers.shortlist import Shortlist
from app.requests.models import PlacementRequest
from app.web.acts import Act
from app.web.explaining.comparison import FIXED
from app.web.explaining.funnels import funnel_view, no_actions
from app.web.explaining.rows import LEVEL_WORDS, Row, legend_of, rows_of, weights_words
from app.web.tables import Listing


def explained(view: Act, row: PlacementRequest, found: Shortlist, *, record_file: str | None = None) -> dict[str, Any]:
    """What the template of the whole explanation is given. The caller has checked who may see the shortlist.
    `record_file` is where this reader can have the record.
    """
    sets = [(one.words, [[Row.of(entry) for entry in group] for group in one.groups]) for one in found.sets]
    return {
        "row": row,
        "found": found,
        "record_file": record_file,
        "sets": sets,
        "excluded": rows_of(found.excluded),
        "funnel": funnel_view(found.funnel, ("offer", "offers"), no_actions),
        "listing": Listing.fixed(FIXED),
        "legend": legend_of(found),
        "weights_words": weights_words(found),
        "level_words": LEVEL_WORDS,
        "tie_points": found.tie_points,
        "words_of": lambda offer: children_words(offer.children_key, row.places),
        "printed_on": local_date(view.now),
    }
