"""The catalogues: medicines by generic name, their brands, and tests."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.errors import StepRefused
from shs.core.records.archive import Archivable, ArchivableQuerySet
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField
from shs.core.records.words import WordsIndex
from shs.prescription.medicines import UNCHECKED, class_of, facts_of
from shs.prescription.strengths import MOST, tidy_strength


class Route(models.TextChoices):
    """How a medicine is given."""

    ORAL = "oral", _("by mouth")
    SUBLINGUAL = "sublingual", _("under the tongue")
    MOUTH = "mouth", _("in the mouth")
    INJECTION = "injection", _("by injection")
    INHALATION = "inhalation", _("inhaled")
    NOSE = "nose", _("in the nose")
    EYE = "eye", _("in the eye")
    EAR = "ear", _("in the ear")
    SKIN = "skin", _("on the skin")
    RECTUM = "rectum", _("rectal")
    VAGINA = "vagina", _("vaginal")


class MedicationQuerySet(ArchivableQuerySet["Medication"]):
    """Medicines of the catalogue."""

    def get_by_natural_key(self, generic_name: str, form: str, strength: str) -> "Medication":
        """The medicine that a fixture or an import names."""
        return self.get(generic_name=generic_name, form=form, strength=strength)


class Medication(Archivable):
    """One medicine by generic name (INN), form and strength. A combination joins its parts with " + ". `atc_code` is
    WHO's code, `drug_class` the name of its group of level 4, `unit` what a dose is counted in; `source` and
    `source_year` the list that contains the medicine. Class, route and unit follow from code and form where these are
    known and nothing else is entered."""

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
    route = models.CharField(_("route"), max_length=12, choices=Route, blank=True)
    unit = models.CharField(_("counted in"), max_length=20, blank=True)
    source = models.CharField(_("source"), max_length=255, blank=True)
    source_year = models.PositiveSmallIntegerField(
        _("year of the source"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1900), MaxValueValidator(2100)],
    )

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
            known("route", Route, blank=True),
        ]
        indexes = [WordsIndex(fields=["generic_name"], name="medication_words")]  # the search by generic name

    def __str__(self) -> str:
        return " ".join(part for part in (self.generic_name, self.form, self.strength) if part)

    @property
    def is_strength_checked(self) -> bool:
        """Whether somebody has read its strength in a list; its source says so."""
        return not self.source.startswith(UNCHECKED)

    def natural_key(self) -> tuple[str, ...]:
        return (self.generic_name, self.form, self.strength)

    def clean(self) -> None:
        """Fill class, route and unit where they are empty."""
        super().clean()
        facts = facts_of(self.form)
        self.drug_class = self.drug_class or class_of(self.atc_code)
        self.route, self.unit = self.route or facts.route, self.unit or facts.unit


class BrandQuerySet(ArchivableQuerySet["Brand"]):
    """Brands of the catalogue."""

    def get_by_natural_key(self, name: str, form: str, strength: str, maker: str) -> "Brand":
        """The brand that a fixture or an import names."""
        return self.get(name=name, form=form, strength=strength, maker=maker)


class Brand(Archivable):
    """A medicine as it is sold: the name on its box, with its own form and strength. `medication`: its generic in the
    catalogue, by which it is checked, in the nearest form and strength that the catalogue has. `excipients`: all of
    them in words, empty if they are not known. `source` names the list that contains it, `source_date` its date."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(remove=By("delete", "archive", "merge"))

    name = NameField(_("brand"), max_length=150)
    medication = models.ForeignKey(Medication, models.PROTECT, related_name="brands", verbose_name=_("generic"))
    form = models.CharField(_("form"), max_length=60)
    strength = models.CharField(_("strength"), max_length=MOST, blank=True)
    maker = models.CharField(_("maker"), max_length=150, blank=True)
    excipients = models.CharField(
        _("excipients"),
        max_length=500,
        blank=True,
        help_text=_(
            "All of them, as the information on the product lists them, such as lactose, gelatin, tartrazine. "
            "Allergies are compared with them; left empty, they count as not known."
        ),
    )
    source = models.CharField(_("source"), max_length=255, blank=True)
    source_date = models.DateField(_("date of the source"), null=True, blank=True)

    objects = BrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["name", "form", "strength"]
        permissions = [
            ("export_brand", "Can export brands"),
            ("archive_brand", "Can archive brands"),
            ("merge_brand", "Can merge brands"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "form", "strength", "maker"],
                name="brand_once",
                violation_error_message=_("This brand is already in the catalogue."),
            ),
            models.CheckConstraint(name="brand_named", condition=~Q(name="") & ~Q(form="")),
        ]
        indexes = [
            WordsIndex(fields=["name"], name="brand_words"),  # the search by brand
            models.Index(fields=["name", "form", "strength"], name="brand_by_name"),  # the list in the office
            models.Index(fields=["archived_at"], name="brand_archived"),  # the counts of its tabs
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.form, self.strength) if part)

    def natural_key(self) -> tuple[str, ...]:
        return (self.name, self.form, self.strength, self.maker)

    def clean(self) -> None:
        """Write the strength as the catalogue does. Raises ValidationError for what is none."""
        super().clean()
        try:
            self.strength = tidy_strength(self.strength)
        except ValueError as error:
            raise ValidationError({"strength": str(error)}) from None

    def require_mergeable(self, into: Archivable) -> None:
        """Raises StepRefused (409) for a brand of another generic: what was prescribed would become another
        medicine."""
        if isinstance(into, Brand) and self.medication.generic_name != into.medication.generic_name:
            raise StepRefused(
                _("%(one)s contains %(first)s, and %(other)s %(second)s: they are not merged.")
                % {
                    "one": self.name,
                    "first": self.medication.generic_name,
                    "other": into.name,
                    "second": into.medication.generic_name,
                }
            )


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
