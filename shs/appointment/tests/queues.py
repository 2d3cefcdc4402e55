"""A doctor's day with people who wait, for the tests of sessions and queues."""

from datetime import datetime, time, timedelta

import time_machine
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Appointment, DoctorSession, Turn, TurnOutcome
from shs.appointment.tests.test_planner import DAY, on
from shs.testing import TestUsers, make_user
from shs.tests.prepared import prepared
from shs.users.models import Role

SERIALS = (1, 2, 3, 4, 5)
FULL_HOUR = timedelta(hours=1)


class Day(TestUsers):
    """Five confirmed visits to Dr. Carol in two days, from 09:00 on every twenty minutes; Alice's is the fourth. Nobody
    is there yet."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        patients = [make_user(f"Patient{number}", Role.PATIENT) for number in range(4)]
        times = [time(9), time(9, 20), time(9, 40), time(10, 20)]
        booked = [cls.book(patient=one, at=at) for one, at in zip(patients, times, strict=True)]
        cls.visits = [*booked[:3], cls.visit, booked[3]]
        for visit in cls.visits:
            visit.confirm(now=timezone.now())
        cls.one, cls.two, cls.three, cls.four, cls.five = cls.visits

    def begin(self, now: datetime | None = None) -> DoctorSession:
        """Dr. Carol begins in room 2 at 09:00."""
        return services.begin_session(doctor=self.dr_carol, clinic=self.clinic, room="2", now=now or on(DAY, 9))

    def come(self, *visits: Appointment, at: datetime | None = None) -> None:
        """These patients are checked in, by default a quarter of an hour before the doctor begins."""
        for visit in visits:
            visit.check_in(now=at or on(DAY, 8, 45))

    def place(self) -> services.QueuePlace:
        return services.QueuePlace(self.dr_carol.pk, self.clinic.pk, timezone.localdate(self.one.starts_at))

    def line(self) -> list[int]:
        """The serials of those who wait, in the order in which they are called."""
        return [entry.serial for entry in services.queue_at(self.place()).waiting]

    def call(self, session: DoctorSession, now: datetime) -> int:
        """The serial that is called next."""
        return services.call_next(session=session, now=now).serial

    def consultations(self, *minutes: int) -> None:
        """Dr. Carol saw somebody for each number of minutes, a week before."""
        start = on(DAY - 7, 9)
        session = DoctorSession(
            doctor=self.dr_carol, clinic=self.clinic, day=start.date(), begun_at=start, ended_at=start + 8 * FULL_HOUR
        )
        session.save()
        for number, length in enumerate(minutes):
            called = start + timedelta(minutes=40 * number)
            Turn.objects.create(
                session=session,
                visit=self.one,
                called_at=called,
                ended_at=called + timedelta(minutes=length),
                outcome=TurnOutcome.SEEN,
            )

    def clock_at(self, when: datetime):
        """Context manager: it is `when`."""
        return time_machine.travel(when, tick=False)

    def office(self, user):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        return self.client
