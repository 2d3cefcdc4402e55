"""Letters in the office: the short forms, the part of the page of the visit, the chart, cancelling, and queries."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.letters import services
from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk


class Forms(Desk, TestCase):
    def write(self, kind: str, by=None, **sent):
        return self.office(by or self.carol).post(self.url_of(kind), sent, follow=True)

    def url_of(self, kind: str) -> str:
        return reverse("admin:visit_letter", args=(self.begun.pk, kind))

    def sick_note(self, **sent):
        given = {"first": f"{self.seen_on():%d/%m/%Y}", "days": "3", "unfit_for": "work", **sent}
        return self.write("sick_note", **given)

    def test_a_sick_note_is_issued_with_its_days_and_the_visit_prints_it(self):
        page = self.sick_note(diagnosis="tonsillitis")
        found = Letter.objects.get()
        self.assertEqual(found.days, (self.seen_on(), self.seen_on(2)))
        self.assertEqual(found.written["parts"], [])
        self.assertEqual(page.redirect_chain[-1][0], f"{self.url()}?printed={found.pk}#letters")
        pdf = reverse("admin:letters_letter_pdf", args=(found.pk,))
        self.assertContains(page, f'data-print src="{pdf}?framed=1"')
        self.assertNotContains(self.office(self.carol).get(self.url()), "data-print")
        self.assertEqual(self.office(self.carol).get(f"{pdf}?framed=1")["X-Frame-Options"], "SAMEORIGIN")

    def test_the_diagnosis_is_printed_only_if_it_is_ticked(self):
        self.sign(assessment="tonsillitis")
        page = self.office(self.carol).get(self.url_of("sick_note"))
        self.assertContains(page, "tonsillitis</textarea>")
        self.assertFalse(page.context["form"]["with_diagnosis"].value())
        self.sick_note(diagnosis="tonsillitis", with_diagnosis="on")
        self.assertEqual(Letter.objects.get().written["parts"], [{"key": "diagnosis", "text": "tonsillitis"}])

    def test_days_or_the_last_day_and_what_contradicts_is_asked_back(self):
        last = f"{self.seen_on(4):%d/%m/%Y}"
        self.assertContains(self.sick_note(days=""), "Enter for how many days, or the last day.")
        self.assertContains(self.sick_note(days="3", last=last), "That is not the last of these days.")
        self.assertContains(self.sick_note(first=f"{self.seen_on(-30):%d/%m/%Y}"), "days before the visit")
        self.assertFalse(Letter.objects.exists())
        self.sick_note(days="", last=last)
        self.assertEqual(Letter.objects.get().days, (self.seen_on(), self.seen_on(4)))

    def test_a_second_one_is_refused_with_what_was_typed(self):
        self.sick_note()
        page = self.sick_note(fit_for="desk work")
        self.assertContains(page, "This visit has such a letter already. Cancel that one first.")
        self.assertContains(page, 'value="desk work"')

    def test_parts_of_a_referral_are_left_out_and_a_colleague_is_known_by_the_name_that_is_offered(self):
        self.sign()
        page = self.office(self.carol).get(self.url_of("referral"))
        label = next(name for name in page.context["doctors"] if name.startswith(self.dr_nadia.name))
        self.write(
            "referral",
            name=label,
            urgency="routine",
            reason="please see",
            complaint="fever for three days",
            with_complaint="on",
            findings="throat red",
        )
        found = Letter.objects.get()
        self.assertEqual(found.colleague, self.dr_nadia)
        self.assertEqual([part["key"] for part in found.written["parts"]], ["reason", "complaint"])

    def test_a_summary_takes_medicines_as_they_were_prescribed_and_not_what_is_sent(self):
        self.prescribe()
        self.write("summary", with_lines="on", lines="forged", advice="rest", with_advice="on")
        written = Letter.objects.get().written
        self.assertEqual([line["name"] for line in written["lines"]], ["Amoxicillin 500 mg", "Paracetamol 500 mg"])
        self.assertEqual(written["parts"], [{"key": "advice", "text": "rest"}])

    def test_the_form_is_for_the_doctor_of_a_visit_that_has_begun_and_its_reading_is_logged(self):
        self.note("condition", "Asthma")
        self.assertContains(self.office(self.carol).get(self.url_of("referral")), "Asthma")
        self.assertTrue(ReadLog.objects.filter(reader=self.carol, what="medical records for a letter").exists())
        self.assertEqual(self.office(self.carol).get(self.url_of("recipe")).status_code, 404)
        coming = self.confirmed_visit(minutes_ago=-600, days=6)
        url = reverse("admin:visit_letter", args=(coming.pk, "sick_note"))
        answer = self.office(self.carol).get(url, follow=True)
        self.assertContains(answer, "The visit has not begun. Write its letters when the patient is there.")
        self.assertEqual(self.office(self.wendy).get(self.url_of("sick_note")).status_code, 404)
        self.assertTrue(ReadLog.objects.filter(reader=self.wendy, subject=self.alice, basis="denied").exists())


class Pages(Desk, TestCase):
    def test_the_visit_lists_them_and_offers_the_forms_to_who_writes(self):
        found = self.issue()
        page = self.office(self.carol).get(self.url())
        self.assertContains(page, reverse("admin:letters_letter_pdf", args=(found.pk,)))
        for kind in Letter.Kind.values:
            self.assertContains(page, reverse("admin:visit_letter", args=(self.begun.pk, kind)))
        self.give_consent(self.dr_wendy)
        page = self.office(self.wendy).get(self.url())
        self.assertContains(page, reverse("admin:letters_letter_pdf", args=(found.pk,)))
        self.assertNotContains(page, reverse("admin:visit_letter", args=(self.begun.pk, "sick_note")))
        self.assertTrue(ReadLog.objects.filter(reader=self.wendy, what="letters", ids=[found.pk]).exists())

    def test_the_history_and_the_chart_show_them(self):
        found = self.issue("referral", self.referral())
        other = self.confirmed_visit(minutes_ago=120, days=6)
        pdf = reverse("admin:letters_letter_pdf", args=(found.pk,))
        page = self.office(self.carol).get(self.url(visit=other))
        self.assertContains(page, pdf)
        self.assertContains(page, "Referral letter · Cardiology")
        chart = reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,))
        self.assertContains(self.office(self.carol).get(chart), pdf)

    def test_a_letter_is_cancelled_on_its_page_and_its_parts_are_shown(self):
        found = self.issue("referral", self.referral(reason="chest pain"))
        carol = self.office(self.carol)
        page = carol.get(reverse("admin:letters_letter_change", args=(found.pk,)))
        for words in ("chest pain", "Cardiology", "intact:"):
            self.assertContains(page, words)
        step = reverse("admin:letters_letter_step", args=(found.pk, "cancel"))
        carol.post(step, {"reason": "sent to another hospital"}, follow=True)
        found.refresh_from_db()
        self.assertEqual((found.status, found.status_reason), ("cancelled", "sent to another hospital"))

    def test_a_page_of_a_visit_makes_as_many_queries_with_many_letters(self):
        self.issue()
        carol = self.office(self.carol)

        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as seen:
                carol.get(self.url())
            return len(seen)

        queries()
        few = queries()
        for _at in range(5):
            self.issue("referral", self.referral())
        services.cancel(letter=Letter.objects.first(), by=self.carol, reason="x", now=timezone.now())
        self.assertEqual(queries(), few)
