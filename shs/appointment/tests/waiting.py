"""What tests of the waiting list have in common: a doctor whose days are full."""

from contextlib import contextmanager
from datetime import datetime, time, timedelta

from django.test import override_settings
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import CancelledBy, EarlierOffer, EarlierWish
from shs.appointment.services import Cause, Suits, ask_earlier, offer_earlier
from shs.core.dates import midnight
from shs.doctors.models import TimeOff
from shs.doctors.models.hours import at_wall_clock
from shs.testing import TestUsers, later, make_user, soon
from shs.tests.prepared import prepared
from shs.users.models import Role

NEVER_QUIET = override_settings(SMS_QUIET_HOURS=None)


class Waiting(TestUsers):
    """Mixin: Carol's days are full, so that a slot is free only when a visit is cancelled."""

    DAY = 2

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.fill()

    @classmethod
    def fill(cls):
        """Carol is away but for two days from now from 10:00 to 11:00 (Alice and two more) and three days from now from
        10:00 to 11:00, where those who wait have their visits."""
        cls.early, cls.late = soon(cls.DAY), soon(cls.DAY + 1)
        work = [(cls.early, 10, 11), (cls.late, 10, 11)]
        start = timezone.now() - timedelta(days=1)
        for day, first, last in work:
            TimeOff.objects.create(doctor=cls.dr_carol, starts_at=start, ends_at=at_wall_clock(day, time(first)))
            start = at_wall_clock(day, time(last))
        TimeOff.objects.create(doctor=cls.dr_carol, starts_at=start, ends_at=midnight(soon(100)))
        cls.others = [make_user(f"Patient{number}", Role.PATIENT) for number in range(5)]
        cls.taken = [cls.visit]
        for at, who in ((time(10, 20), cls.others[0]), (time(10, 40), cls.others[1])):
            cls.taken.append(cls.book(patient=who, day=cls.early, at=at))
        cls.waiters = [cls.bob, cls.others[2], cls.others[3]]
        clocks = (time(10), time(10, 20), time(10, 40))
        cls.visits = [cls.book(patient=who, day=cls.late, at=at) for who, at in zip(cls.waiters, clocks, strict=True)]

    def ask(self, number: int = 0, **suits: object) -> EarlierWish:
        """Somebody of `waiters` asks to come earlier."""
        visit = self.visits[number]
        return ask_earlier(patient=visit.patient, visit=visit, suits=Suits(**suits), now=timezone.now())

    def free(self, number: int = 0) -> None:
        """A visit of the earlier day is cancelled."""
        services.cancel(visit=self.taken[number], cause=Cause(CancelledBy.PATIENT))

    def run_due(self, **span: float) -> int:
        return offer_earlier(now=timezone.now() + timedelta(**span))

    def offers(self, **where: object) -> list[tuple[str, str]]:
        rows = EarlierOffer.objects.filter(**where).order_by("pk").select_related("wish__patient")
        return [(row.wish.patient.name, row.outcome) for row in rows]


@contextmanager
def at(moment: datetime):
    with later(seconds=(moment - timezone.now()).total_seconds()):
        yield
