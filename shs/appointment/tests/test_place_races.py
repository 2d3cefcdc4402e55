"""The last places of a window, and a fixed time, booked by many at once, on both databases."""

from collections import Counter
from datetime import datetime, time

from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import HOLDING, Appointment
from shs.core.errors import Refused
from shs.doctors.models import DoctorAvailability
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_user, soon
from shs.users.models import Role

CLIENTS = 12
SEEN = services.Proof("document", "nid", "4711")


class PlaceRaces(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()
        for weekday in range(7):
            DoctorAvailability.objects.create(
                doctor=self.dr_carol, clinic=self.clinic, weekday=weekday, start=time(18), end=time(21), capacity=4
            )
        self.callers = [make_user(f"Patient{number}", Role.PATIENT) for number in range(CLIENTS)]

    def places(self) -> list[int]:
        rows = Appointment.objects.filter(doctor=self.dr_carol, is_by_serial=True, status__in=HOLDING)
        return sorted(rows.values_list("place", flat=True))

    def body(self) -> dict:
        return {"doctor": self.dr_carol.pk, "date": f"{soon()}", "time": "18:00"}

    def test_as_many_get_a_place_as_there_are(self):
        apis = [Api(caller) for caller in self.callers]
        answers = at_once(CLIENTS, lambda number: apis[number].post("/appointments/", self.body()).status_code)
        self.assertEqual(Counter(answers), {201: 4, 409: CLIENTS - 4})
        self.assertEqual(self.places(), [1, 2, 3, 4])

    def test_the_last_place_is_given_once_to_a_booking_or_to_a_move(self):
        for caller in self.callers[:3]:
            self.assertEqual(Api(caller).post("/appointments/", self.body()).status_code, 201)
        moving, booking = Api(self.alice), [Api(caller) for caller in self.callers[3:6]]
        path, target = f"/appointments/{self.visit.pk}/reschedule", {"date": f"{soon()}", "time": "18:00"}

        def act(number: int) -> int:
            if number == 3:
                return moving.post(path, target).status_code
            return booking[number].post("/appointments/", self.body()).status_code

        answers = Counter(at_once(4, act))
        self.assertEqual(answers[409], 3, answers)
        self.assertEqual(self.places(), [1, 2, 3, 4])

    def test_the_constraint_alone_keeps_a_place_for_one(self):
        """Without the lock of the service: two rows with one place."""
        start = timezone.now()
        opening = services.openings(self.dr_carol, soon())[-1]

        def act(number: int) -> str:
            row = Appointment(
                number=f"APT-RACE-{number}",
                patient=self.callers[number],
                doctor=self.dr_carol,
                slot_id=self.visit.slot_id,
                fee=1,
                serial=1,
                place=1,
                is_by_serial=True,
                starts_at=opening.starts_at,
                ends_at=opening.ends_at,
                clinic=self.clinic,
                created_at=start,
            )
            try:
                row.save()
            except Exception as error:  # the driver's, of either database
                return type(error).__name__
            return "stored"

        answers = Counter(at_once(6, act))
        self.assertEqual(answers["stored"], 1, answers)

    def test_walk_ins_at_once_have_different_places(self):
        now = timezone.make_aware(datetime.combine(soon(), time(18, 30)))

        def act(number: int) -> int:
            try:
                who = {"patient": self.callers[number], "doctor_id": self.dr_carol.pk, "clinic": self.clinic}
                return services.walk_in(**who, proof=SEEN, by=self.erin, now=now).place
            except Refused:
                return 0

        self.assertEqual(sorted(at_once(6, act)), [1, 2, 3, 4, 5, 6])
