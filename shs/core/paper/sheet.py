"""The sheet that papers stand on, A4 or A5: letterhead, the block of the patient, two columns, the end with signature
and QR code, and a footer with the number of pages. Each part is a flowable of reportlab that breaks over pages."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import segno
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import HRFlowable, Image, KeepTogether, SimpleDocTemplate, Spacer
from reportlab.platypus.flowables import Flowable

from shs.core.labels import Label
from shs.core.paper.content import Closing, Entry, Letterhead, PaperSize, Part, PatientBlock, in_groups, page_of
from shs.core.paper.text import ALARM, INK, LINE, PALE, Span, Text, draw_line, lines_of

SIZES = {PaperSize.A4: (A4, 1.0, 16 * mm), PaperSize.A5: (A5, 0.84, 10 * mm)}
"""Paper → width and height, how large its letters are, and its margin."""

NARROW = 0.36
"""The share of the left column."""


class Columns(Flowable):
    """Columns beside each other, each of which goes on over pages for itself."""

    def __init__(self, columns: Sequence[Sequence[Flowable]], widths: Sequence[float], gap: float) -> None:
        super().__init__()
        self.columns, self.widths, self.gap = [list(column) for column in columns], list(widths), gap

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width
        self.heights = [
            [part.wrap(wide, height)[1] for part in column]
            for column, wide in zip(self.columns, self.widths, strict=True)
        ]
        self.height = max((sum(heights) for heights in self.heights), default=0.0)
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        self.wrap(width, height)
        halves = [
            _halved(column, heights, wide, height)
            for column, heights, wide in zip(self.columns, self.heights, self.widths, strict=True)
        ]
        first, rest = [first for first, _rest in halves], [rest for _first, rest in halves]
        if not any(first):
            return []
        return [Columns(half, self.widths, self.gap) for half in (first, rest) if any(half)]

    def draw(self) -> None:
        x = 0.0
        for column, heights, wide in zip(self.columns, self.heights, self.widths, strict=True):
            y = self.height
            for part, high in zip(column, heights, strict=True):
                y -= high
                part.drawOn(self.canv, x, y)
            x += wide + self.gap


def _halved(
    column: Sequence[Flowable], heights: Sequence[float], width: float, space: float
) -> tuple[list[Flowable], list[Flowable]]:
    """What of a column fits into `space`, and the rest."""
    fitting: list[Flowable] = []
    for at, (part, high) in enumerate(zip(column, heights, strict=True)):
        if high > space + 0.01:
            parts = part.split(width, space)
            return [*fitting, *parts[:1]], [*parts[1:], *column[at + 1 :]] if parts else list(column[at:])
        fitting.append(part)
        space -= high
    return fitting, []


class Together(Columns):
    """Parts one under the other that stay on one page if they are lower than `most`."""

    def __init__(self, parts: Sequence[Flowable], width: float, most: float) -> None:
        super().__init__([parts], [width], 0)
        self.most = most

    def split(self, width: float, height: float) -> list[Flowable]:
        return super().split(width, height) if self.wrap(width, height)[1] > self.most else []


class Sheet:
    """A paper that is being made: `size` of PaperSize; `foot` stands on each page, before its number, and `mark` over
    each."""

    def __init__(self, size: str, *, title: str, author: str, language: str, foot: str, mark: str = "") -> None:
        (self.wide, self.high), self.scale, self.margin = SIZES[PaperSize(size)]
        self.title, self.author, self.language, self.foot, self.mark = title, author, language, foot, mark
        self.width = self.wide - 2 * self.margin

    # --- Text ---

    def text(self, words: "Label | Sequence[Span]", *, size: float = 9.5, **look: Any) -> Text:
        """A paragraph. `look` as in Text: bold, color, right."""
        return Text(words, size=size * self.scale, **look)

    def small(self, words: Label, **look: Any) -> Text:
        """A paragraph in small grey letters."""
        return self.text(words, size=7.5, color=PALE, **look)

    def gap(self, height: float = 2) -> Spacer:
        """An empty space of `height` millimetres."""
        return Spacer(1, height * mm * self.scale)

    def rule(self, thickness: float = 0.5, color: Any = LINE) -> HRFlowable:
        """A line over the width."""
        return HRFlowable("100%", thickness, color=color, spaceBefore=0, spaceAfter=0)

    # --- Parts ---

    def letterhead(self, head: Letterhead) -> list[Flowable]:
        """Logo and doctor on the left, the clinic on the right, over a line."""
        left = [self.text(head.name, size=14, bold=True), *(self.small(line) for line in head.lines if line)]
        left += [self.text(head.registration, bold=True)] if head.registration else []
        right = [self.text(head.clinic, size=11, bold=True, right=True)] if head.clinic else []
        right += [self.small(line, right=True) for line in head.clinic_lines if line]
        gap, logo = 4 * mm * self.scale, self._logo(head.logo)
        rest = self.width - gap - ((logo.drawWidth + gap) if logo else 0)
        columns, widths = [left, right], [rest * 0.58, rest * 0.42]
        if logo:
            columns, widths = [[logo], *columns], [logo.drawWidth, *widths]
        return [Columns(columns, widths, gap), self.gap(1.5), self.rule(1.2, INK), self.gap(1.5)]

    def _logo(self, content: bytes, side: float = 20) -> "Image | None":
        if not content:
            return None
        wide, high = ImageReader(BytesIO(content)).getSize()
        factor = side * mm * self.scale / max(wide, high)
        return Image(BytesIO(content), wide * factor, high * factor)

    def patient(self, block: PatientBlock) -> list[Flowable]:
        """The patient with their facts, the date, and a line below."""
        plain = [fact for fact in block.facts if fact.value and not fact.alarms]
        spans = [
            span
            for at, fact in enumerate(plain)
            for span in (Span(f"{'   ' if at else ''}{fact.label}: ", color=PALE), Span(fact.value))
        ]
        left: list[Flowable] = [self.small(block.label), self.text(block.name, size=12, bold=True)]
        right = [self.small(block.issued_label, right=True), self.text(block.issued, bold=True, right=True)]
        right += [self.small(block.number, right=True)]
        gap = 4 * mm
        wide = self.width - gap
        alarms = [
            self.text([Span(f"{fact.label}: ", color=ALARM), Span(fact.value, bold=True, color=ALARM)])
            for fact in block.facts
            if fact.value and fact.alarms
        ]
        found: list[Flowable] = [Columns([left, right], [wide * 0.6, wide * 0.4], gap)]
        found += [self.text(spans, size=9)] if spans else []
        return [*found, *alarms, self.gap(1.5), self.rule(), self.gap(2)]

    def part(self, part: Part) -> list[Flowable]:
        """A title with its text; nothing without text."""
        if not part.words:
            return []
        return [self.small(part.title), self.text(part.words, bold=part.strong), self.gap(2)]

    def entry(self, number: int, entry: Entry, width: float) -> Flowable:
        """A medicine with its number."""
        parts = [self.text(f"{number}. {entry.name}", size=11, bold=True)]
        parts += [self.text(line, size=size) for line, size in ((entry.line, 10.5), (entry.more, 9)) if line]
        return Together([*parts, self.gap(2.5)], width, self.high / 3)

    def two_columns(
        self, left: Sequence[Part], sign: str, entries: Sequence[Entry], right: Sequence[Part]
    ) -> list[Flowable]:
        """Complaint and findings on the left; ℞, the medicines and advice on the right. One column if the left one is
        empty."""
        gap = 5 * mm * self.scale
        narrow = (self.width - gap) * NARROW
        wide = self.width - gap - narrow if left else self.width
        main: list[Flowable] = [self.text(sign, size=18, bold=True)] if sign and entries else []
        main += [self.entry(number, entry, wide) for number, entry in enumerate(entries, start=1)]
        main += [flowable for part in right for flowable in self.part(part)]
        if not left:
            return main
        side = [flowable for part in left for flowable in self.part(part)]
        return [Columns([side, main], [narrow, wide], gap)]

    def closing(self, closing: Closing) -> list[Flowable]:
        """QR code and how to check it on the left, the line of the signature on the right; never over two pages."""
        gap, side = 4 * mm * self.scale, 26 * mm * self.scale
        rest = self.width - 2 * gap - side
        checks: list[Flowable] = [self.small(line) for line in closing.checks if line]
        checks += [self.text(in_groups(closing.code), bold=True)] if closing.code else []
        signed: list[Flowable] = [self.gap(9), self.rule(0.8, INK), self.small(closing.signature)]
        signed += [self.text(closing.name, bold=True), self.small(closing.registration), self.small(closing.signed)]
        code = [qr(closing.url, side)] if closing.url else []
        columns = Columns([code, checks, signed], [side, rest * 0.52, rest * 0.48], gap)
        return [KeepTogether([self.gap(5), columns])]

    # --- The whole ---

    def build(self, story: Sequence[Flowable]) -> bytes:
        """The PDF."""
        page = BytesIO()
        document = SimpleDocTemplate(
            page,
            pagesize=(self.wide, self.high),
            leftMargin=self.margin - 6,
            rightMargin=self.margin - 6,  # of the frame's padding
            topMargin=self.margin * 0.7 - 6,
            bottomMargin=self.margin * 0.9,
            title=self.title,
            author=self.author,
            lang=self.language,
            invariant=1,
        )
        document.build(list(story), canvasmaker=_counting(self._over))
        return page.getvalue()

    def _over(self, canvas: Canvas, number: int, total: int) -> None:
        """The footer of a page, and the mark over it."""
        size, words = 7.5 * self.scale, f"{self.foot} · {page_of(number, total, self.language)}"
        *_before, line = lines_of([Span(words, color=PALE)], size, self.width)
        draw_line(canvas, line, self.margin, self.margin * 0.5, size)
        if self.mark:
            (line,) = lines_of([Span(self.mark, True, ALARM)], 44 * self.scale, 10_000)
            canvas.translate(self.wide / 2, self.high / 2)
            canvas.rotate(45)
            canvas.setFillAlpha(0.35)
            draw_line(canvas, line, -line.width / 2, 0, 44 * self.scale)


def _counting(over: Callable[[Canvas, int, int], None]) -> type[Canvas]:
    """A canvas that draws what is `over` each page when it knows how many there are."""

    class Counted(Canvas):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)
            self.kept: list[dict[str, object]] = []

        def showPage(self) -> None:  # noqa: N802  (reportlab names it so)
            self.kept.append(dict(vars(self)))
            self._startPage()

        def save(self) -> None:
            kept = self.kept
            for number, state in enumerate(kept, start=1):
                self.__dict__.update(state)
                over(self, number, len(kept))
                super().showPage()
            super().save()

    return Counted


def qr(url: str, side: float) -> Drawing:
    """The QR code of `url` as squares, sharp at every size."""
    rows = [list(row) for row in segno.make(url, error="m").matrix_iter(border=2)]
    step = side / len(rows)
    drawing = Drawing(side, side)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                drawing.add(Rect(x * step, side - (y + 1) * step, step, step, fillColor=INK, strokeColor=None))
    return drawing
