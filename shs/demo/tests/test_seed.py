from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import Avg, Count
from django.test import TestCase
from django.utils import timezone
from PIL import Image

from shs.appointment.demo.diary import midnight
from shs.appointment.demo.visits import MOST_A_PATIENT, MOST_OLDER, OLDER, reach, tail_of
from shs.appointment.models import HOLDING, Appointment, AppointmentSlot, Status
from shs.appointment.services import book, openings, slots_of
from shs.core.grants.held import holders
from shs.core.seeding.marks import address
from shs.core.seeding.rows import Size
from shs.credentialing.models import DoctorDocument
from shs.demo.tests.network import NOON, SMALL, Network, fill, rows_of_everything
from shs.doctors.demo.doctors import city_of
from shs.doctors.demo.stages import stage
from shs.doctors.models import Clinic, DoctorInformation, DoctorReview, Verification, Weekday
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import Prescription
from shs.testing import TestUsers, make_user
from shs.users.models import Duty, Role, User
from shs.users.seeding import account

TINY = Size(doctors=4, patients=4, days=8)


def picture():
    """What a network looks like, apart from its primary keys."""
    visits = Appointment.objects.values_list(
        "number", "patient__email", "doctor__license_number", "starts_at", "status"
    )
    return {
        "people": set(User.objects.values_list("email", "name", "role", "created_at", "profile__date_of_birth")),
        "doctors": set(
            DoctorInformation.objects.values_list("license_number", "name", "fees", "rating", "submitted_at")
        ),
        "hours": set(DoctorInformation.objects.values_list("name", "availability__weekday", "availability__start")),
        "visits": set(visits),
        "records": set(
            MedicalRecord.objects.values_list(
                "patient__email", "kind", "title", "status", "recorded_at", "vital_signs__pulse_bpm"
            )
        ),
        "prescriptions": set(
            Prescription.objects.values_list("code", "status", "issued_at", "diagnosis", "lines__name", "tests__name")
        ),
        "reviews": set(DoctorReview.objects.values_list("patient__email", "rating", "comment", "created_at")),
    }


class SameAgainTests(TestCase):
    """Two networks of the same seed are the same."""

    def make_and_forget(self, number):
        with transaction.atomic():
            fill(TINY, seed_number=number)
            found = picture()
            transaction.set_rollback(True)
        return found

    def test_the_same_seed_makes_the_same_network(self):
        self.assertEqual(self.make_and_forget(1), self.make_and_forget(1))

    def test_another_seed_makes_another_network(self):
        first, other = self.make_and_forget(1), self.make_and_forget(2)
        for kind in ("people", "doctors", "visits", "records", "prescriptions"):
            with self.subTest(kind):
                self.assertNotEqual(first[kind], other[kind])


class RepetitionTests(Network, TestCase):
    """What a second run does."""

    def test_a_second_run_changes_no_row_of_any_table(self):
        before = rows_of_everything()
        made, said = fill()
        self.assertEqual(rows_of_everything(), before)
        self.assertEqual(set(made.values()), {0})
        self.assertIn("It is all there: nothing was made.", said)

    def test_a_smaller_run_takes_nothing_away(self):
        before = rows_of_everything()
        fill(TINY)
        self.assertEqual(rows_of_everything(), before)

    def test_a_larger_run_adds_and_leaves_what_is_there(self):
        before = rows_of_everything()
        made, _said = fill(Size(SMALL.doctors + 2, SMALL.patients + 6, SMALL.days + 10))
        self.assertEqual((made["doctors"], made["patients"]), (2, 6))
        self.assertGreater(made["visits"], 6)
        after = rows_of_everything()
        for label in (
            "users.User",
            "users.UserProfile",
            "appointment.Appointment",
            "appointment.HistoricalAppointment",
        ):
            with self.subTest(label):
                self.assertEqual({pk: after[label][pk] for pk in before[label]}, before[label])

    def test_a_visit_that_was_cancelled_meanwhile_is_not_made_again(self):
        visit = Appointment.objects.filter(status=Status.CONFIRMED).first()
        visit.cancel()
        made, _said = fill()
        self.assertEqual(made["visits"], 0)

    def test_a_review_that_was_withdrawn_does_not_come_back(self):
        DoctorReview.objects.first().delete()
        made, _said = fill()
        self.assertEqual(made["reviews"], 0)


class ForeignRowsTests(TestUsers, Network, TestCase):
    """The seed beside other people's rows."""

    @classmethod
    def setUpTestData(cls):
        cls.make_people()
        cls.before = rows_of_everything()
        fill(now=timezone.now())

    def test_no_row_of_others_is_changed_or_deleted(self):
        after = rows_of_everything()
        for label, rows in self.before.items():
            with self.subTest(label):
                self.assertEqual({pk: after[label].get(pk) for pk in rows}, rows)

    def test_no_made_up_visit_is_with_somebody_else(self):
        made = Appointment.objects.exclude(pk=self.visit.pk)
        self.assertFalse(made.filter(doctor=self.dr_carol).exists())
        self.assertFalse(made.exclude(patient__email__endswith="@demo.shs.example").exists())

    def test_a_slot_that_somebody_booked_meanwhile_is_left_to_them(self):
        now = timezone.now()
        doctor = account("doctor1").doctor
        days = [timezone.localdate(now) + timedelta(days=ahead) for ahead in range(1, 8)]
        open_ = [
            slot for slot, is_free in slots_of(doctor_id=doctor.pk, first=days[0], last=days[-1], now=now) if is_free
        ]
        for slot in open_:
            at = timezone.localtime(slot.starts_at)
            book(patient=self.bob, doctor_id=doctor.pk, date=at.date(), time=at.time(), now=now)
        before = Appointment.objects.filter(doctor=doctor, patient=self.bob)
        self.assertEqual(before.count(), len(open_))
        made, _said = fill(Size(SMALL.doctors, 80, SMALL.days), now=now)
        self.assertGreater(made["visits"], 0)
        taken = Appointment.objects.filter(doctor=doctor, starts_at__in=[slot.starts_at for slot in open_])
        taken = taken.filter(status__in=HOLDING)
        self.assertEqual({visit.patient for visit in taken}, {self.bob})

    def test_an_address_of_our_domain_that_somebody_chose_is_no_trouble(self):
        make_user("Eve", Role.PATIENT, email=address("patientX"))
        made, _said = fill(now=timezone.now())
        self.assertEqual(set(made.values()), {0})


class PeopleTests(Network, TestCase):
    """Who is there."""

    def test_there_are_as_many_as_were_asked_for(self):
        self.assertEqual(User.objects.filter(role=Role.DOCTOR).count(), SMALL.doctors)
        self.assertEqual(User.objects.filter(role=Role.PATIENT).count(), SMALL.patients)

    def test_the_staff_have_their_duties(self):
        duties = Counter(User.objects.filter(role=Role.STAFF).values_list("groups__name", flat=True))
        expected = {Duty.VERIFICATION: 2, Duty.MODERATION: 1, Duty.AUDIT: 1, Duty.DESK: 6}
        self.assertEqual(duties, {str(duty): count for duty, count in expected.items()})
        self.assertEqual(User.objects.get(role=Role.ADMIN).email, address("admin"))

    def test_each_of_four_clinics_has_one_or_two_at_its_desk(self):
        self.assertEqual(Clinic.objects.count(), 4)
        for clinic in Clinic.objects.all():
            with self.subTest(clinic.name):
                desk = holders(clinic, "run_desk")
                self.assertIn(len(desk), {1, 2})
                self.assertEqual({grant.source for grant in desk}, {"desk"})

    def test_a_desk_sees_the_visits_of_its_own_clinic_alone(self):
        seen = Appointment.objects.allowed(account("desk1"), "view")
        self.assertEqual(set(seen.values_list("clinic__slug", flat=True)), {"demo-shapla"})

    def test_every_patient_has_a_profile_that_is_whole_and_plainly_made_up(self):
        for user in User.objects.filter(role=Role.PATIENT).select_related("profile"):
            with self.subTest(user.email):
                user.profile.full_clean()
                self.assertTrue(user.profile.phone.startswith("+88010"))
                self.assertTrue(user.profile.blood_group and user.profile.city)
                self.assertIn(user.profile.age(NOON.date()), range(1, 84))

    def test_nobody_joined_after_their_first_visit_was_booked(self):
        for visit in Appointment.objects.select_related("patient", "doctor__user"):
            self.assertLess(visit.patient.created_at, visit.created_at)
            self.assertLess(visit.doctor.decided_at, visit.created_at)


class DoctorTests(Network, TestCase):
    """Doctors and their verification."""

    def test_of_forty_doctors_twelve_wait_at_three_stages(self):
        stages = Counter(stage(number) for number in range(1, 41))
        self.assertEqual(stages, {"approved": 28, "pending": 10, "in_review": 1, "needs_info": 1})

    def test_each_of_the_eight_divisions_has_verified_doctors(self):
        cities = {city_of(number) for number in range(1, 41) if stage(number) == Verification.APPROVED}
        expected = "Dhaka Chattogram Rajshahi Khulna Barishal Sylhet Rangpur Mymensingh"
        self.assertEqual(cities, set(expected.split()))

    def test_the_rows_stand_where_the_plan_says(self):
        for number in range(1, SMALL.doctors + 1):
            doctor = DoctorInformation.objects.get(license_number=f"DEMO-{number:05d}")
            with self.subTest(number):
                self.assertEqual(doctor.verification_status, stage(number))
                self.assertEqual(doctor.user.email, address(f"doctor{number}"))
                doctor.full_clean()

    def test_those_who_wait_have_waited_for_different_times(self):
        waiting = DoctorInformation.objects.exclude(verification_status=Verification.APPROVED)
        ages = set(waiting.values_list("submitted_at", flat=True))
        self.assertEqual(len(ages), waiting.count())
        self.assertLess(max(ages), NOON)

    def test_each_who_waits_has_three_images_that_can_be_opened(self):
        for doctor in DoctorInformation.objects.exclude(verification_status=Verification.APPROVED):
            documents = DoctorDocument.objects.filter(doctor=doctor)
            self.assertEqual({row.kind for row in documents}, {"license", "degree", "identity"})
            for row in documents:
                with (
                    self.subTest(doctor=doctor.name, kind=row.kind),
                    row.file.open() as file,
                    Image.open(file) as image,
                ):
                    self.assertEqual((image.format, file.size), ("PNG", row.size))
                    self.assertGreater(len(image.getcolors()), 4)

    def test_the_case_in_review_is_held_by_an_officer_and_the_asked_one_says_what_is_missing(self):
        in_review = DoctorInformation.objects.get(verification_status=Verification.IN_REVIEW)
        claim = in_review.user.doctor.history.first()
        self.assertEqual((claim.verification_status, claim.history_user), ("in_review", account("verification2")))
        asked = DoctorInformation.objects.get(verification_status=Verification.NEEDS_INFO)
        self.assertIn("degree", asked.verification_note)

    def test_verified_doctors_work_and_fridays_are_usually_off(self):
        verified = DoctorInformation.objects.listed()
        self.assertFalse(DoctorInformation.objects.filter(availability=None).exists())
        fridays = verified.filter(availability__weekday=Weekday.FRIDAY).distinct().count()
        self.assertTrue(0 < fridays < verified.count() / 2)
        for doctor in verified:
            self.assertGreaterEqual(len({block.weekday for block in doctor.availability.all()}), 5)

    def test_some_are_away_for_some_days(self):
        self.assertTrue(DoctorInformation.objects.filter(times_off__starts_at__gt=NOON).exists())

    def test_search_finds_a_doctor_by_clinic_specialty_and_weekday(self):
        found = DoctorInformation.objects.listed().matching("shapla cardiology").of_specialty("cardiology")
        self.assertEqual(found.get().license_number, "DEMO-00001")
        self.assertEqual(found.get().weekdays, 127)

    def test_the_history_knows_the_specializations_and_the_officer(self):
        lines = DoctorInformation.objects.get(license_number="DEMO-00001").history.order_by("history_date")
        self.assertEqual([line.verification_status for line in lines][:3], ["pending", "in_review", "approved"])
        self.assertEqual(lines[2].history_user, account("verification1"))
        for line in lines:
            self.assertEqual([row.doctorspecialization.slug for row in line.specializations.all()], ["cardiology"])


class VisitTests(Network, TestCase):
    """Visits before and after now."""

    def visits(self):
        rows = Appointment.objects.select_related("doctor", "slot", "patient")
        return rows.prefetch_related("doctor__availability", "doctor__times_off")

    def test_every_visit_is_at_a_slot_of_the_working_hours(self):
        for visit in self.visits():
            with self.subTest(visit.number):
                slots = openings(visit.doctor, timezone.localdate(visit.starts_at))
                slot = next(slot for slot in slots if slot.starts_at == visit.starts_at)
                found = (visit.ends_at, visit.serial, visit.clinic_id)
                self.assertEqual(found, (slot.ends_at, slot.serial, slot.clinic_id))
                row = visit.slot
                found = (row.doctor_id, row.starts_at, row.ends_at, row.clinic_id)
                self.assertEqual(found, (visit.doctor_id, visit.starts_at, visit.ends_at, visit.clinic_id))
                self.assertEqual(visit.fee, visit.doctor.fees)

    def test_no_visit_falls_into_a_time_off(self):
        for visit in self.visits():
            for away in visit.doctor.times_off.all():
                self.assertFalse(away.starts_at < visit.ends_at and away.ends_at > visit.starts_at, visit.number)

    def test_no_two_visits_of_a_doctor_or_of_a_patient_overlap(self):
        for owner in ("doctor_id", "patient_id"):
            times = defaultdict(list)
            for visit in Appointment.objects.all():
                times[getattr(visit, owner)].append((visit.starts_at, visit.ends_at))
            for taken in times.values():
                for first, second in pairwise(sorted(taken)):
                    self.assertLessEqual(first[1], second[0])

    def test_what_is_over_has_ended_and_what_is_to_come_has_not(self):
        over = Counter(self.visits().past(NOON).values_list("status", flat=True))
        to_come = Counter(self.visits().filter(starts_at__gt=NOON).values_list("status", flat=True))
        self.assertEqual(set(over), {"completed", "cancelled", "missed"})
        self.assertEqual(set(to_come) | {"cancelled"}, {"pending", "confirmed", "cancelled"})
        self.assertGreater(over["completed"], sum(over.values()) / 2)

    def test_the_visits_lie_within_the_days_that_were_asked_for(self):
        first, last = reach(SMALL.days, NOON)
        days = {timezone.localdate(visit.starts_at) for visit in self.visits()}
        self.assertLessEqual(max(days), last)
        self.assertGreater(len({day for day in days if day >= first}), SMALL.days / 2)

    def test_some_visits_took_place_in_the_two_years_before_those_days(self):
        first, _last = reach(SMALL.days, NOON)
        older = self.visits().filter(starts_at__lt=midnight(first))
        self.assertEqual(set(older.values_list("status", flat=True)), {"completed"})
        self.assertGreater(midnight(first) - older.earliest("starts_at").starts_at, timedelta(days=365))
        self.assertLessEqual(midnight(first) - older.earliest("starts_at").starts_at, timedelta(days=731))

    def test_the_history_of_each_visit_leads_to_where_it_stands(self):
        for visit in self.visits():
            lines = list(visit.history.order_by("history_date", "history_id"))
            with self.subTest(visit.number):
                self.assertEqual((lines[0].history_type, lines[0].status), ("+", "pending"))
                self.assertEqual((lines[-1].status, lines[-1].notes), (visit.status, visit.notes))
                self.assertEqual(lines[0].history_date, visit.created_at)
                self.assertLessEqual(lines[-1].history_date, NOON)
                for before, after in pairwise(lines):
                    if after.history_change_reason != "checked in":
                        self.assertIn(after.status, Appointment.STEPS[before.status])
                    self.assertLess(before.history_date, after.history_date)

    def test_each_slot_belongs_to_one_visit(self):
        self.assertEqual(AppointmentSlot.objects.count(), Appointment.objects.count())

    def test_the_numbers_of_a_million_patients_never_meet(self):
        tails = {tail_of(patient, count) for patient in (1, 2, 999_999, 1_000_000) for count in range(MOST_A_PATIENT)}
        self.assertEqual(len(tails), 4 * MOST_A_PATIENT)
        self.assertLess(1_000_001 * MOST_A_PATIENT, 2**30)
        self.assertLessEqual(OLDER + MOST_OLDER, MOST_A_PATIENT)


class ReviewTests(Network, TestCase):
    """Ratings."""

    def test_the_rating_of_every_doctor_is_the_average_of_their_reviews(self):
        for doctor in DoctorInformation.objects.all():
            found = doctor.reviews.shown().aggregate(average=Avg("rating"), count=Count("pk"))
            with self.subTest(doctor.name):
                self.assertEqual(float(doctor.rating), round(float(found["average"] or 0), 2))
                self.assertEqual(doctor.rating_count, found["count"])
        self.assertTrue(DoctorInformation.objects.filter(rating_count__gt=0).exists())

    def test_only_those_review_who_have_completed_a_visit_before(self):
        for review in DoctorReview.objects.all():
            completed = Appointment.objects.filter(
                doctor=review.doctor, patient=review.patient, status=Status.COMPLETED
            )
            self.assertTrue(completed.filter(ends_at__lt=review.created_at).exists())
            self.assertLessEqual(review.created_at, NOON)
