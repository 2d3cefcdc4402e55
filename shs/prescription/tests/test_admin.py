"""Prescriptions in the admin: writing, answering warnings, issuing, printing, amending, cancelling."""

from datetime import timedelta

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.prescription import services
from shs.prescription.models import Medication, Prescription, PrescriptionLine, Status
from shs.prescription.tests.scenes import AMOXICILLIN, PARACETAMOL, Surgery


def rows(prefix: str, given: list[dict], **counts) -> dict[str, str]:
    """The form data of an inline."""
    found = {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": counts.get("initial", 0)}
    for at, row in enumerate(given):
        found |= {f"{prefix}-{at}-{name}": value for name, value in row.items()}
    return found


class Screens(Surgery, TestCase):
    def browser(self, user) -> Client:
        browser = Client()
        browser.force_login(user, backend="shs.users.backends.EmailBackend")
        return browser

    def setUp(self):
        self.doctor = self.browser(self.carol)

    def url(self, page: str, *args) -> str:
        return reverse(f"admin:prescription_prescription_{page}", args=args)

    def draft(self, *lines: dict, **more) -> Prescription:
        draft = Prescription(diagnosis="tonsillitis")
        services.begin(draft=draft, visit=more.pop("visit", self.begun), by=self.carol, now=timezone.now())
        for line in lines or (AMOXICILLIN,):
            PrescriptionLine.objects.create(prescription=draft, **line)
        return draft

    def step(self, row: Prescription, name: str, **data):
        return self.doctor.post(self.url("step", row.pk, name), data)


class Writing(Screens):
    def form(self, **changes):
        return {
            "appointment": self.begun.pk,
            "diagnosis": "tonsillitis",
            "symptoms": "",
            "advice": "",
            "follow_up_date": "",
            "temperature_c": "38.4",
            **rows("lines", [{**PARACETAMOL, "medication": "", "instructions": ""}]),
            **rows("tests", [{"test": "", "name": "Haemoglobin", "instructions": ""}]),
            **changes,
        }

    def test_a_doctor_writes_a_draft_for_their_own_visit(self):
        response = self.doctor.post(self.url("add"), self.form())
        self.assertEqual(response.status_code, 302, response.content[:2000])
        draft = Prescription.objects.get()
        self.assertEqual((draft.status, draft.patient, draft.doctor), (Status.DRAFT, self.alice, self.dr_carol))
        self.assertEqual(draft.vital_signs, {"temperature_c": 38.4})
        self.assertEqual((draft.lines.get().name, draft.tests.get().name), ("Paracetamol 500 mg", "Haemoglobin"))
        self.assertEqual(draft.history.first().history_user, self.carol)

    def test_vital_signs_are_graded_by_the_age_on_that_day_and_by_pregnancy(self):
        profile = self.alice.profile
        profile.gender, profile.date_of_birth = "female", timezone.localdate() - timedelta(days=30 * 366)
        profile.save()
        signs = {"systolic_mmhg": 165, "pulse_bpm": 70}
        seen = ((60, "no", 'warning">raised'), (90, "yes", 'danger">critically high'))
        for minutes, answer, label in seen:
            visit = self.confirmed_visit(minutes_ago=minutes, days=minutes)
            found = self.prescribe(visit, vital_signs=signs, pregnancy=answer, breastfeeding="no")
            page = self.doctor.get(self.url("change", found.pk))
            self.assertContains(page, f'<strong>165</strong> mmHg <span class="shs-label shs-label-{label}')
            self.assertContains(page, "<strong>70</strong> beats/min  <span")

    def test_a_line_without_a_name_gets_the_name_in_the_catalogue(self):
        row = Medication.objects.get(generic_name="metformin", form="tablet", strength="500 mg")
        line = {**PARACETAMOL, "name": "", "medication": row.pk, "instructions": ""}
        self.doctor.post(self.url("add"), self.form(**rows("lines", [line])))
        self.assertEqual(PrescriptionLine.objects.get().name, "metformin tablet 500 mg")

    def test_only_visits_that_can_have_a_prescription_are_offered(self):
        page = self.doctor.get(self.url("add")).content.decode()
        self.assertIn(self.begun.number, page)
        self.assertNotIn(self.visit.number, page)
        self.prescribe()
        self.assertNotIn(self.begun.number, self.doctor.get(self.url("add")).content.decode())

    def test_a_visit_of_another_doctor_is_refused(self):
        response = self.browser(self.dave).post(self.url("add"), self.form())
        self.assertEqual(response.status_code, 200)
        self.assertFalse(Prescription.objects.exists())

    def test_a_draft_can_be_changed_and_its_lines_removed(self):
        draft = self.draft(AMOXICILLIN, PARACETAMOL)
        first, second = draft.lines.all()
        lines = [
            {**AMOXICILLIN, "id": first.pk, "DELETE": "on"},
            {**PARACETAMOL, "id": second.pk, "dosage": "2 tablets"},
        ]
        form = self.form(**rows("lines", lines, initial=2), **rows("tests", []), diagnosis="otitis")
        response = self.doctor.post(self.url("change", draft.pk), form)
        self.assertEqual(response.status_code, 302, response.content[:2000])
        draft.refresh_from_db()
        self.assertEqual((draft.diagnosis, draft.lines.get().dosage), ("otitis", "2 tablets"))

    def test_an_issued_prescription_is_read_only(self):
        issued = self.prescribe()
        page = self.doctor.get(self.url("change", issued.pk)).content.decode()
        self.assertNotIn('name="diagnosis"', page)
        self.assertNotIn('name="lines-0-name"', page)
        response = self.doctor.post(self.url("change", issued.pk), self.form(advice="take ten"))
        self.assertEqual(response.status_code, 403)

    def test_nobody_can_delete_one(self):
        issued = self.prescribe()
        for user in (self.carol, self.frank, self.irene):
            self.assertEqual(self.browser(user).post(self.url("delete", issued.pk), {"post": "yes"}).status_code, 403)


class Issuing(Screens):
    def test_a_warning_needs_a_reason_before_issuing(self):
        entry = self.note("allergy", "Penicillin")
        draft = self.draft()
        field = f"reason-allergy:{entry.pk}:amoxicillin-500-mg"
        page = self.doctor.get(self.url("step", draft.pk, "issue")).content.decode()
        self.assertIn("recorded allergy to “Penicillin”", page)
        self.assertEqual(self.step(draft, "issue", seen="on").status_code, 200)
        draft.refresh_from_db()
        self.assertEqual(draft.status, Status.DRAFT)
        self.assertEqual(self.step(draft, "issue", seen="on", **{field: "tolerated in 2024"}).status_code, 302)
        draft.refresh_from_db()
        self.assertEqual((draft.status, draft.warnings.get().reason), (Status.ISSUED, "tolerated in 2024"))
        self.assertIn("tolerated in 2024", self.doctor.get(self.url("change", draft.pk)).content.decode())

    def test_each_kind_of_check_has_a_line_and_what_was_not_checked_is_not_in_the_way(self):
        draft = self.draft()
        for page in (self.url("change", draft.pk), self.url("step", draft.pk, "issue")):
            shown = self.doctor.get(page)
            self.assertContains(shown, "no allergies are recorded and nobody asked")
            self.assertContains(shown, "nobody asked whether she is pregnant")
        self.assertEqual(self.step(draft, "issue").status_code, 302)
        shown = self.doctor.get(self.url("change", draft.pk))
        self.assertContains(shown, "nobody asked whether she is pregnant")
        self.assertContains(shown, "Pregnancy and breast-feeding")

    def test_a_minor_warning_is_shown_and_needs_no_reason(self):
        self.note("allergy", "Penicillin", severity="mild")
        draft = self.draft({**AMOXICILLIN, "name": "cefixime capsule 400 mg", "frequency": "1+0+0"})
        self.assertContains(self.doctor.get(self.url("step", draft.pk, "issue")), "a reaction to it is rare")
        self.assertEqual(self.step(draft, "issue").status_code, 302)
        kept = draft.warnings.get()
        self.assertEqual((kept.stops, kept.reason, kept.rule), (False, "", "allergy:penicillins-cephalosporins"))

    def test_what_was_issued_before_the_lines_were_kept_says_what_was_not_checked_then(self):
        issued = self.prescribe()
        rows = Prescription.objects.without_history("as it was").filter(pk=issued.pk)
        rows.update(checks=[], not_checked=["Not checked: the moon."])
        self.assertContains(self.doctor.get(self.url("change", issued.pk)), "Not checked: the moon.")

    def test_issuing_completes_the_visit(self):
        self.step(self.draft(), "issue", seen="on")
        self.begun.refresh_from_db()
        self.assertEqual(self.begun.status, "completed")

    def test_admins_and_auditors_can_read_with_a_log_line_but_not_issue(self):
        draft = self.draft()
        for user in (self.frank, self.irene):
            browser = self.browser(user)
            self.assertEqual(browser.get(self.url("change", draft.pk)).status_code, 200)
            self.assertEqual(browser.post(self.url("step", draft.pk, "issue"), {"seen": "on"}).status_code, 403)
            self.assertEqual(browser.get(self.url("add")).status_code, 403)
            self.assertTrue(ReadLog.objects.filter(reader=user, what="prescription", subject=self.alice).exists())


class IssuedPrescriptions(Screens):
    def test_amending_creates_a_draft_that_replaces_it_when_issued(self):
        issued = self.prescribe()
        response = self.step(issued, "amend")
        draft = Prescription.objects.get(status=Status.DRAFT)
        self.assertRedirects(response, self.url("change", draft.pk))
        self.assertEqual(self.step(draft, "issue", seen="on").status_code, 200)
        self.assertEqual(self.step(draft, "issue", seen="on", reason="dose too high").status_code, 302)
        issued.refresh_from_db()
        self.assertEqual((issued.status, issued.status_reason), (Status.AMENDED, "dose too high"))
        self.assertContains(self.doctor.get(self.url("change", issued.pk)), self.url("change", draft.pk))

    def test_cancelling_needs_a_reason(self):
        issued = self.prescribe()
        self.step(issued, "cancel", reason="")
        issued.refresh_from_db()
        self.assertEqual(issued.status, Status.ISSUED)
        self.step(issued, "cancel", reason="wrong patient")
        issued.refresh_from_db()
        self.assertEqual(issued.status, Status.CANCELLED)

    def test_the_pdf_is_linked_on_its_page_and_logged(self):
        issued = self.prescribe()
        self.assertContains(self.doctor.get(self.url("change", issued.pk)), self.url("pdf", issued.pk))
        response = self.doctor.get(self.url("pdf", issued.pk))
        self.assertEqual((response.status_code, response["Content-Type"]), (200, "application/pdf"))
        self.assertTrue(ReadLog.objects.filter(reader=self.carol, what="PDF of prescription").exists())
        self.assertEqual(self.doctor.get(self.url("pdf", 2**62)).status_code, 404)

    def test_a_draft_has_no_pdf(self):
        self.assertEqual(self.doctor.get(self.url("pdf", self.draft().pk)).status_code, 404)

    def test_the_patient_page_shows_them_and_links_to_a_new_one(self):
        page = reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,))
        self.assertContains(self.doctor.get(page), f"{self.url('add')}?appointment={self.begun.pk}")
        self.prescribe()
        shown = self.doctor.get(page)
        self.assertContains(shown, "acute tonsillitis")
        self.assertNotContains(shown, f"?appointment={self.begun.pk}")
        self.assertTrue(ReadLog.objects.filter(reader=self.carol, what="prescriptions").exists())

    def test_a_broken_seal_is_shown(self):
        issued = self.prescribe()
        Prescription.objects.without_history("a forger").filter(pk=issued.pk).update(advice="take ten")
        self.assertContains(self.doctor.get(self.url("change", issued.pk)), "NOT VALID")

    def test_only_admins_export_and_the_purpose_is_logged(self):
        self.prescribe()
        form = {"resource": "", "format": "0", "purpose": "a claim of the insurer"}
        admin = self.browser(self.frank)
        page = admin.get(self.url("export"))
        self.assertEqual(page.status_code, 200)
        fields = {f"prescriptioncolumns_{name}": "on" for name in ("id", "diagnosis", "status")}
        response = admin.post(self.url("export"), {**form, **fields})
        self.assertIn(b"acute tonsillitis", response.getvalue())
        self.assertTrue(ReadLog.objects.filter(reader=self.frank, note="a claim of the insurer").exists())
        self.assertEqual(self.doctor.post(self.url("export"), {**form, **fields}).status_code, 403)

    def test_a_list_of_eight_needs_no_more_queries_than_one_of_one(self):
        def count() -> int:
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            with CaptureQueriesContext(
                connection,
            ) as found:
                self.assertEqual(self.doctor.get(f"{self.url('changelist')}?tab=issued").status_code, 200)
            return len(found)

        self.prescribe()
        count()
        first = count()
        for at in range(7):
            self.prescribe(self.confirmed_visit(minutes_ago=60 * (at + 2), days=5 + at))
        self.assertEqual(count(), first)


class Catalogues(Screens):
    def test_which_users_can_see_and_change_the_catalogues(self):
        row = Medication.objects.first()
        page = reverse("admin:prescription_medication_change", args=(row.pk,))
        expected = {"carol": 403, "erin": 403, "irene": 403, "frank": 302}
        form = {"generic_name": row.generic_name, "form": row.form, "strength": "5 g", "atc_code": row.atc_code}
        for name, status in expected.items():
            browser = self.browser(self.people[name])
            with self.subTest(who=name):
                self.assertEqual(browser.get(page).status_code, 200)
                self.assertEqual(browser.post(page, form).status_code, status)
        for name in ("grace", "henry"):
            self.assertIn(self.browser(self.people[name]).get(page).status_code, {403, 404})

    def test_a_doctor_finds_medicines_by_autocomplete(self):
        query = {
            "app_label": "prescription",
            "model_name": "prescriptionline",
            "field_name": "medication",
            "term": "amoxi",
        }
        found = self.doctor.get(reverse("admin:autocomplete"), query).json()["results"]
        self.assertGreaterEqual(len(found), 3)


class ComingAgain(Surgery, TestCase):
    """The next visit, booked from the page of a prescription."""

    def open(self, user, url: str):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        return self.client.get(url)

    def test_the_page_leads_to_the_next_visit_which_begins_at_the_follow_up(self):
        day = timezone.localdate() + timedelta(days=12)
        issued = self.prescribe(follow_up_date=day)
        page = self.open(self.carol, reverse("admin:prescription_prescription_change", args=(issued.pk,)))
        step = reverse("admin:appointment_appointment_step", args=(self.begun.pk, "follow_up"))
        self.assertContains(page, f'href="{step}"')
        dialog = self.open(self.carol, step)
        self.assertContains(dialog, f'value="{day}T09:00" aria-label')
        self.assertContains(dialog, f"The patient is to come again on {day:%d/%m/%Y}")
        self.assertNotContains(dialog, f'value="{day - timedelta(days=1)}T')
        self.client.post(step, {"slot": f"{day}T09:00"})
        booked = self.begun.patient.appointments.get(starts_at__date=day)
        self.assertEqual((booked.status, booked.doctor), ("confirmed", self.dr_carol))

    def test_the_desk_which_may_not_read_prescriptions_is_offered_the_days_from_today(self):
        day = timezone.localdate() + timedelta(days=12)
        self.prescribe(follow_up_date=day)
        step = reverse("admin:appointment_appointment_step", args=(self.begun.pk, "come_again"))
        dialog = self.open(self.erin, step)
        self.assertEqual(dialog.status_code, 200)
        self.assertNotContains(dialog, "is to come again on")

    def test_others_who_may_read_it_book_nothing(self):
        issued = self.prescribe()
        page = self.open(self.irene, reverse("admin:prescription_prescription_change", args=(issued.pk,)))
        self.assertEqual(page.status_code, 200)
        self.assertNotContains(page, "Book follow-up")
