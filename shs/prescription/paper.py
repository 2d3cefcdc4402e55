"""The layout of a prescription on A4. Text is set in Noto Sans (fonts/OFL.txt); Bangla is set in Noto Sans Bengali and
shaped by HarfBuzz, because its letters change with their neighbours."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TypeAlias
from xml.sax.saxutils import escape

import segno
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table
from reportlab.platypus.flowables import Flowable

from shs.core.ages import show_age
from shs.core.dates import show_date, show_datetime
from shs.core.labels import Label
from shs.medical_record.vital_signs import SIGNS
from shs.prescription.models import Prescription, Status
from shs.prescription.models.lines import TestContent
from shs.users.numbers import patient_number

FONTS = Path(__file__).parent / "fonts"
INK, PALE, LINE, ALARM = HexColor("#111827"), HexColor("#4b5563"), HexColor("#9ca3af"), HexColor("#b91c1c")
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
BANGLA = re.compile(r"[\u0964\u0965\u0980-\u09ff]")
OTHER = re.compile(r"([A-Za-z\u00c0-\u024f&@$*`°µ]+)")
"""Characters that may occur in a Bangla word and are missing from the Bangla font; it has digits and punctuation."""
PLAIN = str.maketrans({"≥": ">=", "≤": "<=", "→": "->", "−": "-"})
"""Characters that the font lacks → replacement."""


def draw(prescription: Prescription, verify_url: str) -> bytes:
    """The PDF of an issued prescription, read by `in_full()`. Everything on it is from the sealed content, except
    its status."""
    _load_fonts()
    page = BytesIO()
    document = SimpleDocTemplate(
        page,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=12 * mm,
        bottomMargin=18 * mm,
        title=f"{prescription.appointment.number} v{prescription.version}",
        author=prescription.parties["doctor"]["name"],
        invariant=1,
    )
    frame = _Frame(prescription)
    document.build(
        [
            _letterhead(prescription),
            _who(prescription),
            *_medicines(prescription),
            *_sections(prescription),
            _foot(prescription, verify_url),
        ],
        onFirstPage=frame.on_page,
        onLaterPages=frame.on_page,
    )
    return page.getvalue()


@cache
def _load_fonts() -> None:
    for name in ("NotoSans", "NotoSansBengali"):
        for weight in ("Regular", "Bold"):
            pdfmetrics.registerFont(TTFont(f"{name}-{weight}", FONTS / f"{name}-{weight}.ttf", shapable=True))


Cell: TypeAlias = "Paragraph | Drawing | list[Paragraph] | str"
"""The content of a table cell."""
Rule: TypeAlias = tuple[object, ...]
"""A command of reportlab's tables: its name, from which cell to which, and its values."""


# --- Text ------------------------------------------------------------------------------------------------------------


def _text(
    words: Label, *, size: float = 9.5, bold: bool = False, color: HexColor = INK, right: bool = False
) -> Paragraph:
    """A paragraph with the plain text `words`; line breaks are kept."""
    weight = "Bold" if bold else "Regular"
    marked = str(words).translate(PLAIN)
    has_bangla = bool(BANGLA.search(marked))
    marked = "".join(_marked(part, weight) for part in re.split(r"(\s+)", marked)).replace("\n", "<br/>")
    style = ParagraphStyle(
        "text",
        fontName=f"NotoSans-{weight}",
        fontSize=size,
        leading=size * (1.55 if has_bangla else 1.35),
        textColor=color,
        alignment=TA_RIGHT if right else 0,
        shaping=int(has_bangla),
    )
    return Paragraph(marked, style)


def _marked(word: str, weight: str) -> str:
    """One word as markup. A word with Bangla is set in the Bangla font as a whole, because shaping never crosses a
    change of font; characters that the font lacks are set separately."""
    if not BANGLA.search(word):
        return escape(word)
    bangla = '<font name="NotoSansBengali-%s">%s</font>'
    parts = [part for part in OTHER.split(word) if part]
    return " ".join(escape(part) if OTHER.match(part) else bangla % (weight, escape(part)) for part in parts)


def _small(words: Label, *, right: bool = False) -> Paragraph:
    return _text(words, size=8, color=PALE, right=right)


# --- Parts -----------------------------------------------------------------------------------------------------------


def _letterhead(prescription: Prescription) -> Table:
    """Doctor with licence number on the left, clinic on the right."""
    doctor, clinic = prescription.parties["doctor"], prescription.parties["clinic"]
    left = [
        _text(doctor["name"], size=15, bold=True),
        _small(doctor["education"]),
        _small(", ".join(doctor["specializations"])),
        _text(_("Licence number: %(number)s") % {"number": doctor["license_number"]}, bold=True),
    ]
    right = []
    if clinic:
        place = ", ".join(part for part in (clinic["address"], clinic["city"]) if part)
        right = [_text(clinic["name"], size=12, bold=True, right=True), _small(place, right=True)]
        right += [_small(clinic["phone"], right=True)] if clinic["phone"] else []
    return _table([[left, right]], [WIDTH * 0.58, WIDTH * 0.42], [("LINEBELOW", (0, 0), (-1, -1), 1.2, INK)])


def _who(prescription: Prescription) -> Table:
    """The patient and the date."""
    patient = prescription.parties["patient"]
    issued = timezone.localtime(prescription.issued_at)
    born = patient["date_of_birth"]
    facts = [
        show_age(date.fromisoformat(born), patient.get("birth_precision", "day"), issued.date()) if born else "",
        str(_GENDERS.get(patient["gender"], "")),
        _("patient no. %(number)s") % {"number": patient_number(patient["id"])},
    ]
    number = f"{prescription.appointment.number} · v{prescription.version}"
    cells: list[Cell] = [
        [_small(_("Patient")), _text(patient["name"], size=12, bold=True), _small(" · ".join(filter(None, facts)))],
        [
            _small(_("Issued"), right=True),
            _text(show_datetime(issued), bold=True, right=True),
            _small(number, right=True),
        ],
    ]
    return _table([cells], [WIDTH * 0.6, WIDTH * 0.4], [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE)])


_GENDERS = {"female": gettext_lazy("female"), "male": gettext_lazy("male"), "other": gettext_lazy("other gender")}


def _medicines(prescription: Prescription) -> list[Flowable]:
    """One row per medicine; name and frequency are emphasised."""
    lines = prescription.content()["medications"]
    if not lines:
        return []
    head = ["", _("Medicine"), _("Dose"), _("How often"), _("For")]
    rows: list[list[Cell]] = [[_small(word) for word in head]]
    for number, line in enumerate(lines, start=1):
        name = [_text(line["name"], size=11, bold=True)]
        name += [_small(line["instructions"])] if line["instructions"] else []
        days = _("%(days)s days") if line["duration_days"] > 1 else _("%(days)s day")
        rows.append(
            [
                _text(f"{number}."),
                name,
                _text(line["dosage"], size=10.5),
                _text(line["frequency"], size=11, bold=True),
                _text(days % {"days": line["duration_days"]}, size=10.5),
            ]
        )
    widths = [8 * mm, WIDTH - 8 * mm - 84 * mm, 30 * mm, 32 * mm, 22 * mm]
    rules = [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE)]
    return [Spacer(1, 3 * mm), _text("℞", size=18, bold=True), _table(rows, widths, rules, repeat=1)]


def _sections(prescription: Prescription) -> list[Flowable]:
    """Diagnosis, symptoms, vital signs, tests and advice."""
    tests = [
        f"{test['name']}{': ' if test['instructions'] else ''}{test['instructions']}" for test in _tests(prescription)
    ]
    follow_up = prescription.follow_up_date
    parts = [
        (_("Diagnosis"), prescription.diagnosis),
        (_("Symptoms"), prescription.symptoms),
        (_("Vital signs"), _signs(prescription)),
        (_("Tests"), "\n".join(tests)),
        (_("Advice"), prescription.advice),
        (_("Follow-up"), show_date(follow_up) if follow_up else ""),
    ]
    found: list[Flowable] = [Spacer(1, 4 * mm)]
    for title, words in parts:
        if words:
            row = [[_small(title), _text(words, bold=title == _("Follow-up"))]]
            found.append(_table(row, [26 * mm, WIDTH - 26 * mm], []))
    return found


def _tests(prescription: Prescription) -> list[TestContent]:
    return prescription.content()["tests"]


def _signs(prescription: Prescription) -> str:
    values = prescription.vital_signs
    return " · ".join(
        f"{sign.label} {values[name]:g} {sign.unit_label}" for name, sign in SIGNS.items() if name in values
    )


def _foot(prescription: Prescription, verify_url: str) -> KeepTogether:
    """The QR code with its code as text, and the signature."""
    code = " ".join(prescription.code[at : at + 4] for at in range(0, len(prescription.code), 4))
    check = [
        _small(_("Scan to check whether this prescription is valid, or open")),
        _small(verify_url),
        _text(code, bold=True),
        _small(_("Seal (SHA-256): %(digest)s…") % {"digest": prescription.digest[:16]}),
    ]
    doctor = prescription.parties["doctor"]
    signed = [
        _text(doctor["name"], bold=True, right=True),
        _small(_("Licence number: %(number)s") % {"number": doctor["license_number"]}, right=True),
        _small(_("Issued electronically under the doctor's account"), right=True),
    ]
    row = _table([[_qr(verify_url), check, signed]], [32 * mm, WIDTH - 92 * mm, 60 * mm], [])
    return KeepTogether([Spacer(1, 8 * mm), row])


def _qr(url: str, side: float = 28 * mm) -> Drawing:
    """The QR code of `url` as squares, sharp at every size."""
    rows = [list(row) for row in segno.make(url, error="m").matrix_iter(border=2)]
    step = side / len(rows)
    drawing = Drawing(side, side)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                drawing.add(Rect(x * step, side - (y + 1) * step, step, step, fillColor=INK, strokeColor=None))
    return drawing


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


class _Frame:
    """The header of every page, and the watermark of an invalid prescription."""

    def __init__(self, prescription: Prescription) -> None:
        self.prescription = prescription

    def on_page(self, canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.saveState()
        foot = _small(f"{self.prescription.parties['patient']['name']} · {document.title} · {document.page}")
        foot.wrap(WIDTH, 10 * mm)
        foot.drawOn(canvas, MARGIN, 8 * mm)
        words = {Status.AMENDED: _("AMENDED · NOT VALID"), Status.CANCELLED: _("CANCELLED · NOT VALID")}
        if self.prescription.status in words:
            canvas.translate(A4[0] / 2, A4[1] / 2)
            canvas.rotate(45)
            canvas.setFont("NotoSans-Bold", 44)
            canvas.setFillColor(ALARM, alpha=0.35)
            canvas.drawCentredString(0, 0, words[Status(self.prescription.status)])
        canvas.restoreState()
