"""The free slots of the demo's doctors while visits are created."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

from django.utils import timezone

from shs.appointment.demo.cases import GENERAL, cases_for
from shs.appointment.models import Appointment, AppointmentSlot
from shs.appointment.services import Opening
from shs.core.dates import midnight
from shs.core.seeding.marks import LICENCE, SHOWN, chance, number_of
from shs.doctors.models import DoctorInformation
from shs.doctors.timetable import Timetable
from shs.users.models import User

MOST_MOVED = 60
"""Days before and after the wanted day in which a slot is searched."""


class Diary:
    """The free slots of all verified demo doctors between two days. A slot is used once, also if its visit is cancelled
    later, and a patient has at most one visit a day."""

    def __init__(self, first: date, last: date, seed: int):
        self.first, self.last = first, last
        made = DoctorInformation.objects.listed().filter(license_number__startswith=LICENCE)
        made = made.filter(decided_at__lt=midnight(first))  # no visits before the doctor was verified
        rows = (
            made.select_related("user")
            .prefetch_related("availability", "times_off", "specializations")
            .order_by("license_number")
        )
        self.doctors = [doctor for doctor in rows if doctor.availability.all()]
        self.timetables = Timetable.of_doctors([doctor.pk for doctor in self.doctors], since=first - timedelta(days=1))
        self.fame = {doctor.pk: _fame(doctor, seed) for doctor in self.doctors}
        self.in_city: dict[str, list[DoctorInformation]] = defaultdict(list)
        for doctor in self.doctors:
            self.in_city[doctor.location.rpartition(", ")[2]].append(doctor)
        self._free: dict[tuple[int, date], list[Opening]] = {}
        self._taken: dict[tuple[int, date], list[tuple[datetime, datetime]]] = defaultdict(list)
        self._days_of: dict[int, set[date]] = defaultdict(set)
        self._read()

    def _read(self) -> None:
        """Mark the slots that are booked already."""
        range_ = (midnight(self.first), midnight(self.last + timedelta(days=1)))
        slots = AppointmentSlot.objects.filter(doctor__in=self.fame, starts_at__range=range_)
        for doctor, starts_at, ends_at in slots.values_list("doctor_id", "starts_at", "ends_at"):
            self._taken[doctor, timezone.localdate(starts_at)].append((starts_at, ends_at))
        visits = Appointment.objects.filter(starts_at__range=range_)
        for patient, starts_at in visits.values_list("patient_id", "starts_at"):
            self._days_of[patient].add(timezone.localdate(starts_at))

    def choose_doctors(self, patient: User, dice: random.Random) -> list[DoctorInformation]:
        """Three doctors of a patient, if possible of their city and of a specialty that suits them; one may occur
        twice."""
        if number_of(patient.demo_name) == SHOWN:
            return self.doctors[:1] * 3
        near = self.in_city.get(patient.profile.city) or self.doctors
        near = [doctor for doctor in near if cases_for(doctor, patient, self.last) != [GENERAL]] or near
        weights = [self.fame[doctor.pk] for doctor in near]
        return dice.choices(near, weights, k=3)

    def take(self, doctor: DoctorInformation, patient: int, day: date, dice: random.Random) -> Opening | None:
        """A slot free for doctor and patient: on `day`, else on the next day after it, else on the last before it; None
        if the doctor has none near that day."""
        after, before = min((self.last - day).days, MOST_MOVED), min((day - self.first).days, MOST_MOVED)
        for step in [*range(after + 1), *range(-1, -before - 1, -1)]:
            at = day + timedelta(days=step)
            free = self._openings(doctor, at)
            if free and at not in self._days_of[patient]:
                self._days_of[patient].add(at)
                return free.pop(dice.randrange(len(free)))
        return None

    def _openings(self, doctor: DoctorInformation, day: date) -> list[Opening]:
        if (doctor.pk, day) not in self._free:
            taken = self._taken.pop((doctor.pk, day), [])
            taken += [(away.starts_at, away.ends_at) for away in doctor.times_off.all()]
            self._free[doctor.pk, day] = [
                opening
                for opening in self.timetables[doctor.pk].openings(day)
                if not opening.is_by_serial
                and not any(start < opening.ends_at and end > opening.starts_at for start, end in taken)
            ]
        return self._free[doctor.pk, day]


def _fame(doctor: DoctorInformation, seed: int) -> float:
    """The relative number of a doctor's visits; doctor 1, whom newcomers log in as, has a full day."""
    if doctor.license_number == f"{LICENCE}00001":
        return 14
    return chance(seed, "fame", doctor.license_number).uniform(0.5, 2)
