"""Dates of birth and ages: what is typed, what is kept of it, and how an age is said."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from shs.core.ages import Birth, Precision, born_in, iso_birth, read_birth, show_age, show_birth, whole_months
from shs.core.dates import input_date, read_date

REPEATABLE = settings(derandomize=True, database=None, deadline=None)
TODAY = date(2026, 11, 29)
days = st.dates(date(1900, 1, 1), date(2099, 12, 31))
births = st.dates(date(1900, 1, 1), TODAY)
BANGLA = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


class Dates(SimpleTestCase):
    @REPEATABLE
    @given(days)
    def test_every_way_to_write_a_day_is_the_same_day_and_the_month_never_comes_first(self, day):
        for text in (f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}", f"{day:%d-%m-%Y}", f"{day:%d.%m.%Y}"):
            self.assertEqual(read_date(text), day)
            self.assertEqual(read_date(f" {text.translate(BANGLA)}\u200b "), day)
        self.assertEqual(read_date(day.isoformat()), day)
        self.assertEqual(read_date(input_date(day)), day)

    def test_what_is_no_day_is_refused_with_a_sentence(self):
        for text in ("11/28/2026", "30/02/2026", "28/11-2026", "2026/11/28", "28/11/26", "", "x", "1" * 500):
            with self.subTest(text=text[:20]), self.assertRaisesMessage(ValidationError, "day/month/year"):
                read_date(text)


class Births(SimpleTestCase):
    @REPEATABLE
    @given(births, st.sampled_from(Precision))
    def test_what_is_shown_for_editing_is_read_as_the_same(self, day, precision):
        kept = {
            Precision.DAY: Birth(day),
            Precision.MONTH: born_in(day.year, day.month, TODAY),
            Precision.YEAR: born_in(day.year, None, TODAY),
        }[precision]
        self.assertEqual(read_birth(show_birth(*kept), TODAY), kept)
        self.assertEqual(read_birth(show_birth(*kept).translate(BANGLA), TODAY), kept)

    @REPEATABLE
    @given(st.integers(0, 126), st.integers(0, 3000))
    def test_a_told_age_is_the_age_on_that_day(self, years, ago):
        today = TODAY - timedelta(days=ago)
        born = read_birth(str(years), today) if today.year - years > 1900 else Birth(today, Precision.YEAR)
        if today.year - years > 1900:
            self.assertEqual(born.precision, Precision.YEAR)
            self.assertEqual(whole_months(born.day, today) // 12, years)

    @REPEATABLE
    @given(st.integers(1, 40), st.integers(0, 3000))
    def test_told_months_are_the_months_on_that_day(self, months, ago):
        today = TODAY - timedelta(days=ago)
        born = read_birth(f"{months} months", today)
        self.assertEqual((whole_months(born.day, today), born.precision), (months, Precision.MONTH))

    @REPEATABLE
    @given(st.text() | st.text("0123456789/-. ymdবছরমাস") | st.integers(0, 10**9).map(str))
    def test_any_text_is_refused_with_a_sentence_or_read_as_somebody_who_is_born(self, text):
        try:
            birth = read_birth(text, TODAY)
        except ValidationError as error:
            self.assertTrue(all(error.messages))
            return
        self.assertLessEqual(birth.day, TODAY)
        self.assertEqual(read_birth(iso_birth(*birth), TODAY), birth)

    def test_words_of_both_languages(self):
        for text, expected in {
            "45": date(1981, 7, 1),
            "about 45 years": date(1981, 7, 1),
            "৪৫ বছর": date(1981, 7, 1),
            "7 months": date(2026, 4, 15),
            "৭ মাস": date(2026, 4, 15),
            "20 days": date(2026, 11, 9),
            "3w": date(2026, 11, 8),
            "1981": date(1981, 7, 1),
            "03/1990": date(1990, 3, 15),
            "1990-03": date(1990, 3, 15),
            "2026": date(2026, 7, 1),
            "11/2026": date(2026, 11, 15),
        }.items():
            with self.subTest(text):
                self.assertEqual(read_birth(text, TODAY).day, expected)

    def test_an_impossible_one_is_refused(self):
        for text in ("131", "30/11/2026", "2027", "12/2026", "13/1990", "1899", "999 years", "old", "1" * 100):
            with self.subTest(text=text[:20]), self.assertRaises(ValidationError):
                read_birth(text, TODAY)

    def test_fhir_says_only_what_is_known(self):
        born = date(1990, 3, 12)
        said = [iso_birth(born, precision) for precision in ("year", "month", "day")]
        self.assertEqual(said, ["1990", "1990-03", "1990-03-12"])


class Ages(SimpleTestCase):
    def test_as_clinicians_say_them(self):
        for born, precision, said in (
            (date(2026, 11, 29), "day", "0 days"),
            (date(2026, 11, 28), "day", "1 day"),
            (date(2026, 11, 9), "day", "20 days"),
            (date(2026, 11, 2), "day", "27 days"),
            (date(2026, 11, 1), "day", "4 weeks"),
            (date(2026, 10, 11), "day", "7 weeks"),
            (date(2026, 8, 30), "day", "13 weeks"),
            (date(2026, 8, 29), "day", "3 months"),
            (date(2024, 11, 30), "day", "23 months"),
            (date(2024, 11, 29), "day", "2 years"),
            (date(1981, 7, 1), "year", "about 45 years"),
            (date(2026, 7, 1), "year", "about 0 years"),
            (date(2026, 4, 15), "month", "about 7 months"),
            (date(1990, 3, 15), "month", "36 years"),
        ):
            with self.subTest(said):
                self.assertEqual(show_age(born, precision, TODAY), said)
        self.assertEqual(show_age(None, "day", TODAY), "")
        self.assertEqual(show_age(TODAY + timedelta(days=1), "day", TODAY), "")

    def test_in_bangla(self):
        with override("bn"):
            self.assertEqual(show_age(date(2026, 11, 9), "day", TODAY), "20 দিন")
            self.assertEqual(show_age(date(1981, 7, 1), "year", TODAY), "প্রায় 45 বছর")
