"""Two medicines together: of one class, or interacting; and the rules in the files."""

from django.test import TestCase
from django.utils.translation import override

from shs.prescription.services import judge
from shs.prescription.services.classes import interacting, of_one_class
from shs.prescription.services.findings import Checked
from shs.prescription.services.rules import CODE, exceptions, interactions, names, together
from shs.prescription.services.sources import sources
from shs.prescription.services.substances import SEVERAL, Catalogue, Substance

ONC = [rule for rule in interactions() if rule.id.startswith("onc-")]


class Pairs(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.catalogue = Catalogue()

    def judge(self, *medicines: str, taken: tuple[str, ...] = (), **more: bool) -> Checked:
        return judge(
            [self.catalogue.substance(name) for name in medicines],
            allergies=[],
            taken=[self.catalogue.substance(name) for name in taken],
            is_taking_known=True,
            catalogue=self.catalogue,
            **more,
        )

    def rules(self, *medicines: str, taken: tuple[str, ...] = ()) -> list[tuple[str, bool]]:
        return [(found.rule, found.stops) for found in self.judge(*medicines, taken=taken).warnings]

    def test_two_nsaids_stop_and_an_ace_inhibitor_with_an_arb_is_told(self):
        self.assertEqual(self.rules("ibuprofen", "diclofenac 50 mg"), [("same_class:M01A", True)])
        self.assertEqual(self.rules("enalapril tablet 5 mg", "losartan"), [("same_class:C09A-C09C", False)])
        self.assertEqual(self.rules("losartan", taken=("ramipril",)), [("same_class:C09A-C09C", False)])

    def test_two_medicines_of_one_group_of_level_4_are_told(self):
        self.assertEqual(self.rules("atorvastatin", "simvastatin"), [("same_class:C10AA", False)])
        self.assertEqual(self.rules("gliclazide", taken=("glimepiride",)), [("same_class:A10BB", False)])

    def test_groups_that_are_given_together_and_groups_of_others_are_not_told(self):
        for pair in (
            ("salbutamol", "formoterol"),
            ("ethambutol", "pyrazinamide"),
            ("insulin, soluble", "insulin, intermediate-acting"),
            ("ibuprofen", "paracetamol"),
            ("loratadine", "fexofenadine"),
        ):
            with self.subTest(pair=pair):
                self.assertEqual(self.rules(*pair), [])

    def test_one_medicine_twice_is_a_duplicate_and_no_pair_of_a_class(self):
        self.assertEqual(self.rules("ibuprofen 200 mg", "Ibuprofen 400 mg"), [("duplicate", True)])

    def test_each_pair_of_the_high_priority_list_stops(self):
        for rule in ONC:
            one = sorted(rule.first)[0]
            other = sorted(rule.second - {one})[0]
            with self.subTest(rule=rule.id):
                for pair in ((one, other), (other, one)):
                    self.assertIn((f"interaction:{rule.id}", True), self.rules(*pair))
                self.assertIn((f"interaction:{rule.id}", True), self.rules(one, taken=(other,)))

    def test_what_was_read_since_stops_or_is_told(self):
        for one, other, rule, stops in (
            ("methotrexate", "co-trimoxazole", "methotrexate-co-trimoxazole", True),
            ("tramadol", "sertraline", "tramadol-antidepressant", True),
            ("lithium carbonate", "hydrochlorothiazide", "lithium-thiazide", True),
            ("lithium carbonate", "naproxen", "lithium-nsaid", False),
            ("warfarin", "metronidazole", "warfarin-strong-antibiotics", True),
            ("warfarin", "azithromycin", "warfarin-antibiotics", False),
            ("allopurinol", "azathioprine", "allopurinol-azathioprine", True),
            ("valproate", "meropenem", "valproate-carbapenem", True),
            ("theophylline", "ciprofloxacin", "theophylline-ciprofloxacin", True),
            ("clopidogrel", "esomeprazole", "clopidogrel-omeprazole", False),
            ("spironolactone", "co-trimoxazole", "spironolactone-co-trimoxazole", True),
            ("ferrous sulfate", "ciprofloxacin", "iron-binding", False),
            ("spironolactone", "potassium chloride", "potassium-sparing-potassium", True),
            ("domperidone", "fluconazole", "domperidone-inhibitors", True),
            ("rifampicin", "prednisolone", "rifampicin-lowers", False),
            ("prednisolone", "diclofenac", "nsaid-corticosteroid", False),
            ("warfarin", "amiodarone", "warfarin-amiodarone", False),
        ):
            with self.subTest(one=one, other=other):
                self.assertIn((f"interaction:{rule}", stops), self.rules(one, other))
                self.assertIn((f"interaction:{rule}", stops), self.rules(other, taken=(one,)))

    def test_each_medicine_of_one_line_is_compared_and_an_unknown_one_is_named(self):
        self.assertEqual(self.rules("warfarin + ibuprofen"), [("interaction:anticoagulant-nsaid", True)])
        for name in ("losartan + Zzseclo", "losartan Zzseclo 50", "Losartan 50 mg, Zzseclo 20", "Losartan/Zzseclo"):
            for taken in (False, True)[
                : 1 + bool(SEVERAL.search(name))
            ]:  # further words of a chart say why it is taken
                with self.subTest(name=name, taken=taken):
                    in_chart = self.catalogue.substances(name) if taken else []
                    told = judge(
                        [self.catalogue.substance("paracetamol" if taken else name)],
                        allergies=[],
                        taken=in_chart,
                        is_taking_known=True,
                        catalogue=self.catalogue,
                    )
                    (line,) = [line for line in told.lines if line.kind == "interaction"]
                    self.assertEqual(line.state, "not_checked")
                    self.assertIn("Zzseclo", line.text)
        self.assertIn("Zzseclo", " ".join(self.judge("losartan (+ Zzseclo)").not_checked))
        for name in (
            "amoxicillin + clavulanic acid 625 mg",
            "insulin, soluble",
            "Tab. Losartan potassium 50 mg once daily",
            "Zznapa Extra (paracetamol + caffeine)",
            "losartan (Zzcard) 50 mg",
        ):
            with self.subTest(name=name):
                self.assertEqual(self.catalogue.substance(name).parts, ())

    def test_what_a_patient_takes_by_a_closed_chart_is_not_named(self):
        checked = self.judge("clarithromycin", taken=("simvastatin",), names_entries=False)
        (found,) = checked.warnings
        self.assertEqual((found.kind, found.stops), ("interaction", True))
        for said in (found.text, found.key, found.rule):
            self.assertNotIn("simvastatin", said)
            self.assertNotIn("onc-11", said)

    def test_a_medicine_without_a_class_is_not_checked_for_pairs(self):
        lines = {line.kind: line for line in self.judge("Napa Extra", "ibuprofen").lines}
        for kind in ("same_class", "interaction", "duplicate"):
            self.assertEqual(lines[kind].state, "not_checked")
            self.assertIn("Napa Extra", lines[kind].text)

    def test_the_line_about_interactions_says_how_many_pairs_are_known_and_that_nobody_reviewed_them(self):
        (line,) = [line for line in self.judge("paracetamol").lines if line.kind == "interaction"]
        self.assertEqual(line.state, "nothing_found")
        self.assertIn(f"Compared with {len(interactions())} pairs; no others are known here.", line.text)
        self.assertIn("not reviewed by a clinician", line.text)

    def test_warnings_are_told_in_the_reader_s_language_and_fit_their_column(self):
        with override("bn"):
            (found,) = self.judge("simvastatin", "clarithromycin").warnings
        self.assertIn("স্ট্যাটিনের", found.text)
        for rule in interactions():
            texts = (rule.mechanism.en, rule.todo.en, rule.source, rule.mechanism.bn, rule.todo.bn)
            self.assertLess(sum(map(len, texts)), 900)


class LowPriority(TestCase):
    """The pairs of Phansalkar 2013 that must not interrupt, in each combination of what the catalogue has."""

    @classmethod
    def setUpTestData(cls):
        cls.catalogue = Catalogue()
        cls.rules = [rule for rule in interactions() if rule.is_low]
        cls.known = [cls.catalogue.substance(generic) for generic in cls.catalogue.codes]

    def members(self, codes: frozenset[str]) -> list[Substance]:
        """The known medicines of these codes; if the catalogue has none, one that is made up for each code."""
        found = [known for known in self.known if any(code.startswith(tuple(codes)) for code in known.codes)]
        return found or [Substance(code, frozenset([code]), frozenset([code]), frozenset()) for code in codes]

    def test_each_comes_with_the_answer_and_none_stops(self):
        self.assertEqual(len(self.rules), 28)
        for rule in self.rules:
            pairs = [
                (one, other)
                for one in self.members(rule.first)
                for other in self.members(rule.second)
                if not one.same_as(other)
            ]
            self.assertTrue(pairs, rule.id)
            for one, other in pairs:
                with self.subTest(rule=rule.id, one=one.name, other=other.name):
                    told = [*of_one_class(one, other), *interacting(other, one)]
                    self.assertTrue(told)
                    self.assertEqual([pair.rule for pair in told if pair.stops], [])

    def test_their_source_says_which_pairs_were_not_read(self):
        numbers = {int(rule.id.removeprefix("low-")) for rule in self.rules}
        missing = set(range(1, 34)) - numbers
        self.assertEqual(missing, {4, 13, 16, 19, 27})
        self.assertIn("numbers 4, 13, 16, 19 and 27", sources()["phansalkar-2013"].through)

    def test_what_is_given_together_is_told_as_low_and_as_no_class(self):
        one, other = (self.catalogue.substance(name) for name in ("acetylsalicylic acid 75 mg", "clopidogrel"))
        self.assertEqual(list(of_one_class(one, other)), [])
        self.assertEqual([(pair.rule, pair.stops) for pair in interacting(one, other)], [("interaction:low-29", False)])

    def test_a_pair_that_another_rule_names_is_told_once(self):
        one, other = (self.catalogue.substance(name) for name in ("warfarin", "simvastatin"))
        self.assertEqual(len(list(interacting(one, other))), 1)


class Rules(TestCase):
    def test_each_interaction_has_a_source_and_medicines_that_are_known(self):
        catalogue = Catalogue()
        self.assertEqual([rule.id for rule in ONC], [f"onc-{at:02}" for at in range(1, 16)])
        self.assertGreaterEqual(len(interactions()), 60)
        for rule in interactions():
            with self.subTest(rule=rule.id):
                self.assertTrue(rule.source and rule.todo.en)
                self.assertGreaterEqual(rule.year, 1990)
                self.assertIn(rule.severity, {"severe"} if rule in ONC else {"severe", "moderate", "minor"})
                for generic in rule.first | rule.second:
                    if not CODE.match(generic):
                        self.assertTrue(catalogue.codes.get(generic), generic)

    def test_each_relation_of_classes_has_a_source(self):
        for relation in together():
            with self.subTest(relation=relation.id):
                self.assertTrue(relation.source and relation.effect.en and relation.todo.en)
                self.assertGreaterEqual(relation.year, 2000)
        for group, because in exceptions().items():
            self.assertRegex(group, r"^[A-Z]\d\d[A-Z]{1,2}$")
            self.assertTrue(because)

    def test_no_synonym_equals_its_generic_name(self):
        self.assertFalse([other for other, generic in names().synonyms.items() if other == generic])
