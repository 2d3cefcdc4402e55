"""Reviews and the rating."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Avg, Count
from django.utils.translation import gettext as _

from shs.core.errors import NotFound
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.errors import AlreadyReviewed, ReviewHidden
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users.models import User


def review(*, doctor: DoctorInformation, patient: User, rating: int, comment: str = "") -> DoctorReview:
    """Store a patient's review of a doctor. The caller checks that there was a visit. Raises AlreadyReviewed."""
    with transaction.atomic():
        lock(doctor)
        if DoctorReview.objects.filter(doctor=doctor, patient=patient).exists():
            raise AlreadyReviewed
        row = DoctorReview.objects.create(doctor=doctor, patient=patient, rating=rating, comment=comment)
        refresh_rating(doctor)
    return row


def change_review(
    *, doctor: DoctorInformation, patient: User, rating: int, comment: str = "", now: datetime
) -> DoctorReview:
    """Replace the patient's own review; a hidden one stays hidden. Raises NotFound, Muted (403) and ReviewClosed."""
    patient.require_voice(now)
    with transaction.atomic():
        lock(doctor)
        row = _review_of(doctor, patient)
        row.require_open(now)
        row.rating, row.comment = rating, comment
        row.save()
        refresh_rating(doctor)
    return row


def withdraw_review(*, doctor: DoctorInformation, patient: User) -> None:
    """Delete the patient's own review; its history stays. Raises NotFound, and ReviewHidden (409)."""
    with transaction.atomic():
        lock(doctor)
        row = _review_of(doctor, patient)
        if row.is_hidden:
            raise ReviewHidden
        row.delete()
        refresh_rating(doctor)


def hide_review(*, review: DoctorReview, reason: str) -> None:
    """Hide a review and remove it from the rating; the patient is notified with the reason."""
    _moderate(review, review.hide, reason)


def restore_review(*, review: DoctorReview, reason: str) -> None:
    """Show a hidden review again; the patient is notified."""
    _moderate(review, review.restore, reason)


def _moderate(review: DoctorReview, take: Callable[..., None], reason: str) -> None:
    with transaction.atomic():
        doctor = DoctorInformation.objects.get(pk=review.doctor_id)
        lock(doctor)  # the doctor's row is locked before the review: always in this order
        take(reason=reason)
        refresh_rating(doctor)
        data = {"review_of": doctor.name, "is_hidden": review.is_hidden, "reason": reason}
        notify(notice(to=review.patient, kind=Kind.MODERATED, data=data, about=f"review:{review.pk}"))


def answer_review(*, review: DoctorReview, text: str, now: datetime) -> DoctorReview:
    """Store the doctor's reply to a review of them. Raises Muted (403) and AlreadyAnswered (409)."""
    review.doctor.user.require_voice(now)
    with transaction.atomic():
        review.reply(text=text, now=now)
    return review


def breakdown(doctor: DoctorInformation) -> dict[str, int]:
    """Stars, from "5" to "1" → number of published reviews of a doctor."""
    rows = DoctorReview.objects.shown().filter(doctor=doctor).values_list("rating").order_by()
    found = dict(rows.annotate(count=Count("pk")))
    return {str(stars): found.get(stars, 0) for stars in range(5, 0, -1)}


def _review_of(doctor: DoctorInformation, patient: User) -> DoctorReview:
    row = DoctorReview.objects.filter(doctor=doctor, patient=patient).first()
    if row is None:
        raise NotFound(_("You have not reviewed this doctor."))
    return row


def refresh_rating(doctor: DoctorInformation) -> None:
    """Recalculate the average; the doctor's row is locked, so that two reviews at the same time are both counted."""
    found = DoctorReview.objects.shown().filter(doctor=doctor).aggregate(average=Avg("rating"), count=Count("pk"))
    doctor.rating, doctor.rating_count = round(found["average"] or 0, 2), found["count"]
    save_with_reason(doctor, "reviews changed")
