"""Segments of an SMS, as providers charge them."""

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from shs.notices.segments import is_gsm7, segments


class Segments(SimpleTestCase):
    def test_latin_is_counted_in_gsm_7(self):
        for text, count in [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("é" * 160, 1)]:
            with self.subTest(text=text):
                self.assertEqual(segments(text), count)

    def test_characters_of_the_extension_count_two_and_are_not_split(self):
        self.assertEqual([segments("€" * 80), segments("€" * 81), segments("[" + "a" * 158)], [1, 2, 1])
        self.assertEqual(segments("a" * 152 + "€" + "a" * 152), 3, "the 153rd septet stays empty")
        self.assertEqual(segments("a" * 151 + "€" + "a" * 153), 2)

    def test_bangla_is_counted_in_ucs_2(self):
        self.assertEqual(
            [segments("ক" * 70), segments("ক" * 71), segments("ক" * 134), segments("ক" * 135)], [1, 2, 2, 3]
        )
        self.assertEqual(segments("a" * 70 + "ক"), 2)
        self.assertEqual([segments("😀" * 35), segments("😀" * 36), segments("😀" * 67)], [1, 2, 3])

    @settings(derandomize=True, database=None, deadline=None)
    @given(st.text(max_size=1000), st.text(max_size=100))
    def test_a_longer_text_never_takes_fewer(self, text, more):
        self.assertLessEqual(segments(text), segments(text + more))
        least = 160 if is_gsm7(text) else 70
        self.assertEqual(segments(text) == 1, sum(self.size(letter, text) for letter in text) <= least)

    def size(self, letter: str, text: str) -> int:
        return (
            1 + (letter in "\f^{}\\[~]|€") if is_gsm7(text) else len(letter.encode("utf-16-le", "surrogatepass")) // 2
        )
