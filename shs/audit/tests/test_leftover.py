"""Rights that nobody needs any more are found and ended; the page "Review rights" lists what somebody holds."""

from datetime import timedelta

from django.contrib.auth.models import Group
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.audit.leftover import LEFT, LOST
from shs.audit.tasks import end_leftover
from shs.core.admin.wording import name_of
from shs.core.grants.held import give
from shs.core.grants.models import GroupShare, ObjectGrant, UserShare
from shs.core.grants.shares import share
from shs.core.tasks import end_grants
from shs.doctors.models import TimeOff
from shs.testing import EveryModel, later
from shs.users.models import Duty, Role


class Leftover(EveryModel, TestCase):
    def setUp(self):
        self.now = timezone.now()
        UserShare.objects.all().end("a test of others")
        GroupShare.objects.all().end("a test of others")

    def give(self, obj, action="view", *, to):
        until = self.now + timedelta(days=7)
        return share(obj, action, to=to, ends_at=until, reason="helps out", by=self.frank)

    def run_job(self) -> int:
        counted = end_leftover(now=self.now, dry_run=True)
        done = end_leftover(now=self.now)
        self.assertEqual(done, counted)
        return done

    def test_nothing_ends_of_people_who_work_here_on_records_that_are_there(self):
        self.give(self.clinic, to=self.henry)
        self.give(self.clinic, to=Group.objects.get(name=Duty.DESK))
        before = ObjectGrant.objects.count()
        self.assertEqual(self.run_job(), 0)
        self.assertEqual((ObjectGrant.objects.count(), UserShare.objects.count()), (before, 1))

    def test_what_people_hold_who_left_ends_and_of_those_who_come_back_it_stays(self):
        self.give(self.clinic, to=self.henry)
        self.give(self.clinic, to=self.carol)
        give(self.carol, self.bob, "read_chart", source=ObjectGrant.Source.CONSENT, by=self.bob)
        self.carol.suspend(reason="for a week", until=self.now + timedelta(days=7))
        self.henry.suspend(reason="left")
        self.assertEqual(self.run_job(), 1)
        self.assertEqual(UserShare.history.filter(history_type="-", history_change_reason=LEFT).get().user, self.henry)
        self.assertEqual(UserShare.objects.get().user, self.carol)
        self.assertTrue(ObjectGrant.objects.filter(user=self.carol).exists())
        self.carol.suspend(reason="for good")
        self.assertEqual(self.run_job(), 2)
        self.assertFalse(ObjectGrant.objects.filter(user=self.carol).exists())

    def test_a_duty_or_role_that_is_taken_away_takes_what_presupposes_it(self):
        self.give(self.clinic, to=self.dave)
        self.erin.assign(role=Role.STAFF, duties=[Duty.AUDIT], reason="moves")
        self.dave.assign(role=Role.PATIENT, duties=[], reason="no doctor")
        self.assertEqual(self.run_job(), 2)
        self.assertFalse(ObjectGrant.objects.filter(user=self.erin).exists())
        self.assertFalse(UserShare.objects.exists())

    def test_rights_on_deleted_records_end(self):
        off = TimeOff.objects.first()
        self.give(off, "change", to=self.henry)
        self.give(off, to=Group.objects.get(name=Duty.DESK))
        self.give(self.clinic, to=self.henry)
        off.delete()
        self.assertEqual(self.run_job(), 3)
        self.assertEqual(UserShare.history.filter(history_type="-", history_change_reason=LOST).count(), 2)
        self.assertEqual(UserShare.objects.get().content_object, self.clinic)

    def test_what_has_ended_is_deleted_by_its_job(self):
        self.give(self.clinic, to=self.henry)
        with later(days=8):
            self.assertEqual(end_grants(now=timezone.now(), dry_run=True), end_grants(now=timezone.now()))
        self.assertFalse(UserShare.objects.exists())

    def test_review_rights_lists_and_revokes_what_somebody_holds(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        url = reverse("admin:users_user_rights", args=(self.erin.pk,))
        self.give(self.dr_dave, "change", to=self.erin)
        entry = self.alice.medical_records.first()
        self.give(entry, to=Group.objects.get(name=Duty.DESK))
        page = self.client.get(url)
        for words in ("Staff", "Clinic desk", "Lakeside Clinic", "Dr. Dave", "change it", name_of(entry)):
            self.assertContains(page, words)
        self.assertNotContains(page, entry.title)
        grant = ObjectGrant.objects.get(user=self.erin)
        revoke = reverse("admin:core_objectgrant_step", args=(grant.pk, "revoke"))
        self.assertContains(page, revoke)
        self.client.post(revoke, {"reason": "left the desk"})
        self.assertFalse(ObjectGrant.objects.filter(user=self.erin).exists())
        for step in ("suspend", "assign"):
            self.assertContains(self.client.get(reverse("admin:users_user_step", args=(self.erin.pk, step))), url)
        for user, status in ((self.irene, 403), (self.grace, 403)):
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            self.assertEqual(self.client.get(url).status_code, status)
