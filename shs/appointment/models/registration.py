"""Who was registered at the desk of a clinic, and by whom."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.users.models import User


class RegistrationQuerySet(RecordQuerySet["Registration"]):
    """Registrations."""

    def of_newcomer(self, person: User, clinic_id: int | None, since: datetime) -> Self:
        """Those of `person` at a clinic from the instant `since` on."""
        return self.filter(person=person, clinic=clinic_id, at__gte=since)


class Registration(Record):
    """A person whom the desk of `clinic` has registered. `no_phone`: why no phone is known. `is_unknown`: nobody knows
    who it is; `circumstances` tell how they came, until they are recognised or merged with somebody."""

    privacy = Administrative(
        because="who registered somebody, and how somebody unknown came; nothing of their health",
        texts=("circumstances",),
    )
    crud = Crud(
        add=Never("made with the person, by the dialog of the desk board"),
        change=By("recognise"),
        remove=Never("tells who has registered somebody"),
    )

    person = models.ForeignKey(User, models.PROTECT, related_name="registrations", verbose_name=_("person"))
    clinic = models.ForeignKey("doctors.Clinic", models.PROTECT, related_name="registrations", verbose_name=_("clinic"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("registered by"))
    at = models.DateTimeField(_("registered"))
    no_phone = models.CharField(_("reason for no phone"), max_length=200, blank=True)
    is_unknown = models.BooleanField(_("unknown patient"), default=False)
    circumstances = models.TextField(_("circumstances"), max_length=500, blank=True)

    objects = RegistrationQuerySet.as_manager()
    locked_fields = ("person", "clinic", "by", "at", "no_phone", "is_unknown", "circumstances")

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        permissions = [("recognise_registration", "Can enter who an unknown patient is")]
        constraints = [
            models.CheckConstraint(
                name="registration_unknown_says_how", condition=Q(is_unknown=False) | ~Q(circumstances="")
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="registration_by_time"),  # the list
            models.Index(fields=["clinic", "person"], name="registration_clinic_people"),  # whom a desk may see
            models.Index(  # the list of unknown patients
                fields=["-at", "-id"], condition=Q(is_unknown=True), name="registration_unknown"
            ),
        ]

    def __str__(self) -> str:
        return self.person.name
