"""Clinics and specializations."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.paper.content import PaperSize
from shs.core.paper.fonts import validate_drawable
from shs.core.records.archive import Archivable
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.files import JPEG, PNG, CheckedFileField
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField

MOST_MINUTES = 30 * 24 * 60
"""The longest notice, and the earliest end of cancelling, in minutes: thirty days."""


class DoctorSpecialization(Archivable):
    """A medical specialty; `source` names the list that recognises it."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(remove=By("delete", "archive", "merge"))

    name = NameField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("short name"), max_length=100, unique=True)
    description = models.CharField(_("what it treats"), max_length=255, blank=True)
    source = models.CharField(_("source"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("specialization")
        verbose_name_plural = _("specializations")
        ordering = ["name"]
        permissions = [
            ("import_doctorspecialization", "Can import specializations"),
            ("export_doctorspecialization", "Can export specializations"),
            ("choose_doctorspecialization", "Can choose the specialization in a form"),
            ("archive_doctorspecialization", "Can archive specializations"),
            ("merge_doctorspecialization", "Can merge specializations"),
        ]
        constraints = [models.CheckConstraint(name="doctorspecialization_named", condition=~Q(name="") & ~Q(slug=""))]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)


class Clinic(Archivable):
    """A place where doctors see patients; its desk staff hold `run_desk` on it."""

    privacy = Administrative(because="places that everybody may know")
    crud = Crud(remove=By("delete", "archive", "merge"))

    name = NameField(_("name"), max_length=150)
    slug = models.SlugField(_("short name"), max_length=100, unique=True)
    address = models.CharField(_("address"), max_length=255)
    city = models.CharField(_("city"), max_length=100)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("open"), default=True)
    cancel_minutes = models.PositiveIntegerField(
        _("minutes before a visit to cancel"),
        default=0,
        blank=True,
        validators=[MaxValueValidator(MOST_MINUTES)],
        help_text=_(
            "How many minutes before a visit patients can no longer cancel or move it themselves; the "
            "desk always can. 0: until the visit begins."
        ),
    )
    logo = CheckedFileField(_("logo"), folder="clinics", types=(PNG, JPEG), blank=True)
    letterhead = models.CharField(
        _("line under the name on papers"),
        max_length=255,
        blank=True,
        validators=[validate_drawable],
        help_text=_("For example the hours, a website, or a second phone."),
    )
    paper = models.CharField(_("paper of prescriptions"), max_length=2, choices=PaperSize, default=PaperSize.A4)

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinics")
        ordering = ["name"]
        permissions = [
            ("run_desk_clinic", "Can run the desk of this clinic"),
            ("choose_clinic", "Can choose the clinic in a form"),
            ("archive_clinic", "Can archive clinics"),
            ("merge_clinic", "Can merge clinics"),
        ]
        constraints = [
            known("paper", PaperSize),
            models.CheckConstraint(name="clinic_named", condition=~Q(name="")),
            models.CheckConstraint(name="clinic_cancel_sane", condition=Q(cancel_minutes__lte=MOST_MINUTES)),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.cancel_minutes = self.cancel_minutes or 0  # a form may leave it empty
