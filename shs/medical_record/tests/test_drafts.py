"""What becomes of the draft of a note: when the visit is cancelled, the person merged, a backup restored, or its writer
logged out."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import ProtectedError
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.errors import Forbidden
from shs.medical_record import notes
from shs.medical_record.errors import StaleDraft
from shs.medical_record.models import VisitDraft
from shs.testing import Api, TestUsers
from shs.tests.two_rows import Merging
from shs.users.sessions import log_out_everywhere


class Drafted(TestUsers):
    def setUp(self):
        self.seen = self.take_place()
        self.save()

    def save(self, text: str = "cough", seen: int = 0) -> VisitDraft:
        now = timezone.now()
        return notes.save_draft(visit=self.seen, by=self.carol, typed={"complaint": [text]}, seen=seen, now=now)

    def be(self, **changes: Any) -> None:
        """Change the visit without its steps."""
        Appointment.objects.without_history("scene").filter(pk=self.seen.pk).update(**changes)
        self.seen.refresh_from_db()


class Forgetting(Drafted, TestCase):
    def test_the_draft_of_a_cancelled_visit_is_closed_at_once_and_deleted_by_the_next_run(self):
        self.be(status="confirmed")
        self.assertEqual(notes.forget_drafts(now=timezone.now()), 0)
        self.seen.cancel(reason="ill")
        with self.assertRaises(Forbidden):
            self.save("more", seen=1)
        self.assertEqual(Api(self.carol).get(f"/appointments/{self.seen.pk}/note").status_code, 404)
        self.assertEqual(notes.forget_drafts(now=timezone.now(), dry_run=True), 1)
        self.assertEqual(notes.forget_drafts(now=timezone.now()), 1)
        self.assertFalse(VisitDraft.objects.exists())

    @override_settings(PRESCRIBE_WITHIN_DAYS=7, RECORD_ACCESS_DAYS=30)
    def test_a_draft_stays_as_long_as_its_writer_reads_the_chart(self):
        over = self.seen.ends_at
        self.assertEqual(notes.forget_drafts(now=over + timedelta(days=30)), 0)
        self.assertEqual(notes.forget_drafts(now=over + timedelta(days=30, seconds=1)), 1)

    @override_settings(PRESCRIBE_WITHIN_DAYS=60, RECORD_ACCESS_DAYS=0)
    def test_and_at_least_as_long_as_it_can_be_signed(self):
        self.assertEqual(notes.forget_drafts(now=self.seen.ends_at + timedelta(days=60)), 0)
        self.assertEqual(notes.forget_drafts(now=self.seen.ends_at + timedelta(days=61)), 1)

    def test_a_visit_that_was_missed_keeps_it_because_it_may_have_taken_place(self):
        self.be(status="missed")
        self.assertEqual(notes.forget_drafts(now=timezone.now()), 0)

    def test_it_is_a_job(self):
        from shs.core.due.registry import jobs

        self.be(status="cancelled")
        self.assertEqual(jobs()["forget_drafts"].work(now=timezone.now()), 1)


class Kept(Drafted, TestCase):
    def test_it_has_no_history_and_nobody_deletes_the_person_or_the_visit_under_it(self):
        self.assertFalse(hasattr(VisitDraft, "history"))
        for row in (self.alice, self.seen, self.carol):
            with self.assertRaises(ProtectedError):
                row.delete()
        self.assertTrue(VisitDraft.objects.exists())

    def test_who_is_logged_out_everywhere_finds_it_again(self):
        office, url = Client(), reverse("admin:visit_draft", args=(self.seen.pk,))
        office.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        log_out_everywhere(self.carol, reason="a lost phone", now=timezone.now())
        answer = office.post(url, {"seen": 1, "complaint": "by a thief"}, headers={"Accept": "application/json"})
        self.assertNotEqual(answer.status_code, 200)
        self.assertEqual(VisitDraft.objects.get().content, {"complaint": ["cough"]})
        office.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        answer = office.post(url, {"seen": 1, "complaint": "and fever"}, headers={"Accept": "application/json"})
        self.assertEqual((answer.status_code, answer.json()["number"]), (200, 2))

    def test_after_a_restored_backup_a_page_that_is_ahead_overwrites_nothing(self):
        before = VisitDraft.objects.get()
        self.save("cough and fever", seen=1)
        before.save()  # as the backup had it
        with self.assertRaises(StaleDraft):
            self.save("cough, fever and chills", seen=2)
        self.assertEqual(VisitDraft.objects.get().content, {"complaint": ["cough"]})
        self.assertEqual(self.save("cough, fever and chills", seen=1).number, 2)

    def test_a_draft_that_was_signed_after_the_backup_can_be_signed_from_it(self):
        stored = VisitDraft.objects.get()
        written = notes.note_of(stored.content)
        note = notes.sign(visit=self.seen, by=self.carol, written=written, seen=stored.number, now=timezone.now())
        self.assertEqual((note.complaint, VisitDraft.objects.count()), ("cough", 0))

    def test_the_limit_is_not_before_the_end_of_signing(self):
        days = max(settings.PRESCRIBE_WITHIN_DAYS, settings.RECORD_ACCESS_DAYS)
        self.assertTrue(notes.too_late(self.seen, self.seen.ends_at + timedelta(days=days, seconds=1)))


class Merged(Merging, TestCase):
    def test_the_draft_moves_with_its_visit_and_back(self):
        visit = self.take_place(patient=self.dropped)
        now = timezone.now()
        Appointment.objects.without_history("scene").filter(pk=visit.pk).update(identity="document")
        visit.refresh_from_db()
        typed = {"plan": ["rest"]}
        notes.save_draft(visit=visit, by=self.carol, typed=typed, seen=0, now=now)
        asked = self.merge(name="kept", birth="kept", phone="kept")
        draft = VisitDraft.objects.get()
        self.assertEqual((draft.patient, draft.visit.patient), (self.kept, self.kept))
        self.assertEqual((draft.content, draft.number), ({"plan": ["rest"]}, 1))
        self.undo(asked)
        self.assertEqual(VisitDraft.objects.get().patient, self.dropped)
