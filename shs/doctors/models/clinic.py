"""Clinics and specializations."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


class DoctorSpecialization(Record):
    """A medical specialty; `source` names the list that recognises it."""

    privacy = Administrative(because="a catalogue")

    name = models.CharField(_("name"), max_length=100, unique=True)
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
        ]
        constraints = [models.CheckConstraint(name="doctorspecialization_named", condition=~Q(name="") & ~Q(slug=""))]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)


class Clinic(Record):
    """A place where doctors see patients; its desk staff hold `run_desk` on it."""

    privacy = Administrative(because="places that everybody may know")

    name = models.CharField(_("name"), max_length=150)
    slug = models.SlugField(_("short name"), max_length=100, unique=True)
    address = models.CharField(_("address"), max_length=255)
    city = models.CharField(_("city"), max_length=100)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinics")
        ordering = ["name"]
        permissions = [
            ("run_desk_clinic", "Can run the desk of this clinic"),
            ("choose_clinic", "Can choose the clinic in a form"),
        ]
        constraints = [models.CheckConstraint(name="clinic_named", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name
