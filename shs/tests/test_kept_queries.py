"""Queries that are compiled once return the same rows as the ORM for all parameters."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from shs.appointment import api as appointments
from shs.appointment.models import LONGEST, Appointment, opening_times
from shs.appointment.services import book, slots
from shs.blog import answers
from shs.blog import api as blog
from shs.core.queries import MOST_KEPT, Given, KeptInsert, KeptQuery
from shs.core.reads.models import ReadLog
from shs.doctors import api as doctors
from shs.doctors import permissions as doctor_rights
from shs.doctors.models.hours import BLOCKS
from shs.doctors.timetable import HOURS
from shs.medical_record import api as records
from shs.medical_record import permissions as rights
from shs.medical_record.models import MedicalRecord
from shs.prescription import answers as prescriptions
from shs.prescription.services import prescribe
from shs.testing import CommittedTestCase, TestUsers, publish_article, soon
from shs.users import families, tokens
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
            book(
                patient=cls.alice,
                doctor_id=cls.dr_carol.pk,
                date=soon(days),
                time=time,
                reason="%s",
                source="desk",
                now=now,
            )

        entry = MedicalRecord(patient=cls.alice, kind="allergy", title="Nuts", severity="mild")
        records.services.record(entry=entry, by=cls.alice, now=now)
        medicine = {"name": "Amoxicillin 500 mg", "dosage": "1", "frequency": "1+1+1", "duration_days": 7}
        cls.prescription = prescribe(
            visit=cls.take_place(days=6),
            by=cls.carol,
            written={"diagnosis": "acute tonsillitis"},
            medications=[medicine, {**medicine, "name": "Paracetamol 500 mg"}],
            tests=[{"name": "Haemoglobin"}],
            reasons={},
            now=now,
        )

    def asked(self) -> Iterator[tuple[str, KeptQuery, list[dict[str, Given]]]]:
        """Each kept query with possible parameters."""
        users, now = [self.alice.pk, self.bob.pk, self.carol.pk], timezone.now()
        spans = [(now, now + timedelta(days=days)) for days in (0, 3, 30)]
        days = [{"user": user, "start": start, "end": end} for user in users for start, end in spans]
        pairs = [tokens.issue(user, now=now) for user in (self.alice, self.bob)]
        sessions = [tokens.user_of(pair["access"]).app_session_id for pair in pairs]
        versions = [
            {"pk": pk, "version": version, "session": session}
            for pk in users
            for version in (0, 1)
            for session in sessions
        ]
        yield "my appointments", appointments.OF_PATIENT, [{"patient": pk} for pk in users]
        yield "a doctor's day", appointments.OF_DAY, days
        yield "who sends a token", tokens.ACTIVE, versions
        yield "hours", BLOCKS, [{"doctor": pk} for pk in (self.dr_carol.pk, self.dr_dave.pk, 2**62)]
        yield "detail", doctors.BY_ID, [{"pk": pk} for pk in (self.dr_carol.pk, self.dr_dave.pk, 2**62)]
        taken = [{"doctor": self.dr_carol.pk, "start": start, "end": end} for start, end in spans]
        yield "taken", slots.TAKEN, [given | {"since": given["start"] - LONGEST, "now": now} for given in taken]
        meeting = [{**given, "since": given["start"] - LONGEST, "patient": self.alice.pk} for given in taken]
        yield "in the way", slots.IN_THE_WAY, meeting
        yield "guardians", families.IN_FORCE, [{"person": pk} for pk in users]
        yield "timetable", HOURS, [{"doctor": pk, "since": now.date()} for pk in (self.dr_carol.pk, 2**62)]
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
        yield "doctor profile", doctor_rights.OF_USER, [{"user": pk} for pk in users]
        times = opening_times(now + timedelta(days=8))
        some = ({}, {"patient0": self.alice.pk}, {"patient0": self.alice.pk, "patient1": self.bob.pk})
        yield "opened", rights.OPENED, [{"user": user, **times, **given} for user in users for given in some]
        yield "person", records.PERSON, [{"pk": pk} for pk in (*users, 2**62)]
        yield "chart", records.ENTRIES, [{"patient": pk} for pk in users]
        yield "chart by kind", records.ENTRIES, [{"patient": pk, "kind": "allergy"} for pk in users]
        for order, query in doctors.BY_ORDER.items():
            yield f"search by {order}", query, [{}]

    def test_rows_and_count_equal_those_of_the_orm(self):
        found = 0
        for name, query, choices in self.asked():
            for given in choices * 2:
                with self.subTest(query=name, given=given):
                    expected = list(query.queryset(**given))
                    found += len(expected)
                    self.assertEqual(query.rows(**given), expected)
                    self.assertEqual(query.rows(1, 3, **given), expected[1:3])
                    self.assertEqual(query.first(**given), expected[0] if expected else None)
                    self.assertEqual(query.count(2, **given), min(2, len(expected)))
        self.assertGreater(found, 20)

    def test_columns_and_types_equal_those_of_the_orm(self):
        ours, orm = appointments.OF_PATIENT.rows(patient=self.alice.pk), appointments.ROWS.filter(patient=self.alice)
        self.assertEqual(
            [[type(value) for value in row.values()] for row in ours],
            [[type(value) for value in row.values()] for row in orm],
        )


class KeptQueryTests(TestUsers, TestCase):
    def test_a_parameter_that_build_changes_is_refused(self):
        query = KeptQuery(lambda patient: Appointment.objects.filter(patient=patient + 1), ("pk",))
        with self.assertRaisesMessage(ValueError, "patient"):
            query.rows(patient=self.alice.pk)

    def test_texts_are_passed_as_parameters(self):
        query = KeptQuery(lambda name: User.objects.filter(name=name), ("pk",))
        self.assertEqual(query.rows(name="Alice' OR 1=1 --%s"), [])
        self.assertEqual(query.rows(name=self.alice.name), [{"pk": self.alice.pk}])

    def test_the_number_of_compiled_forms_is_limited(self):
        query = KeptQuery(lambda: User.objects.order_by("pk"), ("pk",))
        for start in range(MOST_KEPT + 5):
            query.rows(start, start + 1)
        (kept,) = query._kept.values()
        self.assertLessEqual(len(kept), MOST_KEPT)


class KeptInsertTests(TestUsers, TestCase):
    def test_a_row_is_stored_as_the_orm_stores_it(self):
        given = {"reader": self.carol, "role": "doctor", "subject": self.alice, "what": "chart %s", "path": "/?a=%b"}
        for row in ({**given, "ids": [1, 2], "note": "'"}, {**given, "reader": None, "ids": {"first": 1, "last": 9}}):
            ReadLog(**row).save()
            KeptInsert(ReadLog).add(ReadLog(**row))
            names = [field.attname for field in ReadLog._meta.concrete_fields if field.name not in {"id", "at"}]
            newest, before = ReadLog.objects.order_by("-pk").values(*names)[:2]
            self.assertEqual(newest, before)
        self.assertEqual(ReadLog.objects.filter(at__gte=timezone.now() - timedelta(minutes=1)).count(), 4)


class Threads(CommittedTestCase):
    def test_each_connection_has_its_own_compiled_forms(self):
        query = KeptQuery(lambda: User.objects.order_by("pk"), ("pk",))
        found = []

        def work() -> None:
            found.append(query.rows())
            connection.close()

        for thread in [Thread(target=work) for _number in range(3)]:
            thread.start()
            thread.join()
        self.assertEqual(found, [query.rows()] * 3)
