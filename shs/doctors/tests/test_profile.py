"""Doctors and their own profile: applying, changes, working hours, time off."""

from datetime import time, timedelta

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from shs.core.errors import refusal_for
from shs.credentialing import services as credentialing
from shs.doctors.models import DoctorAvailability, DoctorInformation, Verification
from shs.testing import Api, TestUsers, make_user, soon
from shs.users.models import Role

DECLARED = {
    "license_number": "B-777",
    "specializations": ["neurology", "cardiology"],
    "experience": 5,
    "education": "MBBS, Dhaka Medical College",
    "location": "Khulna",
    "fees": "500.00",
    "languages": ["Bangla"],
}


class Applying(TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        cls.nina = make_user("Dr. Nina", Role.DOCTOR)

    def apply(self, user=None, **fields):
        return Api(user or self.nina).post("/doctors/register", {**DECLARED, **fields})

    def test_a_new_profile_waits_for_verification(self):
        answer = self.apply()
        self.assertEqual((answer.status_code, answer.json()["verification_status"]), (201, "pending"))
        self.assertEqual([row["slug"] for row in answer.json()["specializations"]], ["cardiology", "neurology"])
        self.assertEqual(Api().get("/doctors/search", q="nina").json()["items"], [])

    def test_one_account_has_one_profile(self):
        self.apply()
        answer = self.apply(license_number="B-778")
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:profile_exists"))

    def test_a_licence_number_is_unique_in_any_spelling(self):
        for licence in (self.dr_carol.license_number, f" {self.dr_carol.license_number.lower()} "):
            with self.subTest(licence=licence):
                answer = self.apply(license_number=licence)
                self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:licence_taken"))

    def test_patients_admins_and_staff_cannot_apply(self):
        for user in (self.alice, self.frank, self.grace):
            self.assertEqual(self.apply(user).status_code, 403)

    def test_an_unknown_specialization_is_named(self):
        answer = self.apply(specializations=["cardiology", "phrenology"])
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "specializations"))
        self.assertFalse(DoctorInformation.objects.filter(user=self.nina).exists())

    def test_rating_and_verification_cannot_be_set(self):
        for smuggled in (
            {"rating": 5},
            {"rating_count": 9},
            {"verification_status": "approved"},
            {"name": "Dr. House"},
        ):
            with self.subTest(smuggled=smuggled):
                self.assertEqual(self.apply(**smuggled).status_code, 422)
                self.assertEqual(Api(self.carol).patch("/doctors/me", smuggled).status_code, 422)

    def test_without_a_profile_me_is_404(self):
        self.assertEqual(Api(self.nina).get("/doctors/me").status_code, 404)


class Changing(TestUsers, TestCase):
    def test_put_replaces_all_fields_and_patch_only_the_given_ones(self):
        caller = Api(self.carol)
        licence = self.dr_carol.license_number
        body = caller.put("/doctors/me", {**DECLARED, "license_number": licence}).json()
        self.assertEqual((body["location"], body["bio"], body["fees"]), ("Khulna", "", "500.00"))
        body = caller.patch("/doctors/me", {"fees": "650"}).json()
        self.assertEqual((body["location"], body["fees"], body["license_number"]), ("Khulna", "650.00", licence))

    def test_changes_are_found_by_search_at_once(self):
        Api(self.carol).patch("/doctors/me", {"location": "Rajshahi", "bio": "Speaks slowly"})
        for query in ({"q": "rajshahi"}, {"location": "raj"}, {"q": "slowly"}):
            self.assertEqual(Api().get("/doctors/search", **query).json()["count"], 1)

    def test_a_new_licence_number_of_a_verified_doctor_waits_and_the_verification_stays(self):
        body = Api(self.carol).patch("/doctors/me", {"license_number": "Z-99"}).json()
        self.assertEqual(
            (body["verification_status"], body["license_number"]), ("approved", self.dr_carol.license_number)
        )
        self.assertEqual(body["proposal"]["changes"], {"license_number": "Z-99"})
        self.assertEqual(Api().get(f"/doctors/{self.dr_carol.pk}").status_code, 200)

    def test_the_same_licence_number_keeps_the_verification(self):
        body = Api(self.carol).patch("/doctors/me", {"license_number": self.dr_carol.license_number.lower()}).json()
        self.assertEqual(body["verification_status"], "approved")

    def test_the_licence_number_of_another_doctor_is_409(self):
        answer = Api(self.carol).patch("/doctors/me", {"license_number": self.dr_dave.license_number, "fees": "1"})
        self.assertEqual(answer.status_code, 409)
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.fees, 800)

    def test_a_rejected_doctor_who_corrects_the_profile_waits_again(self):
        self.dr_dave.reject(reason="illegible", now=timezone.now())
        body = Api(self.dave).patch("/doctors/me", {"education": "MBBS, Sylhet"}).json()
        self.assertEqual((body["verification_status"], body["verification_note"]), ("pending", ""))


class Hours(TestUsers, TestCase):
    BLOCK = {"weekday": 0, "start": "09:00", "end": "12:00", "slot_minutes": 30}

    def put(self, *blocks: dict):
        return Api(self.carol).put("/doctors/me/availability?affected=keep", list(blocks))

    def test_the_week_is_replaced(self):
        answer = self.put({**self.BLOCK, "weekday": 2}, self.BLOCK)
        self.assertEqual([block["weekday"] for block in answer.json()], [0, 2])
        self.assertEqual(Api(self.carol).get("/doctors/me/availability").json(), answer.json())
        self.assertEqual(Api().get(f"/doctors/{self.dr_carol.pk}").json()["availability"], answer.json())

    def test_an_empty_week_is_accepted(self):
        self.assertEqual(self.put().json(), [])
        self.assertEqual(Api().get("/doctors/search", available_on=f"{soon()}").json()["count"], 0)

    def test_adjacent_blocks_are_accepted_and_overlapping_ones_are_422(self):
        self.assertEqual(self.put(self.BLOCK, {**self.BLOCK, "start": "12:00", "end": "13:00"}).status_code, 200)
        for start, end in (("11:30", "13:00"), ("09:00", "12:00"), ("10:00", "11:00"), ("08:00", "18:00")):
            with self.subTest(start=start):
                answer = self.put(self.BLOCK, {**self.BLOCK, "start": start, "end": end})
                self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "1.start"))
        self.assertEqual(len(Api(self.carol).get("/doctors/me/availability").json()), 2)

    def test_hours_shorter_than_one_slot_are_422(self):
        answer = self.put({**self.BLOCK, "end": "09:20"})
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "0.slot_minutes"))

    def test_the_database_refuses_overlapping_hours(self):
        block = DoctorAvailability(doctor=self.dr_carol, weekday=0, start=time(10), end=time(11))
        with self.assertRaises(IntegrityError) as caught, transaction.atomic():
            block.save()
        self.assertEqual(refusal_for(caught.exception).code, "doctoravailability_never_overlaps")

    def test_the_database_refuses_updates_to_overlapping_hours(self):
        self.put(self.BLOCK, {**self.BLOCK, "start": "13:00", "end": "14:00"})
        later = self.dr_carol.availability.get(start=time(13))
        later.start = time(11)
        with self.assertRaises(IntegrityError), transaction.atomic():
            later.save()

    def test_booked_visits_stay_when_the_hours_change(self):
        self.put(self.BLOCK)
        self.visit.refresh_from_db()
        self.assertEqual(self.visit.status, "pending")


class TimeOff(TestUsers, TestCase):
    def absence(self, **fields):
        start = timezone.now() + timedelta(days=5)
        body = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(days=1)).isoformat(), **fields}
        return Api(self.carol).post("/doctors/me/time-off", body)

    def test_time_off_is_stored_listed_and_deleted_by_its_doctor_only(self):
        pk = self.absence(reason="family").json()["id"]
        self.assertEqual([row["reason"] for row in Api(self.carol).get("/doctors/me/time-off").json()], ["family"])
        self.assertEqual(Api(self.dave).get("/doctors/me/time-off").json(), [])
        self.assertEqual(Api(self.dave).delete(f"/doctors/me/time-off/{pk}").status_code, 404)
        self.assertEqual(Api(self.carol).delete(f"/doctors/me/time-off/{pk}").status_code, 204)
        self.assertEqual(Api(self.carol).delete(f"/doctors/me/time-off/{pk}").status_code, 404)

    def test_a_datetime_without_offset_is_422(self):
        answer = self.absence(starts_at="2030-01-01T10:00:00")
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "starts_at"))

    def test_there_are_no_free_slots_during_time_off(self):
        start = timezone.now()
        ends_at = (start + timedelta(days=30)).isoformat()
        self.absence(starts_at=start.isoformat(), ends_at=ends_at, affected="keep")
        slots = Api().get(f"/doctors/{self.dr_carol.pk}/slots", date=f"{soon(3)}").json()
        self.assertEqual({slot["available"] for slot in slots}, {False})


class LosingTheVerification(TestUsers, TestCase):
    def test_every_status_but_approved_ends_search_slots_and_bookings_at_once(self):
        booking = {"doctor": self.dr_carol.pk, "date": f"{soon(3)}", "time": "11:00"}
        for status in set(Verification) - {Verification.APPROVED}:
            self.dr_carol.verification_status = status
            self.dr_carol.save()
            with self.subTest(status=status):
                self.assertEqual(Api().get("/doctors/search").json()["count"], 0)
                self.assertEqual(Api().get(f"/doctors/{self.dr_carol.pk}/slots").status_code, 404)
                self.assertEqual(Api(self.bob).post("/appointments/", booking).status_code, 404)

    def test_the_doctor_can_still_cancel_but_not_confirm_or_write(self):
        credentialing.suspend(doctor=self.dr_carol, reason="a complaint", by=self.frank, now=timezone.now())
        path, caller = f"/appointments/{self.visit.pk}/status", Api(self.carol)
        self.assertEqual(caller.patch(path, {"status": "confirmed"}).status_code, 403)
        self.assertEqual(caller.patch(path, {"status": "cancelled", "notes": "x"}).status_code, 403)
        self.assertEqual(caller.patch(path, {"status": "cancelled"}).status_code, 200)
