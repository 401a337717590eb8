"""A document as a PDF, to print or to send on: title, language, bookmarks, tables whose headings repeat on each page,
the council's name and the marking on every page. Imported only where one is made: the library is slow to load.

The type is the one that the library brings, embedded, so that the file looks the same everywhere; a letter that it does
not have is printed without its accent, or as a question mark.
"""

from __future__ import annotations

import io
import unicodedata
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image as Pictures
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from app.requests.papers.content import Document, Picture, Table

LANGUAGE = "en-GB"
MOST_PIXELS = 40_000_000
_WIDTHS = {2: (65 * mm, 105 * mm), 4: (55 * mm, 40 * mm, 22 * mm, 53 * mm)}
_LONGEST_CELL = 1_200
"""A row of a table cannot be taller than a page, so a longer answer goes on in the next row."""


def pdf_file(document: Document) -> bytes:
    """The bytes of a PDF file."""
    _fonts()
    out = io.BytesIO()
    made = _Bookmarked(
        out,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=25 * mm,
        bottomMargin=20 * mm,
        title=_printable(document.title),
        author=_printable(document.council),
        subject=_printable(f"{document.marking}. {document.readers}"),
        lang=LANGUAGE,
    )
    story: list[Any] = [Paragraph(_marked(document.title), _style("title"))]
    for line in (document.council, f"{document.marking}. {document.readers}.", document.made):
        story.append(Paragraph(_marked(line), _style("body")))
    for part in document.parts:
        story += [Spacer(1, 5 * mm), Paragraph(_marked(part.title), _style("heading"))]
        if part.lead:
            story.append(Paragraph(_marked(part.lead), _style("body")))
        if part.table is not None:
            story.append(_grid(part.table))
    for picture in document.pictures:
        story += [Spacer(1, 5 * mm), Paragraph(_marked(picture.title), _style("heading")), _image(picture)]

    def frame(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont("HomewardText", 8)
        canvas.drawString(20 * mm, 285 * mm, _printable(document.council))
        canvas.drawRightString(190 * mm, 285 * mm, document.marking)
        canvas.drawString(20 * mm, 10 * mm, _printable(f"{document.title}. {document.readers}"))
        canvas.drawRightString(190 * mm, 10 * mm, f"Page {page.page}")
        canvas.restoreState()

    made.build(story, onFirstPage=frame, onLaterPages=frame)
    return out.getvalue()


def can_be_printed(data: bytes) -> bool:
    """Whether a picture can be put on a page: it opens, and opening it would not fill the memory."""
    try:
        with Pictures.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                return False
            picture.verify()
    except Exception:  # a picture that somebody sent may be broken in any way there is
        return False
    return True


class _Bookmarked(SimpleDocTemplate):  # type: ignore[misc]  # reportlab ships no types
    """Headings become the bookmarks by which a reader moves about."""

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802 - reportlab's name
        if isinstance(flowable, Paragraph) and flowable.style.name == "heading":
            key = f"part-{self.seq.nextf('part')}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, 0)


@cache
def _fonts() -> None:
    pdfmetrics.registerFont(TTFont("HomewardText", "Vera.ttf"))
    pdfmetrics.registerFont(TTFont("HomewardBold", "VeraBd.ttf"))


@cache
def _style(name: str) -> ParagraphStyle:
    font = "HomewardText" if name in ("body", "cell") else "HomewardBold"
    size = {"title": 18, "heading": 13, "body": 10, "cell": 9, "key": 9}[name]
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=size * 1.35, spaceAfter=2 * mm)


def _grid(table: Table) -> Grid:
    rows = [[Paragraph(_marked(words), _style("key")) for words in table.head]]
    for row in table.rows:
        for number, piece in enumerate(_pieces(row)):
            first = "key" if number == 0 else "cell"
            rows.append(
                [Paragraph(_marked(words), _style(first if at == 0 else "cell")) for at, words in enumerate(piece)]
            )
    return Grid(
        rows,
        colWidths=_WIDTHS.get(len(table.head)),
        repeatRows=1,
        splitInRow=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ],
    )


def _pieces(row: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A row in as many as its longest cell needs, cut between words."""
    cut = [_cut(words) for words in row]
    most = max(len(pieces) for pieces in cut)
    return [tuple(pieces[at] if at < len(pieces) else "" for pieces in cut) for at in range(most)]


def _cut(words: str) -> list[str]:
    pieces = []
    while len(words) > _LONGEST_CELL:
        at = words.rfind(" ", 0, _LONGEST_CELL)
        at = at if at > 0 else _LONGEST_CELL
        pieces.append(words[:at])
        words = words[at:].lstrip()
    return [*pieces, words]


def _image(picture: Picture) -> Any:
    with Pictures.open(io.BytesIO(picture.data), formats=("PNG", "JPEG")) as opened:
        width, height = opened.size
    scale = min(170 * mm / width, 200 * mm / height, 1.0)
    return Image(io.BytesIO(picture.data), width=width * scale, height=height * scale)


def _marked(text: str) -> str:
    """Plain text for a paragraph: nothing in it is taken for markup."""
    return "<br/>".join(escape(_printable(line)) for line in text.split("\n"))


def _printable(text: str) -> str:
    known = pdfmetrics.getFont("HomewardText").face.charToGlyph
    return "".join(_letter(one, known) for one in text)


def _letter(one: str, known: Any) -> str:
    if one == "\n" or ord(one) in known:
        return one
    if unicodedata.category(one).startswith("C"):
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", one) if ord(part) in known)
    return plain or {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\t": " "}.get(one, "?")
