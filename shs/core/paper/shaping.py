"""Fonts as PDFs need them, and text as glyphs. Bangla, Devanagari and Arabic are shaped by HarfBuzz, because their
letters change with their neighbours; other text is drawn letter by letter, so that what is copied from the page is what
was written."""

import unicodedata
from functools import cache, lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import uharfbuzz
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

from shs.core.paper.fonts import CHAIN, UNSEEN, covered, is_space, path_of

GLYPHS = 0x100000
"""The code of glyph n of a font, where no character leads to it, is GLYPHS + n: in the last plane, which is private."""

SHAPED = frozenset(CHAIN[1:4])
"""Fonts of scripts that HarfBuzz shapes."""

PER_BLOCK = 100
"""The most lines of a block in a map from codes to text (PDF 32000, 9.10.3)."""


class PaperFont(TTFont):
    """A font that also draws glyphs to which no character leads, and says in the PDF which text they stand for."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path, asciiReadable=False, shapable=False)
        self.shaper = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(self.face._ttf_data)))
        self.scale = 1000 / self.shaper.face.upem
        self.letters: dict[int, str] = {}
        for letter in sorted(covered(name.rpartition("-")[0])):
            self.letters.setdefault(self.face.charToGlyph.get(ord(letter), 0), letter)
        self.texts: WeakKeyDictionary[object, dict[int, str]] = WeakKeyDictionary()

    def code_of(self, glyph: int, text: str) -> str:
        """The character to draw `glyph` by, which stands for `text`."""
        if len(text) == 1 and self.face.charToGlyph.get(ord(text)) == glyph:
            return text
        if letter := self.letters.get(glyph):
            return letter
        self.face.charWidths[GLYPHS + glyph] = self.shaper.get_glyph_h_advance(glyph) * self.scale
        self.face.charToGlyph[GLYPHS + glyph] = glyph
        return chr(GLYPHS + glyph)

    def means(self, doc: object, code: str, text: str) -> None:
        """Note for the PDF `doc` what the glyph with this code stands for."""
        if ord(code) >= GLYPHS:
            self.texts.setdefault(doc, {}).setdefault(ord(code), text)

    def addObjects(self, doc: Any) -> None:  # noqa: N802  (reportlab names it so)
        """Write the parts of the font that `doc` uses, each with at most 256 glyphs and what they stand for."""
        texts = self.texts.pop(doc, {})
        state = self.state.pop(doc)
        for number, codes in enumerate(state.subsets):
            base = (SUBSETN(number) + b"+" + self.face.name + self.face.subfontNameX).decode("pdfdoc")
            stream = pdfdoc.PDFStream()
            stream.content = unicode_map(base, [texts.get(code, "") if code >= GLYPHS else chr(code) for code in codes])
            stream.filters = [pdfdoc.PDFZCompress]
            font = pdfdoc.PDFTrueTypeFont()
            font.Name = f"{state.internalName}+{number}"
            font.BaseFont = base
            font.FirstChar, font.LastChar = 0, len(codes) - 1
            font.Widths = pdfdoc.PDFArray([self.face.getCharWidth(code) for code in codes])
            font.ToUnicode = doc.Reference(stream, f"toUnicodeCMap:{base}")
            font.FontDescriptor = self.face.addSubsetObjects(doc, base, codes)
            doc.Reference(font, font.Name)
            doc.idToObject["BasicFonts"].dict[font.Name] = font


def unicode_map(name: str, texts: list[str]) -> str:
    """The map from the codes of a font to text, in PDF's form."""
    lines = [f"<{code:02X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in enumerate(texts) if text]
    blocks = [lines[at : at + PER_BLOCK] for at in range(0, len(lines), PER_BLOCK)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
            f"/CMapName /{name} def /CMapType 2 def",
            "1 begincodespacerange <00> <FF> endcodespacerange",
            *("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    )


# --- Text as glyphs --------------------------------------------------------------------------------------------------


class Glyph(NamedTuple):
    """A glyph as it is drawn: its code in the font, its place against the pen, and how far the pen moves, in
    thousandths of the size; `at`: the first character in its text that it stands for."""

    code: str
    at: int
    advance: float
    x: float = 0
    y: float = 0


class Run(NamedTuple):
    """Text of one font and one direction, as glyphs from left to right."""

    font: str
    text: str
    glyphs: tuple[Glyph, ...]
    width: float
    is_plain: bool


@cache
def font_of(name: str) -> PaperFont:
    """The font `name`, such as "NotoSans-Bold", known to reportlab."""
    font = PaperFont(name, str(path_of(name)))
    pdfmetrics.registerFont(font)
    return font


def families(text: str) -> list[str]:
    """For each character of `text` the font that draws it. Marks and joiners go with their letter, if its font has
    them; digits and punctuation with the word that they stand in. Every character must be drawable."""
    found: list[str] = []
    before = CHAIN[0]
    for letter in text:
        if is_space(letter):
            before = CHAIN[0]
        elif letter not in UNSEEN and not (_is_common(letter) and letter in covered(before)):
            is_mark = unicodedata.category(letter)[0] == "M"
            if not (is_mark and letter in covered(before)):
                before = next(font for font in CHAIN if letter in covered(font))
        found.append(before)
    return found


def _is_common(letter: str) -> bool:
    """Whether it belongs to no script: digits, punctuation and signs."""
    return unicodedata.category(letter)[0] in "NPS"


@lru_cache(maxsize=4096)
def shape(font: str, text: str, is_reversed: bool) -> Run:
    """`text`, all in `font`, as glyphs; `is_reversed` from right to left."""
    known = font_of(font)
    family = font.rpartition("-")[0]
    is_plain = not is_reversed and family not in SHAPED and not any(unicodedata.category(x)[0] == "M" for x in text)
    if is_plain:
        seen = [(at, letter) for at, letter in enumerate(text) if letter not in UNSEEN]
        glyphs = tuple(Glyph(letter, at, known.face.getCharWidth(ord(letter))) for at, letter in seen)
        return Run(font, text, glyphs, sum(glyph.advance for glyph in glyphs), is_plain)
    buffer = uharfbuzz.Buffer()
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_GRAPHEMES
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if is_reversed else "ltr"
    uharfbuzz.shape(known.shaper, buffer, {"liga": family in SHAPED})
    pairs = list(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
    starts = sorted({info.cluster for info, _place in pairs})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    alone = {start: sum(info.cluster == start for info, _place in pairs) == 1 for start in starts}
    scale = known.scale
    glyphs = tuple(
        Glyph(
            known.code_of(info.codepoint, text[info.cluster : ends[info.cluster]] if alone[info.cluster] else ""),
            info.cluster,
            place.x_advance * scale,
            place.x_offset * scale,
            place.y_offset * scale,
        )
        for info, place in pairs
    )
    return Run(font, text, glyphs, sum(glyph.advance for glyph in glyphs), is_plain)


def stands_for(run: Run, glyph: Glyph) -> str:
    """The text of a glyph that is alone in its cluster; empty for one of several."""
    later = [other.at for other in run.glyphs if other.at > glyph.at]
    same = sum(other.at == glyph.at for other in run.glyphs)
    return run.text[glyph.at : min(later, default=len(run.text))] if same == 1 else ""
