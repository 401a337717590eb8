"""What other weights would have changed in a borough's own shortlists. Nothing is written."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.borough import bp
from app.web.what_if.asking import OwnWhatIfForm
from app.web.what_if.page import file_of, page_of


@bp.get("/what-if")
@permission(Permission.BOROUGH_SPEND_READ)
def what_if() -> ResponseReturnValue:
    """Who would have been first under other weights, and what that would have cost; the weights are in the address."""
    with look() as view:
        page = page_of(view, endpoint="borough.what_if", schema=OwnWhatIfForm)
        return render_template("spend/what_if.html", **page), page["form"].status if page["question"] else 200


@bp.get("/what-if.csv")
@permission(Permission.BOROUGH_SPEND_READ)
def what_if_csv() -> Response:
    """Every request of the comparison as a file."""
    with look() as view:
        return file_of(view, OwnWhatIfForm)
