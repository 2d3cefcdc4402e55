"""The papers of a visit at the counter: who does not read the chart prints again what its doctor issued."""

from datetime import timedelta
from typing import Any

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.reads.models import ReadLog
from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk
from shs.prescription.models import Prescription


class Counter(Desk, TestCase):
    def setUp(self) -> None:
        self.client = self.office(self.erin)
        self.paper, self.letter = self.prescribe(), self.issue()
        self.page = reverse("admin:visit_papers", args=[self.begun.pk])
        self.pdfs = [
            reverse("admin:reprint_prescription", args=[self.begun.pk, self.paper.pk]),
            reverse("admin:reprint_letter", args=[self.begun.pk, self.letter.pk]),
        ]

    def statuses(self, client: Client | None = None) -> list[int]:
        return [(client or self.client).get(url).status_code for url in (self.page, *self.pdfs)]

    def change(self, model: Any, row: Any, **values: Any) -> None:
        model.objects.without_history("the scene is set").filter(pk=row.pk).update(**values)

    def test_the_desk_prints_both_from_the_visit_and_the_patient_can_read_that(self):
        visit = self.client.get(reverse("admin:appointment_appointment_change", args=[self.begun.pk])).content.decode()
        self.assertIn(self.page, visit)
        self.assertIn(f">{self.clinic.name}<", visit)
        board = self.client.get(reverse("admin:desk"), {"day": f"{self.seen_on()}", "clinic": self.clinic.pk})
        self.assertContains(board, self.page)
        page = self.client.get(self.page).content.decode()
        for url in self.pdfs:
            self.assertIn(url, page)
            answer = self.client.get(f"{url}?paper=A5")
            self.assertEqual((answer.status_code, answer.content[:5]), (200, b"%PDF-"))
            self.assertIn("no-store", answer["Cache-Control"])
        for word in ("tonsillitis", "Amoxicillin", self.paper.code, self.letter.code):
            self.assertNotIn(word, page)
        lines = ReadLog.objects.about(self.alice).filter(reader=self.erin).order_by("pk").values_list("what", "ids")
        self.assertEqual(
            list(lines),
            [
                ("papers of a visit, at the desk", [self.begun.pk, self.paper.pk, self.letter.pk]),
                ("prescription printed again at the desk", [self.paper.pk]),
                ("letter printed again at the desk", [self.letter.pk]),
            ],
        )

    def test_the_desk_still_reads_neither(self):
        for name, row in (("prescription_prescription", self.paper), ("letters_letter", self.letter)):
            for page in ("change", "pdf"):
                self.assertIn(self.client.get(reverse(f"admin:{name}_{page}", args=[row.pk])).status_code, {403, 404})

    def test_nobody_prints_what_does_not_count_is_old_or_confidential_or_of_another_clinic(self):
        old = timezone.now() - timedelta(days=31)
        for changes in ({"issued_at": old}, {"is_confidential": True}):
            with self.subTest(changes=changes):
                self.change(Prescription, self.paper, **changes)
                self.change(Letter, self.letter, **changes)
                self.assertEqual(self.statuses(), [200, 404, 404])
                self.assertIn("Nothing to print", self.client.get(self.page).content.decode())
                back = {name: getattr(self.paper, name) for name in changes}
                self.change(Prescription, self.paper, **back)
                self.change(Letter, self.letter, **{name: getattr(self.letter, name) for name in changes})
        self.assertEqual(self.statuses(), [200, 200, 200])
        self.paper.cancel(reason="wrong patient")
        self.letter.cancel(reason="wrong patient")
        self.assertEqual(self.statuses(), [200, 404, 404])

    def test_who_has_no_desk_there_does_not_print(self):
        for user in (self.grace, self.carol):
            with self.subTest(user=user.email):
                self.assertEqual(self.statuses(self.office(user)), [403, 403, 403])
        self.change(Appointment, self.begun, clinic=None)
        self.assertEqual(self.statuses(), [404, 404, 404])
