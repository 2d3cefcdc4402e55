"""Directions as doctors type them: what is understood, what is refused, and what is told to the patient."""

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from django.utils.translation import gettext, override

from shs.prescription.admin.writing import stop_reason
from shs.prescription.models.directions import read_directions, read_duration, read_wait
from shs.prescription.models.dosing import MOST_DAYS, directions_words, dosage_of, frequency_of, validate_dose
from shs.prescription.services.instructions import compose

BY_TIMES = [
    ("1+0+1", [1, 0, 1]),
    ("½+0+½", [0.5, 0, 0.5]),
    ("1 + 1 + 1", [1, 1, 1]),
    ("1+1+1+1", [1, 1, 1, 1]),
    ("0+0+1½", [0, 0, 1.5]),
    ("1 1/2+0+1", [1.5, 0, 1]),
    ("1.5+0+1", [1.5, 0, 1]),
    ("1-0-1", [1, 0, 1]),
    ("১+০+১", [1, 0, 1]),
    ("twice a day", [1, 0, 1]),
    ("2 three times a day", [2, 2, 2]),
]
BY_INTERVAL = [
    ("1 every 8 h", 1, 8),
    ("every 8 h", 1, 8),
    ("8 hourly", 1, 8),
    ("1 q6h", 1, 6),
    ("প্রতি ৮ ঘণ্টা পরপর ১", 1, 8),
    ("½ daily", 0.5, 24),
    ("1 every other day", 1, 48),
    ("1 every 2 days", 1, 48),
    ("1 weekly", 1, 168),
    ("1 once a month", 1, 720),
]
WHOLE = [
    ("1+0+1 after 7d", "after", 7, False),
    ("7d 1+0+1 after meals", "after", 7, False),
    ("1+0+1 before food for 2 weeks", "before", 14, False),
    ("১+০+১ খাবার পরে ৭ দিন", "after", 7, False),
    ("1+0+0 খাওয়ার আগে চলবে", "before", None, True),
    ("1 every 2 days 1 month", "", 30, False),
    ("1+0+1 with a meal continue", "with", None, True),
    ("2 every 6 h as needed for pain after meal 5d", "after", 5, False),
]
REFUSED = [
    ("1", "How often?"),
    ("xyz", "“xyz” is not understood"),
    ("1+1", "three or four amounts"),
    ("1+0+1+0+1", "three or four amounts"),
    ("0+0+0", "all zero"),
    ("0 every 8 h", "The amount is zero"),
    ("12+0+0", "12 at once is too much"),
    ("0.3+0+0", "halves and quarters"),
    ("1/3+0+1", "not understood"),
    ("1+0+1 every 8 h", "an interval"),
    ("1 every 0 h", "between 1 hour"),
    ("1 as needed", "As needed for what?"),
    ("sos", "As needed for what?"),
    ("1+0+1 before after", "two things about meals"),
    ("1+0+1 800d", "between 1 and 730"),
    ("1+0+1 0d", "between 1 and 730"),
    ("1+0+1 7d 2 weeks", "two durations"),
    ("1+0+1 7d continue", "which one?"),
    ("1+0+1 ml drops", "two units"),
    ("1+0+1 5", "not understood"),
    ("2+0+0 5d then 1+0+0", "Each step has a dose and its days"),
    ("2+0+0 then 1+0+0 5d", "Each step has a dose and its days"),
    ("-1+0+1", "not understood"),
    ("1+0+1 " + "x" * 200, "at most 200"),
]


class Reading(SimpleTestCase):
    def test_amounts_for_each_time_of_the_day(self):
        for text, amounts in BY_TIMES:
            with self.subTest(text=text):
                self.assertEqual(read_directions(text).dose["amounts"], amounts)

    def test_intervals(self):
        for text, amount, hours in BY_INTERVAL:
            with self.subTest(text=text):
                dose = read_directions(text).dose
                self.assertEqual((dose["amount"], dose["every_hours"]), (amount, hours))

    def test_meal_and_duration_in_any_order(self):
        for text, meal, days, is_continued in WHOLE:
            with self.subTest(text=text):
                found = read_directions(text)
                self.assertTrue(found.dose)
                self.assertEqual((found.meal, found.days, found.is_continued), (meal, days, is_continued))

    def test_as_needed_keeps_its_reason(self):
        for text in ("1 as needed for fever", "1 sos: fever", "1 prn fever"):
            with self.subTest(text=text):
                self.assertEqual(read_directions(text).dose["as_needed"], "fever")
        self.assertEqual(read_directions("১ প্রয়োজনে জ্বর").dose["as_needed"], "জ্বর")

    def test_nonsense_is_refused_with_a_sentence(self):
        for text, words in REFUSED:
            with self.subTest(text=text), self.assertRaises(ValidationError) as refused:
                read_directions(text, form="tablet" if "ml" not in text else "")
            self.assertIn(words, " ".join(refused.exception.messages), text)

    def test_the_unit_follows_the_form_and_a_liquid_needs_one(self):
        self.assertEqual(read_directions("1+0+1", form="tablet, chewable").dose["unit"], "tablet")
        self.assertEqual(read_directions("5+0+5 ml", form="oral liquid").dose["unit"], "ml")
        self.assertEqual(read_directions("1 drop every 4 h", form="eye drops").dose["unit"], "drop")
        with self.assertRaisesMessage(ValidationError, "Of a liquid, write the unit"):
            read_directions("1+0+1", form="oral liquid")

    def test_a_taper_has_steps(self):
        found = read_directions("2+0+0 5d then 1+0+0 5d তারপর ½+0+0 10d", form="tablet")
        self.assertEqual([step["days"] for step in found.dose["steps"]], [5, 5, 10])
        self.assertEqual([step["amounts"][0] for step in found.dose["steps"]], [2, 1, 0.5])
        self.assertEqual((found.days, found.is_continued), (20, False))
        self.assertTrue(read_directions("2+0+0 5d then 1+0+0 continue").is_continued)

    def test_what_is_written_is_read_as_the_same_again(self):
        for text in [text for text, *_more in [*BY_TIMES, *BY_INTERVAL, *WHOLE]] + [
            "2+0+0 5d then 1+0+0 5d",
            "2.5+0+2.5 ml 5d",
            "1 puff as needed for wheeze 1 month",
        ]:
            with self.subTest(text=text):
                found = read_directions(text)
                words = directions_words(found.dose, found.meal, found.days, is_continued=found.is_continued)
                again = read_directions(words)
                self.assertEqual(again, found)
                validate_dose(found.dose)

    def test_durations(self):
        for text, days in (("7d", 7), ("2 weeks", 14), ("1 month", 30), ("10", 10), ("২ সপ্তাহ", 14), ("for 3 days", 3)):
            with self.subTest(text=text):
                self.assertEqual(read_duration(text), (days, False))
        self.assertEqual(read_duration("চলবে"), (None, True))
        for text in ("", "soon", "0d", "731d", "7d 2w"):
            with self.subTest(text=text):
                self.assertRaises(ValidationError, read_duration, text)
        self.assertEqual((read_wait("in 7 days"), read_wait("1 month")), (7, 30))
        self.assertRaises(ValidationError, read_wait, "continue")

    def test_a_stored_dose_keeps_the_rule(self):
        for value in (
            [],
            {"amounts": [1, 0]},
            {"amount": 1},
            {"amount": -1, "every_hours": 8},
            {"amounts": ["1", 0, 1]},
            {"amounts": [1, 0, 1], "unit": "bucket"},
            {"amounts": [1, 0, 1], "more": 1},
            {"steps": [{"amounts": [1, 0, 1], "days": 5}]},
        ):
            with self.subTest(value=value):
                self.assertRaises(ValidationError, validate_dose, value)
        validate_dose({})

    def test_the_examples_on_the_page_are_understood_in_both_languages(self):
        hint = (  # as in _writer_line.html
            "1+0+1 after 7d · ½+0+½ · 1 every 8 h · 1 as needed for fever · 2+0+0 5d then 1+0+0 5d · stop: reason"
        )
        for language in ("en", "bn"):
            with override(language):
                *examples, stop = gettext(hint).split(" · ")
                self.assertEqual(len(examples), 5)
                for example, english in zip(examples, hint.split(" · "), strict=False):
                    with self.subTest(example=example):
                        found, meant = read_directions(example), read_directions(english)
                        without = {"words": "", "as_needed": ""}
                        self.assertEqual({**found.dose, **without}, {**meant.dose, **without})
                        self.assertEqual(found[1:], meant[1:])
                self.assertTrue(stop_reason(stop))
                for text in ("continue", "after meals", "before meals", "with meals"):
                    self.assertEqual(read_directions(f"1+0+1 {gettext(text)}"), read_directions(f"1+0+1 {text}"))

    def test_stopping_needs_a_reason(self):
        self.assertEqual(stop_reason("stop: it made him dizzy"), "it made him dizzy")
        self.assertEqual(stop_reason("বন্ধ: মাথা ঘোরে"), "মাথা ঘোরে")
        self.assertIsNone(stop_reason("1+0+1"))
        self.assertIsNone(stop_reason("stopper"))
        self.assertRaises(ValidationError, stop_reason, "stop")

    def test_the_fields_of_free_text_follow(self):
        for text, dosage, frequency in (
            ("1+0+1", "1 tablet", "1+0+1"),
            ("½+0+1", "½–1 tablet", "½+0+1"),
            ("2 every 8 h", "2 tablets", "every 8 h"),
            ("1 as needed for fever", "1 tablet", "as needed for fever"),
        ):
            with self.subTest(text=text):
                dose = read_directions(text, form="tablet").dose
                self.assertEqual((dosage_of(dose), frequency_of(dose)), (dosage, frequency))


INSTRUCTIONS = [
    (
        "1+0+1 after 7d",
        "tablet",
        "1 tablet in the morning and at night, after meals, for 7 days.",
        "সকালে ও রাতে ১টি ট্যাবলেট, খাবারের পরে, ৭ দিন।",
    ),
    (
        "½+0+½ before 2 weeks",
        "tablet",
        "½ tablet in the morning and at night, before meals, for 14 days.",
        "সকালে ও রাতে অর্ধেক ট্যাবলেট, খাবারের আগে, ১৪ দিন।",
    ),
    (
        "1+0+1½ continue",
        "tablet",
        "1 tablet in the morning and 1½ tablets at night, to be continued.",
        "সকালে ১টি ট্যাবলেট ও রাতে দেড়টি ট্যাবলেট, চলবে।",
    ),
    (
        "1+1+1+1 5d",
        "capsule",
        "1 capsule in the morning, at noon, in the evening and at night, for 5 days.",
        "সকালে, দুপুরে, বিকেলে ও রাতে ১টি ক্যাপসুল, ৫ দিন।",
    ),
    ("1 every 8 h 3d", "tablet", "1 tablet every 8 hours, for 3 days.", "প্রতি ৮ ঘণ্টা পর পর ১টি ট্যাবলেট, ৩ দিন।"),
    (
        "1 as needed for fever",
        "tablet",
        "1 tablet, only when needed for: fever.",
        "১টি ট্যাবলেট, শুধু প্রয়োজন হলে: fever।",
    ),
    (
        "2.5+0+2.5 ml 5d",
        "oral liquid",
        "2.5 ml in the morning and at night, for 5 days.",
        "সকালে ও রাতে ২.৫ মিলি, ৫ দিন।",
    ),
    (
        "2+0+0 5d then 1+0+0 5d",
        "tablet",
        "2 tablets in the morning for 5 days, then 1 tablet in the morning for 5 days.",
        "সকালে ২টি ট্যাবলেট ৫ দিন, তারপর সকালে ১টি ট্যাবলেট ৫ দিন।",
    ),
    ("1 weekly 1 month", "tablet", "1 tablet once a week, for 30 days.", "সপ্তাহে একবার ১টি ট্যাবলেট, ৩০ দিন।"),
]


class Instructions(SimpleTestCase):
    maxDiff = None

    def compose(self, text: str, form: str, language: str) -> str:
        found = read_directions(text, form=form)
        return compose(found.dose, meal=found.meal, days=found.days, is_continued=found.is_continued, language=language)

    def test_in_english_and_in_bangla_with_its_digits(self):
        for text, form, english, bangla in INSTRUCTIONS:
            with self.subTest(text=text):
                self.assertEqual(self.compose(text, form, "en"), english)
                self.assertEqual(self.compose(text, form, "bn"), bangla)

    def test_they_fit_into_the_field(self):
        text = " then ".join(f"{number}+{number}+{number}+1 10d" for number in (6, 5, 4, 3, 2, 1))
        for language in ("en", "bn"):
            self.assertLessEqual(len(self.compose(text, "tablet", language)), 255)

    def test_a_continued_medicine_is_not_given_for_two_years(self):
        self.assertNotIn(str(MOST_DAYS), self.compose("1+0+1 continue", "tablet", "en"))
