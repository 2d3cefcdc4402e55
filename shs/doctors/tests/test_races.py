"""Decisions, reviews and profiles, at once."""

from collections import Counter
from decimal import Decimal

from django.utils import timezone

from shs.core.errors import Refused
from shs.doctors import services
from shs.doctors.models import DoctorAvailability, DoctorInformation, Verification
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_user, pass_checks
from shs.users.models import Role


class Races(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()

    def test_of_two_who_decide_at_once_one_decides(self):
        caller = Api(self.frank)
        pass_checks(self.dr_dave, self.frank)
        decisions = [{"decision": "approve"}, {"decision": "reject", "reason": "expired"}] * 3
        path = f"/doctors/verify/{self.dr_dave.pk}"
        answers = at_once(6, lambda number: caller.patch(path, decisions[number]).status_code)
        self.assertEqual(Counter(answers), {200: 1, 409: 5})
        decided = self.dr_dave.history.filter(verification_status__in=[Verification.APPROVED, Verification.REJECTED])
        self.assertEqual(decided.count(), 1)

    def test_of_two_officers_who_claim_a_case_at_once_one_has_it(self):
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

    def test_reviews_that_are_written_at_once_are_all_counted(self):
        patients = [make_user(f"Patient{number}", Role.PATIENT) for number in range(10)]

        def rate(number: int) -> None:
            doctor = DoctorInformation.objects.get(pk=self.dr_carol.pk)
            services.review(doctor=doctor, patient=patients[number], rating=1 + number % 5)

        at_once(10, rate)
        self.dr_carol.refresh_from_db()
        self.assertEqual((self.dr_carol.rating, self.dr_carol.rating_count), (Decimal("3.00"), 10))

    def test_one_patient_who_reviews_many_times_at_once_is_counted_once(self):
        self.take_place()
        caller = Api(self.alice)
        path = f"/doctors/{self.dr_carol.pk}/reviews"
        answers = at_once(6, lambda number: caller.post(path, {"rating": 5}).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 5})
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.rating_count, 1)

    def test_of_many_profiles_of_one_account_one_is_opened(self):
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

    def test_of_many_who_declare_one_licence_one_has_it(self):
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

    def test_working_hours_that_are_replaced_at_once_are_those_of_one_of_the_plans(self):
        caller = Api(self.carol)
        plans = [[{"weekday": 0, "start": f"{8 + number:02}:00", "end": f"{11 + number:02}:00"}] for number in range(6)]
        answers = at_once(6, lambda number: caller.put("/doctors/me/availability", plans[number]).status_code)
        self.assertEqual(Counter(answers), {200: 6})
        self.assertEqual(DoctorAvailability.objects.filter(doctor=self.dr_carol).count(), 1)
