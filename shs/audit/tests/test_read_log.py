"""The pages of the read log and of access grants."""

import csv
import re
from html import unescape

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.audit.admin.read_log import in_month
from shs.audit.resources import ReadColumns
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.tests.chart import Chart


class Audit(Chart, TestCase):
    def office(self, user):
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def test_admins_and_auditors_read_the_read_log_and_nobody_changes_it(self):
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

    def test_who_read_a_chart_last_month_and_why_is_one_list_that_opens_in_a_spreadsheet(self):
        log_read(
            self.carol, what="chart", ids=[1], subject=self.alice, basis=ReadLog.Basis.BREAK_GLASS, note="unconscious"
        )
        log_read(self.carol, what="chart", ids=[2], subject=self.bob, basis=ReadLog.Basis.CARE)
        listed = reverse("admin:core_readlog_changelist")
        query = f"?subject__id__exact={self.alice.pk}&tab=this_month"
        page = self.office(self.irene).get(listed + query)
        self.assertContains(page, "unconscious")
        self.assertEqual({line.subject_id for line in page.context["cl"].result_list}, {self.alice.pk})
        url = reverse("admin:core_readlog_export") + query
        resource = [field for field in ReadColumns._meta.fields]
        answer = self.office(self.irene).post(
            url, {"format": 0, "purpose": "asked by the patient", **{f"readcolumns_{name}": "on" for name in resource}}
        )
        head, *rows = csv.reader(answer.getvalue().decode("utf-8-sig").splitlines())
        (row,) = [dict(zip(head, row, strict=True)) for row in rows if "unconscious" in row]
        self.assertEqual((row["reader__name"], row["subject__name"]), ("Dr. Carol", "Alice"))
        self.assertEqual(row["basis"], "emergency access")

    def test_the_months_begin_and_end_at_midnight_in_the_clinic(self):
        for ago in (0, 1):
            where = dict(in_month(ago)(self.irene).children)
            first, after = (timezone.localtime(where[name]) for name in ("at__gte", "at__lt"))
            self.assertEqual((first.day, first.hour, after.day, after.hour), (1, 0, 1, 0))
            self.assertEqual((after.year * 12 + after.month) - (first.year * 12 + first.month), 1)
        self.assertLessEqual(dict(in_month(0)(self.irene).children)["at__gte"], timezone.now())

    def test_an_emergency_access_links_to_what_was_read_in_its_hour(self):
        glass = services.break_glass(
            doctor=self.wendy, patient=self.bob, reason="unconscious after an accident", now=timezone.now()
        )
        log_read(self.wendy, what="chart", ids=[7], subject=self.bob, basis=ReadLog.Basis.BREAK_GLASS)
        log_read(self.carol, what="chart", ids=[7], subject=self.bob, basis=ReadLog.Basis.CARE)
        page = self.office(self.irene).get(reverse("admin:medical_record_breakglass_change", args=(glass.pk,)))
        self.assertContains(page, "2 reads in this time")
        (url,) = re.findall(r'href="([^"]+readlog/\?[^"]+)"', page.content.decode())
        found = self.office(self.irene).get(unescape(url)).context["cl"].result_list
        self.assertEqual({line.what for line in found}, {"chart", "break-glass"})
        self.assertEqual({line.what_label for line in found}, {"chart", "emergency access"})
        self.assertEqual({line.reader for line in found}, {self.wendy})

    def test_grants_show_the_patient_whose_chart_they_open(self):
        services.open_chart(patient=self.alice, doctor_id=self.dr_wendy.pk, expires_at=None, now=timezone.now())
        response = self.office(self.irene).get(reverse("admin:core_objectgrant_changelist"))
        self.assertContains(response, "read this person&#x27;s chart: Alice")
