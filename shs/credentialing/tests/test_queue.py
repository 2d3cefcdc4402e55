"""The verification queue in the admin: tabs, columns and filters, and the page of a case."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase, tag
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.credentialing import casework
from shs.credentialing.models import CheckKind
from shs.credentialing.workdays import working_days_before, working_days_between
from shs.doctors.models import DoctorInformation, Verification
from shs.testing import EveryModel, make_doctor, make_user, soon
from shs.tests.prepared import prepared
from shs.users.models import Role

LIST = "/admin/doctors/doctorinformation/"


class QueueOfDoctors(EveryModel):
    """The test users, and a doctor for each tab."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        now = timezone.now()
        cls.late = cls.doctor("Dr. Late", Verification.PENDING, submitted_at=now - timedelta(days=20))
        cls.ending = cls.doctor("Dr. Ending", Verification.APPROVED, license_expires_on=soon(9))
        cls.asked = cls.doctor("Dr. Asked", Verification.NEEDS_INFO)
        cls.over = cls.doctor("Dr. Over", Verification.EXPIRED, license_expires_on=soon(-9), location="Khulna")

    @classmethod
    def doctor(cls, name, status, **fields):
        return make_doctor(make_user(name, Role.DOCTOR), cls.clinic, status=status, **fields)

    def setUp(self):
        self.client.force_login(self.grace, backend="shs.users.backends.EmailBackend")


class Queue(QueueOfDoctors, TestCase):
    def names(self, query):
        answer = self.client.get(f"{LIST}?{query}")
        self.assertEqual(answer.status_code, 200, query)
        return {doctor.name for doctor in answer.context["cl"].result_list}

    def test_each_tab_has_its_cases_and_their_number(self):
        tabs = {
            "waiting": {"Dr. Dave", "Dr. Late"},
            "mine": {"Dr. Dave"},
            "needs_info": {"Dr. Asked"},
            "expiring": {"Dr. Ending"},
            "decided": {"Dr. Carol", "Dr. Wendy", "Dr. Ending", "Dr. Over"},
            "all": {"Dr. Dave", "Dr. Late", "Dr. Asked", "Dr. Ending", "Dr. Over", "Dr. Carol", "Dr. Wendy"},
        }
        counts = {tab["key"]: tab["count"] for tab in self.client.get(LIST).context["tabs"]}
        for key, expected in tabs.items():
            with self.subTest(tab=key):
                self.assertEqual(self.names(f"tab={key}"), expected)
                self.assertEqual(counts[key], len(expected))
        self.assertEqual(self.names(""), tabs["waiting"])

    def test_each_filter_narrows_the_list(self):
        specialty = self.dr_dave.specializations.get().pk
        for query, expected in {
            "verification_status__exact=expired": {"Dr. Over"},
            f"specializations__id__exact={specialty}&location__icontains=khul": {"Dr. Over"},
            "location=Khulna": {"Dr. Over"},
            f"license_expires_on_from={soon(0)}&license_expires_on_to={soon(20)}": {"Dr. Ending"},
            f"submitted_at_to_0={soon(-10)}&submitted_at_to_1=12:00": {"Dr. Late"},
            "submitted_at_from_0=&submitted_at_from_1=&license_expires_on_from=&location=Khulna": {"Dr. Over"},
            f"reviewer={self.grace.pk}": {"Dr. Dave"},
            "reviewer=none&late=late": {"Dr. Late"},
            "late=on_time": {"Dr. Dave"},
            "late=due": set(),
            "second=wanted": set(),
        }.items():
            with self.subTest(query=query):
                found = self.names(f"tab=all&{query}")
                self.assertEqual(found, expected)

    def test_a_tab_shows_overrides_that_wait_for_a_second_officer(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.assertEqual(self.names("tab=all&second=wanted"), {"Dr. Dave"})

    def test_search_by_name_email_address_and_licence(self):
        for term in ("Dave", "dave@example", self.dr_dave.license_number):
            with self.subTest(term=term):
                self.assertEqual(self.names(f"tab=all&q={term}"), {"Dr. Dave"})

    def test_a_row_shows_progress_waiting_time_and_holder(self):
        page = self.client.get(LIST)
        for words in (f"1/{len(CheckKind)}", "second officer needed", "late", "on time", "Grace", "Claim: Dr. Late"):
            with self.subTest(words=words):
                self.assertTrue(words in page.content.decode(), words)

    def test_users_who_do_not_verify_see_no_tabs_and_no_reviewers(self):
        self.client.force_login(self.irene, backend="shs.users.backends.EmailBackend")
        page = self.client.get(LIST)
        self.assertFalse("second officer needed" in page.content.decode())
        self.assertFalse(page.context.get("tabs"))


@tag("any_database")
class CasePage(QueueOfDoctors, TestCase):
    def page_of(self, doctor, user):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        return self.client.get(f"{LIST}{doctor.pk}/change/").content.decode()

    def test_the_holder_can_work_on_it(self):
        page = self.page_of(self.dr_dave, self.grace)
        for words in ("Declared", "yours until", 'value="look_up"', "He called twice.", "not in the register"):
            with self.subTest(words=words):
                self.assertTrue(words in page, words)

    def test_other_officers_can_read_it_and_see_who_holds_it(self):
        gina = make_user("Gina", Role.STAFF, duty="Verification officers")
        page = self.page_of(self.dr_dave, gina)
        self.assertTrue("Grace has claimed this case" in page)
        for words in ('value="pass"', "step/approve/", "step/reject/", "step/claim/"):
            with self.subTest(words=words):
                self.assertFalse(words in page, words)

    def test_the_doctor_sees_their_profile_but_not_the_case(self):
        page = self.page_of(self.dr_dave, self.dave)
        for words in ("He called twice.", "another year", "Declared", "Timeline", "data-keys"):
            with self.subTest(words=words):
                self.assertFalse(words in page, words)

    def post(self, doctor, page, **data):
        return self.client.post(f"{LIST}{doctor.pk}/{page}/", data)

    def test_a_result_is_stored_and_a_refused_one_shows_a_message(self):
        self.assertEqual(self.post(self.dr_dave, "check", kind="photo", result="pass").status_code, 302)
        self.assertEqual(self.dr_dave.checks.get(kind="photo").by, self.grace)
        headers = {"X-Dialog": "1"}
        url = f"{LIST}{self.dr_dave.pk}/check/"
        answer = self.client.post(url, {"kind": "standing", "result": "fail"}, headers=headers)
        self.assertContains(answer, "Describe what is wrong")
        self.assertNotContains(answer, "<html")
        self.assertFalse(self.dr_dave.checks.filter(kind="standing").exists())
        answer = self.client.post(url, {"kind": "horoscope", "result": "pass"}, headers=headers)
        self.assertEqual(answer.status_code, 200)

    def test_results_notes_and_look_ups_need_the_permission_to_decide(self):
        for name, user in self.people.items():
            if name in ("nobody", "suspended", "grace", "frank"):
                continue
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            for page, data in (("check", {"kind": "photo", "result": "pass"}), ("note", {"text": "x"})):
                with self.subTest(who=name, page=page):
                    self.assertIn(self.post(self.dr_dave, page, **data).status_code, (302, 403, 404))
        self.assertFalse(self.dr_dave.checks.filter(kind="photo").exists())
        self.assertEqual(self.dr_dave.case_notes.count(), 1)

    def test_actions_need_post(self):
        for page in ("check", "note"):
            self.assertEqual(self.client.get(f"{LIST}{self.dr_dave.pk}/{page}/").status_code, 405)

    def test_a_note_is_stored_for_colleagues(self):
        self.post(self.dr_dave, "note", text="Sunday to Thursday.")
        self.assertEqual(self.dr_dave.case_notes.first().text, "Sunday to Thursday.")
        self.assertRedirects(
            self.post(self.dr_dave, "note", text=" "),
            f"{LIST}{self.dr_dave.pk}/change/#notes",
            fetch_redirect_response=False,
        )

    def test_a_reason_has_a_default_text(self):
        self.post(self.dr_dave, "step/reject", reason="illegible", text="")
        self.dr_dave.refresh_from_db()
        self.assertEqual(self.dr_dave.verification_reason, "illegible")
        self.assertIn("could not read", self.dr_dave.verification_note)

    def test_another_reason_needs_a_text(self):
        self.assertContains(self.post(self.dr_dave, "step/reject", reason="other", text=""), "Enter a reason")
        self.assertContains(self.post(self.dr_dave, "step/reject", text="x"), "This field is required.")

    def test_the_second_button_opens_the_next_case(self):
        answer = self.post(self.dr_dave, "step/reject", reason="illegible", text="", _next="1")
        self.assertRedirects(answer, f"{LIST}{self.late.pk}/change/", fetch_redirect_response=False)
        self.assertRedirects(self.client.get(f"{LIST}next/?after={self.late.pk}"), LIST, fetch_redirect_response=False)

    def test_the_suspension_dialog_shows_the_number_of_affected_visits(self):
        self.dr_carol.claim(by=self.grace, now=timezone.now())
        page = self.client.get(f"{LIST}{self.dr_carol.pk}/step/suspend/")
        self.assertContains(page, "1 booked visit is affected")

    def test_the_document_viewer_is_logged_and_sandboxed(self):
        document = self.dr_dave.documents.get()
        before = ReadLog.objects.count()
        answer = self.client.get(f"/admin/credentialing/doctordocument/{document.pk}/file/?framed=1")
        self.assertEqual(answer["X-Frame-Options"], "SAMEORIGIN")
        self.assertIn("default-src 'none'", answer["Content-Security-Policy"])
        self.assertTrue(answer["Content-Disposition"].startswith("inline"))
        self.assertEqual(ReadLog.objects.count(), before + 1)

    def test_the_case_page_opens_for_every_doctor_and_reader(self):
        casework.check_register(doctor=self.dr_dave, by=self.grace, now=timezone.now())
        for doctor in DoctorInformation.objects.all():
            for user in (self.grace, self.frank, self.irene):
                with self.subTest(doctor=doctor.name, who=user.name):
                    self.assertTrue("Timeline" in self.page_of(doctor, user))
                    self.assertContains(self.client.get(f"{LIST}{doctor.pk}/details/"), "No other doctor has")

    def test_doctors_do_not_see_the_details_of_their_own_case(self):
        self.client.force_login(self.dave, backend="shs.users.backends.EmailBackend")
        self.assertEqual(self.client.get(f"{LIST}{self.dr_dave.pk}/details/").status_code, 403)


class WorkingDays(TestCase):
    def test_waiting_time_is_counted_in_working_days(self):
        for hour in range(0, 24 * 16, 5):
            end = datetime(2026, 11, 1, 3, tzinfo=UTC) + timedelta(hours=hour)
            for days in (3, 5):
                edge = working_days_before(end, days)
                with self.subTest(end=end, days=days):
                    self.assertGreaterEqual(working_days_between(edge - timedelta(seconds=1), end), days)
                    self.assertLess(working_days_between(edge, end), days)
