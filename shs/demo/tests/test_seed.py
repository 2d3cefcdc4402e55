from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import Avg, Count
from django.test import TestCase
from django.utils import timezone
from PIL import Image

from shs.appointment.demo.diary import midnight
from shs.appointment.demo.session import doctor_with_slots
from shs.appointment.demo.visits import MOST_A_PATIENT, MOST_OLDER, OLDER, reach, tail_of
from shs.appointment.models import HOLDING, Appointment, AppointmentSlot, DoctorSession, Status
from shs.appointment.services import QueuePlace, book, queue_at, slots_of
from shs.core.grants.held import holders
from shs.core.seeding.marks import address
from shs.core.seeding.rows import Size
from shs.credentialing.models import DoctorDocument
from shs.demo.tests.network import NOON, SMALL, Network, fill, rows_of_everything
from shs.doctors.demo.clinics import desk_workers
from shs.doctors.demo.doctors import city_of
from shs.doctors.demo.stages import stage
from shs.doctors.models import Clinic, DoctorInformation, DoctorReview, TimeOff, Verification, Weekday
from shs.doctors.timetable import Timetable
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import Prescription
from shs.testing import TestUsers, make_user
from shs.users.models import ContactPoint, Duty, PossibleDouble, Role, User
from shs.users.seeding import account

TINY = Size(doctors=4, patients=4, days=8)


def picture():
    """The network without primary keys, for comparison."""
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


class ReproducibilityTests(TestCase):
    """The same seed creates the same network."""

    def make_and_forget(self, number):
        with transaction.atomic():
            fill(TINY, seed_number=number)
            found = picture()
            transaction.set_rollback(True)
        return found

    def test_the_same_seed_makes_the_same_network_and_another_seed_another(self):
        first = self.make_and_forget(1)
        self.assertEqual(self.make_and_forget(1), first)
        other = self.make_and_forget(2)
        for kind in ("people", "doctors", "visits", "records", "prescriptions"):
            with self.subTest(kind):
                self.assertNotEqual(first[kind], other[kind])


class RepetitionTests(Network, TestCase):
    """A second run."""

    def test_a_second_run_changes_no_row_of_any_table(self):
        before = rows_of_everything()
        made, said = fill()
        self.assertEqual(rows_of_everything(), before)
        self.assertEqual(set(made.values()), {0})
        self.assertIn("Nothing is missing: nothing was added.", said)

    def test_everybody_is_found_by_their_name(self):
        for model in (User, DoctorInformation):
            self.assertFalse(model.objects.filter(heard="").exists(), model)

    def test_a_smaller_run_deletes_nothing(self):
        before = rows_of_everything()
        fill(TINY)
        self.assertEqual(rows_of_everything(), before)

    def test_a_larger_run_adds_rows_and_changes_none(self):
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

    def test_a_cancelled_visit_is_not_created_again(self):
        visit = Appointment.objects.filter(status=Status.CONFIRMED).first()
        visit.cancel()
        made, _said = fill()
        self.assertEqual(made["visits"], 0)

    def test_a_withdrawn_review_is_not_created_again(self):
        DoctorReview.objects.first().delete()
        made, _said = fill()
        self.assertEqual(made["reviews"], 0)


class ForeignRowsTests(TestUsers, Network, TestCase):
    """The seed in a database with other rows."""

    @classmethod
    def setUpTestData(cls):
        cls.make_people()
        cls.before = rows_of_everything()
        fill(now=timezone.now())

    def test_no_other_row_is_changed_or_deleted(self):
        after = rows_of_everything()
        for label, rows in self.before.items():
            with self.subTest(label):
                self.assertEqual({pk: after[label].get(pk) for pk in rows}, rows)

    def test_demo_visits_involve_only_demo_accounts(self):
        made = Appointment.objects.exclude(pk=self.visit.pk)
        self.assertFalse(made.filter(doctor=self.dr_carol).exists())
        self.assertFalse(made.filter(patient__demo_name="").exists())

    def test_a_slot_booked_by_somebody_else_is_left_alone(self):
        now = timezone.now()
        doctor = account("doctor1").doctor
        days = [timezone.localdate(now) + timedelta(days=ahead) for ahead in range(1, 8)]
        open_ = [
            slot for slot, is_free in slots_of(doctor_id=doctor.pk, first=days[0], last=days[-1], now=now) if is_free
        ]
        for slot in open_:
            at = timezone.localtime(slot.starts_at)
            book(patient=self.bob, doctor_id=doctor.pk, date=at.date(), time=at.time(), source="desk", now=now)
        before = Appointment.objects.filter(doctor=doctor, patient=self.bob)
        self.assertEqual(before.count(), len(open_))
        made, _said = fill(Size(SMALL.doctors, 80, SMALL.days), now=now)
        self.assertGreater(made["visits"], 0)
        taken = Appointment.objects.filter(doctor=doctor, starts_at__in=[slot.starts_at for slot in open_])
        taken = taken.filter(status__in=HOLDING)
        self.assertEqual({visit.patient for visit in taken}, {self.bob})

    def test_an_existing_account_with_a_demo_address_is_accepted(self):
        make_user("Eve", Role.PATIENT, email=address("patientX"))
        made, _said = fill(now=timezone.now())
        self.assertEqual(set(made.values()), {0})


class PeopleTests(Network, TestCase):
    """The accounts."""

    def test_the_number_of_people_is_as_requested(self):
        self.assertEqual(User.objects.filter(role=Role.DOCTOR).count(), SMALL.doctors)
        self.assertEqual(User.objects.filter(demo_name__startswith="patient").count(), SMALL.patients)

    def test_the_staff_have_duties(self):
        duties = Counter(User.objects.filter(role=Role.STAFF).values_list("groups__name", flat=True))
        expected = {Duty.VERIFICATION: 2, Duty.MODERATION: 1, Duty.AUDIT: 1, Duty.DESK: 6}
        self.assertEqual(duties, {str(duty): count for duty, count in expected.items()})
        self.assertEqual(User.objects.get(role=Role.ADMIN).email, address("admin"))

    def test_each_of_four_clinics_has_one_or_two_desk_staff(self):
        self.assertEqual(Clinic.objects.count(), 4)
        for clinic in Clinic.objects.all():
            with self.subTest(clinic.name):
                desk = holders(clinic, "run_desk")
                self.assertIn(len(desk), {1, 2})
                self.assertEqual({grant.source for grant in desk}, {"desk"})

    def test_desk_staff_see_the_visits_of_their_own_clinic_only(self):
        seen = Appointment.objects.allowed(account("desk1"), "view")
        self.assertEqual(set(seen.values_list("clinic__slug", flat=True)), {"demo-shapla"})

    def test_every_patient_has_a_valid_and_obviously_fictitious_profile(self):
        for user in User.objects.filter(demo_name__startswith="patient").select_related("profile"):
            with self.subTest(user.email):
                user.profile.full_clean()
                self.assertTrue(ContactPoint.objects.number_of(user.pk).startswith("+88010"))
                self.assertTrue(user.profile.blood_group and user.profile.city)
                self.assertIn(user.profile.age(NOON.date()), range(1, 84))

    def test_some_are_registered_twice_and_wait_on_the_list_of_a_desk(self):
        pairs = PossibleDouble.objects.open()
        self.assertTrue(pairs.exists())
        desk = desk_workers()[min(desk_workers())]
        self.assertEqual(PossibleDouble.objects.allowed(desk, "dismiss").count(), pairs.count())

    def test_nobody_registered_after_booking_their_first_visit(self):
        for visit in Appointment.objects.select_related("patient", "doctor__user"):
            self.assertLess(visit.patient.created_at, visit.created_at)
            self.assertLess(visit.doctor.decided_at, visit.created_at)


class DoctorTests(Network, TestCase):
    """Doctors and their verification."""

    def test_twelve_of_forty_doctors_wait_in_three_statuses(self):
        stages = Counter(stage(number) for number in range(1, 41))
        self.assertEqual(stages, {"approved": 28, "pending": 10, "in_review": 1, "needs_info": 1})

    def test_each_of_the_eight_divisions_has_verified_doctors(self):
        cities = {city_of(number) for number in range(1, 41) if stage(number) == Verification.APPROVED}
        expected = "Dhaka Chattogram Rajshahi Khulna Barishal Sylhet Rangpur Mymensingh"
        self.assertEqual(cities, set(expected.split()))

    def test_the_doctors_have_the_planned_status(self):
        for number in range(1, SMALL.doctors + 1):
            doctor = DoctorInformation.objects.get(license_number=f"DEMO-{number:05d}")
            with self.subTest(number):
                self.assertEqual(doctor.verification_status, stage(number))
                self.assertEqual(doctor.user.email, address(f"doctor{number}"))
                doctor.full_clean()

    def test_waiting_times_differ(self):
        waiting = DoctorInformation.objects.exclude(verification_status=Verification.APPROVED)
        ages = set(waiting.values_list("submitted_at", flat=True))
        self.assertEqual(len(ages), waiting.count())
        self.assertLess(max(ages), NOON)

    def test_each_waiting_doctor_has_three_valid_images(self):
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

    def test_the_case_in_review_is_claimed_and_the_requested_one_names_what_is_missing(self):
        in_review = DoctorInformation.objects.get(verification_status=Verification.IN_REVIEW)
        claim = in_review.user.doctor.history.first()
        self.assertEqual((claim.verification_status, claim.history_user), ("in_review", account("verification2")))
        asked = DoctorInformation.objects.get(verification_status=Verification.NEEDS_INFO)
        self.assertIn("degree", asked.verification_note)

    def test_verified_doctors_have_working_hours_mostly_without_fridays(self):
        verified = DoctorInformation.objects.listed()
        self.assertFalse(DoctorInformation.objects.filter(availability=None).exists())
        fridays = verified.filter(availability__weekday=Weekday.FRIDAY).distinct().count()
        self.assertTrue(0 < fridays < verified.count() / 2)
        for doctor in verified:
            self.assertGreaterEqual(len({block.weekday for block in doctor.availability.all()}), 5)

    def test_some_doctors_have_time_off(self):
        self.assertTrue(DoctorInformation.objects.filter(times_off__starts_at__gt=NOON).exists())

    def test_search_finds_a_doctor_by_clinic_specialty_and_weekday(self):
        found = DoctorInformation.objects.listed().matching("shapla cardiology").of_specialty("cardiology")
        self.assertEqual(found.get().license_number, "DEMO-00001")
        self.assertEqual(found.get().weekdays, 127)

    def test_the_history_has_the_specializations_and_the_officer(self):
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

    def test_every_visit_is_in_a_slot_of_the_working_hours(self):
        for visit in self.visits():
            with self.subTest(visit.number):
                day = timezone.localdate(visit.starts_at)
                slots = Timetable.of_doctor(visit.doctor_id, since=day - timedelta(days=1)).openings(day)
                slot = next(slot for slot in slots if slot.starts_at == visit.starts_at)
                found = (visit.ends_at, visit.serial, visit.clinic_id)
                self.assertEqual(found, (slot.ends_at, slot.serial, slot.clinic_id))
                row = visit.slot
                found = (row.doctor_id, row.starts_at, row.ends_at, row.clinic_id)
                self.assertEqual(found, (visit.doctor_id, visit.starts_at, visit.ends_at, visit.clinic_id))
                self.assertEqual(visit.fee, visit.doctor.fees)

    def test_six_visits_of_tomorrow_wait_because_a_doctor_is_on_leave(self):
        left = self.visits().without_doctor()
        self.assertEqual(left.count(), 6)
        for visit in left:
            self.assertEqual(timezone.localdate(visit.starts_at), timezone.localdate(NOON) + timedelta(days=1))
            (away,) = [off for off in visit.doctor.times_off.all() if off.reason == "A family matter"]
            self.assertTrue(away.starts_at <= visit.starts_at and visit.ends_at <= away.ends_at)

    def test_one_session_runs_with_three_who_wait(self):
        (session,) = DoctorSession.objects.running()
        self.assertEqual(session.day, timezone.localdate(NOON))
        queue = queue_at(QueuePlace(session.doctor_id, session.clinic_id, session.day))
        self.assertEqual(len(queue.waiting), 3)
        self.assertEqual(queue.inside.pk, session.now_serving_id)

    def test_a_session_in_the_evening_is_not_of_a_doctor_who_is_away(self):
        clinic, evening = Clinic.objects.get(pk=min(desk_workers())), NOON + timedelta(days=40, hours=10)
        first, _slots = doctor_with_slots(clinic, evening)
        TimeOff.objects.create(doctor=first, starts_at=evening, ends_at=evening + timedelta(hours=1), reason="ill")
        found = doctor_with_slots(clinic, evening)
        self.assertTrue(found is None or found[0] != first)

    def test_no_other_visit_is_during_time_off(self):
        for visit in self.visits().filter(without_doctor_since=None):
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

    def test_past_visits_have_a_final_status_and_future_ones_do_not(self):
        over = Counter(self.visits().past(NOON).values_list("status", flat=True))
        to_come = Counter(self.visits().filter(starts_at__gt=NOON).values_list("status", flat=True))
        self.assertEqual(set(over), {"completed", "cancelled", "missed"})
        self.assertEqual(set(to_come) | {"cancelled"}, {"pending", "confirmed", "cancelled"})
        self.assertGreater(over["completed"], sum(over.values()) / 2)

    def test_visits_are_within_the_requested_days(self):
        first, last = reach(SMALL.days, NOON)
        days = {timezone.localdate(visit.starts_at) for visit in self.visits()}
        self.assertLessEqual(max(days), last)
        self.assertGreater(len({day for day in days if day >= first}), SMALL.days / 2)

    def test_some_visits_are_from_the_two_years_before(self):
        first, _last = reach(SMALL.days, NOON)
        older = self.visits().filter(starts_at__lt=midnight(first))
        self.assertEqual(set(older.values_list("status", flat=True)), {"completed"})
        self.assertGreater(midnight(first) - older.earliest("starts_at").starts_at, timedelta(days=365))
        self.assertLessEqual(midnight(first) - older.earliest("starts_at").starts_at, timedelta(days=731))

    def test_the_history_of_each_visit_ends_with_its_status(self):
        for visit in self.visits():
            lines = list(visit.history.order_by("history_date", "history_id"))
            with self.subTest(visit.number):
                self.assertEqual((lines[0].history_type, lines[0].status), ("+", "pending"))
                self.assertEqual((lines[-1].status, lines[-1].notes), (visit.status, visit.notes))
                self.assertEqual(lines[0].history_date, visit.created_at)
                self.assertLessEqual(lines[-1].history_date, NOON)
                for before, after in pairwise(lines):
                    if after.history_change_reason not in ("checked in", "the doctor is away"):
                        self.assertIn(after.status, Appointment.STEPS[before.status])
                    self.assertLess(before.history_date, after.history_date)

    def test_each_slot_has_one_visit(self):
        self.assertEqual(AppointmentSlot.objects.count(), Appointment.objects.count())

    def test_visit_numbers_of_a_million_patients_are_unique(self):
        tails = {tail_of(patient, count) for patient in (1, 2, 999_999, 1_000_000) for count in range(MOST_A_PATIENT)}
        self.assertEqual(len(tails), 4 * MOST_A_PATIENT)
        self.assertLess(1_000_001 * MOST_A_PATIENT, 2**30)
        self.assertLessEqual(OLDER + MOST_OLDER, MOST_A_PATIENT)


class ReviewTests(Network, TestCase):
    """Reviews."""

    def test_the_rating_of_every_doctor_is_the_average_of_their_reviews(self):
        for doctor in DoctorInformation.objects.all():
            found = doctor.reviews.shown().aggregate(average=Avg("rating"), count=Count("pk"))
            with self.subTest(doctor.name):
                self.assertEqual(float(doctor.rating), round(float(found["average"] or 0), 2))
                self.assertEqual(doctor.rating_count, found["count"])
        self.assertTrue(DoctorInformation.objects.filter(rating_count__gt=0).exists())

    def test_only_patients_with_an_earlier_completed_visit_review(self):
        for review in DoctorReview.objects.all():
            completed = Appointment.objects.filter(
                doctor=review.doctor, patient=review.patient, status=Status.COMPLETED
            )
            self.assertTrue(completed.filter(ends_at__lt=review.created_at).exists())
            self.assertLessEqual(review.created_at, NOON)
