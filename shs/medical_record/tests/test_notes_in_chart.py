"""The signed note of a visit in the export of a chart and on the patient page; drafts are in neither."""

from typing import Any

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from shs.core.reads.models import ReadLog
from shs.medical_record import notes
from shs.medical_record.fhir import bundle
from shs.medical_record.models import VisitNote
from shs.testing import Api, TestUsers
from shs.tests.prepared import prepared

SAID = {
    "complaint": "cough <3 weeks\nand fever",
    "findings": "chest clear",
    "assessment": "bronchitis",
    "plan": "rest",
}


class Noted(TestUsers):
    """The test users, and a completed visit of Alice to Dr. Carol."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.seen = cls.take_place()

    def sign(self, codes: tuple[str, ...] = ("J06.9",)) -> VisitNote:
        written = notes.Written(SAID, codes)
        return notes.sign(visit=self.seen, by=self.carol, written=written, seen=None, now=timezone.now())

    def amend(self, note: VisitNote) -> VisitNote:
        written = notes.Written({**SAID, "plan": "rest and fluids"})
        return notes.amend(note=note, by=self.carol, written=written, reason="forgotten", now=timezone.now())

    def draft(self) -> None:
        typed = {"complaint": ["told in confidence"]}
        notes.save_draft(visit=self.seen, by=self.carol, typed=typed, seen=0, now=timezone.now())


class Exported(Noted, TestCase):
    def compositions(self, *, in_full: bool = True) -> list[dict[str, Any]]:
        found: Any = bundle(self.alice, now=timezone.now(), in_full=in_full)
        Bundle.model_validate(found)
        return [one["resource"] for one in found["entry"] if one["resource"]["resourceType"] == "Composition"]

    def test_a_signed_note_is_a_composition_with_a_section_for_each_part(self):
        self.sign()
        (found,) = self.compositions()
        self.assertEqual((found["status"], found["confidentiality"]), ("final", "N"))
        texts = {one["code"]["coding"][0]["code"]: one["text"]["div"] for one in found["section"]}
        self.assertEqual(list(texts), ["10154-3", "29545-1", "51848-0", "18776-5"])
        self.assertIn("cough &lt;3 weeks<br/>and fever", texts["10154-3"])
        (event,) = found["event"]
        self.assertEqual(event["code"][0]["coding"][0]["code"], "J06.9")
        self.assertNotIn("relatesTo", found)

    def test_only_the_version_that_counts_is_exported_and_names_the_one_it_replaces(self):
        self.amend(self.sign())
        (found,) = self.compositions()
        self.assertEqual(found["status"], "amended")
        self.assertEqual(found["identifier"]["value"], f"{self.seen.number}/2")
        self.assertEqual(found["relatesTo"][0]["targetIdentifier"]["value"], f"{self.seen.number}/1")
        self.assertIn("rest and fluids", str(found))

    def test_a_guardian_does_not_get_a_confidential_one(self):
        note = self.sign()
        VisitNote.objects.without_history("scene").filter(pk=note.pk).update(is_confidential=True)
        self.assertEqual(self.compositions(in_full=False), [])
        self.assertEqual(self.compositions()[0]["confidentiality"], "R")

    def test_a_draft_never_leaves_the_server(self):
        self.draft()
        self.assertEqual(self.compositions(), [])
        for path in ("/medical-records/{}/export", "/medical-records/{}", "/summary"):
            answer = Api(self.alice).get(path.format(self.alice.pk))
            self.assertEqual(answer.status_code, 200, path)
            self.assertNotIn("told in confidence", answer.content.decode(), path)
        self.assertEqual(Api(self.alice).get(f"/appointments/{self.seen.pk}/note").status_code, 404)


class OnThePatientPage(Noted, TestCase):
    def page(self, user: Any) -> Any:
        office = Client()
        office.force_login(user, backend="shs.users.backends.EmailBackend")
        return office.get(reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,)))

    def test_the_timeline_shows_the_version_that_counts_and_logs_it(self):
        note = self.amend(self.sign())
        for user in (self.carol, self.frank, self.irene):
            page = self.page(user)
            self.assertContains(page, "rest and fluids")
            self.assertContains(page, f"Signed by {self.carol.name}, version 2")
            self.assertNotContains(page, "<dd>rest</dd>")
            self.assertTrue(ReadLog.objects.filter(reader=user, what="visit notes", ids=[note.pk]).exists())

    def test_a_draft_is_not_shown(self):
        self.draft()
        for user in (self.carol, self.frank, self.irene):
            self.assertNotContains(self.page(user), "told in confidence")
