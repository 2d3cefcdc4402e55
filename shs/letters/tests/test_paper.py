"""The printed letter: what is extracted from its PDF is what was sealed, and nothing more."""

from io import BytesIO

from django.test import TestCase, tag
from django.utils import timezone
from pypdf import PdfReader

from shs.core.dates import show_date
from shs.letters import services
from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk
from shs.testing import Api
from shs.users.models import User
from shs.users.numbers import patient_number


def text_of(response) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)


@tag("any_database")
class Paper(Desk, TestCase):
    def setUp(self):
        User.objects.without_history("a language").filter(pk=self.alice.pk).update(language="en")
        self.begun.refresh_from_db()

    def paper(self, letter: Letter, **query):
        response = Api(self.alice).get(f"/letters/{letter.pk}/pdf", **query)
        self.assertEqual(response.status_code, 200, response.content[:300])
        return response

    def test_a_sick_note_says_who_for_what_and_how_long_and_is_signed(self):
        found = self.issue(written=self.sick(0, 4, fit_for="light desk work"))
        text = text_of(self.paper(found))
        wanted = ["Sick note", "Alice", "Dr. Carol", self.dr_carol.license_number, "Lakeside Clinic", "work", "5 days"]
        wanted += [show_date(self.seen_on()), show_date(self.seen_on(4)), "light desk work", "Signed electronically"]
        wanted += ["Page 1 of 1", found.digest[:16]]
        for words in wanted:
            with self.subTest(words=words):
                self.assertIn(words, text)
        self.assertIn(f"/letter/{found.code}", text.replace("\n", ""))
        self.assertNotIn("reported", text)

    def test_it_says_no_diagnosis_unless_it_was_sealed_and_never_the_number_of_the_patient(self):
        self.sign(assessment="tonsillitis")
        self.note("allergy", "Penicillin")
        found = self.issue()
        text = text_of(self.paper(found))
        for words in ("tonsillitis", "Penicillin", patient_number(self.alice.pk), "Diagnosis"):
            self.assertNotIn(words, text)
        services.cancel(letter=found, by=self.carol, reason="with the diagnosis", now=timezone.now())
        written = {**self.sick(), "parts": [{"key": "diagnosis", "text": "acute tonsillitis"}]}
        self.assertIn("acute tonsillitis", text_of(self.paper(self.issue(written=written))))

    def test_a_backdated_one_says_so(self):
        text = text_of(self.paper(self.issue(written=self.sick(-2, 1))))
        self.assertIn("The days before this visit are certified on the basis of the patient's own account.", text)

    def test_every_part_of_a_referral_is_printed_in_its_words(self):
        parts = {
            "reason": "Chest pain on exertion, please advise",
            "complaint": "pain for two weeks",
            "findings": "S1 + S2, no murmur",
            "signs": "Pulse 88 /min",
            "assessment": "stable angina?",
            "problems": "Hypertension",
            "allergies": "Penicillin, severe",
            "medicines": "Amlodipine 5 mg 0+0+1",
        }
        text = text_of(self.paper(self.issue("referral", self.referral(**parts))))
        for words in (*parts.values(), "Cardiology", "City Hospital", "Soon: within days"):
            with self.subTest(words=words):
                self.assertIn(words, text)

    def test_a_summary_has_medicines_with_instructions_and_the_next_visit(self):
        issued = self.prescribe()
        written = {
            "parts": [{"key": "advice", "text": "drink warm water"}, {"key": "assessment", "text": "tonsillitis"}],
            "lines": [line.content() for line in issued.lines.all()],
            "follow_up": self.seen_on(7).isoformat(),
        }
        text = text_of(self.paper(self.issue("summary", written)))
        for words in ("Amoxicillin 500 mg", "1+1+1", "7 days", "after meals", "drink warm water", "tonsillitis"):
            with self.subTest(words=words):
                self.assertIn(words, text)
        self.assertIn(show_date(self.seen_on(7)), text)

    def test_labels_are_in_the_language_of_the_patient_with_the_other_beside_it_as_they_were_when_issued(self):
        self.alice.refresh_from_db()
        User.objects.without_history("a language").filter(pk=self.alice.pk).update(language="bn")
        self.begun.refresh_from_db()
        found = self.issue()
        self.assertEqual(found.language, "bn")
        User.objects.without_history("a language").filter(pk=self.alice.pk).update(language="en")
        fonts = PdfReader(BytesIO(self.paper(found).content)).pages[0]["/Resources"]["/Font"].values()
        names = {str(font.get_object()["/BaseFont"]) for font in fonts}
        self.assertTrue(any("NotoSansBengali" in name for name in names), names)
        self.assertIn("Sick note", text_of(self.paper(found)))

    def test_a_cancelled_one_is_marked_and_a_changed_one_is_not_printed(self):
        found = self.issue()
        services.cancel(letter=found, by=self.carol, reason="wrong patient", now=timezone.now())
        self.assertIn("CANCELLED", text_of(self.paper(found)))
        rows = Letter.objects.without_history("an intruder").filter(pk=found.pk)
        rows.update(written=self.sick(0, 20))
        answer = Api(self.alice).get(f"/letters/{found.pk}/pdf")
        self.assertEqual(answer.status_code, 409)
        self.assertIn("letter_seal_broken", answer.json()["type"])

    def test_a4_and_a5_and_a_long_one_over_pages_with_the_name_on_each(self):
        found = self.issue("referral", self.referral(**{key: "word " * 390 for key in ("findings", "complaint")}))
        for size, sides in (("A4", [595, 842]), ("A5", [420, 595])):
            pages = PdfReader(BytesIO(self.paper(found, paper=size).content)).pages
            self.assertEqual([round(float(side)) for side in pages[0].mediabox[2:]], sides)
        self.assertGreater(len(pages), 1)
        for page in pages:
            self.assertIn("Alice", page.extract_text())
