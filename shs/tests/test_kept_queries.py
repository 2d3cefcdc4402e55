"""Queries that are compiled once give the rows of the ORM, whatever they are given."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from shs.appointment import api as appointments
from shs.appointment.models import LONGEST, Appointment
from shs.appointment.services import book, slots
from shs.blog import answers
from shs.blog import api as blog
from shs.core.queries import MOST_KEPT, Given, KeptQuery
from shs.doctors import api as doctors
from shs.doctors.models.hours import BLOCKS
from shs.medical_record import api as records
from shs.medical_record.models import MedicalRecord
from shs.prescription import answers as prescriptions
from shs.prescription.services import prescribe
from shs.testing import CommittedTestCase, TestUsers, publish_article, soon
from shs.users import tokens
from shs.users.models import User


class EveryKeptQuery(TestUsers, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.post = publish_article(cls.carol, "Hands", tags=["Soap", "Hygiene"])
        cls.other = publish_article(cls.carol, "Mosquitoes", tags=["Dengue", "Hygiene"])
        now = timezone.now()
        for days, clock in ((2, "09:00"), (2, "09:20"), (3, "10:00"), (4, "11:00")):
            hour, minute = map(int, clock.split(":"))
            time = now.time().replace(hour=hour, minute=minute, second=0, microsecond=0)
            book(patient=cls.alice, doctor_id=cls.dr_carol.pk, date=soon(days), time=time, reason="%s", now=now)

        entry = MedicalRecord(patient=cls.alice, kind="allergy", title="Nuts", severity="mild")
        records.services.record(entry=entry, by=cls.alice, now=now)
        medicine = {"name": "Amoxicillin 500 mg", "dosage": "1", "frequency": "1+1+1", "duration_days": 7}
        cls.prescription = prescribe(
            visit=cls.take_place(days=8),
            by=cls.carol,
            written={"diagnosis": "acute tonsillitis"},
            medications=[medicine, {**medicine, "name": "Paracetamol 500 mg"}],
            tests=[{"name": "Haemoglobin"}],
            reasons={},
            now=now,
        )

    def asked(self) -> Iterator[tuple[str, KeptQuery, list[dict[str, Given]]]]:
        """Each kept query with what it may be given."""
        users, now = [self.alice.pk, self.bob.pk, self.carol.pk], timezone.now()
        spans = [(now, now + timedelta(days=days)) for days in (0, 3, 30)]
        days = [{"user": user, "start": start, "end": end} for user in users for start, end in spans]
        versions = [{"pk": pk, "version": version} for pk in users for version in (0, 1)]
        yield "my appointments", appointments.OF_PATIENT, [{"patient": pk} for pk in users]
        yield "a doctor's day", appointments.OF_DAY, days
        yield "who sends a token", tokens.ACTIVE, versions
        yield "hours", BLOCKS, [{"doctor": pk} for pk in (self.dr_carol.pk, self.dr_dave.pk, 2**62)]
        yield "detail", doctors.BY_ID, [{"pk": pk} for pk in (self.dr_carol.pk, self.dr_dave.pk, 2**62)]
        taken = [{"doctor": self.dr_carol.pk, "start": start, "end": end} for start, end in spans]
        yield "time off", slots.AWAY, taken
        yield "visits", slots.VISITS_OF_DOCTOR, [given | {"since": given["start"] - LONGEST} for given in taken]
        yield "articles", blog.NEWEST, [{}]
        posts = [self.post.pk, self.other.pk, 2**62]
        yield "tags", answers.TAGS, [{f"post{at}": pk for at, pk in enumerate(posts[:count])} for count in (1, 2, 3)]
        yield "prescriptions", prescriptions.LATEST, [{"patient": pk} for pk in users]
        pk = self.prescription.pk
        for query in (prescriptions.MEDICINES, prescriptions.TESTS, prescriptions.WARNINGS):
            yield (
                "of prescriptions",
                query,
                [{"id0": pk}, {"id0": pk, "id1": 2**62}],
            )
        yield "chart", records.ENTRIES, [{"patient": pk} for pk in users]
        yield "chart by kind", records.ENTRIES, [{"patient": pk, "kind": "allergy"} for pk in users]
        for order, query in doctors.BY_ORDER.items():
            yield f"search by {order}", query, [{}]

    def test_its_rows_and_count_are_those_of_the_orm(self):
        found = 0
        for name, query, choices in self.asked():
            for given in choices * 2:
                with self.subTest(query=name, given=given):
                    expected = list(query.build(**given))
                    found += len(expected)
                    self.assertEqual(query.rows(**given), expected)
                    self.assertEqual(query.rows(1, 3, **given), expected[1:3])
                    self.assertEqual(query.first(**given), expected[0] if expected else None)
                    self.assertEqual(query.count(2, **given), min(2, len(expected)))
        self.assertGreater(found, 20)

    def test_columns_and_values_have_the_types_of_the_orm(self):
        ours, orm = appointments.OF_PATIENT.rows(patient=self.alice.pk), appointments.ROWS.filter(patient=self.alice)
        self.assertEqual(
            [[type(value) for value in row.values()] for row in ours],
            [[type(value) for value in row.values()] for row in orm],
        )


class AKeptQuery(TestUsers, TestCase):
    def test_a_value_that_is_not_handed_on_as_it_is_is_refused(self):
        query = KeptQuery(lambda patient: Appointment.objects.filter(patient=patient + 1).values("pk"))
        with self.assertRaisesMessage(ValueError, "patient"):
            query.rows(patient=self.alice.pk)

    def test_texts_are_given_as_parameters(self):
        query = KeptQuery(lambda name: User.objects.filter(name=name).values("pk"))
        self.assertEqual(query.rows(name="Alice' OR 1=1 --%s"), [])
        self.assertEqual(query.rows(name=self.alice.name), [{"pk": self.alice.pk}])

    def test_compiled_forms_are_bounded(self):
        query = KeptQuery(lambda: User.objects.order_by("pk").values("pk"))
        for start in range(MOST_KEPT + 5):
            query.rows(start, start + 1)
        (kept,) = query._kept.values()
        self.assertLessEqual(len(kept), MOST_KEPT)


class Threads(CommittedTestCase):
    def test_each_connection_compiles_for_itself_and_forgets_with_it(self):
        query = KeptQuery(lambda: User.objects.order_by("pk").values("pk"))
        found = []

        def work() -> None:
            found.append(query.rows())
            connection.close()

        for thread in [Thread(target=work) for _number in range(3)]:
            thread.start()
            thread.join()
        self.assertEqual(found, [query.rows()] * 3)
