"""References that people can say on the telephone: a short prefix and six characters drawn at random, like
"CRO-7K4M2P".

They are for finding things, not for keeping things secret: ids in addresses are the unguessable ones. The alphabet
leaves out whatever is easily misread (0 O Q, 1 I L, S, Z, B, U) and every vowel, so that no word appears by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from app.core.draws import draw_one

ALPHABET = "23456789CDFGHJKMNPRTVWXY"
"""24 characters; six of them make 191 million references for each prefix. A repeat is possible: the column is unique,
and the caller draws again.
"""

LENGTH = 6
_PREFIX = re.compile(r"[A-Z]{2,4}")
_BREAK = re.compile(r"[\s\-\u2010-\u2015\u2212_./]+")
_MISREAD = str.maketrans({"S": "5", "Z": "2", "B": "8", "U": "V", "O": "D", "0": "D", "Q": "D"})


def new_reference(prefix: str, *, choose: Callable[[Sequence[str]], str] = draw_one) -> str:
    """A new reference with a prefix of two to four capital letters (the council's short code, say): "CRO-7K4M2P".

    `choose` picks one character; tests and demonstrations pass a seeded one. Raises ValueError for a prefix of
    another form.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"A reference's prefix is two to four capital letters, not {prefix!r}.")
    return f"{prefix}-{''.join(choose(ALPHABET) for _ in range(LENGTH))}"


def normalise_reference(text: str) -> str | None:
    """The reference that somebody meant, whatever the case, spaces and dashes, with S, Z, B, U, O, Q and 0 read as
    what they were taken for.

    None when it cannot be one; the text may still be something else that a search box takes.
    """
    first, *rest = _BREAK.split(text.strip().upper())
    typed = "".join(rest)
    if not _PREFIX.fullmatch(first):
        first, typed = (first + typed)[:-LENGTH], (first + typed)[-LENGTH:]
    drawn = typed.translate(_MISREAD)
    if not _PREFIX.fullmatch(first) or len(drawn) != LENGTH or any(character not in ALPHABET for character in drawn):
        return None
    return f"{first}-{drawn}"
