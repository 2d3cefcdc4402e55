"""The page behind the QR code: what it says to whom, and what pharmacies note there."""

from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import TooMany
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.prescription.errors import GivenBefore, TooLate, WrongCode
from shs.prescription.models import Dispensing, Prescription
from shs.prescription.services import dispensing
from shs.prescription.services.dispensing import Given
from shs.prescription.tests.scenes import Surgery
from shs.testing import Api, later, limits


class Base(Surgery, TestCase):
    def setUp(self):
        super().setUp()
        self.found = self.prescribe()
        self.lines = list(self.found.lines.all())

    def page(self, code="", client=None, **query):
        return (client or Client()).get(reverse("rx", args=(code or self.found.code,)), query)

    def post(self, client=None, **data):
        body = {"pharmacy": "Lake Pharmacy, Dhaka", "code": dispensing.code_for(self.found, timezone.now())}
        body |= {f"extent_{line.pk}": "all" for line in self.lines}
        return (client or Client()).post(reverse("rx", args=(self.found.code,)), {**body, "do": "dispense", **data})

    def give(self, *extents, **more):
        given = {line.pk: Given(extent) for line, extent in zip(self.lines, extents, strict=False)}
        more = {"code": dispensing.code_for(self.found, timezone.now()), "seen_before": False, **more}
        return dispensing.dispense(
            prescription=self.found, pharmacy="Lake Pharmacy", given=given, now=timezone.now(), **more
        )

    def carols_office(self) -> Client:
        client = Client()
        client.force_login(self.carol)
        return client


class SeenByPeople(Base):
    def test_it_says_in_both_languages_that_it_is_valid_and_what_to_take(self):
        page = self.page(lang="en")
        for words in ("VALID", "বৈধ", "Dr. Carol", self.dr_carol.license_number, "Amoxicillin 500 mg", "after meals"):
            self.assertContains(page, words)
        self.assertContains(self.page(lang="bn"), "ওষুধ")

    def test_it_names_the_patient_by_initials_and_nothing_of_their_illness(self):
        text = self.page(lang="en").content.decode()
        self.assertIn("A.", text)
        for secret in ("Alice", "tonsillitis", "sore throat", "38.4", "drink warm water", "Haemoglobin", "alice@"):
            self.assertNotIn(secret, text)

    def test_it_says_what_became_of_it(self):
        first, code = self.found, self.found.code
        self.amend(first)
        self.assertContains(self.page(code, lang="en"), "AMENDED: replaced by a newer prescription")
        newer = Prescription.objects.get(amends=first)
        newer.cancel(reason="wrong patient")
        self.assertContains(self.page(newer.code, lang="en"), "CANCELLED: not valid")

    @override_settings(PRESCRIPTION_VALID_DAYS=30)
    def test_it_is_too_old_for_people_and_programs_after_the_days_of_the_setting(self):
        with later(days=29):
            self.assertTrue(Client().get(f"/api/v1/prescriptions/verify/{self.found.code}").json()["valid"])
        with later(days=31):
            self.assertContains(self.page(lang="en"), "TOO OLD: not valid")
            told = Client().get(f"/api/v1/prescriptions/verify/{self.found.code}").json()
            self.assertEqual((told["valid"], told["too_old"], told["status"]), (False, True, "issued"))
            self.assertEqual(dispensing.code_for(self.found, timezone.now()), "")

    def test_of_a_damaged_one_nothing_is_told_but_that(self):
        Prescription.objects.without_history("a forger").filter(pk=self.found.pk).update(advice="take ten")
        page = self.page(lang="en")
        self.assertContains(page, "NOT VALID: the content was changed after issuing")
        self.assertNotContains(page, "Amoxicillin")

    def test_each_code_that_there_is_not_gets_the_same_answer(self):
        draft = Prescription.objects.get(pk=self.found.pk).code[:-1]
        answers = [self.page(code, lang="en") for code in ("AAAA", draft, "x" * 300, "বাংলা")]
        self.assertEqual({answer.status_code for answer in answers}, {404})
        self.assertEqual(len({answer.content for answer in answers}), 1)

    def test_it_is_found_by_a_typed_code_and_by_no_search_engine(self):
        code = self.found.code.lower()
        page = self.page(f"{code[:4]} {code[4:8]}-{code[8:]}")
        self.assertEqual(page.status_code, 200)
        self.assertEqual(page["X-Robots-Tag"], "noindex, nofollow")
        self.assertIn("no-store", page["Cache-Control"])

    @limits(verify=(0, 2))
    def test_codes_are_counted_by_the_address_right_and_wrong_together_with_the_programs(self):
        self.assertEqual(self.page("AAAA").status_code, 404)
        self.assertEqual(self.page().status_code, 200)
        self.assertEqual(self.page().status_code, 429)
        self.assertEqual(Client().get(f"/api/v1/prescriptions/verify/{self.found.code}").status_code, 429)


class GivenOut(Base):
    def test_a_pharmacy_notes_what_it_gives_out_and_all_see_it(self):
        note = {f"extent_{self.lines[1].pk}": "part", f"note_{self.lines[1].pk}": "4 tablets"}
        answer = self.post(**note)
        self.assertEqual(answer.status_code, 302, answer.content)
        row = Dispensing.objects.get()
        self.assertEqual([line.extent for line in row.lines.all()], ["all", "part"])
        self.assertEqual(row.history.count(), 1)
        self.assertContains(self.page(lang="en"), "Lake Pharmacy, Dhaka")
        told = Api(self.alice).get(f"/prescriptions/{self.found.pk}/dispensing").json()
        self.assertEqual((told["state"], told["medications"][1]["given"][0]["note"]), ("part", "4 tablets"))
        change = reverse("admin:prescription_prescription_change", args=(self.found.pk,))
        self.assertContains(self.carols_office().get(change), "4 tablets")
        self.assertEqual(Notice.objects.filter(kind=Kind.DISPENSED, user=self.alice).count(), 1)
        self.assertFalse(Notice.objects.filter(kind=Kind.DISPENSED, user=self.carol).exists())

    def test_a_code_is_for_one_time_and_the_next_one_is_for_the_patient(self):
        first = dispensing.code_for(self.found, timezone.now())
        self.give("part")
        with self.assertRaises(WrongCode):
            self.give("part", code=first)
        second = Api(self.alice).get(f"/prescriptions/{self.found.pk}/dispensing").json()["code"]
        self.assertNotEqual(first, second)
        self.give("all", code=second)

    def test_a_second_time_is_seen_first_and_told_to_the_doctor(self):
        self.give("all", "part")
        refused = self.post()
        self.assertContains(refused, "Amoxicillin 500 mg", status_code=409)
        self.assertEqual(Dispensing.objects.count(), 1)
        self.assertEqual(self.post(seen_before="on").status_code, 302)
        again = Dispensing.objects.latest("pk").lines.all()
        self.assertEqual([line.again for line in again], [True, False])
        self.assertEqual(Notice.objects.filter(kind=Kind.DISPENSED, user=self.carol).count(), 1)

    def test_what_was_given_in_part_is_given_further_without_a_word(self):
        self.give("part")
        self.give("all")
        with self.assertRaises(GivenBefore):
            self.give("all")

    def test_the_pharmacy_takes_it_back_within_half_an_hour_and_nobody_else(self):
        answer = self.post()
        page = Client().get(answer["Location"])
        self.assertContains(page, "Undo what I have just entered")
        token = dispensing.undo_token(Dispensing.objects.get())
        for wrong in ("", "x", "1:x:y", dispensing.signing.dumps(1, salt="other")):
            self.assertEqual(self.post(do="undo", undo=wrong).status_code, 404, wrong)
        self.assertEqual(self.post(do="undo", undo=token).status_code, 302)
        self.assertEqual(Dispensing.objects.get().status, "undone")
        self.assertNotContains(self.page(lang="en"), "Lake Pharmacy")
        self.assertEqual(self.post(do="undo", undo=token).status_code, 409)
        self.assertEqual(self.post().status_code, 302, "The code counts again.")

    def test_it_is_too_late_to_take_it_back_after_half_an_hour(self):
        token = dispensing.undo_token(self.give("all"))
        with later(minutes=31), self.assertRaises(TooLate):
            dispensing.undo(prescription=self.found, token=token, now=timezone.now())

    @limits(dispense=(0, 3))
    def test_codes_are_counted_for_the_prescription(self):
        for _try in range(3):
            with self.assertRaises(WrongCode):
                self.give("all", code="0000 0000")
        with self.assertRaises(TooMany):
            self.give("all")
        with later(hours=1):
            self.give("all")

    def test_nothing_is_given_out_on_what_is_not_valid(self):
        code = dispensing.code_for(self.found, timezone.now())
        self.amend(self.found)
        self.assertEqual(self.post(code=code).status_code, 409)
        self.assertFalse(Dispensing.objects.exists())

    def test_a_form_without_a_pharmacy_or_a_medicine_keeps_what_was_typed(self):
        self.assertContains(self.post(pharmacy=""), "Name and place of the pharmacy", status_code=422)
        nothing = {f"extent_{line.pk}": "none" for line in self.lines}
        answer = self.post(**nothing)
        self.assertContains(answer, "Lake Pharmacy, Dhaka", status_code=422)

    def test_the_code_is_no_other_with_another_key_unless_it_is_the_former_one(self):
        code = dispensing.code_for(self.found, timezone.now())
        with override_settings(SECRET_KEY="x" * 60, SECRET_KEY_FALLBACKS=[]), self.assertRaises(WrongCode):
            self.give("all", code=code)

    def test_strangers_do_not_read_what_was_given_out(self):
        self.give("all")
        self.assertEqual(Api(self.bob).get(f"/prescriptions/{self.found.pk}/dispensing").status_code, 404)

    def test_csrf_is_checked(self):
        self.assertEqual(self.post(client=Client(enforce_csrf_checks=True)).status_code, 403)
