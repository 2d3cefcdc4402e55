"""Reviews of visited doctors."""

from datetime import datetime, timedelta

from shs.appointment.models import Appointment, Status
from shs.core.seeding.marks import chance, number_of
from shs.core.seeding.stories import Story, store, told
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.doctors.services import refresh_rating

COMMENTS = {
    1: ("Waited two hours and was seen for three minutes.", "দুই ঘণ্টা বসে থেকে তিন মিনিটের দেখা।"),
    2: ("Did not have time for my questions.", "The chamber was very crowded.", "প্রশ্ন করার সময় পেলাম না।"),
    3: (
        "The visit was fine, the waiting was long.",
        "Good advice, but hard to reach by phone.",
        "ভালো ডাক্তার, তবে সিরিয়াল পেতে কষ্ট হয়।",
        "",
    ),
    4: ("Explained everything well.", "Kind and careful, a little late.", "মনোযোগ দিয়ে কথা শুনেছেন।", ""),
    5: (
        "Listened patiently and explained every medicine.",
        "I felt in good hands.",
        "The treatment helped at once.",
        "খুব আন্তরিক, প্রতিটি ওষুধ বুঝিয়ে দিয়েছেন।",
        "আল্লাহর রহমতে এখন ভালো আছি, ধন্যবাদ স্যার।",
        "",
    ),
}

RATINGS = {1: 2, 2: 5, 3: 14, 4: 37, 5: 42}
SHARE = 0.5  # share of the patients who have visited a doctor


def add_reviews(visits: list[Appointment], *, seed: int, now: datetime) -> int:
    """Let half of the patients of `visits` review each doctor whom they saw, a few days later; returns the number of
    reviews. A deleted review is not created again."""
    first: dict[tuple[int, int], Appointment] = {}
    for visit in sorted(visits, key=lambda visit: visit.starts_at):
        if visit.status == Status.COMPLETED and visit.patient.has_login:
            first.setdefault((visit.doctor_id, visit.patient_id), visit)
    there = _written({doctor for doctor, _patient in first})
    drawn = [_draw(visit, seed, now) for pair, visit in first.items() if pair not in there]
    reviews = store([story for story in drawn if story])
    for doctor in DoctorInformation.objects.filter(pk__in={review.doctor_id for review in reviews}):
        refresh_rating(doctor)
    return len(reviews)


def _written(doctors: set[int]) -> set[tuple[int, int]]:
    """The pairs of patient and doctor that have ever had a review."""
    return set(DoctorReview.history.filter(doctor__in=doctors).values_list("doctor_id", "patient_id"))


def _draw(visit: Appointment, seed: int, now: datetime) -> Story[DoctorReview] | None:
    dice = chance(seed, "review", number_of(visit.patient.demo_name), visit.doctor.license_number)
    written = visit.ends_at + timedelta(minutes=dice.randint(60, 5 * 24 * 60))
    if dice.random() >= SHARE or written > now:
        return None
    rating = dice.choices(list(RATINGS), list(RATINGS.values()))[0]
    row = DoctorReview(doctor=visit.doctor, patient=visit.patient, rating=rating, comment=dice.choice(COMMENTS[rating]))
    return told(row, written, visit.patient)
