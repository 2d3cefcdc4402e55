"""What a guardian reads and writes for a dependant, and what stays confidential."""

from datetime import time

from django.test import TestCase
from django.utils import timezone

from shs.core.ages import ADULT, first_day_at
from shs.core.errors import Invalid
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.access import who_can_see
from shs.medical_record.models import MedicalRecord
from shs.testing import Api, later, soon
from shs.tests.prepared import prepared
from shs.users import families
from shs.users.models import User
from shs.users.tests.test_families import Family


class Charts(Family):
    """Mixin: Carol has written an open and a confidential entry about Teo, who is 15, and one about Tara, who is 5."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.take_place(patient=cls.teo, at=time(11))
        cls.take_place(patient=cls.tara, at=time(12))
        cls.open = cls.write(cls.teo, "Asthma")
        cls.secret = cls.write(cls.teo, "Smoking", is_confidential=True)
        cls.of_tara = cls.write(cls.tara, "Eczema")

    @classmethod
    def write(cls, patient, title, **fields) -> MedicalRecord:
        entry = MedicalRecord(patient=patient, kind="condition", title=title, **fields)
        return services.record(entry=entry, by=cls.carol, now=timezone.now())

    def titles(self, reader, patient) -> list[str]:
        answer = Api(reader).get(f"/medical-records/{patient.pk}")
        self.assertEqual(answer.status_code, 200, answer.content)
        return sorted(row["title"] for row in answer.json()["items"])


class Reading(Charts, TestCase):
    def test_a_guardian_reads_and_both_are_named_in_the_read_log(self):
        self.assertEqual(self.titles(self.bob, self.tara), ["Eczema"])
        line = ReadLog.objects.about(self.tara).filter(reader=self.bob).latest("pk")
        self.assertEqual((line.basis, line.ids), ("guardian", [self.of_tara.pk]))
        self.assertTrue(self.bob.has_perm("users.read_chart_user", self.tara))
        self.assertIn(self.of_tara, MedicalRecord.objects.allowed(self.bob, "view"))

    def test_others_and_former_guardians_do_not(self):
        other = families.open_dependant(
            guardian=self.alice,
            name="Nila",
            birth=self.born(3),
            gender="",
            relation="mother",
            now=timezone.now(),
        )
        for reader, patient in ((self.bob, other.dependant), (self.alice, self.tara)):
            self.assert_closed(reader, patient)
        families.end(link=self.link, by=self.bob, reason="moved away", now=timezone.now())
        self.assert_closed(self.bob, self.tara)

    def test_an_adult_who_revoked_it_is_closed_to_the_guardian(self):
        self.be_born(self.alice, 60)
        link = self.give(self.bob, self.alice, relation="child", basis="consent", is_for_minor=False)
        self.assertEqual(self.titles(self.bob, self.alice), [])
        families.end(link=link, by=self.alice, reason="I read it myself", now=timezone.now())
        self.assert_closed(self.bob, self.alice)

    def assert_closed(self, reader, patient) -> None:
        reads = [
            f"/medical-records/{patient.pk}",
            f"/medical-records/{patient.pk}/export",
            f"/medical-records/{patient.pk}/access-log",
            f"/prescriptions/patient/{patient.pk}",
            f"/appointments/my-appointments?patient={patient.pk}",
            f"/medical-records/access?patient={patient.pk}",
            f"/medical-records/access/guardians?patient={patient.pk}",
            f"/summary?patient={patient.pk}",
        ]
        for path in reads:
            with self.subTest(path=path):
                self.assertEqual(Api(reader).get(path).status_code, 404)
        booking = {"doctor": self.dr_carol.pk, "date": f"{soon(5)}", "time": "11:00", "patient": patient.pk}
        self.assertEqual(Api(reader).post("/appointments/", booking).status_code, 404)
        entry = {"patient": patient.pk, "kind": "allergy", "title": "Nuts"}
        self.assertEqual(Api(reader).post("/medical-records/", entry).status_code, 404)
        self.assertFalse(reader.has_perm("users.read_chart_user", patient))
        self.assertFalse(MedicalRecord.objects.allowed(reader, "view").filter(patient=patient).exists())

    def test_a_guardian_who_is_confirmed_books_further_visits(self):
        """The child itself has no address that could be confirmed."""
        for days in (5, 6):
            visit = {"doctor": self.dr_carol.pk, "date": f"{soon(days)}", "time": "11:00", "patient": self.tara.pk}
            self.assertEqual(Api(self.bob).post("/appointments/", visit).status_code, 201)
        User.objects.without_history("a test").filter(pk=self.bob.pk).update(is_verified=False)
        visit["date"] = f"{soon(7)}"
        self.assertEqual(Api(self.bob).post("/appointments/", visit).status_code, 403)

    def test_who_may_only_book_does_not_read(self):
        self.link.end(now=timezone.now(), reason="for another")
        self.give(self.bob, self.tara, may_read=False)
        self.assertEqual(Api(self.bob).get(f"/medical-records/{self.tara.pk}").status_code, 404)
        visits = Api(self.bob).get("/appointments/my-appointments", patient=self.tara.pk).json()["items"]
        self.assertEqual([visit["reason"] for visit in visits], [""])
        summary = Api(self.bob).get("/summary", patient=self.tara.pk).json()["patient"]
        self.assertIsNone(summary["running_prescriptions"])

    def test_the_18th_birthday_closes_the_chart(self):
        days = (first_day_at(self.teo.profile.date_of_birth, "day", ADULT) - timezone.localdate()).days
        with later(days=days - 1):
            self.assertEqual(self.titles(self.bob, self.teo), ["Asthma"])
        with later(days=days):
            self.assert_closed(self.bob, self.teo)
            self.assertEqual(self.titles(self.teo, self.teo), ["Asthma", "Smoking"])


class Confidential(Charts, TestCase):
    def test_patient_and_doctor_see_it_and_a_guardian_by_no_route(self):
        self.assertEqual(self.titles(self.teo, self.teo), ["Asthma", "Smoking"])
        self.assertEqual(self.titles(self.carol, self.teo), ["Asthma", "Smoking"])
        page = Api(self.bob).get(f"/medical-records/{self.teo.pk}").json()
        self.assertEqual((page["count"], [row["title"] for row in page["items"]]), (1, ["Asthma"]))
        exported = Api(self.bob).get(f"/medical-records/{self.teo.pk}/export")
        self.assertContains(exported, "Asthma")
        self.assertNotContains(exported, "Smoking")
        self.assertNotContains(exported, "chest pain")  # why a teenager comes
        self.assertNotIn(self.secret, MedicalRecord.objects.allowed(self.bob, "view"))
        self.assertFalse(self.bob.has_perm("medical_record.view_medicalrecord", self.secret))
        self.assertFalse(ReadLog.objects.filter(reader=self.bob, ids__icontains=str(self.secret.pk)).exists())
        self.assertEqual(Api(self.bob).get(f"/medical-records/{self.teo.pk}/access-log").status_code, 403)

    def test_a_doctor_who_is_the_guardian_does_not_see_it_in_the_office(self):
        self.give(self.dave, self.teo)
        self.client.force_login(self.dave)
        self.assertEqual(self.titles(self.dave, self.teo), ["Asthma"])
        page = self.client.get(f"/admin/medical_record/medicalrecord/patient/{self.teo.pk}/")
        self.assertContains(page, "Asthma")
        self.assertNotContains(page, "Smoking")
        for path in ("change/", "history/"):
            answer = self.client.get(f"/admin/medical_record/medicalrecord/{self.secret.pk}/{path}")
            self.assertEqual(answer.status_code, 404, path)

    def test_only_what_doctors_enter_of_patients_from_12_to_17_can_be(self):
        with self.assertRaises(Invalid):
            self.write(self.tara, "Worms", is_confidential=True)
        entry = {"kind": "allergy", "title": "Nuts", "is_confidential": True}
        self.assertEqual(Api(self.teo).post("/medical-records/", entry).status_code, 422)
        services.amend(entry=self.open, changes={"is_confidential": True}, reason="he asked", now=timezone.now())
        self.assertEqual(self.titles(self.bob, self.teo), [])

    def test_reason_and_notes_of_a_teenagers_visit_are_theirs(self):
        visits = Api(self.bob).get("/appointments/my-appointments", patient=self.teo.pk).json()["items"]
        self.assertEqual([visit["reason"] for visit in visits], [""])
        self.assertEqual(Api(self.bob).get(f"/appointments/{visits[0]['id']}").json()["reason"], "")
        visits = Api(self.bob).get("/appointments/my-appointments", patient=self.tara.pk).json()["items"]
        self.assertIn("chest pain", visits[0]["reason"])


class Acting(Charts, TestCase):
    def test_a_guardian_books_moves_and_cancels_and_the_history_names_both(self):
        booking = {"doctor": self.dr_carol.pk, "date": f"{soon(5)}", "time": "11:00", "patient": self.tara.pk}
        answer = Api(self.bob).post("/appointments/", booking)
        self.assertEqual(answer.status_code, 201, answer.content)
        pk = answer.json()["id"]
        self.assertEqual(answer.json()["patient"]["name"], "Tara")
        visit = self.tara.appointments.get(pk=pk)
        line = visit.history.earliest()
        self.assertEqual((line.history_user, line.history_change_reason), (self.bob, "booked by the guardian"))
        moved = Api(self.bob).post(f"/appointments/{pk}/reschedule", {"date": f"{soon(6)}", "time": "11:00"})
        self.assertEqual(moved.status_code, 200, moved.content)
        ended = Api(self.bob).patch(f"/appointments/{pk}/status", {"status": "cancelled"})
        self.assertEqual(ended.status_code, 200, ended.content)
        titles = [one["title"] for one in Api(self.bob).get("/notifications/").json()["items"]]
        self.assertTrue(any(title.startswith("Tara: Visit requested") for title in titles), titles)

    def test_a_guardian_writes_as_such(self):
        entry = {"patient": self.tara.pk, "kind": "allergy", "title": "Nuts"}
        answer = Api(self.bob).post("/medical-records/", entry)
        self.assertEqual(answer.status_code, 201, answer.content)
        self.assertEqual(answer.json()["source"], "guardian")
        bundle = Api(self.bob).get(f"/medical-records/{self.tara.pk}/export").json()["entry"]
        related = [one["resource"] for one in bundle if one["resource"]["resourceType"] == "RelatedPerson"]
        self.assertEqual([one["name"] for one in related], [[{"text": "Bob"}]])
        self.assertEqual(related[0]["relationship"][0]["coding"][0]["code"], "FTH")

    def test_one_writes_for_oneself_by_default(self):
        answer = Api(self.bob).post("/medical-records/", {"kind": "allergy", "title": "Dust"})
        self.assertEqual(answer.json()["patient"]["id"], self.bob.pk)

    def test_under_18_the_guardian_consents(self):
        consent = {"doctor": self.dr_carol.pk}
        self.assertEqual(Api(self.teo).post("/medical-records/access", consent).status_code, 403)
        given = Api(self.bob).post("/medical-records/access", {**consent, "patient": self.teo.pk})
        self.assertEqual(given.status_code, 201, given.content)
        listed = Api(self.bob).get("/medical-records/access", patient=self.teo.pk).json()["items"]
        self.assertEqual([one["id"] for one in listed], [given.json()["id"]])
        path = f"/medical-records/access/{given.json()['id']}"
        self.assertEqual(Api(self.bob).delete(path).status_code, 404)  # none of his own
        self.assertEqual(Api(self.teo).delete(path).status_code, 403)
        self.assertEqual(Api(self.bob).delete(f"{path}?patient={self.teo.pk}").status_code, 204)

    def test_the_guardian_of_an_adult_consents_to_nothing(self):
        self.be_born(self.alice, 60)
        self.give(self.bob, self.alice, relation="child", basis="consent", is_for_minor=False)
        consent = {"doctor": self.dr_carol.pk, "patient": self.alice.pk}
        self.assertEqual(Api(self.bob).post("/medical-records/access", consent).status_code, 403)

    def test_guardians_are_shown_among_those_who_can_see_the_chart(self):
        lines = [line for line in who_can_see(self.teo, now=timezone.now()) if line.basis == "guardian"]
        self.assertEqual([line.person for line in lines], [self.bob])
        self.assertIsNotNone(lines[0].until)
        shown = Api(self.teo).get("/medical-records/access/guardians").json()
        self.assertEqual([one["person"]["name"] for one in shown], ["Bob"])
        self.client.force_login(self.carol)
        page = self.client.get(f"/admin/medical_record/medicalrecord/patient/{self.teo.pk}/")
        self.assertContains(page, "as the guardian")

    def test_the_access_log_of_a_young_child_is_shown_to_the_guardian(self):
        self.titles(self.carol, self.tara)
        answer = Api(self.bob).get(f"/medical-records/{self.tara.pk}/access-log")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Dr. Carol", [row["reader"]["name"] for row in answer.json()["items"]])

    def test_the_summary_is_that_of_the_dependant(self):
        self.book(patient=self.tara, at=time(15))
        visits = Api(self.bob).get("/summary", patient=self.tara.pk).json()["patient"]["next_visits"]["items"]
        self.assertEqual([visit["patient"]["name"] for visit in visits], ["Tara"])
        self.assertEqual(Api(self.bob).get("/summary").json()["patient"]["next_visits"]["items"], [])

    def test_a_patient_without_guardianships_pays_no_query(self):
        api = Api(self.alice)
        api.get(f"/medical-records/{self.alice.pk}")
        with self.assertNumQueries(4):
            self.assertEqual(api.get(f"/medical-records/{self.alice.pk}").status_code, 200)
