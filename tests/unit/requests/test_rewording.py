"""Taking words out of a text or putting others in their place: what is left reads as if it had been written so."""

from __future__ import annotations

import pytest

from app.requests.rewording import Place, in_pieces, instead, sentence, where_changed, without


def cut(text: str, words: str) -> str:
    start = text.index(words)
    return without(text, start, start + len(words))


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("He plays with Zebedee at home.", "Zebedee", "He plays with at home."),
        ("He lives with his aunt, Zebedee, now.", ", Zebedee", "He lives with his aunt, now."),
        ("He lives with his aunt, Zebedee, now.", "Zebedee", "He lives with his aunt, now."),
        ("He lives with his aunt, Zebedee.", "Zebedee", "He lives with his aunt."),
        ("Zebedee likes football.", "Zebedee", "Likes football."),
        ("He is well. Zebedee likes football.", "Zebedee", "He is well. Likes football."),
        ("He is well.\nZebedee, his cousin, is not.", "Zebedee", "He is well.\nHis cousin, is not."),
        ("Zebedee's carer is retiring.", "Zebedee", "Carer is retiring."),
        ("He goes to Oakmadeup.", "Oakmadeup", "He goes to."),
        ("Zebedee", "Zebedee", ""),
        ("Lives at (CR0 1EA) now.", "CR0 1EA", "Lives at now."),
    ],
)
def test_words_go_with_the_gap_that_they_would_leave(text: str, words: str, left: str) -> None:
    assert cut(text, words) == left


def test_other_words_begin_with_a_capital_where_a_sentence_does() -> None:
    text = "Zebedee likes it. Zebedee and Zebedee do."
    assert instead(text, 0, 7, "the child") == "The child likes it. Zebedee and Zebedee do."
    assert instead(text, 18, 25, "the child") == "Zebedee likes it. The child and Zebedee do."
    assert instead(text, 30, 37, "a friend") == "Zebedee likes it. Zebedee and a friend do."


def test_the_sentence_around_a_place_is_shown_and_no_more() -> None:
    text = "One is here. Two is there! Three?"
    at = text.index("there")
    assert sentence(text, at, at + 5) == "Two is there!"
    long = f"{'a ' * 300}name{' b' * 300}"
    shown = sentence(long, 600, 604)
    assert "name" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 350


def test_a_text_is_cut_at_its_places_and_nothing_of_it_is_lost() -> None:
    text = "At Oak Road with Ann."
    places = [Place(17, 20), Place(3, 11)]
    pieces = in_pieces(text, places)
    assert "".join(words for words, _ in pieces) == text
    assert [words for words, place in pieces if place] == ["Oak Road", "Ann"]
    assert in_pieces("", []) == [("", None)]
    assert where_changed("same and one", "same and two") == 9
    assert where_changed("same", "same and more") == 4
