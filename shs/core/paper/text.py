"""A paragraph of any script as a flowable of reportlab, which breaks into lines and over pages."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.flowables import Flowable

from shs.core.labels import Label
from shs.core.paper.bidi import levels_of, visual
from shs.core.paper.fonts import in_weight, is_space, printable
from shs.core.paper.shaping import PaperFont, Run, families, font_of, shape, stands_for

INK, PALE, LINE, ALARM = HexColor("#111827"), HexColor("#4b5563"), HexColor("#9ca3af"), HexColor("#b91c1c")
TALL = frozenset(("NotoSansBengali", "NotoSansDevanagari", "NotoNaskhArabic"))
LEADING, TALL_LEADING = 1.35, 1.55


class Span(NamedTuple):
    """A part of a paragraph with its look."""

    words: Label
    bold: bool = False
    color: Color = INK


class Piece(NamedTuple):
    """A run of a line with its look and its direction's level."""

    run: Run
    color: Color
    level: int

    @property
    def look(self) -> tuple[str, Color, bool]:
        """What pieces that are drawn in one string have in common."""
        return self.run.font, self.color, self.run.is_plain


class Line(NamedTuple):
    """A line: its pieces from left to right, and its width in points."""

    pieces: list[Piece]
    width: float
    is_reversed: bool


class Text(Flowable):
    """The plain text `words`, or several spans in one paragraph; line breaks are kept. Whatever no font has is drawn by
    its number."""

    def __init__(
        self,
        words: "Label | Sequence[Span]",
        *,
        size: float = 9.5,
        bold: bool = False,
        color: Color = INK,
        right: bool = False,
    ) -> None:
        super().__init__()
        spans = words if isinstance(words, (list, tuple)) else [Span(str(words), bold, color)]
        self.spans, self.size, self.right = spans, size, right
        self.lines: list[Line] = []
        self.wrapped_at = -1.0
        has_tall = any(TALL.intersection(families(_ready(span.words))) for span in spans)
        self.leading = size * (TALL_LEADING if has_tall else LEADING)

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(str(span.words) for span in self.spans)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        if self.wrapped_at != width:
            self.lines = list(lines_of(self.spans, self.size, width))
            self.wrapped_at = width
        self.width, self.height = width, self.leading * len(self.lines)
        return self.width, self.height

    def minWidth(self) -> float:  # noqa: N802  (reportlab names it so)
        return self.size

    def split(self, width: float, height: float) -> list[Flowable]:
        self.wrap(width, height)
        fitting = int(height / self.leading + 0.001)
        if fitting >= len(self.lines):
            return [self]
        return [self._part(self.lines[:fitting]), self._part(self.lines[fitting:])] if fitting else []

    def _part(self, lines: list[Line]) -> "Text":
        part = Text(self.spans, size=self.size, right=self.right)
        part.lines, part.wrapped_at, part.leading = lines, self.wrapped_at, self.leading
        return part

    def draw(self) -> None:
        for at, line in enumerate(self.lines):
            left = self.width - line.width if self.right or line.is_reversed else 0
            draw_line(self.canv, line, left, self.height - at * self.leading - self.size * 1.05, self.size)


# --- Lines -----------------------------------------------------------------------------------------------------------


def _ready(words: Label) -> str:
    """`words` with one kind of line break and of space, and nothing that no font draws."""
    text = re.sub("\r\n?|[\u2028\u2029\x85]", "\n", str(words))
    return printable("".join(letter if letter in "\n\xa0" or not is_space(letter) else " " for letter in text))


def lines_of(spans: Sequence[Span], size: float, width: float) -> Iterator[Line]:
    """The lines of a text that is `width` points wide."""
    letters = [(letter, span) for span in spans for letter in _ready(span.words)]
    paragraph: list[tuple[str, Span]] = []
    for letter, span in [*letters, ("\n", Span(""))]:
        if letter == "\n":
            yield from _broken(paragraph, size, width)
            paragraph = []
        else:
            paragraph.append((letter, span))


Look = tuple[str, Color, int]
"""Font, colour and level of a character."""


def _broken(paragraph: list[tuple[str, Span]], size: float, width: float) -> Iterator[Line]:
    """The lines of a paragraph. A word that is wider than a line is cut between its letters."""
    text = "".join(letter for letter, _span in paragraph)
    base, levels = levels_of(text)
    looks: list[Look] = [
        (in_weight(font, span.bold), span.color, level)
        for font, (_letter, span), level in zip(families(text), paragraph, levels, strict=True)
    ]
    space, line, used, at = width * 1000 / size, list[Piece](), 0.0, 0
    for word in re.findall(" +|[^ ]+", text):
        for part in _parts(word, looks[at : at + len(word)], space):
            long = sum(piece.run.width for piece in part)
            if used + long > space and line and not word.isspace():
                yield _line(line, size, base)
                line, used = [], 0.0
            line, used = line + part, used + long
        at += len(word)
    yield _line(line, size, base)


def _parts(word: str, looks: list[Look], space: float) -> Iterator[list[Piece]]:
    """A word as its pieces, or, if it is wider than `space`, cut into parts that are not."""
    pieces = _pieces(word, looks)
    if word.isspace() or sum(piece.run.width for piece in pieces) <= space:
        yield pieces
        return
    cuts, used, begun = [0], 0.0, 0
    for piece in pieces:
        for at, long in sorted(_clusters(piece.run).items()):
            if used and used + long > space:
                cuts.append(begun + at)
                used = 0.0
            used += long
        begun += len(piece.run.text)
    for start, end in pairwise([*cuts, len(word)]):
        yield _pieces(word[start:end], looks[start:end])


def _clusters(run: Run) -> dict[int, float]:
    """Where a run may be cut, and how wide what begins there is."""
    found: dict[int, float] = {}
    for glyph in run.glyphs:
        found[glyph.at] = found.get(glyph.at, 0.0) + glyph.advance
    return found


def _pieces(word: str, looks: list[Look]) -> list[Piece]:
    """A word as runs, each of one font, colour and level."""
    found, at = [], 0
    for (font, color, level), group in groupby(looks):
        length = len(list(group))
        found.append(Piece(shape(font, word[at : at + length], bool(level % 2)), color, level))
        at += length
    return found


def _line(pieces: list[Piece], size: float, base: int) -> Line:
    """A line, without the spaces at its end."""
    while pieces and pieces[-1].run.text.isspace():
        pieces = pieces[:-1]
    width = sum(piece.run.width for piece in pieces) * size / 1000
    return Line(visual(pieces, [piece.level for piece in pieces]), width, base == 1)


# --- Drawing ---------------------------------------------------------------------------------------------------------


def draw_line(canvas: Canvas, line: Line, x: float, y: float, size: float) -> None:
    """Draw a line from `x` at the height `y`. Letters that stand as they are go in strings, one behind the other;
    shaped ones each to their place, with the text that they stand for, for those who copy or listen to the page."""
    scale, is_placed = size / 1000, False
    drawn = canvas.beginText(0, 0)
    for (font, color, is_plain), pieces in groupby(line.pieces, lambda piece: piece.look):
        runs = [piece.run for piece in pieces]
        drawn.setFillColor(color)
        if is_plain:
            if not is_placed:
                drawn._code.append(f"1 0 0 1 {x:.3f} {y:.3f} Tm")
            codes = "".join(glyph.code for run in runs for glyph in run.glyphs)
            drawn._code.extend(_shown(canvas, font_of(font), codes, size))
            x += sum(run.width for run in runs) * scale
        else:
            for run in runs:
                drawn._code.extend(_placed(canvas, run, x, y, size))
                x += run.width * scale
        is_placed = is_plain
    canvas.drawText(drawn)


def _placed(canvas: Canvas, run: Run, x: float, y: float, size: float) -> Iterator[str]:
    font, scale = font_of(run.font), size / 1000
    heard = ("\ufeff" + run.text).encode("utf-16-be").hex().upper()
    yield f"/Span <</ActualText <{heard}>>> BDC"
    for glyph in run.glyphs:
        font.means(canvas._doc, glyph.code, stands_for(run, glyph))
        yield f"1 0 0 1 {x + glyph.x * scale:.3f} {y + glyph.y * scale:.3f} Tm"
        yield from _shown(canvas, font, glyph.code, size)
        x += glyph.advance * scale
    yield "EMC"


def _shown(canvas: Canvas, font: PaperFont, codes: str, size: float) -> Iterator[str]:
    for subset, content in font.splitString(codes, canvas._doc):
        yield f"{font.getSubsetInternalName(subset, canvas._doc)} {size:g} Tf ({canvas._escape(content)}) Tj"
