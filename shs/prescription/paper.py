"""The PDF of a prescription, on A4 or A5, and the parts of which papers of the same kind are made."""

from collections.abc import Sequence
from typing import TypeAlias

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Table
from reportlab.platypus.flowables import Flowable

from shs.core.labels import Label
from shs.core.paper.content import Paper, PaperSize
from shs.core.paper.sheet import SIZES, Sheet, Together
from shs.core.paper.sheet import qr as _drawn_qr
from shs.core.paper.text import ALARM, INK, LINE, PALE, Text
from shs.prescription.models import Prescription
from shs.prescription.printed import letterhead_of, paper_of

__all__ = ["ALARM", "INK", "LINE", "MARGIN", "PALE", "WIDTH", "draw", "draw_paper", "size_for"]

(_A4, _SCALE, MARGIN) = SIZES[PaperSize.A4]
WIDTH = _A4[0] - 2 * MARGIN
"""The width of the text on A4, in points."""


def size_for(prescription: Prescription) -> str:
    """The paper on which the clinic prints."""
    clinic = prescription.appointment.clinic
    return clinic.paper if clinic else PaperSize.A4


def draw(prescription: Prescription, verify_url: str, size: str = "", *, dispensing_code: str = "") -> bytes:
    """The PDF of an issued prescription, read by `in_full()`, on the clinic's paper unless `size` (of PaperSize) says
    another one. Everything on it is from the sealed content, except its status and the language of labels."""
    paper = paper_of(prescription, verify_url, dispensing_code=dispensing_code)
    return draw_paper(paper, size or size_for(prescription), author=prescription.parties["doctor"]["name"])


def draw_paper(paper: Paper, size: str, *, author: str) -> bytes:
    """The PDF of any paper."""
    sheet = Sheet(size, title=paper.title, author=author, language=paper.language, foot=paper.foot, mark=paper.mark)
    return sheet.build(
        [
            *sheet.letterhead(paper.head),
            *sheet.patient(paper.patient),
            *sheet.two_columns(paper.left, paper.sign, paper.entries, paper.right),
            *sheet.closing(paper.closing),
        ]
    )


# --- Parts for papers of the same kind, on A4 ------------------------------------------------------------------------

Cell: TypeAlias = "Text | Drawing | list[Text] | str"
"""The content of a table cell."""
Rule: TypeAlias = tuple[object, ...]
"""A command of reportlab's tables: its name, from which cell to which, and its values."""


def _load_fonts() -> None:
    """Fonts are loaded when they are used."""


def _text(words: Label, *, size: float = 9.5, bold: bool = False, color: HexColor = INK, right: bool = False) -> Text:
    """A paragraph with the plain text `words`; line breaks are kept."""
    return Text(words, size=size, bold=bold, color=color, right=right)


def _small(words: Label, *, right: bool = False) -> Text:
    return _text(words, size=8, color=PALE, right=right)


def _letterhead(prescription: Prescription) -> Flowable:
    """Doctor and clinic."""
    sheet = Sheet(PaperSize.A4, title="", author="", language="en", foot="")
    return Together(sheet.letterhead(letterhead_of(prescription.parties)), WIDTH, sheet.high)


def _qr(url: str, side: float = 28 * mm) -> Drawing:
    return _drawn_qr(url, side)


def _table(rows: list[list[Cell]], widths: list[float], rules: Sequence[Rule], repeat: int = 0) -> Table:
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        *rules,
    ]
    return Table(rows, colWidths=widths, style=style, repeatRows=repeat, hAlign="LEFT")
