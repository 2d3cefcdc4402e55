"""Patients' reviews of doctors."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.moderation import Moderated, ModeratedQuerySet, Visibility
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.words import WordsIndex
from shs.doctors.errors import AlreadyAnswered, ReviewClosed

EDITABLE_DAYS = 14


class DoctorReview(Moderated):
    """One patient's rating (1–5) of one doctor, with a comment. Only the services write, hide and restore it, because
    they keep the average exact."""

    privacy = Administrative(because="what a patient tells everybody", texts=("comment", "answer"))
    crud = Crud(
        add=Never("patients write it in the app"), change=Never("its patient changes it in the app"), remove=By("hide")
    )

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="reviews", verbose_name=_("doctor")
    )
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="reviews", verbose_name=_("patient"))
    rating = models.PositiveSmallIntegerField(_("rating"))
    comment = models.TextField(_("comment"), max_length=2000, blank=True)

    answer = models.TextField(_("the doctor's answer"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ModeratedQuerySet["DoctorReview"].as_manager()
    locked_fields = ("doctor", "patient", "rating", "comment", "visibility", "answer", "answered_at")

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-pk"]
        permissions = [
            ("hide_doctorreview", "Can hide and restore reviews"),
            ("answer_doctorreview", "Can answer reviews of themselves"),
        ]
        constraints = [
            models.CheckConstraint(name="doctorreview_rating_range", condition=Q(rating__range=(1, 5))),
            known("visibility", Visibility),
            models.UniqueConstraint(
                fields=["doctor", "patient"],
                name="doctorreview_once_a_patient",
                violation_error_code="already_reviewed",
                violation_error_message=_("You have already reviewed this doctor."),
            ),
        ]
        indexes = [
            models.Index(fields=["doctor", "-id"], name="doctorreview_by_doctor"),  # the public list of a doctor
            WordsIndex(fields=["comment"], name="doctorreview_words"),  # the search of the admin's list
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5 · {self.doctor}"

    def reply(self, *, text: str, now: datetime) -> None:
        """Store the doctor's only reply. Raises AlreadyAnswered (409). Call it inside a transaction."""
        lock(self)
        if self.answered_at is not None:
            raise AlreadyAnswered
        self.answer, self.answered_at = text, now
        save_with_reason(self, "answered")

    def require_open(self, now: datetime) -> None:
        """Raises ReviewClosed (409) once the time for editing is over."""
        if now - self.created_at > timedelta(days=EDITABLE_DAYS):
            raise ReviewClosed(_("A review can be changed for %(days)s days.") % {"days": EDITABLE_DAYS})
