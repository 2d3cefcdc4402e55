"""Text of any script on paper: every character is drawn, in its order, and is what is copied from the page."""

import unicodedata
from io import BytesIO

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.platypus import SimpleDocTemplate

from shs.core.paper.bidi import levels_of, visual
from shs.core.paper.content import PaperSize
from shs.core.paper.fonts import CHAIN, UNSEEN, covered, in_print, is_drawable, undrawable, validate_drawable
from shs.core.paper.shaping import font_of
from shs.core.paper.sheet import Columns, Sheet, Together
from shs.core.paper.text import Span, Text, lines_of

SCRIPTS = (
    *range(0x20, 0x250),
    *range(0x300, 0x370),
    *range(0x390, 0x3CA),
    *range(0x600, 0x6FF),
    *range(0x900, 0x9FF),
    *range(0x2000, 0x2100),
    *range(0x2190, 0x2300),
    *range(0x2600, 0x2700),
    0x211E,
    0x4E2D,
    0x1F600,
)
any_code = st.one_of(st.integers(0, 0xD7FF), st.integers(0xE000, 0x10FFFF), st.sampled_from(SCRIPTS))
anything = st.text(any_code.map(chr), max_size=60)
LATIN = [letter for letter in map(chr, range(0x20, 0x250)) if unicodedata.category(letter)[0] in "LNPSZ"]
UNTIMED = settings(deadline=None)
"""The first text loads the fonts."""
latin = st.lists(st.text(st.sampled_from(LATIN), max_size=60), min_size=1, max_size=8)


def runs_of(text: str, width: float = 200):
    return [piece.run for line in lines_of([Span(text)], 10, width) for piece in line.pieces]


def copied(*texts: str) -> str:
    """What is copied from a page with these paragraphs."""
    page = BytesIO()
    SimpleDocTemplate(page, invariant=1).build([Text(text, size=8) for text in texts])
    return "\n".join(one.extract_text() for one in PdfReader(BytesIO(page.getvalue())).pages)


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


class Drawn(SimpleTestCase):
    @UNTIMED
    @given(anything)
    def test_no_glyph_is_missing_and_each_cluster_is_drawn(self, text):
        for run in runs_of(text):
            font = font_of(run.font)
            for glyph in run.glyphs:
                self.assertNotEqual(font.face.charToGlyph[ord(glyph.code)], 0, (run.font, run.text, glyph))
            seen = [at for at, letter in enumerate(run.text) if letter not in UNSEEN]
            if run.is_plain:
                self.assertEqual([glyph.at for glyph in run.glyphs], seen)
            else:
                self.assertEqual(bool(run.glyphs), bool(run.text))

    @UNTIMED
    @given(anything)
    def test_each_character_is_in_a_line_or_named_by_its_number(self, text):
        wanted = "".join(letter if is_drawable(letter) else f"[U+{ord(letter):04X}]" for letter in text)
        shown = "".join(
            sorted(
                letter
                for line in lines_of([Span(text)], 10, 200)
                for piece in line.pieces
                for letter in piece.run.text
                if not letter.isspace()
            )
        )
        self.assertEqual(shown, "".join(sorted(letter for letter in wanted if not letter.isspace())))

    @settings(UNTIMED, max_examples=15)
    @given(latin)
    def test_latin_text_is_copied_as_it_was_written(self, texts):
        wanted = "".join(letter for text in texts for letter in text if letter not in UNSEEN)
        self.assertEqual(squeezed(copied(*texts)), squeezed(wanted))

    def test_arrows_and_comparisons_are_drawn_and_copied(self):
        for text in ("BP ↑, sugar ↓ ≠ target", "½ tab ≤ 3 ≥ 2 → ℞", "fi ffl office", "37 °C, 5 µg, Ω"):
            with self.subTest(text=text):
                self.assertEqual(undrawable(text), [])
                self.assertEqual(copied(text).strip(), text)

    def test_each_kind_of_line_break_begins_a_line(self):
        for sign in ("\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"):
            with self.subTest(sign=sign):
                self.assertEqual(undrawable(f"rest{sign}drink"), [])
                self.assertEqual(len(list(lines_of([Span(f"rest{sign}drink")], 10, 200))), 2)

    def test_scripts_take_their_own_fonts(self):
        for text, font in (("প্রেসক্রিপশন", CHAIN[1]), ("क्षत्रिय", CHAIN[2]), ("محمد", CHAIN[3]), ("≠", CHAIN[4])):
            with self.subTest(text=text):
                self.assertEqual({run.font for run in runs_of(text)}, {f"{font}-Regular"})

    def test_a_conjunct_is_one_glyph_and_digits_stay_in_their_word(self):
        (run,) = runs_of("ক্ষ")
        self.assertEqual(len(run.glyphs), 1)
        self.assertEqual(len(runs_of("দিনে৩বার")), 1)
        self.assertEqual(len(runs_of("500mg")), 1)

    def test_a_word_that_is_wider_than_a_line_is_cut_between_its_letters(self):
        for text in ("x" * 200, "ক্ষ" * 100):
            lines = list(lines_of([Span(text)], 10, 100))
            self.assertGreater(len(lines), 3)
            self.assertTrue(all(line.width <= 100.01 for line in lines))

    def test_what_no_font_has_is_named(self):
        with self.assertRaisesMessage(ValidationError, "王 小"):
            validate_drawable("王小 Wang")
        with self.assertRaisesMessage(ValidationError, "U+202E"):
            validate_drawable("10 mg \u202e 01")
        validate_drawable("রহিম, نص, हिन्दी, é, ☐\r\n\t")

    def test_a_name_in_another_script_is_printed_in_latin_letters(self):
        self.assertEqual(in_print("王小明"), "WangXiaoMing")
        self.assertEqual(in_print("রহিম"), "রহিম")

    def test_every_font_has_its_script_in_both_weights(self):
        for font in CHAIN[:4]:
            regular, bold = (font_of(f"{font}-{weight}").face.charToGlyph for weight in ("Regular", "Bold"))
            missing = [letter for letter in covered(font) if ord(letter) not in bold or ord(letter) not in regular]
            self.assertEqual(missing, [], font)


class Order(SimpleTestCase):
    def test_arabic_stands_from_right_to_left_and_its_numbers_from_left_to_right(self):
        base, levels = levels_of("اسم 25 mg")
        self.assertEqual((base, levels[0], levels[4], levels[7]), (1, 1, 2, 2))
        self.assertEqual(levels_of("BP ↑ 120")[0], 0)

    def test_runs_are_turned_by_their_levels(self):
        for runs, levels, wanted in (
            ("abc", [0, 0, 0], "abc"),
            ("abc", [1, 1, 1], "cba"),
            ("abcd", [0, 1, 1, 0], "acbd"),
            ("abcd", [1, 2, 2, 1], "dbca"),
            ("abcdef", [0, 1, 2, 2, 1, 0], "aecdbf"),
        ):
            with self.subTest(levels=levels):
                self.assertEqual("".join(visual(runs, levels)), wanted)

    def test_brackets_are_mirrored(self):
        runs = [piece.run for line in lines_of([Span("محمد (25)")], 10, 300) for piece in line.pieces]
        drawn = "".join(glyph.code for run in runs for glyph in run.glyphs)
        self.assertLess(drawn.index("("), drawn.index("2"))


class Sheets(SimpleTestCase):
    def test_columns_go_on_over_pages_each_for_itself(self):
        left, right = [Text("left " * 400)], [Text(f"right {at}") for at in range(200)]
        sheet = Sheet(PaperSize.A5, title="t", author="a", language="en", foot="Alice · 1")
        pages = PdfReader(BytesIO(sheet.build([Columns([left, right], [100, 150], 10)]))).pages
        self.assertGreater(len(pages), 3)
        said = [page.extract_text() for page in pages]
        self.assertEqual(sum(page.count("right ") for page in said), 200)
        self.assertEqual(sum(page.count("left") for page in said), 400)
        for at, page in enumerate(said, start=1):
            self.assertIn(f"Alice · 1 · Page {at} of {len(pages)}", page)

    def test_what_belongs_together_is_not_parted_unless_it_is_too_high(self):
        parts = [Text(f"line {at}", size=10) for at in range(10)]
        self.assertEqual(Together(parts, 100, 200).split(100, 50), [])
        self.assertEqual(len(Together(parts, 100, 100).split(100, 50)), 2)

    def test_the_same_paper_is_the_same_file(self):
        def made():
            sheet = Sheet(PaperSize.A4, title="t", author="a", language="bn", foot="রহিম")
            return sheet.build([sheet.text("প্রেসক্রিপশন ↑ محمد")])

        self.assertEqual(made(), made())
