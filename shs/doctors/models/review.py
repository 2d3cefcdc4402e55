"""What patients say of a doctor after a visit."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.models import Record, RecordQuerySet


class ReviewQuerySet(RecordQuerySet):
    """Reviews."""

    def published(self):
        """Those that everybody may read."""
        return self.filter(status=DoctorReview.Status.PUBLISHED)


class DoctorReview(Record):
    """One patient's rating (1–5) of one doctor, with a comment. Only services write it, to keep the average exact."""

    class Status(models.TextChoices):
        PUBLISHED = "published", _("Published")
        HIDDEN = "hidden", _("Hidden")

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="reviews", verbose_name=_("doctor")
    )
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="reviews", verbose_name=_("patient"))
    rating = models.PositiveSmallIntegerField(_("rating"))
    comment = models.TextField(_("comment"), max_length=2000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PUBLISHED)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="doctorreview_rating_range", condition=Q(rating__range=(1, 5))),
            models.CheckConstraint(name="doctorreview_status_known", condition=Q(status__in=["published", "hidden"])),
            models.UniqueConstraint(
                fields=["doctor", "patient"],
                name="doctorreview_once_a_patient",
                violation_error_code="already_reviewed",
                violation_error_message=_("You have already reviewed this doctor."),
            ),
        ]
        indexes = [models.Index(fields=["doctor", "-id"], name="doctorreview_by_doctor")]  # the public list of a doctor

    def __str__(self) -> str:
        return f"{self.rating}/5 · {self.doctor}"
