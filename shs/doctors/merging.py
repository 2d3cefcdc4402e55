"""What happens to reviews when two people are merged; doctors are never merged away."""

from collections.abc import Iterable

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.dates import show_date
from shs.core.records.transitions import lock
from shs.doctors.models import DoctorInformation, DoctorReview, FactProposal
from shs.doctors.services.reviews import refresh_rating
from shs.users.merge_rules import Bars, Joining, Pair, Part, Question, Settled, hand_over, stays


def lock_doctors(rows: QuerySet[Model]) -> None:
    """Lock the doctors of `rows` before the people who are merged, in the order in which a booking locks both."""
    doctors = DoctorInformation.objects.select_for_update(of=("self",)).filter(pk__in=rows.values("doctor"))
    list(doctors.order_by("pk"))


class Reviews(Part):
    """A person reviews a doctor once. Of two reviews of one doctor the one that was not chosen is withdrawn; the others
    move. The rating of the doctors follows."""

    def lock(self, pair: Pair) -> None:
        lock_doctors(DoctorReview.objects.filter(patient__in=[pair.kept.pk, pair.dropped.pk]))

    def questions(self, pair: Pair) -> Iterable[Question]:
        kept, dropped = _by_doctor(pair.kept.pk), _by_doctor(pair.dropped.pk)
        for doctor in sorted(kept.keys() & dropped.keys()):
            label = _("Review of %(doctor)s") % {"doctor": kept[doctor].doctor.name}
            yield Question(f"review:{doctor}", label, _told(kept[doctor]), _told(dropped[doctor]))

    def join(self, joining: Joining) -> None:
        kept, dropped = _by_doctor(joining.kept.pk), _by_doctor(joining.dropped.pk)
        withdrawn, moved = [], []
        for doctor, review in sorted(dropped.items()):
            other = kept.get(doctor)
            if other is not None:
                loser = other if joining.takes(f"review:{doctor}") else review
                withdrawn.append(loser.pk)
                loser._change_reason = joining.reason  # type: ignore[attr-defined]  # simple_history reads it
                loser.delete()
            if other is None or joining.takes(f"review:{doctor}"):
                moved.append(review.pk)
        hand_over(DoctorReview.objects.filter(pk__in=moved), "patient", joining.kept, joining)
        joining.noted["reviews"] = {"withdrawn": withdrawn, "moved": moved}
        _refresh([*kept, *dropped])

    def part(self, joining: Joining) -> None:
        noted = joining.noted.get("reviews", {})
        moved = DoctorReview.objects.filter(pk__in=noted.get("moved", ()))
        doctors = set(moved.values_list("doctor", flat=True))
        hand_over(moved.filter(patient=joining.kept), "patient", joining.dropped, joining)
        for pk in noted.get("withdrawn", ()):
            line = DoctorReview.history.filter(id=pk, history_type="-").latest("history_id")
            review = line.instance
            if not DoctorReview.objects.filter(doctor=review.doctor_id, patient=review.patient_id).exists():
                review._change_reason, created_at = joining.reason, review.created_at
                review.save(force_insert=True)
                as_before = DoctorReview.objects.without_history("it was written then, and only withdrawn for a time")
                as_before.filter(pk=pk).update(created_at=created_at)
            doctors.add(review.doctor_id)
        _refresh(doctors)


def _by_doctor(patient: int) -> dict[int, DoctorReview]:
    rows = DoctorReview.objects.select_for_update(of=("self",)).filter(patient=patient).order_by("pk")
    return {row.doctor_id: row for row in rows.select_related("doctor")}


def _told(review: DoctorReview) -> str:
    stars = _("%(stars)s of 5 for %(doctor)s") % {"stars": review.rating, "doctor": review.doctor}
    return " · ".join(filter(None, [stars, show_date(review.created_at.date()), review.comment[:200]]))


def _refresh(doctors: Iterable[int]) -> None:
    for doctor in DoctorInformation.objects.filter(pk__in=list(doctors)).order_by("pk"):
        lock(doctor)
        refresh_rating(doctor)


people = [
    Bars(
        DoctorInformation,
        "user",
        gettext_lazy("This is the account of a doctor, which is never merged into another one."),
    ),
    Settled(DoctorReview, "patient", how="one of two reviews of a doctor is withdrawn, the others move"),
    *stays(FactProposal, "decided_by", because="which officer decided"),
    Reviews(),
]
