"""The lines of a prescription: medicines, tests, and acknowledged warnings."""

from typing import Any, TypedDict

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Clinical
from shs.core.records.values import NameField
from shs.core.records.words import WordsIndex

MOST_DAYS = 730


class TestContent(TypedDict):
    """The sealed content of a test."""

    name: str
    instructions: str


class LineContent(TypedDict):
    """The sealed content of a medicine."""

    name: str
    dosage: str
    frequency: str
    duration_days: int
    instructions: str


class Item(Record):
    """A row of a prescription, which can be changed while that is a draft. `name` is as the doctor wrote it."""

    prescription: Any  # each kind of row has a foreign key of its own
    name = NameField(_("name"), max_length=150)
    instructions = models.CharField(_("instructions"), max_length=255, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises Sealed (409) once the prescription is issued."""
        self.prescription.require_open()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Deletes the row of a draft; its history stays. Raises Sealed (409) once the prescription is issued."""
        self.prescription.require_open()
        return super().delete(*args, **kwargs)


class PrescriptionLine(Item):
    """One medicine: how much, how often, for how many days. `medication`: its entry in the catalogue, where it has
    one."""

    privacy = Clinical(patient="prescription__patient")
    crud = NoPages("on the page of the prescription, while that is a draft")

    prescription = models.ForeignKey(
        "prescription.Prescription", models.PROTECT, related_name="lines", verbose_name=_("prescription")
    )
    medication = models.ForeignKey(
        "prescription.Medication",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lines",
        verbose_name=_("catalogue"),
    )
    dosage = models.CharField(_("dose"), max_length=100)
    frequency = models.CharField(_("how often"), max_length=100)
    duration_days = models.PositiveSmallIntegerField(
        _("days"), validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )

    class Meta:
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="prescriptionline_duration_sane", condition=Q(duration_days__gte=1, duration_days__lte=730)
            ),
            models.CheckConstraint(
                name="prescriptionline_complete", condition=~Q(name="") & ~Q(dosage="") & ~Q(frequency="")
            ),
        ]
        indexes = [WordsIndex(fields=["name"], name="prescriptionline_words")]  # the search by medicine

    def content(self) -> LineContent:
        """The part of the row that is sealed."""
        return {
            "name": self.name,
            "dosage": self.dosage,
            "frequency": self.frequency,
            "duration_days": self.duration_days,
            "instructions": self.instructions,
        }


class OrderedTest(Item):
    """One ordered test. `test`: its catalogue entry, if it has one."""

    privacy = Clinical(patient="prescription__patient")
    crud = NoPages("on the page of the prescription, while that is a draft")

    prescription = models.ForeignKey(
        "prescription.Prescription", models.PROTECT, related_name="tests", verbose_name=_("prescription")
    )
    test = models.ForeignKey(
        "prescription.MedicalTest",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("catalogue"),
    )

    class Meta:
        verbose_name = _("ordered test")
        verbose_name_plural = _("ordered tests")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="orderedtest_named", condition=~Q(name=""))]

    def content(self) -> TestContent:
        """Its sealed content."""
        return {"name": self.name, "instructions": self.instructions}


class WarningKind(models.TextChoices):
    """What is checked before a prescription is issued; each has a line in the answer."""

    ALLERGY = "allergy", _("Allergy")
    DUPLICATE = "duplicate", _("Duplicate on this prescription")
    SAME_CLASS = "same_class", _("Same class of medicines")
    ACTIVE = "active", _("Already taken by the patient")
    INTERACTION = "interaction", _("Interaction")
    DOSE = "dose", _("Dose")
    PREGNANCY = "pregnancy", _("Pregnancy and breast-feeding")
    KIDNEY_LIVER = "kidney_liver", _("Kidney and liver")
    AGE = "age", _("Age")


class PrescriptionWarning(Record):
    """A warning that was shown before issuing. One that `stops` was overridden by the prescriber with a `reason`; the
    others came with the answer. `key` as in the checks; `rule`: which rule found it, the same for all patients."""

    privacy = Clinical(patient="prescription__patient")
    crud = NoPages("on the page of the prescription; part of what was issued")

    Kind = WarningKind

    prescription = models.ForeignKey(
        "prescription.Prescription", models.PROTECT, related_name="warnings", verbose_name=_("prescription")
    )
    key = models.CharField(_("key"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    rule = models.CharField(_("rule"), max_length=100, blank=True)
    stops = models.BooleanField(_("stops until a reason is given"), default=True)
    medication = models.CharField(_("medicine"), max_length=150)
    text = models.CharField(_("warning"), max_length=1200)
    reason = models.CharField(_("reason for issuing despite the warning"), max_length=500, blank=True)
    acknowledged_by = models.ForeignKey("users.User", models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("acknowledged warning")
        verbose_name_plural = _("acknowledged warnings")
        ordering = ["pk"]
        constraints = [
            known("kind", WarningKind),
            models.UniqueConstraint(fields=["prescription", "key"], name="prescriptionwarning_once"),
            models.CheckConstraint(
                name="prescriptionwarning_reasoned", condition=Q(stops=False) | (Q(stops=True) & ~Q(reason=""))
            ),
        ]

    def __str__(self) -> str:
        return self.text
