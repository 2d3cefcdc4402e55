"""What patients say of doctors whom they have visited."""

from datetime import datetime, timedelta

from shs.appointment.models import Appointment, Status
from shs.demo.seed.marks import chance, number_of
from shs.demo.seed.stories import Story, store, told
from shs.demo.words.clinical import COMMENTS
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.doctors.services import refresh_rating

RATINGS = {1: 2, 2: 5, 3: 14, 4: 37, 5: 42}
SHARE = 0.5  # of those who have visited a doctor


def add_reviews(visits: list[Appointment], *, seed: int, now: datetime) -> int:
    """Half of the patients of `visits` review each doctor whom they saw, a few days later; how many reviews.

    One that was withdrawn does not come back.
    """
    first: dict[tuple[int, int], Appointment] = {}
    for visit in sorted(visits, key=lambda visit: visit.starts_at):
        if visit.status == Status.COMPLETED:
            first.setdefault((visit.doctor_id, visit.patient_id), visit)
    there = _written({doctor for doctor, _patient in first})
    drawn = [_draw(visit, seed, now) for pair, visit in first.items() if pair not in there]
    reviews = store([story for story in drawn if story])
    for doctor in DoctorInformation.objects.filter(pk__in={review.doctor_id for review in reviews}):
        refresh_rating(doctor)
    return len(reviews)


def _written(doctors: set[int]) -> set[tuple[int, int]]:
    """Which patients have ever reviewed which of these doctors."""
    return set(DoctorReview.history.filter(doctor__in=doctors).values_list("doctor_id", "patient_id"))


def _draw(visit: Appointment, seed: int, now: datetime) -> Story | None:
    dice = chance(seed, "review", number_of(visit.patient.email), visit.doctor.license_number)
    written = visit.ends_at + timedelta(minutes=dice.randint(60, 5 * 24 * 60))
    if dice.random() >= SHARE or written > now:
        return None
    rating = dice.choices(list(RATINGS), list(RATINGS.values()))[0]
    row = DoctorReview(doctor=visit.doctor, patient=visit.patient, rating=rating, comment=dice.choice(COMMENTS[rating]))
    return told(row, written, visit.patient)
