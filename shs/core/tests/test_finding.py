"""The search of lists by words and by the beginning of a number, and its counts."""

from unittest.mock import patch

from django.db import connection
from django.test import Client, TestCase
from django.urls import reverse

from shs.appointment.models import Appointment
from shs.core import counts
from shs.core.admin import finding
from shs.core.admin.finding import find
from shs.core.records.first_found import FirstFound
from shs.testing import TestUsers, make_user, soon
from shs.users.models import Role, User

LIST = "admin:appointment_appointment_changelist"
FIELDS = ["number", "patient__name", "doctor__name"]


class Words(TestUsers, TestCase):
    def names(self, text: str) -> set[str]:
        return set(User.objects.filter(heard__sounds=text).values_list("name", flat=True))

    def test_each_word_must_begin_a_word_of_the_name_in_any_order_and_case(self):
        make_user("Rahima Khatun", Role.PATIENT, email="rahima@example.com")
        for text in ("rahima", "RAH", "khat rah", "Khatun Rahima", "rah'); --", "- rahima"):
            with self.subTest(text=text):
                self.assertIn("Rahima Khatun", self.names(text))
        for text in ("hima", "rahima begum", "-", "", '"'):
            with self.subTest(text=text):
                self.assertNotIn("Rahima Khatun", self.names(text))

    def test_a_bangla_name_is_found_by_its_beginning(self):
        make_user("রহিমা খাতুন", Role.PATIENT, email="rahima@example.com")
        self.assertEqual(self.names("রহি"), {"রহিমা খাতুন"})
        self.assertEqual(self.names("খাতুন"), {"রহিমা খাতুন"})

    def test_a_new_name_is_found_and_the_old_one_is_not(self):
        person = make_user("Rahima Khatun", Role.PATIENT, email="rahima@example.com")
        person.name = "Salma Begum"
        person.save()
        self.assertEqual(self.names("rahima"), set())
        self.assertEqual(self.names("salma"), {"Salma Begum"})
        person.delete()
        self.assertEqual(self.names("salma"), set())

    def test_wildcards_have_no_meaning_in_begins(self):
        found = User.objects.filter(email__begins="alice@")
        self.assertEqual([user.pk for user in found], [self.alice.pk])
        for text in ("%", "_lice", "alice@example.com%", "\\", "\x00zzz"):
            with self.subTest(text=text):
                self.assertFalse(User.objects.filter(email__begins=text).exists())


class Visits(TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        cls.hers = cls.visit
        cls.his = cls.book(patient=cls.bob, day=soon(3))

    def keys(self, text: str) -> list[int]:
        return find(Appointment.objects.all(), FIELDS, text, ["-starts_at", "-pk"]).keys

    def test_a_visit_is_found_by_its_number_its_patient_and_its_doctor(self):
        self.assertEqual(self.keys(self.hers.number), [self.hers.pk])
        self.assertEqual(self.keys(self.hers.number.lower()), [self.hers.pk])
        self.assertEqual(self.keys(self.alice.name), [self.hers.pk])
        self.assertEqual(set(self.keys(self.dr_carol.name)), {self.hers.pk, self.his.pk})
        self.assertEqual(self.keys("nobody"), [])

    def test_only_the_given_rows_are_found(self):
        others = Appointment.objects.exclude(pk=self.hers.pk)
        self.assertEqual(find(others, FIELDS, self.alice.name, ["pk"]).keys, [])

    def test_people_without_a_visit_do_not_count_towards_the_limit(self):
        with patch.object(finding, "MOST_NAMES", 1):
            for number in range(3):
                make_user(f"Alice{number}", Role.PATIENT)
            found = find(Appointment.objects.all(), FIELDS, "alice", ["pk"])
        self.assertEqual((found.keys, found.is_cut), ([self.hers.pk], False))

    def test_a_search_with_too_many_matches_asks_for_more_words(self):
        client = Client()
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        with patch.object(finding, "MOST_NAMES", 0):
            page = client.get(reverse(LIST), {"tab": "all", "q": "alice"})
        self.assertContains(page, "Type more of the name.")

    def test_counting_stops_after_the_limit(self):
        visits = Appointment.objects.all()
        self.assertEqual(
            counts.counts({"some": visits, "none": visits.none()}, limits={"some": 1}), {"some": 2, "none": 0}
        )
        self.assertEqual(counts.counts({"some": visits}, limits={"some": 0}, exact={"some"}), {"some": 2})
        self.assertEqual([counts.shown(number, most=1000) for number in (7, 1000, 1001)], [7, 1000, "1,000+"])


class FirstRows(TestUsers, TestCase):
    def test_at_most_so_many_rows_are_found_and_postgresql_plans_as_if_all_were_read(self):
        patients = User.objects.filter(role=Role.PATIENT).order_by()
        self.assertGreater(patients.count(), 1)
        found = User.objects.filter(pk__in=FirstFound(patients.values("pk"), most=1))
        self.assertEqual([user.role for user in found], [Role.PATIENT])
        self.assertEqual("AS MATERIALIZED" in str(found.query), connection.vendor == "postgresql")

    def test_what_nobody_may_see_or_has_is_found_without_a_query(self):
        with self.assertNumQueries(0):
            self.assertEqual(find(User.objects.none(), ["name"], "Alice", ["-pk"]).keys, [])
