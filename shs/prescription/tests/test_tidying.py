"""A mistyped entry of the catalogue in the office: deleted if nothing refers to it, or else merged, with what will
change beforehand and an undo afterwards. What was sealed keeps its words."""

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.prescription import services
from shs.prescription.models import Brand, Medication, Prescription, PrescriptionLine
from shs.prescription.tests.scenes import AMOXICILLIN, Surgery
from shs.tests.prepared import prepared


class Office(Surgery, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.right = Medication.objects.get_by_natural_key("amoxicillin", "capsule", "500 mg")
        cls.mistyped = Medication.objects.create(
            generic_name="amoxcillin", form="capsule", strength="500 mg", atc_code="J01CA04"
        )
        cls.brand = Brand.objects.create(name="Amoxilar", medication=cls.right, form="capsule", strength="500 mg")
        cls.mistyped_brand = Brand.objects.create(
            name="Amoxilra", medication=cls.right, form="capsule", strength="500 mg"
        )

    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")

    def url(self, row: Medication | Brand, what: str, *more: str) -> str:
        return reverse(f"admin:prescription_{row._meta.model_name}_{what}", args=(row.pk, *more))

    def pairs(self):
        return ((self.mistyped, self.right), (self.mistyped_brand, self.brand))

    def sealed(self, row: Medication | Brand) -> Prescription:
        """A prescription that was issued with `row`, and is all that refers to it."""
        key = "brand" if isinstance(row, Brand) else "medication"
        return self.prescribe(medications=[{**AMOXICILLIN, "name": str(row), key: row.pk}])

    def test_what_nothing_refers_to_is_deleted_and_can_be_restored(self):
        for row, _into in self.pairs():
            with self.subTest(row=row):
                asked = self.client.get(self.url(row, "delete"))
                self.assertContains(asked, str(row))
                done = self.client.post(self.url(row, "delete"), {"post": "yes"}, follow=True)
                self.assertContains(done, "is deleted")
                self.assertFalse(type(row).objects.filter(pk=row.pk).exists())
                undo = reverse("admin:restore", args=("prescription", row._meta.model_name, row.pk))
                self.assertContains(done, undo)
                self.client.post(undo)
                self.assertTrue(type(row).objects.filter(pk=row.pk).exists())

    def test_what_a_sealed_prescription_names_is_not_deleted_and_the_page_offers_a_merge(self):
        for row, _into in self.pairs():
            with self.subTest(row=row):
                issued = self.sealed(row)
                for answer in (
                    self.client.get(self.url(row, "delete")),
                    self.client.post(self.url(row, "delete"), {"post": "yes"}),
                ):
                    self.assertContains(answer, "is not deleted")
                    self.assertContains(answer, self.url(row, "step", "merge"))
                self.assertTrue(type(row).objects.filter(pk=row.pk).exists())
                self.assertTrue(Prescription.objects.in_full().get(pk=issued.pk).is_intact())
                issued.cancel(reason="the next one")

    def test_a_merge_shows_what_changes_first_and_keeps_the_sealed_words(self):
        for row, into in self.pairs():
            with self.subTest(row=row):
                issued = self.sealed(row)
                words = Prescription.objects.in_full().get(pk=issued.pk).content()
                merge = self.url(row, "step", "merge")
                typed = {"into": into.pk, "reason": "mistyped"}
                preview = self.client.post(merge, typed)
                self.assertContains(preview, "Nothing is merged yet")
                self.assertContains(preview, f"Searches for it find “{into}”")
                row.refresh_from_db()
                self.assertIsNone(row.merged_into)

                self.client.post(merge, {**typed, "seen": into.pk})
                row.refresh_from_db()
                self.assertEqual((row.merged_into, row.is_archived), (into, True))
                after = Prescription.objects.in_full().get(pk=issued.pk)
                line = after.lines.get()
                self.assertEqual(line.brand if isinstance(row, Brand) else line.medication, into)
                self.assertEqual((line.name, after.content(), after.is_intact()), (str(row), words, True))

                self.client.post(self.url(row, "step", "undo_merge"))
                row.refresh_from_db()
                self.assertIsNone(row.merged_into)
                line = Prescription.objects.in_full().get(pk=issued.pk).lines.get()
                self.assertEqual(line.brand if isinstance(row, Brand) else line.medication, row)
                issued.cancel(reason="the next one")

    def test_a_draft_that_names_it_follows_the_merge(self):
        draft = Prescription(diagnosis="x")
        services.begin(draft=draft, visit=self.begun, by=self.carol, now=timezone.now())
        line = PrescriptionLine.objects.create(prescription=draft, medication=self.mistyped, **AMOXICILLIN)
        typed = {"into": self.right.pk, "reason": "mistyped", "seen": self.right.pk}
        self.client.post(self.url(self.mistyped, "step", "merge"), typed)
        line.refresh_from_db()
        self.assertEqual(line.medication, self.right)

    def test_a_desk_and_a_doctor_do_neither(self):
        for user in (self.erin, self.carol):
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            for row, _into in self.pairs():
                with self.subTest(user=user.email, row=row):
                    self.assertIn(self.client.post(self.url(row, "delete"), {"post": "yes"}).status_code, (403, 404))
                    self.assertIn(self.client.post(self.url(row, "step", "merge"), {}).status_code, (403, 404))
                    self.assertTrue(type(row).objects.filter(pk=row.pk).exists())


class Strengths(Surgery, TestCase):
    def test_the_list_of_medicines_says_which_strengths_nobody_has_read_and_lists_them(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        url = reverse("admin:prescription_medication_changelist")
        listed = self.client.get(url, {"q": "losartan"})
        self.assertContains(listed, "tablet 25 mg · strength not checked")
        self.assertContains(listed, "tablet 50 mg")
        self.assertNotContains(listed, "tablet 50 mg · strength")
        unread = self.client.get(url, {"q": "losartan", "tab": "unchecked"})
        self.assertContains(unread, "tablet 25 mg · strength not checked")
        self.assertNotContains(unread, "tablet 50 mg")
