"""What is proposed for visits whose doctor is away: the doctor's next free slot, a colleague, or to cancel."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services.outages import Outage
from shs.appointment.services.slots import latest_start, taken_by_doctor
from shs.doctors.models import DoctorInformation
from shs.doctors.timetable import Opening, Timetable

COLLEAGUE_DAYS = 7
"""A colleague is proposed on the day of the visit, or in so many days after it."""


class Place(NamedTuple):
    """A free slot of a doctor."""

    doctor: DoctorInformation
    opening: Opening


class Proposal(NamedTuple):
    """What could become of a visit: `own`, its doctor's next free slot at the same clinic; `colleague`, the nearest
    free slot of a colleague of the specialty there. Without either it is cancelled."""

    visit: Appointment
    own: Place | None
    colleague: Place | None

    @property
    def first(self) -> Place | None:
        """What is proposed first."""
        return self.own or self.colleague


def propose(visits: Sequence[Appointment], outage: Outage, now: datetime) -> list[Proposal]:
    """A proposal for each of `visits` (with doctor and clinic loaded), in order of time; each slot is proposed once.
    The number of queries does not depend on that of the visits."""
    diaries = _Diaries(visits, outage, now)
    return [diaries.propose(visit) for visit in visits]


class _Diaries:
    """The free slots of the doctors of some visits and of their colleagues, and the times of the patients."""

    def __init__(self, visits: Sequence[Appointment], outage: Outage, now: datetime) -> None:
        self.outage, self.now, self.latest = outage, now, latest_start(now)
        found = _with_colleagues(visits)
        self.doctors = {doctor.pk: doctor for doctor in found}
        self.timetables = Timetable.of_doctors(list(self.doctors), since=timezone.localdate(now) - timedelta(days=1))
        if outage.hours is not None and outage.doctor in self.timetables:
            self.timetables[outage.doctor] = outage.hours
        self.colleagues: dict[tuple[int, int | None], list[DoctorInformation]] = {}
        self._read([visit.pk for visit in visits], {visit.patient_id for visit in visits})
        self._free: dict[tuple[int, date], list[Opening]] = {}
        self.given: Counter[tuple[int, datetime]] = Counter()

    def _read(self, hit: list[int], patients: set[int]) -> None:
        booked = Appointment.objects.meeting(self.now, self.latest)
        self.taken = taken_by_doctor(self.doctors, self.now, self.latest, self.now)
        self.engaged: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        others = booked.filter(patient__in=patients).exclude(pk__in=hit).order_by()
        for patient, start, end in others.values_list("patient", "starts_at", "ends_at"):
            self.engaged[patient].append((start, end))

    def propose(self, visit: Appointment) -> Proposal:
        own = self._place(self.doctors.get(visit.doctor_id), visit, self._days(visit, until=self.latest))
        near = list(self._days(visit, until=visit.starts_at + timedelta(days=COLLEAGUE_DAYS)))
        places = (self._place(doctor, visit, near, is_nearest=True) for doctor in self._colleagues_of(visit))
        found = [place for place in places if place]
        nearest = min(found, key=lambda p: (abs(p.opening.starts_at - visit.starts_at), p.doctor.pk), default=None)
        proposal = Proposal(visit, own, nearest)
        for place in filter(None, (own, nearest)):
            self.given[place.doctor.pk, place.opening.starts_at] += 1
        if proposal.first:
            slot = proposal.first.opening
            self.engaged[visit.patient_id].append((slot.starts_at, slot.ends_at))
        return proposal

    def _days(self, visit: Appointment, until: datetime) -> Iterator[date]:
        day = timezone.localdate(max(visit.starts_at, self.now))
        while day <= timezone.localdate(min(until, self.latest)):
            yield day
            day += timedelta(days=1)

    def _place(
        self,
        doctor: DoctorInformation | None,
        visit: Appointment,
        days: Iterator[date] | list[date],
        *,
        is_nearest: bool = False,
    ) -> Place | None:
        """The first free slot from the time of the visit on; with `is_nearest`, the nearest of the first day that has
        one, also before that time."""
        if doctor is None:
            return None
        for day in days:
            free = [slot for slot in self._openings(doctor, day) if self._suits(doctor, slot, visit)]
            if is_nearest and free:
                return Place(doctor, min(free, key=lambda slot: abs(slot.starts_at - visit.starts_at)))
            later = next((slot for slot in free if _is_not_before(slot, visit)), None)
            if later is not None:
                return Place(doctor, later)
        return None

    def _openings(self, doctor: DoctorInformation, day: date) -> list[Opening]:
        if (doctor.pk, day) not in self._free:
            self._free[doctor.pk, day] = [
                slot
                for slot in map(self.taken[doctor.pk].counted, self.timetables[doctor.pk].openings(day))
                if self.now < slot.starts_at < self.latest
                and slot.places_left
                and not self.outage.takes(doctor.pk, slot)
            ]
        return self._free[doctor.pk, day]

    def _suits(self, doctor: DoctorInformation, slot: Opening, visit: Appointment) -> bool:
        if slot.clinic_id != visit.clinic_id or self.given[doctor.pk, slot.starts_at] >= (slot.places_left or 0):
            return False
        return not any(start < slot.ends_at and end > slot.starts_at for start, end in self.engaged[visit.patient_id])

    def _colleagues_of(self, visit: Appointment) -> list[DoctorInformation]:
        key = (visit.doctor_id, visit.clinic_id)
        if visit.clinic_id is None:
            return []
        if key not in self.colleagues:
            wanted = _cards(visit.doctor)
            self.colleagues[key] = [
                doctor
                for doctor in self.doctors.values()
                if doctor.pk != visit.doctor_id
                and _cards(doctor) & wanted
                and visit.clinic_id in self.timetables[doctor.pk].clinics
            ]
        return self.colleagues[key]


def _is_not_before(slot: Opening, visit: Appointment) -> bool:
    """Whether a slot does not begin before the visit; a window by serial may, if it holds that time."""
    return slot.starts_at >= visit.starts_at or (slot.is_by_serial and slot.ends_at > visit.starts_at)


def _cards(doctor: DoctorInformation) -> set[int]:
    """The ids of a doctor's specializations, of the copies in the row."""
    return {card["id"] for card in doctor.specialty_cards}


def _with_colleagues(visits: Sequence[Appointment]) -> QuerySet[DoctorInformation]:
    """The bookable doctors of some visits, and all that work at the clinics of these."""
    clinics = {visit.clinic_id for visit in visits if visit.clinic_id}
    own = {visit.doctor_id for visit in visits}
    listed = DoctorInformation.objects.listed()
    at_clinics = DoctorInformation.clinics.through.objects.filter(clinic__in=clinics).values("doctorinformation")
    rows = listed.filter(pk__in=own) | listed.filter(pk__in=at_clinics)
    return rows.order_by("name", "pk")
