"""Notices to doctors whose licence expires soon."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from shs.credentialing import services
from shs.doctors.models import DoctorInformation
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.testing import TestUsers


class Ending(TestUsers, TestCase):
    def ends_in(self, days):
        rows = DoctorInformation.objects.without_history("a licence that ends")
        rows.filter(pk=self.dr_carol.pk).update(license_expires_on=timezone.localdate() + timedelta(days=days))

    def tell(self, later=0):
        return services.tell_expiring(now=timezone.now() + timedelta(days=later))

    def told(self):
        rows = Notice.objects.filter(kind=Kind.LICENCE_EXPIRING).order_by("pk")
        return [(row.user.name, row.data["days"]) for row in rows]

    def test_notices_90_30_and_7_days_before_once_each(self):
        self.ends_in(100)
        done = [self.tell(later) for later in (0, 10, 11, 40, 70, 71, 93, 99)]
        self.assertEqual(done, [0, 1, 0, 0, 1, 0, 1, 0])
        self.assertEqual(self.told(), [("Dr. Carol", 90), ("Dr. Carol", 30), ("Dr. Carol", 7)])

    def test_a_missed_day_is_made_up_for(self):
        self.ends_in(5)
        self.assertEqual([self.tell(), self.tell(1)], [1, 0])
        self.assertEqual(self.told(), [("Dr. Carol", 5)])

    def test_a_renewed_licence_gets_new_notices(self):
        self.ends_in(5)
        self.tell()
        self.ends_in(6)
        self.assertEqual(self.tell(), 1)

    def test_unverified_doctors_get_none_and_a_dry_run_sends_none(self):
        rows = DoctorInformation.objects.without_history("a licence that ends")
        rows.filter(pk=self.dr_dave.pk).update(license_expires_on=timezone.localdate())
        self.assertEqual(self.tell(), 0)
        self.ends_in(5)
        self.assertEqual(services.tell_expiring(now=timezone.now(), dry_run=True), 1)
        self.assertEqual(self.told(), [])
