"""The search for doctors, their pages, specializations and reviews."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from shs.doctors import services
from shs.doctors.models import DoctorSpecialization, Verification
from shs.testing import Api, TestUsers, make_doctor, make_user, pass_checks, soon
from shs.users.models import Role


class Search(TestUsers, TestCase):
    """Carol: cardiology, Dhaka, 800 BDT, 10 years. Zoe: neurology, Sylhet, 300 BDT, 30 years, weekdays."""

    @classmethod
    def make_people(cls):
        super().make_people()
        neurology = DoctorSpecialization.objects.get(slug="neurology")
        cls.zoe = make_doctor(
            make_user("Dr. Zoe", Role.DOCTOR),
            cls.other_clinic,
            location="Sylhet",
            fees="300.00",
            experience=30,
            languages=["Hindi"],
            bio="Headaches of every kind",
        )
        cls.zoe.specializations.set([neurology])
        cls.zoe.availability.filter(weekday__gte=5).delete()
        services.refresh_derived(cls.zoe)
        services.review(doctor=cls.zoe, patient=cls.bob, rating=4)

    def names(self, **query) -> list[str]:
        answer = Api().get("/doctors/search", **query)
        self.assertEqual(answer.status_code, 200, answer.content)
        return [item["name"] for item in answer.json()["items"]]

    def test_verified_doctors_are_listed_best_rated_first(self):
        self.assertEqual(self.names(), ["Dr. Zoe", "Dr. Carol"])

    def test_each_filter(self):
        weekend = next(soon(days) for days in range(1, 9) if soon(days).weekday() == 6)
        monday = next(soon(days) for days in range(1, 9) if soon(days).weekday() == 0)
        for query, names in (
            ({"q": "zoe"}, ["Dr. Zoe"]),
            ({"q": "NEUROLOGY"}, ["Dr. Zoe"]),
            ({"q": "headaches"}, ["Dr. Zoe"]),
            ({"q": "lakeside"}, ["Dr. Carol"]),
            ({"q": "zoe sylhet"}, ["Dr. Zoe"]),
            ({"q": "zoe dhaka"}, []),
            ({"specialty": "cardiology"}, ["Dr. Carol"]),
            ({"specialty": "Cardiology"}, ["Dr. Carol"]),
            ({"specialty": "no-such-thing"}, []),
            ({"location": "sylh"}, ["Dr. Zoe"]),
            ({"min_rating": 4}, ["Dr. Zoe"]),
            ({"min_rating": 4.1}, []),
            ({"max_fees": "300"}, ["Dr. Zoe"]),
            ({"max_fees": "299.99"}, []),
            ({"min_experience": 11}, ["Dr. Zoe"]),
            ({"language": "hindi"}, ["Dr. Zoe"]),
            ({"language": "hin"}, []),
            ({"available_on": f"{weekend}"}, ["Dr. Carol"]),
            ({"available_on": f"{monday}"}, ["Dr. Zoe", "Dr. Carol"]),
            ({"location": "sylhet", "max_fees": "500", "language": "Hindi"}, ["Dr. Zoe"]),
            (
                {"q": "", "specialty": "", "min_rating": "", "max_fees": "", "available_on": ""},
                ["Dr. Zoe", "Dr. Carol"],
            ),
        ):
            with self.subTest(query=query):
                self.assertEqual(self.names(**query), names)

    def test_each_ordering_and_its_reverse(self):
        for ordering, first in (("rating", "Zoe"), ("fees", "Zoe"), ("experience", "Zoe"), ("name", "Carol")):
            one, other = self.names(ordering=ordering), self.names(ordering=f"-{ordering}")
            with self.subTest(ordering=ordering):
                self.assertEqual(one[0], f"Dr. {first}")
                self.assertEqual(one, other[::-1])

    def test_a_doctor_with_time_off_all_day_is_not_available(self):
        start = timezone.make_aware(datetime.combine(soon(), time.min))
        services.add_time_off(doctor=self.dr_carol, starts_at=start, ends_at=start + timedelta(days=1))
        self.assertNotIn("Dr. Carol", self.names(available_on=f"{soon()}"))
        self.assertIn("Dr. Carol", self.names(available_on=f"{soon(3)}"))

    def test_nobody_is_available_on_a_past_day(self):
        self.assertEqual(self.names(available_on=f"{soon(-1)}"), [])

    def test_a_doctor_with_time_off_in_the_morning_is_available(self):
        start = timezone.make_aware(datetime.combine(soon(), time.min))
        services.add_time_off(doctor=self.dr_carol, starts_at=start, ends_at=start + timedelta(hours=12))
        self.assertIn("Dr. Carol", self.names(available_on=f"{soon()}"))

    def test_an_item_has_exactly_the_documented_fields(self):
        item = Api().get("/doctors/search", q="carol").json()["items"][0]
        self.assertEqual(
            set(item),
            {"id", "name", "specializations", "experience", "education", "location", "fees", "languages", "bio"}
            | {"rating", "rating_count"},
        )
        self.assertEqual(item["fees"], "800.00")
        self.assertEqual(set(item["specializations"][0]), {"id", "name", "slug"})

    def test_pages_have_the_total_count(self):
        body = Api().get("/doctors/search", page_size=1).json()
        self.assertEqual((len(body["items"]), body["count"], body["has_next"]), (1, 2, True))
        body = Api().get("/doctors/search", page=2, page_size=1).json()
        self.assertEqual((len(body["items"]), body["count"], body["has_next"]), (1, 2, False))
        body = Api().get("/doctors/search", page=9).json()
        self.assertEqual((body["items"], body["count"], body["has_next"]), ([], 2, False))

    def test_unverified_and_suspended_doctors_are_not_listed(self):
        for status in Verification:
            self.zoe.verification_status = status
            self.zoe.save()
            with self.subTest(status=status):
                self.assertEqual("Dr. Zoe" in self.names(), status == Verification.APPROVED)
        self.carol.suspend(reason="x")
        self.assertEqual(self.names(q="carol"), [])


class Detail(TestUsers, TestCase):
    def test_a_verified_doctor_is_public_with_working_hours(self):
        body = Api().get(f"/doctors/{self.dr_carol.pk}").json()
        self.assertEqual(len(body["availability"]), 7)
        self.assertEqual(body["availability"][0]["start"], "09:00")
        self.assertNotIn("license_number", body)

    def test_an_unverified_doctor_is_visible_to_themselves_and_admins(self):
        for name, status in (("nobody", 404), ("alice", 404), ("carol", 404), ("erin", 404), ("grace", 404)):
            user = self.people[name]
            with self.subTest(who=name):
                answer = Api(user if user.is_authenticated else None).get(f"/doctors/{self.dr_dave.pk}")
                self.assertEqual(answer.status_code, status)
        for user in (self.dave, self.frank):
            body = Api(user).get(f"/doctors/{self.dr_dave.pk}").json()
            self.assertEqual(body["verification_status"], "pending")
            self.assertIn("license_number", body)

    def test_hidden_and_unknown_doctors_have_the_same_response(self):
        hidden = Api(self.alice).get(f"/doctors/{self.dr_dave.pk}").json()
        self.assertEqual(hidden, Api(self.alice).get("/doctors/999999").json())


class Specializations(TestUsers, TestCase):
    def counts(self) -> dict[str, int]:
        return {row["slug"]: row["doctor_count"] for row in Api().get("/doctors/specializations").json()}

    def test_migrate_creates_the_specializations(self):
        self.assertGreater(len(self.counts()), 20)
        self.assertIn("neurology", self.counts())

    def test_each_has_the_number_of_visible_doctors(self):
        self.assertEqual(self.counts()["cardiology"], 1)  # Dave is not verified
        pass_checks(self.dr_dave, self.frank)
        self.dr_dave.approve(now=timezone.now())
        self.assertEqual(self.counts()["cardiology"], 2)
        self.carol.suspend(reason="x")
        self.assertEqual(self.counts()["cardiology"], 1)


class Reviews(TestUsers, TestCase):
    def setUp(self):
        self.path = f"/doctors/{self.dr_carol.pk}/reviews"

    def rating(self) -> tuple[Decimal, int]:
        self.dr_carol.refresh_from_db()
        return self.dr_carol.rating, self.dr_carol.rating_count

    def test_a_review_needs_a_completed_visit(self):
        self.assertEqual(Api(self.alice).post(self.path, {"rating": 5}).status_code, 403)
        self.take_place()
        self.assertEqual(Api(self.alice).post(self.path, {"rating": 5}).status_code, 201)
        self.assertEqual(Api(self.bob).post(self.path, {"rating": 5}).status_code, 403)
        self.assertEqual(Api(self.carol).post(self.path, {"rating": 5}).status_code, 403)

    def test_a_patient_has_one_review_which_can_be_changed(self):
        self.take_place()
        caller = Api(self.alice)
        caller.post(self.path, {"rating": 5})
        self.assertEqual(caller.post(self.path, {"rating": 1}).status_code, 409)
        self.assertEqual(caller.put(f"{self.path}/mine", {"rating": 2, "comment": "Late."}).json()["rating"], 2)
        self.assertEqual(self.rating(), (Decimal("2.00"), 1))
        self.assertEqual(caller.delete(f"{self.path}/mine").status_code, 204)
        self.assertEqual(self.rating(), (Decimal("0.00"), 0))
        self.assertEqual(caller.delete(f"{self.path}/mine").status_code, 404)
        self.assertEqual(caller.put(f"{self.path}/mine", {"rating": 2}).status_code, 404)

    def test_the_average_is_exact(self):
        for number, rating in enumerate((5, 4, 4)):
            patient = make_user(f"Patient{number}", Role.PATIENT)
            services.review(doctor=self.dr_carol, patient=patient, rating=rating)
        self.assertEqual(self.rating(), (Decimal("4.33"), 3))

    def test_reviews_are_public_with_the_first_name_only(self):
        self.alice.name = "Alice Sultana Begum"
        self.alice.save()
        services.review(doctor=self.dr_carol, patient=self.alice, rating=5, comment="She listens.")
        body = Api().get(self.path).json()
        self.assertEqual((body["count"], body["items"][0]["patient"]), (1, "Alice"))

    def test_a_hidden_review_is_not_listed(self):
        row = services.review(doctor=self.dr_carol, patient=self.alice, rating=5)
        row.hide(reason="an insult")
        self.assertEqual(Api().get(self.path).json()["items"], [])

    def test_reviews_of_an_unverified_doctor_are_not_public(self):
        self.assertEqual(Api().get(f"/doctors/{self.dr_dave.pk}/reviews").status_code, 404)


class RoleChange(TestUsers, TestCase):
    def test_a_former_doctor_is_neither_found_nor_booked_nor_counted(self):
        self.carol.assign(role=Role.PATIENT, duties=[], reason="has left medicine")
        self.assertEqual(Api().get("/doctors/search").json()["count"], 0)
        self.assertEqual(Api().get(f"/doctors/{self.dr_carol.pk}").status_code, 404)
        self.assertEqual(Api().get(f"/doctors/{self.dr_carol.pk}/slots").status_code, 404)
        counts = {row["slug"]: row["doctor_count"] for row in Api().get("/doctors/specializations").json()}
        self.assertEqual(counts["cardiology"], 0)
        booking = {"doctor": self.dr_carol.pk, "date": f"{soon()}", "time": "11:00"}
        self.assertEqual(Api(self.alice).post("/appointments/", booking).status_code, 404)


class NumberFields(TestUsers, TestCase):
    def test_booleans_texts_and_fractions_are_refused(self):
        carol = Api(self.carol)
        for value in (True, "5", 5.5, None):
            with self.subTest(value=value):
                block = {"weekday": 0, "start": "09:00", "end": "12:00"}
                self.assertEqual(carol.patch("/doctors/me", {"experience": value}).status_code, 422)
                self.assertEqual(carol.put("/doctors/me/availability", [{**block, "weekday": value}]).status_code, 422)
                answer = carol.put("/doctors/me/availability", [{**block, "slot_minutes": value}])
                self.assertEqual(answer.status_code, 422)
