"""What a dose as a pattern comes to, once and a day, and that the texts that follow from it are never read as more or
less."""

from django.test import SimpleTestCase, TestCase, tag

from shs.prescription.models import Medication, PrescriptionLine
from shs.prescription.models.directions import read_directions
from shs.prescription.models.dosing import dosage_of, frequency_of
from shs.prescription.services.amounts import LOCAL, Amount, Unread, amount_of_dose, daily_amount
from shs.prescription.services.checks import amount_of
from shs.prescription.services.dose import check_doses
from shs.prescription.services.situation import Situation
from shs.prescription.services.substances import Catalogue
from shs.prescription.tests.scenes import Surgery

TABLET = "tablet 500 mg"
WRITTEN = (
    # as it is typed, form and strength, mg once, mg a day, and whether the texts alone tell it
    ("1+0+1", TABLET, 500, 1000, True),
    ("½+0+½", TABLET, 250, 500, False),
    ("½+0+1", TABLET, 500, 750, True),
    ("2+0+1", TABLET, 1000, 1500, False),
    ("2+0+2", TABLET, 1000, 2000, False),
    ("1+1+1+1", TABLET, 500, 2000, True),
    ("1½+1+1+1½", TABLET, 750, 2500, False),
    ("1 every 8 h", TABLET, 500, 1500, True),
    ("2 every 6 h", TABLET, 1000, 4000, True),
    ("½ every 12 h", TABLET, 250, 500, True),
    ("1 weekly", TABLET, 500, 500, False),
    ("1 every other day", TABLET, 500, 500, False),
    ("2 once", TABLET, 1000, 1000, True),
    ("1+1+1 as needed for pain", TABLET, 500, 1500, True),
    ("1 every 6 h as needed for fever", TABLET, 500, 2000, True),
    ("2+0+0 5d then 1+0+0 5d", TABLET, 1000, 1000, False),
    ("1+0+0 5d then 1+0+1 5d then 1+1+1 continue", TABLET, 500, 1500, False),
    ("1 every 8 h 3d then 1 every 12 h 3d", TABLET, 500, 1500, False),
    ("5+0+5 ml", "oral liquid 120 mg/5 ml", 120, 240, False),
    ("10 ml every 8 h", "oral liquid 120 mg/5 ml", 240, 720, True),
    ("1+1+1 spoon", "oral liquid 120 mg/5 ml", 120, 360, False),
    ("1 every 24 h", "powder for injection 1 g", 1000, 1000, True),
)


class Patterns(SimpleTestCase):
    def test_each_pattern_is_what_is_taken(self):
        for text, piece, once, day, told in WRITTEN:
            with self.subTest(text=text):
                dose = read_directions(text, form=piece.partition(" 5")[0]).dose
                amount = amount_of_dose(dose, "x", piece)
                assert isinstance(amount, Amount), amount
                self.assertEqual((amount.once, amount.day, amount.is_open), ((once,), (day,), False))
                read = daily_amount("x", dosage_of(dose), frequency_of(dose), piece)
                self.assertEqual(isinstance(read, Amount), told, read)
                if isinstance(read, Amount):
                    self.assertEqual(read._replace(is_weekly=amount.is_weekly), amount)

    def test_each_part_of_a_combination_has_its_amount(self):
        amount = amount_of_dose(read_directions("1+0+1").dose, "x", "tablet 500 mg + 125 mg")
        self.assertEqual(amount, Amount((500, 125), (1000, 250), "mouth"))

    def test_the_strength_in_the_name_goes_first(self):
        amount = amount_of_dose(read_directions("1+0+1").dose, "x 250 mg", TABLET)
        self.assertEqual(amount, Amount((250,), (500,), "mouth"))

    def test_as_needed_without_an_interval_has_no_most_a_day(self):
        amount = amount_of_dose(read_directions("2 as needed for fever").dose, "x", TABLET)
        self.assertEqual(amount, Amount((1000,), (1000,), "mouth", is_open=True))

    def test_what_is_not_known_is_told(self):
        for text, piece in (("10+0+8 unit", "injection 100 IU/mL"), ("1+0+1", "tablet"), ("5+0+5 ml", "syrup")):
            with self.subTest(text=text):
                self.assertIsInstance(amount_of_dose(read_directions(text).dose, "x", piece), Unread)
        for text, piece in (("1+0+1", "cream 1 mg"), ("1+0+1 drop", "eye drops 5 mg/ml"), ("2 puff once", "inhaler")):
            with self.subTest(text=text):
                self.assertIs(amount_of_dose(read_directions(text).dose, "x", piece), LOCAL)


@tag("any_database")
class Checked(Surgery, TestCase):
    """The check of a draft uses the pattern where it says more than the texts."""

    def line(self, text: str) -> PrescriptionLine:
        line = PrescriptionLine(name="paracetamol tablet 500 mg", medication=self.tablet)
        line.direct(read_directions(text, form="tablet"))
        return line

    @property
    def tablet(self) -> Medication:
        return Medication.objects.get_by_natural_key("paracetamol", "tablet", "500 mg")

    def test_a_taper_and_several_tablets_a_time_are_compared(self):
        catalogue = Catalogue()
        substance = catalogue.substance("paracetamol tablet 500 mg", self.tablet.pk)
        for text, stops in (
            ("2+2+2+2 5d", []),
            ("4+4+4 2d then 1+1+1 2d", [True]),
            ("2 every 3 h 5d", [True]),
            ("2+0+2 5d", []),
        ):
            with self.subTest(text=text):
                amount = amount_of(self.line(text), catalogue)
                assert isinstance(amount, Amount), amount
                outcome = check_doses([substance], [amount], Situation(years=40.0, kg=60.0))
                self.assertEqual([found.stops for found in outcome.found], stops, outcome)
                self.assertEqual(outcome.because, [])

    def test_what_is_taken_once_a_week_at_most_is_told_from_what_is_not(self):
        for text, is_weekly in (("3 once a week", True), ("1+0+0", False), ("1 every 12 h", False), ("3 once", True)):
            with self.subTest(text=text):
                amount = amount_of_dose(read_directions(text, form="tablet").dose, "methotrexate 2.5 mg")
                self.assertEqual(amount.is_weekly, is_weekly)

    def test_as_needed_is_compared_once_and_says_what_is_not(self):
        catalogue = Catalogue()
        substance = catalogue.substance("paracetamol tablet 500 mg", self.tablet.pk)
        for text, found in (("2 as needed for fever", 0), ("10 as needed for fever", 1)):
            with self.subTest(text=text):
                amount = amount_of(self.line(text), catalogue)
                outcome = check_doses([substance], [amount], Situation(years=40.0, kg=60.0))
                self.assertEqual(len(outcome.found), found, outcome.found)
                self.assertIn("how often at most is not written", " ".join(outcome.because))
