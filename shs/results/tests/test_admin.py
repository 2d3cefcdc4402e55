"""Results in the office: the desk hands in, the doctor enters, acknowledges and reviews."""

from datetime import timedelta

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.results.models import Result, Status
from shs.results.tests.scenes import CRITICAL_GLUCOSE, LOW_HAEMOGLOBIN, Laboratory, photo, value


class Office(Laboratory):
    def browser(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def form(self, **fields):
        day = timezone.localdate() - timedelta(days=1)
        return {"patient": self.alice.pk, "kind": "lab", "title": "CBC", "taken_on": f"{day:%d/%m/%Y}", **fields}

    def step(self, result: Result, name: str) -> str:
        return reverse("admin:results_result_step", args=(result.pk, name))


class Desk(Office, TestCase):
    add = "/admin/results/result/add/"

    def test_a_desk_hands_in_and_goes_on_but_reads_nothing(self):
        desk = self.browser(self.erin)
        shown = desk.get(self.add)
        self.assertEqual(shown.status_code, 200)
        self.assertNotContains(shown, "is_confidential")
        values = {"what_1": "haemoglobin|g/dL", "value_1": "9.8", "low_1": "12", "high_1": "15"}
        answer = desk.post(self.add, self.form(file=photo(), **values))
        self.assertRedirects(answer, self.add)
        result = Result.objects.get()
        self.assertEqual((result.source, result.finding, result.doctor), ("desk", "abnormal", self.dr_carol))
        for page in ("change", "history", "file"):
            url = reverse(f"admin:results_result_{page}", args=(result.pk,))
            self.assertIn(desk.get(url).status_code, {403, 404}, page)
        self.assertEqual(desk.get(reverse("admin:results_result_changelist")).status_code, 403)

    def test_people_of_other_clinics_cannot_be_chosen(self):
        answer = self.browser(self.erin).post(self.add, self.form(file=photo(), patient=self.bob.pk))
        self.assertContains(answer, "Select a valid choice")
        self.assertFalse(Result.objects.exists())

    def test_a_refusal_is_shown_on_the_form(self):
        desk = self.browser(self.erin)
        far = {"what_1": "haemoglobin|g/dL", "value_1": "98"}
        self.assertContains(desk.post(self.add, self.form(**far)), "Haemoglobin must be from 0.5 to 30 g/dL")
        self.assertContains(desk.post(self.add, self.form()), "Add a photo or PDF, or enter a value.")
        half = desk.post(self.add, self.form(value_2="3", file=photo()))
        self.assertContains(half, "Choose what was measured.")
        self.assertFalse(Result.objects.exists())

    def test_others_of_the_office_cannot_hand_in(self):
        for user in (self.frank, self.grace, self.henry, self.irene, self.dave):
            with self.subTest(user=user.name):
                answer = self.browser(user).post(self.add, self.form(file=photo()))
                self.assertTrue(answer.status_code == 403 or b"Select a valid choice" in answer.content)
        self.assertFalse(Result.objects.exists())


class Doctor(Office, TestCase):
    def test_a_doctor_sees_the_photo_enters_and_reviews(self):
        result = self.send(upload=photo(), by=self.alice)
        doctor = self.browser(self.carol)
        page = doctor.get(reverse("admin:results_result_change", args=(result.pk,)))
        url = reverse("admin:results_result_file", args=(result.pk,))
        self.assertContains(page, f"{url}?framed=1")
        shown = doctor.get(f"{url}?framed=1")
        self.assertEqual((shown.status_code, shown["Content-Type"]), (200, "image/jpeg"))
        self.assertIn("file of result", set(ReadLog.objects.filter(reader=self.carol).values_list("what", flat=True)))
        rows = {"what_1": "creatinine|mg/dL", "value_1": "1.4", "low_1": "0.6", "high_1": "1.2"}
        self.assertEqual(doctor.post(self.step(result, "enter"), rows).status_code, 302)
        self.assertEqual(doctor.post(self.step(result, "review"), {"comment": "Drink more."}).status_code, 302)
        result.refresh_from_db()
        self.assertEqual((result.status, result.comment, result.finding), (Status.REVIEWED, "Drink more.", "abnormal"))
        self.assertContains(doctor.get(reverse("admin:results_result_change", args=(result.pk,))), "= 124 µmol/L")

    def test_the_form_holds_what_was_entered(self):
        result = self.send(LOW_HAEMOGLOBIN)
        page = self.browser(self.carol).get(self.step(result, "enter"))
        self.assertContains(page, 'value="9.8"')
        self.assertContains(page, '<option value="haemoglobin|g/dL" selected>')

    def test_a_critical_result_is_on_the_dashboard_until_it_is_acknowledged(self):
        result = self.send(CRITICAL_GLUCOSE, by=self.alice, upload=photo())
        doctor = self.browser(self.carol)
        red = f"{reverse('admin:results_result_changelist')}?tab=my_critical"
        self.assertContains(doctor.get(reverse("admin:index")), red)
        self.assertContains(doctor.get(red), "26.4 mmol/L")
        self.assertEqual(doctor.post(self.step(result, "acknowledge"), {}).status_code, 302)
        self.assertNotContains(doctor.get(red), "26.4 mmol/L")

    def test_the_chart_shows_the_course_and_what_was_ordered(self):
        self.prescribe()
        day = timezone.localdate()
        for number, days in (("7.1", 40), ("8.4", 3)):
            self.send(value("hba1c", number, "%"), taken_on=day - timedelta(days=days))
        page = self.browser(self.carol).get(
            reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,))
        )
        self.assertContains(page, "Ordered, no result yet")
        self.assertContains(page, "HbA1c (mmol/mol)")
        self.assertContains(page, "<polyline points=")
        line = ReadLog.objects.filter(reader=self.carol, subject=self.alice, what="results")
        self.assertEqual(line.count(), 1)

    def test_an_ordered_test_without_a_result_is_on_the_dashboard(self):
        issued = self.prescribe()
        long_ago = timezone.now() - timedelta(days=20)
        type(issued).objects.without_history("time passes").filter(pk=issued.pk).update(issued_at=long_ago)
        doctor = self.browser(self.carol)
        listed = f"{reverse('admin:prescription_prescription_changelist')}?tab=no_result"
        self.assertContains(doctor.get(listed), "Amoxicillin")
        self.send(LOW_HAEMOGLOBIN)
        self.assertNotContains(doctor.get(listed), "Amoxicillin")

    def test_medicines_of_a_prescription_on_paper(self):
        result = self.send(upload=photo(), by=self.erin, kind="prescription", title="From Dr. Rahim")
        doctor = self.browser(self.carol)
        text = "Metformin 500 mg 1+0+1\n\n Aspirin 75 mg "
        self.assertEqual(doctor.post(self.step(result, "medicines"), {"medicines": text}).status_code, 302)
        names = self.alice.medical_records.filter(kind="medication").values_list("title", flat=True)
        self.assertEqual(sorted(names), ["Aspirin 75 mg", "Metformin 500 mg 1+0+1"])

    def test_a_result_in_error_leaves_the_chart(self):
        result = self.send(LOW_HAEMOGLOBIN)
        doctor = self.browser(self.carol)
        doctor.post(self.step(result, "retract"), {"reason": "of another patient"})
        page = doctor.get(reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,)))
        self.assertContains(page, "No results yet.")

    def test_values_without_a_file_have_none_to_open(self):
        url = reverse("admin:results_result_file", args=(self.send(LOW_HAEMOGLOBIN).pk,))
        self.assertEqual(self.browser(self.carol).get(url).status_code, 404)
