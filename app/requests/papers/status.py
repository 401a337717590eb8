"""What a document that Homeward makes is."""

from __future__ import annotations

from enum import StrEnum


class PaperKind(StrEnum):
    """What is made."""

    BLANK_FORM = "blank_form"
    FILLED_FORM = "filled_form"
    PACK = "pack"


class PaperFormat(StrEnum):
    """As what."""

    PDF = "pdf"
    WORD = "docx"


PAPER_WORDS: dict[PaperKind, str] = {
    PaperKind.BLANK_FORM: "Blank form",
    PaperKind.FILLED_FORM: "Filled form",
    PaperKind.PACK: "Document pack",
}
FORMAT_WORDS: dict[PaperFormat, str] = {PaperFormat.PDF: "PDF", PaperFormat.WORD: "Word"}
