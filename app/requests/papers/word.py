"""A document as a Word file, for whoever reads with a screen reader or fills it in: real headings, tables whose first
row is their header on every page, a language and a title. Imported only where one is made.
"""

from __future__ import annotations

import io
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from app.requests.papers.content import Document, Table

LANGUAGE = "en-GB"
_WIDTHS = {2: (7.0, 10.0), 4: (5.0, 4.0, 2.5, 5.5)}


def word_file(document: Document) -> bytes:
    """The bytes of a .docx file."""
    made = docx.Document()
    _set_up(made, document)
    made.add_heading(document.title, level=0)
    for line in (document.council, f"{document.marking}. {document.readers}.", document.made):
        made.add_paragraph(line)
    for part in document.parts:
        made.add_heading(_clean(part.title), level=1)
        if part.lead:
            made.add_paragraph(_clean(part.lead))
        if part.table is not None:
            _table(made, part.table)
    for picture in document.pictures:
        made.add_heading(_clean(picture.title), level=2)
        made.add_picture(io.BytesIO(picture.data), width=Cm(16))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _set_up(made: Any, document: Document) -> None:
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(11)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), LANGUAGE)
    normal.element.get_or_add_rPr().append(language)
    properties = made.core_properties
    properties.title, properties.author, properties.language = document.title, document.council, LANGUAGE
    properties.subject, properties.comments = document.readers, document.marking
    for section in made.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.header.paragraphs[0].text = f"{document.council}    {document.marking}"
        section.footer.paragraphs[0].text = f"{document.title}    {document.readers}"


def _table(made: Any, table: Table) -> None:
    grid = made.add_table(rows=1, cols=len(table.head))
    grid.style = "Table Grid"
    heading = grid.rows[0]
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    heading._tr.get_or_add_trPr().append(repeated)
    for cell, words in zip(heading.cells, table.head, strict=True):
        cell.paragraphs[0].add_run(words).bold = True
    for row in table.rows:
        cells = grid.add_row().cells
        for number, (cell, words) in enumerate(zip(cells, row, strict=True)):
            first, *rest = _clean(words).split("\n")
            cell.paragraphs[0].add_run(first).bold = number == 0
            for line in rest:
                cell.add_paragraph(line)
    for number, width in enumerate(_WIDTHS.get(len(table.head), ())):
        for cell in grid.columns[number].cells:
            cell.width = Cm(width)
    made.add_paragraph()


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(one for one in text if one in "\n\t" or ord(one) >= 32)
