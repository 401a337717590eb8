"""What people of a borough see: what they must do now, children, requests, and what follows from them."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("borough", __name__, url_prefix="/borough", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.borough import awards  # noqa: E402, F401, I001
from app.web.borough import children  # noqa: E402, F401
from app.web.borough import desk  # noqa: E402, F401
from app.web.borough import exemptions  # noqa: E402, F401
from app.web.borough import offers  # noqa: E402, F401
from app.web.borough import placements  # noqa: E402, F401
from app.web.borough import referrals  # noqa: E402, F401
from app.web.borough import request_form  # noqa: E402, F401
from app.web.borough import request_pages  # noqa: E402, F401
from app.web.borough import requests  # noqa: E402, F401
from app.web.borough import spend  # noqa: E402, F401
from app.web.borough import shares  # noqa: E402, F401
from app.web.borough import tasks  # noqa: E402, F401
