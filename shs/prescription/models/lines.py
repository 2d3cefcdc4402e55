"""The lines of a prescription: medicines, tests, and acknowledged warnings."""

from typing import Any, ClassVar, NotRequired, TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.paper.fonts import validate_drawable
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Clinical
from shs.core.records.values import NameField
from shs.core.records.words import WordsIndex
from shs.prescription.models.dosing import (
    MOST_DAYS,
    Directions,
    Dose,
    Meal,
    directions_words,
    dosage_of,
    frequency_of,
    validate_dose,
)

NAME_LENGTH = 150
__all__ = [
    "MOST_DAYS",
    "NAME_LENGTH",
    "OrderedTest",
    "PrescriptionLine",
    "PrescriptionWarning",
    "StoppedMedicine",
    "WarningKind",
]


class TestContent(TypedDict):
    """The sealed content of a test."""

    name: str
    instructions: str


class LineContent(TypedDict):
    """The sealed content of a medicine; `generic` only of one that was chosen by its brand. What was written as a
    pattern has its `dose`, and `meal` and `is_continued` where they say something; what was sealed before there were
    patterns has none of them."""

    name: str
    generic: NotRequired[str]
    dosage: str
    frequency: str
    duration_days: int
    instructions: str
    dose: NotRequired[Dose]
    meal: NotRequired[str]
    is_continued: NotRequired[bool]


class StopContent(TypedDict):
    """The sealed content of a medicine that is stopped."""

    name: str
    reason: str


def printed_name(line: LineContent) -> str:
    """The name of a medicine for people: a brand with its generic in brackets."""
    return with_generic(line["name"], line.get("generic", ""))


def with_generic(name: str, generic: str) -> str:
    """`name`, and the generic in brackets if there is one."""
    return f"{name} ({generic})" if generic else name


class Item(Record):
    """A row of a prescription, which can be changed while that is a draft. `name` is as the doctor wrote it."""

    prescription: Any  # each kind of row has a foreign key of its own
    name = NameField(_("name"), max_length=NAME_LENGTH)
    instructions = models.CharField(_("instructions"), max_length=255, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    printed: ClassVar[tuple[str, ...]] = ("name", "instructions")

    def clean(self) -> None:
        """Every word can be printed."""
        for name in self.printed:
            try:
                validate_drawable(getattr(self, name) or "")
            except ValidationError as error:
                raise ValidationError({name: error.messages}) from None

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
    one. `brand`: that of a medicine that was chosen by its brand, whose generic is `generic` in words, so that a later
    change of the catalogue changes no prescription; it is checked by its `medication`. `dose`: how it was written as a
    pattern (a Dose; {} if `dosage` and `frequency` are free text). One that `is_continued` has MOST_DAYS. One that is
    not confirmed was taken over from an earlier prescription: it is neither checked nor issued."""

    privacy = Clinical(patient="prescription__patient")
    crud = NoPages("on the page of the prescription, while that is a draft")
    printed = ("name", "dosage", "frequency", "instructions")

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
    brand = models.ForeignKey(
        "prescription.Brand", models.PROTECT, null=True, blank=True, related_name="lines", verbose_name=_("brand")
    )
    generic = models.CharField(_("generic"), max_length=150, blank=True, editable=False)
    dosage = models.CharField(_("dose"), max_length=100)
    frequency = models.CharField(_("how often"), max_length=100)
    duration_days = models.PositiveSmallIntegerField(
        _("days"), validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    dose = models.JSONField(_("dose as a pattern"), default=dict, blank=True, validators=[validate_dose])
    meal = models.CharField(_("meal"), max_length=6, choices=Meal, blank=True)
    is_continued = models.BooleanField(_("continued"), default=False)
    is_confirmed = models.BooleanField(_("confirmed"), default=True)

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
            known("meal", Meal, blank=True),
        ]
        indexes = [WordsIndex(fields=["name"], name="prescriptionline_words")]  # the search by medicine

    def clean(self) -> None:
        """Raises ValidationError for a brand of another medicine than the chosen one."""
        super().clean()
        if self.brand and self.medication:
            parts = (self.brand.medication.generic_name, self.medication.generic_name)
            if parts[0] != parts[1]:
                words = {"brand": self.brand.name, "generic": parts[0], "other": parts[1]}
                raise ValidationError(
                    {"brand": _("%(brand)s contains %(generic)s, and not %(other)s: leave one of them out.") % words}
                )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Follow the brand while the prescription is a draft. Raises Sealed (409) once it is issued."""
        if self.brand is None:
            self.generic = ""
        else:
            self.medication = self.medication or self.brand.medication
            self.generic = self.brand.medication.generic_name
        super().save(*args, **kwargs)

    def content(self) -> LineContent:
        """The part of the row that is sealed."""
        found: LineContent = {
            "name": self.name,
            "dosage": self.dosage,
            "frequency": self.frequency,
            "duration_days": self.duration_days,
            "instructions": self.instructions,
        }
        if self.generic:
            found["generic"] = self.generic
        if self.dose:
            found["dose"] = self.dose
        if self.meal:
            found["meal"] = self.meal
        if self.is_continued:
            found["is_continued"] = True
        return found

    @property
    def form(self) -> str:
        """The form of its catalogue entry; without one, the unit of its dose."""
        return self.medication.form if self.medication else str((self.dose or {}).get("unit", ""))

    @property
    def directions(self) -> str:
        """Dose, meal and duration in one text that `read_directions` reads again; "" for free text."""
        return directions_words(self.dose, self.meal, self.duration_days, is_continued=self.is_continued)

    def direct(self, given: Directions) -> None:
        """Take over what was read: `dosage` and `frequency` follow from the dose, and the days where they are given."""
        if given.dose:
            self.dose = given.dose
            self.dosage, self.frequency = dosage_of(given.dose), frequency_of(given.dose)
        self.meal = given.meal or self.meal
        self.last(given.days, is_continued=given.is_continued)

    def last(self, days: int | None, *, is_continued: bool) -> None:
        """Take over a duration, if there is one."""
        if is_continued:
            self.duration_days, self.is_continued = MOST_DAYS, True
        elif days:
            self.duration_days, self.is_continued = days, False


class StoppedMedicine(Item):
    """A medicine that the patient is to stop, with the reason. It ends what was prescribed with the same substance, and
    entries of the chart that say that the patient takes it. `instructions` is not used."""

    privacy = Clinical(patient="prescription__patient")
    crud = NoPages("on the page of the prescription, while that is a draft")

    prescription = models.ForeignKey(
        "prescription.Prescription", models.PROTECT, related_name="stopped", verbose_name=_("prescription")
    )
    medication = models.ForeignKey(
        "prescription.Medication",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stopped",
        verbose_name=_("catalogue"),
    )
    reason = models.CharField(_("reason for stopping"), max_length=200)

    class Meta:
        verbose_name = _("stopped medicine")
        verbose_name_plural = _("stopped medicines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="stoppedmedicine_reasoned",
                condition=~Q(name="") & ~Q(reason=""),
                violation_error_message=_("Why is it stopped? Write “stop: ” and the reason."),
            )
        ]

    def content(self) -> StopContent:
        """Its sealed content."""
        return {"name": self.name, "reason": self.reason}


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
