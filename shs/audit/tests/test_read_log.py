"""The read log and access grants in the back office."""

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.tests.chart import Chart


class Audit(Chart, TestCase):
    def office(self, user):
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def test_admins_and_auditors_look_at_the_read_log_and_nobody_changes_it(self):
        self.office(self.carol).get(reverse("admin:medical_record_medicalrecord_change", args=(self.entry.pk,)))
        line = ReadLog.objects.get(what="medical record")
        listed = reverse("admin:core_readlog_changelist")
        one = reverse("admin:core_readlog_change", args=(line.pk,))
        for user in (self.frank, self.irene):
            self.assertContains(self.office(user).get(listed), "Dr. Carol")
            self.assertEqual(self.office(user).get(one).status_code, 200)
            self.assertEqual(self.office(user).post(one, {"what": "x"}).status_code, 403)
        for user in (self.carol, self.erin, self.grace, self.henry):
            self.assertEqual(self.office(user).get(listed).status_code, 403)

    def test_grants_say_whose_chart_they_open(self):
        services.open_chart(patient=self.alice, doctor_id=self.dr_wendy.pk, expires_at=None, now=timezone.now())
        response = self.office(self.irene).get(reverse("admin:core_objectgrant_changelist"))
        self.assertContains(response, "read this person&#x27;s chart: Alice")
