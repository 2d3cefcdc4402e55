"""Two rows of one person, for the tests that merge them."""

from datetime import time

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services import Newcomer, register
from shs.core.errors import StepRefused
from shs.core.grants.held import give
from shs.core.grants.models import ObjectGrant
from shs.testing import TestUsers, make_user, soon
from shs.users import merges
from shs.users.models import Duty, PersonMerge, Role, User

RAHIM = Newcomer(name="Rahim Uddin", phone="01712-345678", birth="45", gender="male")
ROHIM = Newcomer(name="Rohim Uddin", phone="01812-345678", birth="12/05/1981", gender="male")
UNKNOWN = Newcomer(birth="40", gender="male", is_unknown=True, circumstances="found beside the road, blue shirt")


class Merging(TestUsers):
    """Two people whom Erin has registered, and Zoe, who works at the same desk."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.make_pair()

    @classmethod
    def make_pair(cls):
        now = timezone.now()
        cls.zoe = make_user("Zoe", Role.STAFF, duty=Duty.DESK)
        give(cls.zoe, cls.clinic, "run_desk", source=ObjectGrant.Source.DESK, reason="works here", by=cls.frank)
        cls.kept = register(newcomer=RAHIM, clinic=cls.clinic, by=cls.erin, now=now)
        cls.dropped = register(newcomer=ROHIM, clinic=cls.clinic, by=cls.erin, now=now)

    def ask(self, kept=None, dropped=None, *, by=None, **choices) -> PersonMerge:
        return merges.ask(
            kept=kept or self.kept,
            dropped=dropped or self.dropped,
            choices=choices,
            reason="showed both cards",
            by=by or self.erin,
            now=timezone.now(),
        )

    def merge(self, kept=None, dropped=None, *, by=None, **choices) -> PersonMerge:
        asked = self.ask(kept, dropped, **choices)
        merges.confirm(request=asked, by=by or self.zoe, now=timezone.now())
        for one in (self.kept, self.dropped):
            one.refresh_from_db()
        return asked

    def undo(self, asked: PersonMerge) -> int:
        left = merges.undo(request=asked, by=self.zoe, reason="they are two", now=timezone.now())
        for one in (self.kept, self.dropped, asked):
            one.refresh_from_db()
        return left

    def booked(self, patient: User, at: time = time(11), day: int = 2) -> Appointment:
        return self.book(patient=patient, day=soon(day), at=at)

    def assert_refused(self, words: str, *pair: User, error=StepRefused) -> None:
        with self.assertRaises(error) as refused:
            self.ask(*pair)
        self.assertIn(words, str(refused.exception.detail))
