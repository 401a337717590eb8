"""How long things last: sessions, links and invitations."""

from __future__ import annotations

import datetime as dt

IDLE = dt.timedelta(minutes=30)
"""A session that nobody uses ends."""

ABSOLUTE = dt.timedelta(hours=12)
"""A session ends however much it is used."""

TOUCH_EVERY = dt.timedelta(minutes=1)
"""Use is written down at most this often."""

RESET_LASTS = dt.timedelta(hours=1)
SIGN_UP_LASTS = dt.timedelta(days=2)
INVITATION_LASTS = dt.timedelta(days=7)

MAIL_WINDOW = dt.timedelta(hours=1)
MAILS_IN_WINDOW = 3
"""So many links an hour go to one address, so that nobody's mailbox is filled by a stranger."""
