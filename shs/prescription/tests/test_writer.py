"""Writing by keyboard: what is suggested and inserted, what is learnt, and issuing in the same step."""

from datetime import timedelta

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services import slots_of
from shs.core.reads.models import ReadLog
from shs.medical_record.models import MedicalRecord
from shs.prescription import services
from shs.prescription.models import (
    AdviceTemplate,
    Favourite,
    Medication,
    Prescription,
    PrescriptionLine,
    PrescriptionSet,
    SetLine,
    Status,
    StoppedMedicine,
)
from shs.prescription.services import suggest
from shs.prescription.services.favourites import learn
from shs.prescription.tests.scenes import Agreed
from shs.prescription.tests.test_admin import Screens, rows
from shs.testing import Api


class Written(Screens):
    """The form as the widget posts it."""

    def line(self, name: str, directions: str, **more) -> dict:
        found = Medication.objects.filter(generic_name=name).first()
        return {"medication": found.pk if found else "", "name": str(found or name), "directions": directions, **more}

    def form(self, *lines: dict, tests: tuple[str, ...] = (), **more) -> dict:
        return {
            "appointment": self.begun.pk,
            "diagnosis": "tonsillitis",
            **rows("lines", list(lines)),
            **rows("tests", [{"test": "", "name": name, "instructions": ""} for name in tests]),
            **more,
        }

    def write(self, *lines: dict, **more):
        return self.doctor.post(self.url("add"), self.form(*lines, **more))


class Suggesting(Written):
    def test_favourites_come_first_then_what_begins_with_the_letters(self):
        Medication.objects.create(generic_name="zincometformin", form="tablet", strength="5 mg")
        names = [one.name for one in suggest.medicines("met", doctor=self.dr_carol)]
        self.assertTrue(all(name.startswith("met") for name in names), names)
        self.prescribe(medications=[{"name": "metronidazole tablet 400 mg", "pattern": "1+1+1 after 5d"}])
        first = suggest.medicines("met", doctor=self.dr_carol)[0]
        self.assertEqual((first.name, first.directions), ("metronidazole tablet 400 mg", "1+1+1 after 5d"))
        self.assertTrue(first.is_favourite)
        self.assertFalse(suggest.medicines("met", doctor=self.dr_dave)[0].is_favourite)

    def test_directions_are_learnt_from_free_text_where_it_says_them(self):
        self.prescribe(
            medications=[
                {"name": "Napa", "dosage": "1 tablet", "frequency": "1+0+1", "duration_days": 3},
                {"name": "Other", "dosage": "2 tablets", "frequency": "1+0+1", "duration_days": 3},
            ]
        )
        learnt = dict(Favourite.objects.filter(kind="medicine").values_list("name", "directions"))
        self.assertEqual(learnt, {"Napa": "1+0+1 3d", "Other": ""})

    def test_each_medicine_is_suggested_once(self):
        self.prescribe(medications=[{"name": "metformin tablet 500 mg", "pattern": "1+0+1 continue"}])
        names = [one.name for one in suggest.medicines("metf", doctor=self.dr_carol)]
        self.assertEqual(len(names), len(set(names)))

    def test_a_later_word_is_found_and_the_number_of_queries_does_not_grow(self):
        self.assertIn("clavulanic", " ".join(one.name for one in suggest.medicines("clav")))
        with self.assertNumQueries(4):  # favourites, generics by their first and by a later word, brands
            suggest.medicines("xyz", doctor=self.dr_carol)
        for number in range(30):
            Medication.objects.create(generic_name=f"xyzol {number}", form="tablet", strength="1 mg")
        with self.assertNumQueries(3):  # favourites, enough generics by their first word, brands
            self.assertEqual(len(suggest.medicines("xyz", doctor=self.dr_carol)), suggest.MOST)

    def test_further_words_are_of_the_form_or_the_strength(self):
        names = [one.name for one in suggest.medicines("par 120")]
        self.assertTrue(names)
        self.assertTrue(all("120" in name for name in names), names)

    def test_the_page_answers_with_json_to_doctors_alone(self):
        found = self.doctor.get(self.url("suggest"), {"s": "amox"}).json()["found"]
        self.assertIn("amoxicillin", found[0]["name"])
        self.assertEqual(self.browser(self.erin).get(self.url("suggest"), {"s": "amox"}).status_code, 403)
        tests = self.doctor.get(self.url("suggest"), {"s": "haem", "kind": "test"}).json()["found"]
        self.assertTrue(tests)

    def test_use_and_recency_decide_the_order_and_only_what_was_issued_counts(self):
        now = timezone.now()
        draft = self.draft({"name": "paracetamol tablet 500 mg", "dosage": "1", "frequency": "1", "duration_days": 3})
        self.assertFalse(Favourite.objects.exists())
        learn(draft, now - timedelta(days=300))
        learn(draft, now - timedelta(days=300))
        row = Favourite.objects.get(name="paracetamol tablet 500 mg")
        old = row.score
        self.assertEqual(row.uses, 2)
        learn(draft, now)
        row.refresh_from_db()
        self.assertEqual(row.uses, 3)
        self.assertGreater(row.score, old)


class Reading(Written):
    def read(self, **data) -> dict:
        return self.doctor.post(self.url("directions"), {"visit": self.begun.pk, **data}).json()

    def test_directions_are_read_in_the_patients_language(self):
        found = self.read(text="1+0+1 after 7d", form="tablet")
        self.assertEqual((found["directions"], found["meal"], found["lasting"]), ("1+0+1", "after", "7d"))
        self.assertIn("in the morning", found["instructions"])
        self.alice.speak("bn")
        self.assertIn("৭ দিন", self.read(text="1+0+1 after 7d", form="tablet")["instructions"])

    def test_nonsense_is_answered_with_a_sentence(self):
        self.assertIn("not understood", self.read(text="as he likes")["error"])

    def test_the_day_of_the_follow_up(self):
        found = self.read(come_in="in 7 days")
        day = timezone.localdate() + timedelta(days=7)
        self.assertEqual((found["date"], found["look"]), (day.isoformat(), f"{self.dr_carol.pk}|{day}"))
        self.assertIn("error", self.read(come_in="some day"))


class Issuing(Written):
    def test_what_is_typed_is_issued_in_one_step_with_instructions(self):
        response = self.write(
            self.line("metformin", "1+0+1 after", lasting="1 month"),
            self.line("omeprazole", "1+0+0 before 2 weeks"),
            tests=("Haemoglobin",),
            _issue="1",
        )
        issued = Prescription.objects.get()
        self.assertRedirects(response, f"{self.url('change', issued.pk)}?print=1", fetch_redirect_response=False)
        self.assertEqual(issued.status, Status.ISSUED)
        first, second = issued.lines.all()
        self.assertEqual((first.frequency, first.duration_days, first.meal), ("1+0+1", 30, "after"))
        self.assertIn("in the morning and at night, after meals, for 30 days", first.instructions)
        self.assertEqual((second.dosage, second.duration_days), ("1 capsule", 14))
        self.assertEqual(issued.tests.get().name, "Haemoglobin")
        self.assertTrue(Prescription.objects.in_full().get().is_intact())
        page = self.doctor.get(f"{self.url('change', issued.pk)}?print=1").content.decode()
        self.assertIn("data-print", page)
        paper = self.doctor.get(f"{self.url('pdf', issued.pk)}?framed=1")
        self.assertEqual((paper.status_code, paper["X-Frame-Options"]), (200, "SAMEORIGIN"))
        self.assertEqual(self.doctor.get(self.url("pdf", issued.pk))["X-Frame-Options"], "DENY")

    def test_a_warning_is_asked_on_the_form_and_nothing_is_stored_before(self):
        entry = self.note("allergy", "Penicillin", severity="severe")
        line = self.line("amoxicillin", "1+1+1 7d")
        answer = self.write(line, _issue="1")
        page = answer.content.decode()
        self.assertEqual(answer.status_code, 200)
        self.assertIn("recorded allergy to “Penicillin”", page)
        self.assertFalse(Prescription.objects.exists())
        key = next(part for part in page.split('"') if part.startswith(f"reason-allergy:{entry.pk}:"))
        self.write(line, _issue="1", **{key: "tolerated in 2024"})
        self.assertEqual(Prescription.objects.get().warnings.get().reason, "tolerated in 2024")

    def test_directions_that_are_not_understood_are_said_and_kept(self):
        page = self.write(self.line("metformin", "as he likes"), _issue="1").content.decode()
        self.assertIn("is not understood", page)
        self.assertIn("as he likes", page)
        page = self.write(self.line("metformin", "1+0+1"), _issue="1").content.decode()
        self.assertIn("How long? Write 7d", page)
        page = self.write({"medication": "", "name": "Something", "directions": ""}).content.decode()
        self.assertIn("Write how it is taken", page)
        self.assertFalse(Prescription.objects.exists())

    def test_a_slot_is_booked_with_it_or_the_wish_is_noted(self):
        opening = next(slot for slot, is_free in self.openings() if is_free)
        at = timezone.localtime(opening)
        self.write(self.line("metformin", "1+0+1 7d"), _issue="1", slot=f"{at:%Y-%m-%dT%H:%M}")
        issued = Prescription.objects.get()
        self.assertEqual(issued.follow_up_date, at.date())
        booked = Appointment.objects.get(patient=self.alice, starts_at=opening)
        self.assertEqual(booked.status, "confirmed")

    def openings(self):
        today = timezone.localdate()
        found = slots_of(
            doctor_id=self.dr_carol.pk, first=today + timedelta(1), last=today + timedelta(20), now=timezone.now()
        )
        return [(slot.starts_at, is_free) for slot, is_free in found]

    def test_the_wish_alone_is_noted(self):
        before = Appointment.objects.count()
        self.write(self.line("metformin", "1+0+1 7d"), _issue="1", come_in="7d")
        self.assertEqual(Prescription.objects.get().follow_up_date, timezone.localdate() + timedelta(days=7))
        self.assertEqual(Appointment.objects.count(), before)

    def test_a_taken_slot_refuses_all(self):
        answer = self.write(self.line("metformin", "1+0+1 7d"), _issue="1", slot="2020-01-01T09:00")
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(Prescription.objects.exists())


class Stopping(Written):
    def test_a_stopped_medicine_is_sealed_and_ends_what_ran(self):
        self.prescribe(
            self.confirmed_visit(minutes_ago=300, days=6),
            medications=[{"name": "enalapril tablet 5 mg", "pattern": "1+0+0 continue"}],
        )
        entry = self.note("medication", "Enalapril")
        self.write(
            self.line("enalapril", "stop: dry cough"),
            self.line("amlodipine", "1+0+0 continue"),
            _issue="1",
        )
        issued = Prescription.objects.in_full().get(appointment=self.begun)
        stop = issued.stopped.get()
        self.assertEqual((stop.reason, issued.lines.get().name.split()[0]), ("dry cough", "amlodipine"))
        self.assertEqual(issued.content()["stopped"], [{"name": stop.name, "reason": "dry cough"}])
        self.assertTrue(issued.is_intact())
        entry.refresh_from_db()
        self.assertEqual(entry.status, MedicalRecord.Status.RESOLVED)
        later = self.confirmed_visit(minutes_ago=60, days=7)
        draft = self.draft({"name": "losartan", "dosage": "1", "frequency": "1", "duration_days": 30}, visit=later)
        kinds = {found.rule for found in services.check(draft, now=timezone.now()).warnings}
        self.assertNotIn("same_class:C09A-C09C", kinds)
        answer = Api(self.alice).get(f"/prescriptions/{issued.public_id}")
        self.assertEqual(answer.json()["stopped"], [{"name": stop.name, "reason": "dry cough"}])

    def test_a_stop_can_be_taken_back_while_it_is_a_draft(self):
        self.write(self.line("enalapril", "stop: dry cough"))
        draft = Prescription.objects.get()
        form = self.form(undo_stops=[draft.stopped.get().pk])
        self.doctor.post(self.url("change", draft.pk), form)
        self.assertFalse(StoppedMedicine.objects.exists())


class Inserting(Written):
    def earlier(self) -> Prescription:
        return self.prescribe(
            self.confirmed_visit(minutes_ago=300, days=6),
            medications=[
                {"name": "metformin tablet 500 mg", "pattern": "1+0+1 after continue"},
                {"name": "amlodipine tablet 5 mg", "pattern": "1+0+0 1 month"},
            ],
        )

    def test_the_last_prescription_is_repeated_line_by_line(self):
        self.earlier()
        found = self.doctor.get(self.url("insert"), {"visit": self.begun.pk, "repeat": "1"}).json()
        self.assertEqual(
            [(line["directions"], line["is_confirmed"]) for line in found["lines"]],
            [("1+0+1 after continue", False), ("1+0+0 30d", False)],
        )
        self.assertTrue(ReadLog.objects.filter(reader=self.carol, what="prescription to repeat").exists())
        one, other = (
            {"name": line["name"], "medication": line["medication"], "directions": line["directions"]}
            for line in found["lines"]
        )
        self.write({**one, "unconfirmed": "on", "confirm": "on"}, {**other, "unconfirmed": "on"})
        draft = Prescription.objects.get(status=Status.DRAFT)
        self.assertEqual([line.is_confirmed for line in draft.lines.all()], [True, False])
        self.assertEqual({w.medication for w in services.check(draft, now=timezone.now()).warnings}, {one["name"]})
        services.issue(draft=draft, by=self.carol, reasons=Agreed(), now=timezone.now())
        self.assertEqual(draft.lines.get().name, one["name"])
        self.assertTrue(Prescription.objects.in_full().get(pk=draft.pk).is_intact())

    def test_without_a_script_the_page_begins_with_them(self):
        self.earlier()
        page = self.doctor.get(self.url("add"), {"appointment": self.begun.pk, "repeat": "1"}).content.decode()
        self.assertIn('value="metformin tablet 500 mg"', page)
        self.assertIn("data-unconfirmed", page)

    def test_nobody_repeats_for_a_visit_of_another_doctor(self):
        self.earlier()
        found = self.browser(self.dave).get(self.url("insert"), {"visit": self.begun.pk})
        self.assertIn(found.status_code, {200, 403})
        self.assertNotIn("metformin", found.content.decode())

    def test_own_and_shared_sets_are_found_and_inserted(self):
        own = PrescriptionSet.objects.create(
            title="Tonsillitis", doctor=self.dr_carol, tests="CBC\nESR", advice="Rest."
        )
        SetLine.objects.create(set=own, name="paracetamol tablet 500 mg", directions="1+1+1 after 3d")
        PrescriptionSet.objects.create(title="Tonsil of another", doctor=self.dr_dave)
        shared = PrescriptionSet.objects.create(title="Tonsil of the clinic", clinic=self.clinic)
        names = [
            one["name"] for one in self.doctor.get(self.url("suggest"), {"s": "ton"}).json()["found"] if one["set"]
        ]
        self.assertEqual(set(names), {own.title, shared.title})
        found = self.doctor.get(self.url("insert"), {"set": own.pk}).json()
        self.assertEqual([line["directions"] for line in found["lines"]], ["1+1+1 after 3d"])
        self.assertEqual(([test["name"] for test in found["tests"]], found["advice"]), (["CBC", "ESR"], "Rest."))
        other = PrescriptionSet.objects.get(title="Tonsil of another")
        self.assertEqual(self.doctor.get(self.url("insert"), {"set": other.pk}).status_code, 404)

    def test_advice_is_found_by_its_title(self):
        AdviceTemplate.objects.create(title="Fluids", text="Drink plenty of water.", doctor=self.dr_carol)
        found = self.doctor.get(self.url("suggest"), {"s": "flu", "kind": "advice"}).json()["found"]
        self.assertEqual([one["text"] for one in found], ["Drink plenty of water."])

    def test_a_doctor_makes_a_set_that_is_theirs(self):
        url = self.url("add").replace("/prescription/prescription/", "/prescription/prescriptionset/")
        data = {"title": "Fever", "clinic": self.clinic.pk, "tests": "", "advice": "Rest.", **rows("lines", [])}
        line = {"medication": "", "name": "Paracetamol", "directions": "1+1", "instructions": ""}
        self.assertEqual(self.doctor.post(url, {**data, **rows("lines", [line])}).status_code, 200)
        line["directions"] = "1+1+1 3d"
        answer = self.doctor.post(url, {**data, **rows("lines", [line])})
        self.assertEqual(answer.status_code, 302, answer.content[:2000])
        made = PrescriptionSet.objects.get(title="Fever")
        self.assertEqual((made.doctor, made.clinic), (self.dr_carol, self.clinic))
        self.assertEqual(made.lines.get().directions, "1+1+1 3d")


class ByTheApi(Written):
    def post(self, *medications: dict, **more):
        body = {"appointment": self.begun.pk, "diagnosis": "hypertension", "medications": list(medications), **more}
        return Api(self.carol).post("/prescriptions/", body)

    def test_a_pattern_fills_the_fields_that_old_clients_read(self):
        row = Medication.objects.get(generic_name="metformin", form="tablet", strength="500 mg")
        answer = self.post(
            {"medication": row.pk, "pattern": "1+0+1 after", "duration": "1 month"},
            {"name": "paracetamol tablet 500 mg", "pattern": "1", "as_needed": "fever", "duration_days": 5},
            stopped=[{"name": "Ibuprofen", "reason": "kidneys"}],
        )
        self.assertEqual(answer.status_code, 201, answer.content)
        first, second = answer.json()["medications"]
        self.assertEqual(
            (first["name"], first["dosage"], first["frequency"], first["duration_days"], first["pattern"]),
            ("metformin tablet 500 mg", "1 tablet", "1+0+1", 30, "1+0+1 after 30d"),
        )
        self.assertIn("only when needed for: fever", second["instructions"])
        self.assertEqual(answer.json()["stopped"], [{"name": "Ibuprofen", "reason": "kidneys"}])

    def test_what_is_missing_or_nonsense_is_named(self):
        for medicine, field in (
            ({"name": "Paracetamol", "pattern": "as he likes"}, "pattern"),
            ({"name": "Paracetamol", "pattern": "1+0+1"}, "duration_days"),
            ({"name": "Paracetamol", "dosage": "1"}, "frequency"),
            ({"pattern": "1+0+1 7d"}, "name"),
            ({"medication": 10**9, "pattern": "1+0+1 7d"}, "medication"),
        ):
            with self.subTest(medicine=medicine):
                answer = self.post(medicine)
                self.assertEqual(answer.status_code, 422)
                self.assertIn(f"medications.0.{field}", answer.content.decode())
        self.assertFalse(PrescriptionLine.objects.filter(prescription__appointment=self.begun).exists())


class RightsOnSets(Written):
    ACTIONS = ("view", "add", "change", "delete")

    def rights(self, row) -> dict[str, set[str]]:
        name = row._meta.model_name
        found = {
            who: {action for action in self.ACTIONS if user.has_perm(f"prescription.{action}_{name}", row)}
            for who, user in self.people.items()
        }
        return {who: may for who, may in found.items() if may}

    def test_own_shared_and_the_clinics(self):
        everything = set(self.ACTIONS)
        for model, more in ((PrescriptionSet, {}), (AdviceTemplate, {"text": "Rest."})):
            own = model.objects.create(title="Own", doctor=self.dr_carol, **more)
            self.assertEqual(self.rights(own), {"carol": everything, "frank": everything})
            of_clinic = model.objects.create(title="Of the clinic", clinic=self.clinic, **more)
            self.dr_dave.clinics.clear()
            self.assertEqual(self.rights(of_clinic), {"carol": {"view"}, "frank": everything})
            self.dr_dave.clinics.add(self.clinic)
            self.assertEqual(self.rights(of_clinic)["dave"], {"view"})

    def test_the_medicines_of_a_set_follow_it(self):
        own = PrescriptionSet.objects.create(title="Own", doctor=self.dr_carol)
        line = SetLine.objects.create(set=own, name="Paracetamol")
        everything = set(self.ACTIONS)
        self.assertEqual(self.rights(line), {"carol": everything, "frank": everything})
