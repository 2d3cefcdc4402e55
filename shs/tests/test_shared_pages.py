"""The pages of what is shared, opened by whom it is shared with: every screen, and the step Share…"""

from datetime import timedelta
from html import unescape

from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from shs.core.dates import show_datetime
from shs.core.grants.models import UserShare
from shs.core.grants.shares import KINDS, share
from shs.core.grants.table import granted_models, rows_allowed, shareable
from shs.core.reads.models import ReadLog
from shs.credentialing.models import DoctorDocument
from shs.medical_record.access import who_can_see
from shs.medical_record.models import MedicalRecord
from shs.notices.models import Notice
from shs.prescription.models import Prescription
from shs.testing import Api, EveryModel, make_doctor, make_user, sending
from shs.users.models import Duty, Role

MOST = 12
"""How many queries a page makes at most."""


class SharedPages(EveryModel, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        for kind in KINDS:
            kind.objects.all().delete()
        cls.until = timezone.now() + timedelta(days=7)

    def log_in(self, user):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")

    def url(self, row, page="change", *more):
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=(row.pk, *more))

    def give(self, row, action="view", to=None):
        return share(row, action, to=to or self.henry, ends_at=self.until, reason="helps out", by=self.frank)

    def opened(self, url):
        """A page, and its number of queries. It is opened twice: the first time keeps what a process reads once."""
        self.client.get(url)
        with CaptureQueriesContext(connection) as queries:
            answer = self.client.get(url)
        return answer, len(queries)

    def test_each_screen_opens_for_whom_a_row_is_shared_with_and_shows_that_row_alone(self):
        shared = {}
        for model in granted_models():
            hidden = model._base_manager.exclude(rows_allowed(model, self.henry, "view")).order_by("pk").first()
            if "view" in shareable(model) and model in admin.site._registry and hidden is not None:
                shared[model] = hidden
                self.give(hidden, "change" if "change" in shareable(model) else "view")
        self.assertGreater(len(shared), 15)
        self.log_in(self.henry)
        for model, row in shared.items():
            with self.subTest(model=model.__name__):
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
                has_all = any(tab.key == "all" for tab in admin.site._registry[model].tabs)
                url = f"{reverse(name)}?{'tab=all' if has_all else ''}"
                page, queries = self.opened(url)
                self.assertLessEqual(queries, MOST)
                found = {found.pk for found in page.context_data["cl"].result_list}
                allowed = model._base_manager.filter(rows_allowed(model, self.henry, "view"))
                self.assertEqual(found, set(allowed.values_list("pk", flat=True)))
                self.assertIn(row.pk, found)
                page, queries = self.opened(self.url(row))
                self.assertLessEqual(queries, MOST)
                self.assertNotContains(page, "/step/share_row/", status_code=200)
                self.assertIn(self.client.get(self.url(row, "step", "share_row")).status_code, (403, 404))
        self.assertLessEqual(self.opened(reverse("admin:shared_with_me"))[1], MOST)

    def test_an_admin_shares_on_the_page_and_whom_it_is_shared_with_is_told_and_finds_it(self):
        row = self.dr_carol
        self.log_in(self.frank)
        self.assertContains(self.client.get(self.url(row)), "/step/share_row/")
        step = self.url(row, "step", "share_row")
        wrong = [
            ({}, "Choose either a person or a duty."),
            (
                {"person": "Henry", "duty": str(Group.objects.get(name=Duty.DESK).pk)},
                "Choose either a person or a duty.",
            ),
            ({"person": "Alice"}, "Nobody who works in the office has this name or address."),
            ({"person": "frank@example.com"}, "You can do all this already."),
            ({"person": "Henry", "right": "decide"}, "Select a valid choice"),
        ]
        fields = {"right": "change", "until": f"{self.until.date()}", "reason": "plans the hours"}
        for more, words in wrong:
            with self.subTest(words=words):
                self.assertContains(self.client.post(step, {**fields, **more}), words)
        with self.captureOnCommitCallbacks(execute=True), sending():
            self.assertEqual(self.client.post(step, {**fields, "person": "henry@example.com"}).status_code, 302)
            desk = Group.objects.get(name=Duty.DESK)
            self.client.post(step, {**fields, "right": "view", "duty": str(desk.pk)})
        self.assertEqual(sorted(letter.to[0] for letter in mail.outbox), ["erin@example.com", "henry@example.com"])
        page = self.client.get(self.url(row))
        self.assertContains(page, "Henry")
        self.assertContains(page, "plans the hours")
        self.log_in(self.henry)
        mine = self.client.get(reverse("admin:shared_with_me"))
        self.assertContains(mine, self.url(row))
        self.assertContains(mine, "change it")
        self.assertContains(self.client.get(reverse("admin:index")), reverse("admin:shared_with_me"))
        self.log_in(self.frank)
        one = UserShare.objects.get(permission__codename="view_doctorinformation")
        self.client.post(self.url(one, "step", "revoke"), {"reason": "done"})
        self.log_in(self.henry)
        self.assertEqual(self.client.get(self.url(row)).status_code, 403)
        self.assertNotContains(self.client.get(reverse("admin:index")), reverse("admin:shared_with_me"))

    def test_a_shared_change_saves_no_more_than_the_form_of_the_screen(self):
        row = self.dr_carol
        self.give(row, "change")
        self.log_in(self.henry)
        form = self.client.get(self.url(row)).context_data["adminform"]
        editable = set(form.form.fields)
        self.assertTrue({"about"} & editable or editable, "The form has something to change.")
        self.assertEqual(editable & {"verification_status", "specializations", "clinics", "user", "deleted_at"}, set())

    def test_reads_of_a_shared_entry_are_logged_by_their_basis_and_the_patient_sees_with_whom(self):
        entry = MedicalRecord.objects.filter(patient=self.alice).first()
        self.log_in(self.henry)
        self.assertEqual(self.client.get(self.url(entry)).status_code, 404)
        self.give(entry)
        desk = Group.objects.get(name=Duty.DESK)
        self.give(entry, to=desk)
        for url in (self.url(entry), reverse("admin:medical_record_medicalrecord_changelist")):
            ReadLog.objects.about(self.alice)._raw_delete(using="default")
            self.assertEqual(self.client.get(url).status_code, 200)
            line = ReadLog.objects.about(self.alice).get()
            self.assertEqual((line.reader, line.basis, line.ids), (self.henry, ReadLog.Basis.SHARED, [entry.pk]))
        seen = {
            line.person for line in who_can_see(self.alice, now=timezone.now()) if line.basis == ReadLog.Basis.SHARED
        }
        self.assertEqual(seen, {self.henry, self.erin})
        told = Api(self.alice).get("/medical-records/access/shared").json()
        self.assertEqual(
            [(one["record"], one["person"]["name"]) for one in told], [(entry.pk, "Henry"), (entry.pk, "Erin")]
        )
        self.assertEqual(Api(self.bob).get("/medical-records/access/shared").json(), [])
        others = MedicalRecord.objects.exclude(pk=entry.pk).filter(patient=self.alice)
        for other in others[:1]:
            self.assertEqual(self.client.get(self.url(other)).status_code, 404)
        mine = self.client.get(reverse("admin:shared_with_me"))
        self.assertContains(mine, show_datetime(entry.created_at))
        self.assertNotContains(mine, entry.title)
        shared = UserShare.objects.get(user=self.henry)
        self.log_in(self.irene)
        for url in (
            reverse("admin:core_usershare_changelist"),
            self.url(shared),
            self.url(shared, "history"),
            self.url(shared, "simple_history", shared.history.get().history_id),
            reverse("admin:changes"),
        ):
            page = unescape(strip_tags(self.client.get(url).content.decode()))
            with self.subTest(url=url):
                self.assertNotRegex(page, r"#\d|view_medicalrecord|\bNone\b|medical record \d")
        page = strip_tags(self.client.get(reverse("admin:changes"), {"kind": "core.UserShare"}).content.decode())
        self.assertRegex(page, r"Shared with Henry: medical record of .+ \(see it\), given by Frank, until")
        notice = Notice.objects.filter(user=self.henry).latest("pk")
        self.assertNotIn(entry.title, str(notice.data))

    def test_a_doctor_reads_what_is_shared_by_the_api_too_and_nothing_else_of_the_chart(self):
        entry = MedicalRecord.objects.filter(patient=self.alice).first()
        paper = Prescription.objects.filter(patient=self.alice, status="issued").first()
        entries, papers = f"/medical-records/{self.alice.pk}", f"/prescriptions/patient/{self.alice.pk}"
        one = f"/prescriptions/{paper.public_id}"
        other = make_user("Dr. Other", Role.DOCTOR)
        make_doctor(other, self.clinic)
        for url in (entries, papers, one, f"{one}/pdf"):
            self.assertEqual(Api(other).get(url).status_code, 404, url)
        self.give(entry, to=other)
        self.assertEqual(Api(other).get(papers).status_code, 404, "An entry is shared, and no prescription.")
        self.give(paper, to=other)
        MedicalRecord.objects.create(
            patient=self.alice, kind="note", title="Another", source="doctor", recorded_by=self.carol
        )
        ReadLog.objects.about(self.alice)._raw_delete(using="default")
        self.assertEqual([row["id"] for row in Api(other).get(entries).json()["items"]], [entry.pk])
        self.assertEqual([row["id"] for row in Api(other).get(papers).json()["items"]], [paper.public_id])
        for url in (one, f"{one}/pdf"):
            self.assertEqual(Api(other).get(url).status_code, 200, url)
        self.assertEqual({line.basis for line in ReadLog.objects.about(self.alice)}, {ReadLog.Basis.SHARED})
        body = {"patient": self.alice.pk, "kind": "note", "title": "x", "details": "x"}
        self.assertGreaterEqual(Api(other).post("/medical-records/", body).status_code, 400)
        self.give(entry, to=Group.objects.get(name=Duty.DESK))  # staff are patients in the API
        self.assertEqual(Api(self.erin).get(entries).status_code, 404)
        UserShare.objects.without_history("a test").filter(user=other).update(
            ends_at=timezone.now() - timedelta(seconds=1)
        )
        for url in (entries, papers, one):
            self.assertEqual(Api(other).get(url).status_code, 404, url)

    def test_a_refused_history_of_a_shared_entry_leaves_a_refusal_and_no_read(self):
        entry = MedicalRecord.objects.filter(patient=self.alice).first()
        self.give(entry)
        self.log_in(self.henry)
        version = entry.history.first()
        for url in (self.url(entry, "history"), self.url(entry, "simple_history", version.history_id)):
            ReadLog.objects.about(self.alice)._raw_delete(using="default")
            self.assertEqual(self.client.get(url).status_code, 404)
            self.assertEqual([line.basis for line in ReadLog.objects.about(self.alice)], [ReadLog.Basis.DENIED])

    def test_a_document_opened_by_a_share_is_logged_as_shared_and_by_a_claim_as_duty(self):
        document = DoctorDocument.objects.filter(doctor=self.dr_dave).first()
        for reader in (self.henry, self.grace):
            self.give(document, "read", to=reader)
        self.dr_dave.release(now=timezone.now())
        self.dr_dave.claim(by=self.grace, now=timezone.now())
        for reader, basis in (
            (self.henry, ReadLog.Basis.SHARED),
            (self.grace, ReadLog.Basis.DUTY),
            (self.dave, ReadLog.Basis.OWN),
        ):
            with self.subTest(reader=reader):
                self.log_in(reader)
                self.assertEqual(self.client.get(self.url(document, "file")).status_code, 200)
                line = ReadLog.objects.about(self.dave).filter(reader=reader).latest("pk")
                self.assertEqual((line.basis, line.ids), (basis, [document.pk]))
