"""The catalogues: medicines by generic name, and tests."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.archive import Archivable, ArchivableQuerySet
from shs.core.records.crud import By, Crud
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField


class MedicationQuerySet(ArchivableQuerySet["Medication"]):
    """Medicines of the catalogue."""

    def get_by_natural_key(self, generic_name: str, form: str, strength: str) -> "Medication":
        """The medicine that a fixture or an import names."""
        return self.get(generic_name=generic_name, form=form, strength=strength)


class Medication(Archivable):
    """One medicine by generic name (INN), form and strength. A combination joins its parts with " + ". `atc_code` is
    WHO's code, `drug_class` its name, `source` the list that contains the medicine."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(remove=By("delete", "archive", "merge"))

    generic_name = NameField(_("generic name"), max_length=150)
    form = models.CharField(_("form"), max_length=60)
    strength = models.CharField(_("strength"), max_length=60, blank=True)
    atc_code = models.CharField(
        _("ATC code"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^[A-Z][0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?$", _("Enter a code such as J01CA04."))],
    )
    drug_class = models.CharField(_("class"), max_length=100, blank=True)
    source = models.CharField(_("source"), max_length=255, blank=True)

    objects = MedicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("medication")
        verbose_name_plural = _("medications")
        ordering = ["generic_name", "form", "strength"]
        permissions = [
            ("import_medication", "Can import medications"),
            ("export_medication", "Can export medications"),
            ("archive_medication", "Can archive medications"),
            ("merge_medication", "Can merge medications"),
            ("review_medication", "Can review which warnings are overridden"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["generic_name", "form", "strength"],
                name="medication_once",
                violation_error_message=_("This medication is already in the catalogue."),
            ),
            models.CheckConstraint(name="medication_named", condition=~Q(generic_name="") & ~Q(form="")),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.generic_name, self.form, self.strength) if part)

    def natural_key(self) -> tuple[str, ...]:
        return (self.generic_name, self.form, self.strength)


class MedicalTestQuerySet(ArchivableQuerySet["MedicalTest"]):
    """Tests of the catalogue."""

    def get_by_natural_key(self, name: str) -> "MedicalTest":
        """The test that a fixture or an import names."""
        return self.get(name=name)


class MedicalTest(Archivable):
    """One test that a doctor can order; `loinc_code` is empty where none is known for certain."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(remove=By("delete", "archive", "merge"))

    name = NameField(
        _("name"), max_length=150, unique=True, error_messages={"unique": _("This test is already in the catalogue.")}
    )
    loinc_code = models.CharField(
        _("LOINC code"),
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{1,7}-[0-9]$", _("Enter a code such as 718-7."))],
    )
    source = models.CharField(_("source"), max_length=255, blank=True)

    objects = MedicalTestQuerySet.as_manager()

    class Meta:
        verbose_name = _("medical test")
        verbose_name_plural = _("medical tests")
        ordering = ["name"]
        permissions = [
            ("import_medicaltest", "Can import medical tests"),
            ("export_medicaltest", "Can export medical tests"),
            ("archive_medicaltest", "Can archive medical tests"),
            ("merge_medicaltest", "Can merge medical tests"),
        ]
        constraints = [models.CheckConstraint(name="medicaltest_named", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, ...]:
        return (self.name,)
