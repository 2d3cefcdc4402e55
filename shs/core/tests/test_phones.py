"""Phone numbers: every spelling of a number is that number, and nothing else is one."""

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, override_settings
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from shs.core.phones import clean_phone, mask_phone, show_phone

BANGLA = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
MARKS = [
    "",
    " ",
    "-",
    "\u2011",
    "\u2013",
    "\u2212",
    "\u00a0",
    "\u200b",
    "\u200e",
    "\u202a",
    "\ufeff",
    "(",
    ")",
    ".",
    "\t",
]

REPEATABLE = settings(derandomize=True, database=None, deadline=None)

mobiles = st.builds("1{}{}".format, st.sampled_from("3456789"), st.from_regex(r"[0-9]{8}", fullmatch=True))
"""National numbers of Bangladesh's mobile operators, without the zero."""


@st.composite
def spellings(draw: st.DrawFn, national: str) -> str:
    """`national` with a prefix of any kind, and with pasted marks between the digits."""
    plus, rest = draw(st.sampled_from([("", "0"), ("", ""), ("+", "880"), ("", "00880"), ("", "880"), ("+", "8800")]))
    marks = st.sampled_from(MARKS)
    spelled = draw(marks) + plus + "".join(draw(marks) + digit for digit in rest + national) + draw(marks)
    spelled = draw(st.sampled_from(["", "tel:", "Tel: "])) + spelled
    return spelled.translate(BANGLA) if draw(st.booleans()) else spelled


class Phones(SimpleTestCase):
    @REPEATABLE
    @given(mobiles.flatmap(lambda national: st.tuples(st.just(national), spellings(national))))
    def test_every_spelling_of_a_number_is_that_number(self, pair):
        national, spelled = pair
        self.assertEqual(clean_phone(spelled), f"+880{national}")

    @REPEATABLE
    @given(st.text() | st.text(alphabet="+0123456789 -()") | st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
    def test_any_text_is_refused_with_a_sentence_or_stored_as_it_would_be_read_again(self, text):
        try:
            found = clean_phone(text)
        except ValidationError as error:
            self.assertIn("01812-345678", error.message)
            return
        self.assertRegex(found, r"\A\+[1-9][0-9]{3,16}\Z")
        self.assertEqual(clean_phone(found), found)
        self.assertEqual(clean_phone(show_phone(found)), found)

    def test_what_people_write(self):
        for text in ["01712-345678", "১৭১২৩৪৫৬৭৮", "(+880) 1712 345678", "+880 (0)1712-345678", "0088-01712345678"]:
            with self.subTest(text=text):
                self.assertEqual(clean_phone(text), "+8801712345678")
        self.assertEqual(clean_phone("+44 (0)20 7946 0958"), "+442079460958")

    def test_what_is_no_number(self):
        wrong = ["", "999", "0171234567", "017123456789", "call me", "01712345678 ext 5", "01712345678/01812345678"]
        for text in [*wrong, "0" * 200, "+", "\ud800", "01712\x00345678"]:
            with self.subTest(text=text), self.assertRaises(ValidationError):
                clean_phone(text)

    def test_the_sentence_names_numbers_of_the_region(self):
        with override_settings(PHONE_REGION="GB"), self.assertRaisesRegex(ValidationError, "07400 123456"):
            clean_phone("?")
        with translation.override("bn"), self.assertRaisesRegex(ValidationError, "ফোন নম্বর"):
            clean_phone("?")

    def test_numbers_of_made_up_people_are_accepted_although_nobody_has_them(self):
        self.assertEqual(clean_phone("01000000007"), "+8801000000007")

    def test_how_a_number_is_shown(self):
        self.assertEqual(show_phone("+8801712345678"), "01712-345678")
        self.assertEqual(show_phone("+442079460958"), "+44 20 7946 0958")
        self.assertEqual(show_phone("as it was typed"), "as it was typed")
        self.assertEqual([mask_phone("+8801712345678"), mask_phone("")], ["••• 678", ""])
