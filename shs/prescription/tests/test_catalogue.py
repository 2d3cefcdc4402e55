"""The catalogue's medicines: codes, classes, strengths and sources."""

import re
from collections import defaultdict

from django.test import SimpleTestCase, TestCase, tag

from shs.prescription import medicines
from shs.prescription.finding import find_medicines
from shs.prescription.models import Medication, Route
from shs.prescription.services import suggest
from shs.prescription.services.amounts import daily_amount
from shs.prescription.services.dose import check_doses
from shs.prescription.services.situation import Situation
from shs.prescription.services.substances import Catalogue
from shs.prescription.strengths import BadStrength, tidy_strength

CODE = re.compile(r"^[A-Z][0-9]{2}[A-Z]([A-Z]([0-9]{2})?)?$")
SHARED = {
    "A11DB": "a group without codes of its own",
    "A12AX": "a group without codes of its own",
    "B03AC": "iron for injection has one code",
    "C07FB": "the combination has no code of its own",
    "D01AC20": "all imidazoles with a corticosteroid",
    "M01AB55": "all combinations of diclofenac",
    "M01AX": "the combination has no code of its own",
    "R05X": "mixtures for colds",
    "S01CA01": "dexamethasone with all antiinfectives",
    "S01ED51": "all combinations of timolol",
}
"""Code that several generics have → why."""
NAMED_IN_THE_REQUEST = (
    "diclofenac ketorolac esomeprazole pantoprazole rabeprazole atorvastatin rosuvastatin montelukast cetirizine "
    "fexofenadine domperidone cefradine cefuroxime clonazepam vildagliptin"
)


@tag("any_database")
class TheFile(SimpleTestCase):
    def setUp(self):
        self.entries = list(medicines.entries())

    def test_every_code_has_the_form_of_one_and_its_group_has_a_name(self):
        for entry in self.entries:
            with self.subTest(entry.generic_name):
                self.assertRegex(entry.atc_code, CODE)
                self.assertEqual(entry.drug_class, medicines.classes().get(entry.atc_code[:5]))
                self.assertLessEqual(len(entry.drug_class), 100)

    def test_no_two_generics_share_a_code_without_a_reason(self):
        names = defaultdict(set)
        for entry in self.entries:
            names[entry.atc_code].add(entry.generic_name)
        shared = {code for code, found in names.items() if len(found) > 1}
        self.assertLessEqual(shared, set(SHARED), {code: names[code] for code in shared - set(SHARED)})

    def test_every_strength_is_written_as_the_catalogue_writes_it(self):
        for entry in self.entries:
            with self.subTest(entry.generic_name, strength=entry.strength):
                self.assertTrue(entry.strength)
                self.assertEqual(tidy_strength(entry.strength), entry.strength)

    def test_every_form_has_a_route_and_a_unit_and_every_entry_a_source_with_its_year(self):
        for entry in self.entries:
            with self.subTest(entry.generic_name):
                self.assertIn(entry.route, Route.values)
                self.assertTrue(entry.unit and entry.source and 1990 < entry.source_year < 2100)
                self.assertIn("ATC/DDD Index", entry.source)
                self.assertEqual(entry.source.startswith(medicines.UNCHECKED), not entry.is_checked)

    def test_no_medicine_is_there_twice(self):
        keys = [entry[:3] for entry in self.entries]
        self.assertEqual(len(keys), len(set(keys)))


class TheTable(TestCase):
    def test_it_has_at_least_450_generics_and_those_that_were_missing(self):
        names = set(Medication.objects.values_list("generic_name", flat=True))
        self.assertGreaterEqual(len(names), 450)
        self.assertLessEqual(set(NAMED_IN_THE_REQUEST.split()), names)

    def test_every_row_has_code_class_route_unit_source_and_year(self):
        for row in Medication.objects.all():
            with self.subTest(str(row)):
                self.assertRegex(row.atc_code, CODE)
                self.assertEqual(row.drug_class, medicines.class_of(row.atc_code))
                self.assertTrue(row.route and row.unit and row.source and row.source_year)
                self.assertEqual(tidy_strength(row.strength), row.strength)

    def test_a_strength_that_nobody_has_read_is_told_wherever_the_medicine_is(self):
        row = Medication.objects.get_by_natural_key("losartan", "tablet", "25 mg")
        read = Medication.objects.get_by_natural_key("losartan", "tablet", "50 mg")
        self.assertEqual((row.is_strength_checked, read.is_strength_checked), (False, True))
        suggested = {one.medication: one.detail for one in suggest.medicines("losartan")}
        self.assertIn("strength not checked", suggested[row.pk])
        self.assertNotIn("strength not checked", suggested[read.pk])
        found = {one["medication"]: one["is_strength_checked"] for one in find_medicines("losartan")}
        self.assertEqual((found[row.pk], found[read.pk]), (False, True))
        catalogue = Catalogue()
        line, other = (catalogue.substance(str(one), one.pk) for one in (row, read))
        grown = Situation(years=50.0)
        for lines, amount, is_told in (
            ([line], daily_amount(line.name, "1 tablet", "1+0+0"), True),
            ([line], daily_amount(line.name, "9 tablets", "1+0+0"), True),
            ([line], daily_amount(line.name, "?", "?"), True),
            ([other], daily_amount(other.name, "1 tablet", "1+0+0"), False),
        ):
            with self.subTest(line=lines[0].name, amount=amount):
                outcome = check_doses(lines, [amount], grown)
                told = " ".join([outcome.said, *outcome.because])
                self.assertEqual("Nobody has checked the strength that the catalogue gives" in told, is_told)

    def test_a_changed_entry_is_read_by_the_next_check(self):
        row = Medication.objects.create(generic_name="zyxomycin", form="capsule", strength="5 mg")
        self.assertEqual(Catalogue().substance("zyxomycin").generics, {"zyxomycin"})
        row.generic_name, row.strength = "zyxolol", "6 mg"
        row.save()
        changed = Catalogue()
        self.assertFalse(changed.substance("zyxomycin").is_known)
        self.assertEqual(changed.row_of("zyxolol capsule 6 mg"), row.pk)

    def test_the_first_list_kept_its_names_and_keys(self):
        row = Medication.objects.get_by_natural_key("paracetamol", "tablet", "500 mg")
        self.assertEqual((row.atc_code, row.source_year, row.route), ("N02BE01", 2023, "oral"))
        self.assertIn("Model List of Essential Medicines", row.source)

    def test_class_route_and_unit_follow_where_nothing_is_entered(self):
        row = Medication(generic_name="x", form="eye drops", atc_code="S01ED01")
        row.full_clean()
        self.assertEqual((row.drug_class, row.route, row.unit), ("Beta blocking agents", "eye", "drop"))
        row = Medication(generic_name="x", form="tablet", atc_code="S01ED01", drug_class="mine", route="skin")
        row.full_clean()
        self.assertEqual((row.drug_class, row.route, row.unit), ("mine", "skin", "tablet"))


@tag("any_database")
class Strengths(SimpleTestCase):
    def test_what_lists_write_becomes_what_the_catalogue_writes(self):
        for written, wanted in {
            "500 mg+125 mg": "500 mg + 125 mg",
            "(200 mg+40 mg)/5 ml": "200 mg + 40 mg/5 mL",
            "1 gm/vial": "1 g",
            "1000mg": "1 g",
            "100 mcg/puff": "100 micrograms per dose",
            "0.25 µg": "0.25 micrograms",
            "3 MIU": "3 000 000 IU",
            "20000 IU": "20 000 IU",
            "1% w/w": "1%",
            "10%w/v": "10%",
            "13.3 mg/24 h (15 cm)": "13.3 mg/24 h",
            "২৫০ mg": "250 mg",
            "2.50 mg": "2.5 mg",
            "": "",
        }.items():
            with self.subTest(written):
                self.assertEqual(tidy_strength(written), wanted)

    def test_what_is_no_strength_is_refused(self):
        for written in (
            "500",
            "mg",
            "0 mg",
            "many",
            "5 mg/",
            "5 mg/box",
            "500 mg + ",
            "1 mg" * 100,
            "-5 mg",
            "5 miles",
        ):
            with self.subTest(written), self.assertRaises(BadStrength):
                tidy_strength(written)
