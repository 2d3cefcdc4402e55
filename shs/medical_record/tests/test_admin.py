"""Charts in the admin: every page is logged, and none opens without access."""

from datetime import timedelta
from itertools import product

import time_machine
from django.db import connection
from django.test import tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.core.ages import read_birth
from shs.core.grants.held import holders
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import MOST_IDS
from shs.core.reads.seal import seal
from shs.core.reads.verify import verify
from shs.medical_record import access, patient_page, services
from shs.medical_record.models import MedicalRecord, Status
from shs.medical_record.permissions import may_read_chart
from shs.medical_record.tests.chart import BackOffice
from shs.testing import Api, make_doctor, make_user
from shs.users.models import Role

REASON = "unconscious in the emergency room"


@tag("any_database")
class NoAccess(BackOffice):
    def test_no_page_of_the_chart_opens_for_other_doctors_and_staff(self):
        for user in (self.wendy, self.dave, self.erin, self.grace, self.henry):
            self.assert_closed(user)

    def test_a_patient_is_redirected_to_the_login(self):
        for url in [*self.pages_of_the_chart(), *self.lists()]:
            self.assertEqual(self.office(self.alice).get(url).status_code, 302)

    def test_every_refused_attempt_is_logged(self):
        self.office(self.wendy).get(self.page("change", self.entry.pk))
        self.office(self.erin).get(reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,)))
        readers = self.reads(basis="denied", subject=self.alice).order_by("pk")
        self.assertEqual([line.reader for line in readers], [self.wendy, self.erin])

    def test_access_ends_with_a_cancelled_visit(self):
        self.visit.cancel()
        self.assert_closed(self.carol)

    def test_access_ends_thirty_days_after_the_visit(self):
        with time_machine.travel(self.after_care() + timedelta(seconds=1)):
            self.assert_closed(self.carol)

    def test_access_ends_with_the_verification(self):
        self.dr_carol.suspend(reason="complaint", now=timezone.now())
        self.assert_closed(self.carol)

    def test_an_expired_or_revoked_consent_gives_no_access(self):
        now = timezone.now()
        grant = services.open_chart(
            patient=self.alice, doctor_id=self.dr_wendy.pk, expires_at=now + timedelta(hours=1), now=now
        )
        self.assertEqual(self.office(self.wendy).get(self.page("change", self.entry.pk)).status_code, 200)
        with time_machine.travel(now + timedelta(hours=1)):
            self.assert_closed(self.wendy)
        services.close_chart(grant=grant)
        self.assert_closed(self.wendy)

    def test_an_expired_emergency_access_gives_no_access(self):
        now = timezone.now()
        services.break_glass(doctor=self.wendy, patient=self.alice, reason=REASON, now=now)
        self.assertEqual(self.office(self.wendy).get(self.page("change", self.entry.pk)).status_code, 200)
        with time_machine.travel(now + timedelta(minutes=60)):
            self.assert_closed(self.wendy)


class ReadAccess(BackOffice):
    def test_the_doctor_in_care_admins_and_auditors_read_and_each_page_is_logged(self):
        kinds = ["medical record", "history of medical record", "version of medical record"]
        for user, basis in ((self.carol, "care"), (self.frank, "duty"), (self.irene, "duty")):
            browser = self.office(user)
            for url, what in zip(self.pages_of_the_chart()[:3], kinds, strict=True):
                with self.subTest(user=user.name, url=url):
                    response = browser.get(url)
                    self.assertContains(response, "Penicillin")
                    line = self.reads(reader=user, what=what).get()
                    self.assertEqual((line.subject, line.ids, line.basis), (self.alice, [self.entry.pk], basis))

    def test_a_list_adds_a_line_for_each_patient_on_it(self):
        self.write(by=self.bob, patient=self.bob, title="Shrimps")
        self.write(title="Latex")
        self.assertContains(self.office(self.irene).get(self.page("changelist")), "Shrimps")
        lines = {line.subject.name: len(line.ids) for line in self.reads(reader=self.irene)}
        self.assertEqual(lines, {"Alice": 2, "Bob": 1})

    def test_only_admins_export_and_each_patient_can_see_it(self):
        form = {"format": "0", "purpose": "yearly statistics", "resource": "0"}
        columns = ("id", "patient", "kind", "title", "code__code", "severity", "status", "onset_date", "source")
        form |= {f"recordcolumns_{name}": "on" for name in ("recorded_by", "recorded_at", *columns)}
        response = self.office(self.frank).post(self.page("export"), form)
        self.assertIn(b"Penicillin", b"".join(response) if response.streaming else response.content)
        line = self.reads(reader=self.frank, subject=self.alice).get()
        self.assertEqual((line.ids, line.note), ([self.entry.pk], "yearly statistics"))
        for user in (self.carol, self.irene):
            self.assertEqual(self.office(user).get(self.page("export")).status_code, 403)

    def export(self):
        """An export of all entries by Frank, not read yet."""
        form = {"format": "0", "purpose": "yearly statistics", "resource": "0", "recordcolumns_id": "on"}
        return self.office(self.frank).post(self.page("export"), form)

    def test_of_a_large_export_one_line_has_its_range_and_each_patient_has_their_own(self):
        own = [self.entry.pk, *(self.write(title=f"Latex {at}").pk for at in range(MOST_IDS))]
        other = self.write(by=self.bob, patient=self.bob, title="Shrimps").pk
        b"".join(self.export())
        overall = self.reads(reader=self.frank, subject=None).get()
        self.assertEqual(overall.ids, {"first": self.entry.pk, "last": other, "count": MOST_IDS + 2})
        self.assertEqual(overall.row_count, MOST_IDS + 2)
        lines = {line.subject: line.ids for line in self.reads(reader=self.frank).exclude(subject=None)}
        self.assertEqual(lines, {self.alice: own, self.bob: [other]})
        log = Api(self.alice).get(f"/medical-records/{self.alice.pk}/access-log")
        self.assertEqual([line["records"] for line in log.json()["items"]], [own])
        page = self.office(self.irene).get(reverse("admin:core_readlog_change", args=(overall.pk,)))
        self.assertContains(page, f"{MOST_IDS + 2} rows, numbered from {self.entry.pk} to {other}")
        seal(now=timezone.now() + timedelta(hours=1))
        self.assertIsNone(verify(now=timezone.now() + timedelta(hours=1)).broken)

    def test_no_row_that_is_added_after_the_lines_were_written_is_exported(self):
        response = self.export()
        self.write(title="Latex")
        self.write(by=self.bob, patient=self.bob, title="Shrimps")
        self.assertEqual(b"".join(response).split(), [b"id", str(self.entry.pk).encode()])

    def test_only_rows_whose_patient_has_a_line_are_exported(self):
        rows = MedicalRecord.objects.all()
        noted = services.note_all_rows(self.frank, rows, "export of medical records")
        self.write(by=self.bob, patient=self.bob, title="Shrimps")
        self.assertEqual([row.patient for row in noted], [self.alice])

    def test_entries_cannot_be_deleted_imported_or_edited_by_a_form(self):
        for user in (self.carol, self.frank, self.irene):
            browser = self.office(user)
            self.assertEqual(browser.post(self.page("delete", self.entry.pk), {"post": "yes"}).status_code, 403)
            self.assertEqual(browser.post(self.page("change", self.entry.pk), {"title": "x"}).status_code, 403)
        self.entry.refresh_from_db()
        self.assertEqual(self.entry.title, "Penicillin")


class Writing(BackOffice):
    def add(self, user, **fields):
        said = {"patient": self.alice.pk, "kind": "note", "title": "Advised rest", "details": "", "code": ""}
        return self.office(user).post(self.page("add"), {**said, "severity": "", "onset_date": "", **fields})

    def test_a_doctor_in_care_can_add_an_entry(self):
        self.assertEqual(self.add(self.carol).status_code, 302)
        entry = MedicalRecord.objects.get(title="Advised rest")
        self.assertEqual((entry.recorded_by, entry.source), (self.carol, "doctor"))

    def test_an_improbable_value_is_asked_back_and_kept_when_it_is_said_to_be_right(self):
        fields = {"kind": "vital_signs", "title": "", "spo2_percent": "45"}
        response = self.add(self.carol, **fields)
        self.assertContains(response, "This value is very unlikely.")
        self.assertFalse(MedicalRecord.objects.of_kind("vital_signs").exists())
        self.add(self.carol, **fields, signs_are_sure="on", consciousness="voice", pregnant="no")
        entry = MedicalRecord.objects.get(kind="vital_signs")
        self.assertEqual(entry.vital_signs, {"spo2_percent": 45})
        self.assertEqual(entry.observed, {"consciousness": "voice", "pregnant": False})

    def test_each_vital_sign_has_a_field(self):
        self.add(self.carol, kind="vital_signs", title="", systolic_mmhg="151", temperature_c="37.5")
        entry = MedicalRecord.objects.get(kind="vital_signs")
        self.assertEqual(entry.vital_signs, {"systolic_mmhg": 151, "temperature_c": 37.5})
        self.assertContains(self.office(self.carol).get(self.page("change", entry.pk)), "NCDC Bangladesh")

    def test_a_refusal_by_the_service_is_a_form_error(self):
        for fields in ({"kind": "vital_signs"}, {"pulse_bpm": "70"}, {"title": " "}, {"pulse_bpm": "7000"}):
            with self.subTest(fields):
                self.assertEqual(self.add(self.carol, **fields).status_code, 200)
        self.assertEqual(MedicalRecord.objects.count(), 1)

    def test_only_patients_in_care_can_be_chosen(self):
        for user, patient in ((self.carol, self.bob), (self.wendy, self.alice), (self.dave, self.alice)):
            with self.subTest(user.name):
                self.add(user, patient=patient.pk)
                self.assertEqual(MedicalRecord.objects.count(), 1)
        for user in (self.erin, self.frank, self.irene):
            self.assertEqual(self.add(user).status_code, 403)

    def test_the_author_amends_with_a_reason_and_the_history_keeps_the_old_text(self):
        url = self.page("step", self.entry.pk, "amend")
        form = {"title": "Amoxicillin", "details": "Hives", "severity": "mild", "code": "", "onset_date": ""}
        browser = self.office(self.carol)
        self.assertContains(browser.get(url), "Penicillin")
        self.assertEqual(browser.post(url, form).status_code, 200)
        self.assertEqual(browser.post(url, {**form, "reason": "wrong drug"}).status_code, 302)
        newer, older = self.entry.history.all()
        self.assertEqual(
            (older.title, newer.title, newer.history_change_reason), ("Penicillin", "Amoxicillin", "wrong drug")
        )
        self.assertEqual(newer.history_user, self.carol)

    def test_the_author_marks_an_entry_as_entered_in_error(self):
        url = self.page("step", self.entry.pk, "retract")
        self.assertEqual(self.office(self.carol).post(url, {"reason": "wrong patient"}).status_code, 302)
        self.entry.refresh_from_db()
        self.assertEqual(self.entry.status, Status.ENTERED_IN_ERROR)
        self.assertEqual(self.office(self.carol).post(url, {"reason": "again"}).status_code, 200)

    def test_other_users_can_neither_amend_nor_retract(self):
        other = make_user("Dr. Oscar", Role.DOCTOR)
        make_doctor(other, self.clinic)
        services.open_chart(patient=self.alice, doctor_id=other.doctor.pk, expires_at=None, now=timezone.now())
        for user, step in product((other, self.frank, self.irene), ("amend", "retract", "resolve")):
            with self.subTest(user=user.name, step=step):
                url = self.page("step", self.entry.pk, step)
                self.assertEqual(self.office(user).post(url, {"reason": "mine now"}).status_code, 403)


class PatientPage(BackOffice):
    def open(self, user, patient=None):
        return self.office(user).get(
            reverse("admin:medical_record_medicalrecord_patient", args=((patient or self.alice).pk,))
        )

    def test_allergies_are_first_and_opening_it_is_logged(self):
        self.write(kind="condition", title="Gout", severity="", details="")
        text = self.open(self.carol).content.decode()
        self.assertLess(text.index("Penicillin"), text.index("Gout"))
        line = self.reads(reader=self.carol, what="patient page").get()
        self.assertEqual((line.basis, len(line.ids)), ("care", 2))

    def test_an_unknown_patient_is_404(self):
        url = reverse("admin:medical_record_medicalrecord_patient", args=(999999,))
        self.assertEqual(self.office(self.frank).get(url).status_code, 404)

    def test_vital_signs_are_a_graph_with_a_table(self):
        for systolic in (118, 150):
            signs = {"systolic_mmhg": systolic, "diastolic_mmhg": 75}
            self.write(kind="vital_signs", title="", severity="", details="", vital_signs=signs)
        response = self.open(self.carol)
        self.assertContains(response, "<polyline", count=2)
        self.assertContains(response, "critically", count=0)
        self.assertContains(response, "not graded")  # her age is not known
        self.assertContains(response, 'role="img"')
        self.assertNotContains(response, "<script>")

    def test_a_small_difference_is_no_cliff(self):
        for pulse in (70, 72):
            self.write(kind="vital_signs", title="", severity="", details="", vital_signs={"pulse_bpm": pulse})
        (graph,) = self.open(self.carol).context["graphs"]
        (line,) = graph.lines
        self.assertLess(abs(line.dots[0].y - line.dots[1].y), 8)
        self.assertGreaterEqual(float(graph.ticks[-1].label) - float(graph.ticks[0].label), 60)
        self.assertEqual(str(graph.unit), "beats/min")

    def test_a_child_has_growth_curves_with_a_table_and_its_age_in_the_right_unit(self):
        profile = self.alice.profile
        profile.be_born(read_birth("20 days", timezone.localdate()), timezone.localdate())
        profile.gender = "female"
        profile.save()
        signs = {"weight_kg": 3.6, "height_cm": 52, "pulse_bpm": 150}
        self.write(kind="vital_signs", title="", severity="", details="", vital_signs=signs)
        response = self.open(self.carol)
        self.assertContains(response, "20 days")
        self.assertNotContains(response, "0 years")
        self.assertEqual([curve.title for curve in response.context["growth"]], ["Weight", "Height", "BMI"])
        for curve in response.context["growth"]:
            self.assertEqual([line.name for line in curve.references], ["3", "15", "50", "85", "97"])
            self.assertEqual([row.age for row in curve.rows], ["20 days"])
        self.assertContains(response, "WHO Child Growth Standards")
        self.assertContains(response, "normal for the age", count=6)  # in the table of signs, and beside each curve

    def test_an_adult_has_no_growth_curve(self):
        profile = self.alice.profile
        profile.be_born(read_birth("12/03/1990", timezone.localdate()), timezone.localdate())
        profile.save()
        signs = {"weight_kg": 60, "height_cm": 165}
        self.write(kind="vital_signs", title="", severity="", details="", vital_signs=signs)
        response = self.open(self.carol)
        self.assertEqual(response.context["growth"], [])
        self.assertContains(response, "BMI 22.0")

    def test_the_page_needs_at_most_fifteen_queries_for_any_number_of_entries(self):
        for at in range(5):
            self.take_place(days=10 + at)
            self.write(kind="allergy", title=f"Allergy {at}")
            self.write(kind="vital_signs", vital_signs={"pulse_bpm": 70 + at})
        for user in (self.carol, self.frank):
            client, url = (
                self.office(user),
                reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,)),
            )
            client.get(url)  # the first page of a session updates its last use
            with self.subTest(user=user.name), CaptureQueriesContext(connection) as asked:
                self.assertEqual(client.get(url).status_code, 200)
            queries = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
            # One of them for results with their values, one for ordered tests without a result, and one for letters.
            self.assertLessEqual(len(queries), 15, "\n".join(queries))

    def test_the_list_of_readers_agrees_with_the_rule(self):
        now = timezone.now()
        services.open_chart(patient=self.alice, doctor_id=self.dr_wendy.pk, expires_at=None, now=now)
        found = {(line.person, line.basis) for line in access.who_can_see(self.alice, now=now)}
        self.assertEqual(found, {(self.carol, "care"), (self.wendy, "consent")})
        for user in (self.carol, self.wendy, self.dave):
            doctors = {person for person, _basis in found}
            self.assertEqual(may_read_chart(user, self.alice, now) is not None, user in doctors)
        self.dr_wendy.suspend(reason="complaint", now=now)
        self.visit.cancel()
        self.assertEqual(access.who_can_see(self.alice, now=now), [])

    def test_access_by_care_shows_its_start_and_end(self):
        (line,) = access.who_can_see(self.alice, now=timezone.now())
        self.assertEqual(line.until, self.after_care())
        self.assertAlmostEqual(line.since, timezone.now(), delta=timedelta(minutes=5))

    def test_an_auditor_can_revoke_a_consent_there_and_a_doctor_cannot(self):
        grant = services.open_chart(patient=self.alice, doctor_id=self.dr_wendy.pk, expires_at=None, now=timezone.now())
        url = reverse("admin:core_objectgrant_step", args=(grant.pk, "revoke"))
        self.assertNotContains(self.open(self.carol), url)
        self.assertEqual(self.office(self.carol).post(url, {"reason": "rival"}).status_code, 404)
        self.assertContains(self.open(self.irene), url)
        taken = self.office(self.irene).post(url, {"reason": "asked by phone"})
        self.assertRedirects(taken, reverse("admin:core_objectgrant_changelist"))
        self.assertFalse(holders(self.alice, "read_chart").exists())

    def test_desk_and_claim_grants_are_revoked_by_admins_alone(self):
        desk = ObjectGrant.objects.get(user=self.erin)
        url = reverse("admin:core_objectgrant_step", args=(desk.pk, "revoke"))
        self.assertEqual(self.office(self.irene).post(url, {"reason": "no reason"}).status_code, 403)
        self.assertEqual(self.office(self.frank).post(url, {"reason": "has left"}).status_code, 302)
        self.assertFalse(ObjectGrant.objects.filter(user=self.erin).exists())

    def test_another_app_can_add_a_section_which_is_logged(self):
        def section(reader, patient, now):
            return patient_page.Section("Later", "admin/list_before.html", {}, what="later rows", ids=[7])

        patient_page.PATIENT_SECTIONS.append(section)
        self.addCleanup(patient_page.PATIENT_SECTIONS.remove, section)
        self.assertContains(self.open(self.carol), "Later")
        self.assertEqual(self.reads(what="later rows").get().ids, [7])
