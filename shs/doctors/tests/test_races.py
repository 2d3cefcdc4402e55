"""Concurrent decisions, reviews and profiles."""

from collections import Counter
from decimal import Decimal

from django.utils import timezone

from shs.core.errors import Refused
from shs.core.records import merge as merging
from shs.doctors import services
from shs.doctors.models import DoctorAvailability, DoctorInformation, DoctorSpecialization, Verification
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_user, pass_checks
from shs.users.models import Role


class Races(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()

    def test_of_two_concurrent_decisions_one_succeeds(self):
        caller = Api(self.frank)
        pass_checks(self.dr_dave, self.frank)
        decisions = [{"decision": "approve"}, {"decision": "reject", "reason": "expired"}] * 3
        path = f"/doctors/verify/{self.dr_dave.pk}"
        answers = at_once(6, lambda number: caller.patch(path, decisions[number]).status_code)
        self.assertEqual(Counter(answers), {200: 1, 409: 5})
        decided = self.dr_dave.history.filter(verification_status__in=[Verification.APPROVED, Verification.REJECTED])
        self.assertEqual(decided.count(), 1)

    def test_of_two_concurrent_claims_one_succeeds(self):
        officers = [self.grace, self.frank] * 3

        def claim(number: int) -> str:
            try:
                DoctorInformation.objects.get(pk=self.dr_dave.pk).claim(by=officers[number], now=timezone.now())
            except Refused:
                return "refused"
            return officers[number].name

        answers = Counter(at_once(6, claim))
        self.assertEqual(answers["refused"], 3)
        self.assertEqual(len(answers), 2)

    def test_concurrent_reviews_are_all_counted(self):
        patients = [make_user(f"Patient{number}", Role.PATIENT) for number in range(10)]

        def rate(number: int) -> None:
            doctor = DoctorInformation.objects.get(pk=self.dr_carol.pk)
            services.review(doctor=doctor, patient=patients[number], rating=1 + number % 5)

        at_once(10, rate)
        self.dr_carol.refresh_from_db()
        self.assertEqual((self.dr_carol.rating, self.dr_carol.rating_count), (Decimal("3.00"), 10))

    def test_concurrent_reviews_of_one_patient_are_counted_once(self):
        self.take_place()
        caller = Api(self.alice)
        path = f"/doctors/{self.dr_carol.pk}/reviews"
        answers = at_once(6, lambda number: caller.post(path, {"rating": 5}).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 5})
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.rating_count, 1)

    def test_of_many_concurrent_profiles_of_one_account_one_is_created(self):
        caller = Api(make_user("Dr. Nina", Role.DOCTOR))
        fields = {
            "license_number": "B-777",
            "specializations": ["cardiology"],
            "experience": 5,
            "education": "MBBS",
            "location": "Khulna",
            "fees": "500.00",
        }
        answers = at_once(6, lambda number: caller.post("/doctors/register", fields).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 5})

    def test_of_many_concurrent_profiles_with_one_licence_one_is_created(self):
        callers = [Api(make_user(f"Dr. N{number}", Role.DOCTOR)) for number in range(6)]
        fields = {
            "license_number": "B-778",
            "specializations": ["cardiology"],
            "experience": 5,
            "education": "MBBS",
            "location": "Khulna",
            "fees": "500.00",
        }
        answers = at_once(6, lambda number: callers[number].post("/doctors/register", fields).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 5})
        self.assertEqual(DoctorInformation.objects.filter(license_number="B-778").count(), 1)

    def test_concurrent_replacements_of_working_hours_leave_one_of_them(self):
        caller = Api(self.carol)
        plans = [[{"weekday": 0, "start": f"{8 + number:02}:00", "end": f"{11 + number:02}:00"}] for number in range(6)]
        path = "/doctors/me/availability?affected=keep"
        answers = at_once(6, lambda number: caller.put(path, plans[number]).status_code)
        self.assertEqual(Counter(answers), {200: 6})
        self.assertEqual(DoctorAvailability.objects.filter(doctor=self.dr_carol).count(), 1)

    def test_of_two_concurrent_merges_of_two_specializations_into_each_other_one_succeeds(self):
        heart = self.dr_carol.specializations.get()
        other = DoctorSpecialization.objects.create(name="Heart", slug="heart")
        pairs = [(heart.pk, other.pk), (other.pk, heart.pk)] * 2

        def merge(number: int) -> str:
            row, into = (DoctorSpecialization.objects.get(pk=pk) for pk in pairs[number])
            try:
                merging.merge(row, into, by=self.frank, reason="the same", now=timezone.now())
            except Refused:
                return "refused"
            return "merged"

        self.assertEqual(Counter(at_once(4, merge)), {"merged": 1, "refused": 3})
        self.assertEqual(DoctorSpecialization.objects.filter(pk__in=[heart.pk, other.pk]).in_use().count(), 1)
        left = DoctorSpecialization.objects.filter(pk__in=[heart.pk, other.pk]).in_use().get()
        self.assertEqual(self.dr_carol.specializations.get(), left)
