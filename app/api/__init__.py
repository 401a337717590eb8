"""The JSON interface for a council's own systems: the form, children, requests and referrals, under /api/v1.

It is one more face of the pages' edge (`app.web`): the same declarations of who may what, the same acts and looks, the
same refusals, here as problem JSON. A system comes with a key, never with a cookie. Everything is described at
/api/v1/openapi.json, from the same definition of the form as the pages.
"""

from __future__ import annotations

from app.api.description import add_api

__all__ = ["add_api"]
