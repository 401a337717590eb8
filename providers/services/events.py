"""What happens to services that other rooms may react to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class UpliftAgreed:
    """A company accepted the hub's figure, and every price list concerned holds it from its day on."""

    uplift_id: str
    organisation_id: str
    lot_ids: tuple[str, ...]
    at: dt.datetime
