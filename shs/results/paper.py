"""The PDF of a result, on A4 or A5."""

from reportlab.graphics.shapes import Circle, Drawing, PolyLine, Rect
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether
from reportlab.platypus.flowables import Flowable

from shs.core.paper.content import PaperSize
from shs.core.paper.sheet import Columns, Sheet
from shs.core.paper.text import ALARM, INK, LINE, Span
from shs.results.patient_page import Course
from shs.results.printed import PrintedResult, ValueRow

WIDTHS = (0.24, 0.2, 0.24, 0.32)
"""The shares of the columns."""
WIDE, HIGH = 240, 60
"""The units of a Course."""


def draw(found: PrintedResult, size: str) -> bytes:
    """The PDF of a result on `size` (of PaperSize; empty for A4)."""
    sheet = Sheet(
        size or PaperSize.A4,
        title=found.title,
        author=found.head.name,
        language=found.language,
        foot=found.foot,
    )
    story: list[Flowable] = [
        *sheet.letterhead(found.head),
        *sheet.patient(found.patient),
        sheet.text(found.title, size=14, bold=True),
        sheet.gap(3),
    ]
    if found.rows:
        story += _line(sheet, [[sheet.small(title)] for title in found.columns])
    for row in found.rows:
        story += _line(sheet, _cells(sheet, row))
    story += [sheet.gap(3), *(flowable for part in found.parts for flowable in sheet.part(part))]
    story += [sheet.gap(2), *(sheet.small(line) for line in found.ends)]
    return sheet.build(story)


def _line(sheet: Sheet, cells: list[list[Flowable]]) -> list[Flowable]:
    gap = 3 * mm * sheet.scale
    space = sheet.width - gap * (len(cells) - 1)
    columns = Columns(cells, [space * share for share in WIDTHS], gap)
    return [KeepTogether([columns, sheet.gap(1), sheet.rule(), sheet.gap(1)])]


def _cells(sheet: Sheet, row: ValueRow) -> list[list[Flowable]]:
    spans = [Span(row.value, bold=True, color=ALARM if row.mark else INK)]
    if row.mark:
        spans.append(Span(f" {row.mark}", color=ALARM))
    gap = 3 * mm * sheet.scale
    wide = (sheet.width - gap * 3) * WIDTHS[3]
    trend: list[Flowable] = [_drawn(row.course, wide)] if row.course else []
    trend += [sheet.small(row.earlier)] if row.earlier else []
    ranges: list[Flowable] = [sheet.text(row.range)]
    ranges += [sheet.small(row.source)] if row.source else []
    return [[sheet.text(row.label)], [sheet.text(spans)], ranges, trend]


def _drawn(course: Course, wide: float) -> Drawing:
    """The course as a line over its range. Its y goes down, that of a drawing up."""
    factor = wide / WIDE
    drawing = Drawing(wide, HIGH * factor)
    if course.band:
        top, high = course.band
        bottom = max((HIGH - top - high) * factor, 0)
        up = min((HIGH - top) * factor, HIGH * factor)
        drawing.add(Rect(0, bottom, wide, max(up - bottom, 0), fillColor=LINE, strokeColor=None))
    points = [(x * factor, (HIGH - y) * factor) for x, y in course.dots]
    drawing.add(PolyLine([number for point in points for number in point], strokeColor=INK, strokeWidth=1))
    for x, y in points:
        drawing.add(Circle(x, y, 1.5, fillColor=INK, strokeColor=None))
    return drawing
