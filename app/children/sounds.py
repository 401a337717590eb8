"""How a name sounds, roughly: the same letters for names that people write differently, such as Mohammed and Muhammad.

Folded like `name_for_index` first. It errs towards taking names for alike: it only ever suggests, a person decides.
"""

from __future__ import annotations

import re

from app.core.crypto import name_for_index

VOWELS = "aeiouy"
# In this order: each pair of letters is written as what it sounds like.
_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"^(?:kn|gn|pn)", "n"),
    (r"^wr", "r"),
    (r"^ps", "s"),
    (r"^x", "s"),
    (r"^mac(?=[^aeiouy])|^mck?(?=[a-z])", "mk"),
    (r"tch", "j"),
    (r"sch|sh|ch(?=[eiy])", "s"),
    (r"ph", "f"),
    (r"gh(?=t|$)", ""),
    (r"ck|q|x|c(?=[^eiyh]|$)", "k"),
    (r"ch", "k"),
    (r"c", "s"),
    (r"dg|g(?=[eiy])", "j"),
    (r"th", "t"),
    (r"v", "f"),
    (r"z", "s"),
)


def sound_of(name: str) -> str:
    """The sound of one name: its first letter (`a` for any vowel) and the consonants after it, each once where it is
    doubled. "" where the name has no letters. Names in other scripts keep their letters.
    """
    letters = name_for_index(name).replace(" ", "")
    if not letters.isascii():
        return letters
    letters = re.sub(r"[^a-z]", "", letters)
    for spelling, sound in _SPELLINGS:
        letters = re.sub(spelling, sound, letters)
    letters = re.sub(r"(.)\1+", r"\1", letters)
    if not letters:
        return ""
    first = "a" if letters[0] in VOWELS else letters[0]
    return first + "".join(letter for letter in letters[1:] if letter not in VOWELS and letter not in "hw")
