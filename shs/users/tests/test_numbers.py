"""Patient numbers: one for each person, checked when they are typed."""

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from hypothesis import assume, given
from hypothesis import strategies as st

from shs.users.numbers import LAST_KEY, clean_patient_number, parse_patient_number, patient_number

keys = st.integers(1, 2_000_000) | st.integers(1, LAST_KEY)


class Numbers(SimpleTestCase):
    @given(keys)
    def test_a_number_leads_back_to_its_person_however_it_is_typed(self, pk):
        number = patient_number(pk)
        bangla = number.translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
        for typed in (number, number.replace("-", ""), f" {number.replace('-', ' ')} ", bangla, number.lstrip("0-")):
            self.assertEqual(parse_patient_number(typed), pk)

    @given(st.integers(1, 9_999_999), st.data())
    def test_a_wrong_digit_and_two_exchanged_ones_are_noticed(self, pk, data):
        digits = patient_number(pk).replace("-", "")
        at = data.draw(st.integers(0, len(digits) - 1))
        other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[at]]))
        self.assertIsNone(parse_patient_number(digits[:at] + other + digits[at + 1 :]))
        at = data.draw(st.integers(0, len(digits) - 2))
        assume(digits[at] != digits[at + 1])
        self.assertIsNone(parse_patient_number(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]))

    def test_it_is_short_and_grouped(self):
        self.assertEqual(patient_number(1234), "001-2340")
        self.assertEqual(len(patient_number(999_999)), 8)

    def test_what_is_none_is_refused_with_an_example(self):
        for typed in ("001-2341", "", "x", "0", "00", "9" * 100, "alice@example.com"):
            with self.subTest(typed[:20]), self.assertRaisesMessage(ValidationError, "001-2340"):
                clean_patient_number(typed)
