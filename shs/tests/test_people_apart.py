"""Undoing the merge of two people, its pages, and races."""

from datetime import time

from django.db import IntegrityError
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services import book, register
from shs.core.errors import Invalid, Refused, StepRefused
from shs.core.reads.models import ReadLog
from shs.medical_record.models import MedicalRecord
from shs.testing import CommittedTestCase, at_once, later, make_user, soon
from shs.tests.two_rows import RAHIM, Merging
from shs.users import merges
from shs.users.contacts import add_phone, number_of
from shs.users.models import ContactPoint, PersonMerge, Role, User


class Undoing(Merging, TestCase):
    def test_rows_added_since_stay_with_the_kept_one_until_somebody_decides(self):
        before = self.booked(self.dropped)
        asked = self.merge()
        with later(hours=1):
            visit = self.booked(self.kept, time(13))
            entry = MedicalRecord.objects.create(
                patient=self.kept, kind="note", title="Cough", recorded_by=self.carol, source="doctor"
            )
            add_phone(person=self.kept, text="01912-345678")
            self.assertEqual(self.undo(asked), 3)
        before.refresh_from_db()
        self.assertEqual(before.patient, self.dropped)
        self.assertTrue(self.dropped.is_active)
        self.assertEqual(number_of(self.dropped.pk), "+8801812345678")
        shared = ContactPoint.objects.live().filter(value="+8801812345678").values_list("person", flat=True)
        self.assertEqual(list(shared), [self.dropped.pk])
        keys = {one.key for one in merges.added_rows(asked)}
        self.assertLess({f"appointment.Appointment:{visit.pk}", f"medical_record.MedicalRecord:{entry.pk}"}, keys)
        with self.assertRaises(Invalid):
            merges.settle_added(request=asked, keys=["users.User:1"], by=self.zoe, now=timezone.now())
        merges.settle_added(
            request=asked, keys=[f"medical_record.MedicalRecord:{entry.pk}"], by=self.zoe, now=timezone.now()
        )
        for row in (visit, entry):
            row.refresh_from_db()
        self.assertEqual((visit.patient, entry.patient), (self.kept, self.dropped))
        with self.assertRaises(StepRefused):
            merges.settle_added(request=asked, keys=[], by=self.zoe, now=timezone.now())

    def test_it_is_undone_for_thirty_days_and_inner_merges_after_outer_ones(self):
        asked = self.merge()
        third = register(newcomer=RAHIM, clinic=self.clinic, by=self.erin, now=timezone.now())
        outer = self.merge(third, self.kept)
        self.assertEqual(User.objects.with_number(self.dropped.patient_number).get(), third)
        with self.assertRaises(StepRefused):
            self.undo(asked)
        self.undo(outer)
        self.assertEqual(self.dropped.merged_into, self.kept)
        with later(days=31), self.assertRaises(StepRefused):
            self.undo(asked)
        self.undo(asked)
        with self.assertRaises(StepRefused):
            self.undo(asked)

    def test_what_was_written_while_two_were_merged_follows(self):
        self.merge()
        entry = MedicalRecord.objects.create(
            patient=self.dropped, kind="note", title="Cough", recorded_by=self.carol, source="doctor"
        )
        self.assertEqual(merges.follow(now=timezone.now(), dry_run=True), 1)
        self.assertEqual(merges.follow(now=timezone.now()), 1)
        entry.refresh_from_db()
        self.assertEqual(entry.patient, self.kept)
        self.assertEqual(merges.follow(now=timezone.now()), 0)


class Pages(Merging, TestCase):
    def page(self, user, name: str, *args, query: str = "", **data):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        url = reverse(f"admin:{name}", args=args) + query
        return self.client.post(url, data, follow=True) if data else self.client.get(url, follow=True)

    def test_a_desk_asks_the_second_confirms_and_it_is_undone_from_the_list(self):
        query = f"?into={self.kept.patient_number}"
        shown = self.page(self.erin, "users_user_merge", self.dropped.pk, query=query)
        for words in ("Rohim Uddin", "12/05/1981", "about 45", "Ask for the merge"):
            self.assertContains(shown, words)
        self.assertNotContains(shown, "01812345678")
        noted = ReadLog.objects.filter(reader=self.erin, note="compared").values_list("subject", flat=True)
        self.assertEqual(set(noted), {self.kept.pk, self.dropped.pk})
        answers = {f"choice_{at}": "kept" for at in range(3)}
        self.page(self.erin, "users_user_merge", self.dropped.pk, query=query, reason="showed both cards", **answers)
        asked = PersonMerge.objects.get()
        self.assertEqual(asked.choices, {"name": "kept", "birth": "kept", "phone": "kept"})
        self.assertEqual(self.page(self.erin, "users_personmerge_step", asked.pk, "confirm").status_code, 403)
        self.page(self.zoe, "users_personmerge_step", asked.pk, "confirm", confirm="1")
        asked.refresh_from_db()
        self.assertEqual(asked.status, "confirmed")
        listed = self.page(self.zoe, "users_user_changelist")
        self.assertContains(listed, "Rahim Uddin")
        self.assertNotContains(listed, "Rohim Uddin")
        for user in (self.zoe, self.frank):
            self.assertContains(self.page(user, "undoing"), "step/undo_merge/")
        self.assertContains(self.page(self.frank, "users_user_change", self.dropped.pk), "Merged")
        self.page(self.zoe, "users_personmerge_step", asked.pk, "undo_merge", reason="they are two")
        self.dropped.refresh_from_db()
        self.assertFalse(self.dropped.is_merged)
        self.assertNotContains(self.page(self.zoe, "undoing"), "step/undo_merge/")

    def test_a_desk_merges_only_people_who_have_proven_to_come_to_its_clinics(self):
        query = f"?into={self.bob.patient_number}"
        self.assertContains(
            self.page(self.erin, "users_user_merge", self.dropped.pk, query=query), "There is no such patient number"
        )
        self.assertEqual(self.page(self.carol, "users_user_merge", self.dropped.pk).status_code, 403)


class Races(Merging, CommittedTestCase):
    """A merge beside what happens to the dropped row at the same time."""

    def setUp(self):
        self.make_people()
        self.make_pair()

    def test_a_booking_for_the_dropped_one_is_refused_or_is_the_kept_ones(self):
        asked, now = self.ask(), timezone.now()

        def act(number: int) -> str:
            try:
                if number == 0:
                    merges.confirm(request=PersonMerge.objects.get(pk=asked.pk), by=self.zoe, now=now)
                    return "merged"
                at = time(9, 20 * (number % 3))
                book(patient=self.dropped, doctor_id=self.dr_carol.pk, date=soon(), time=at, now=now, source="desk")
            except (Refused, IntegrityError) as refusal:
                return type(refusal).__name__
            return "booked"

        answers = at_once(4, act)
        self.assertEqual(answers[0], "merged")
        self.assertLessEqual(set(answers[1:]), {"booked", "Invalid"})
        self.assertFalse(Appointment.objects.filter(patient=self.dropped).exists())
        self.assertEqual(Appointment.objects.filter(patient=self.kept).count(), answers.count("booked"))

    def test_of_two_who_confirm_at_once_one_does(self):
        asked = self.ask()
        other = make_user("Zoe Two", Role.ADMIN)

        def act(number: int) -> str:
            try:
                row = PersonMerge.objects.get(pk=asked.pk)
                merges.confirm(request=row, by=[self.zoe, other][number % 2], now=timezone.now())
            except StepRefused:
                return "refused"
            return "merged"

        self.assertEqual(sorted(at_once(4, act)), ["merged", "refused", "refused", "refused"])

    def test_of_two_merges_in_opposite_directions_one_is_done(self):
        there, back = self.ask(), self.ask(self.dropped, self.kept)

        def act(number: int) -> str:
            try:
                row = PersonMerge.objects.get(pk=[there, back][number].pk)
                merges.confirm(request=row, by=self.zoe, now=timezone.now())
            except StepRefused:
                return "refused"
            return "merged"

        self.assertEqual(sorted(at_once(2, act)), ["merged", "refused"])
        self.assertEqual(User.objects.filter(merged_into__isnull=False).count(), 1)
