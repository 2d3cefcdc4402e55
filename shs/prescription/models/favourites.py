"""What a doctor often prescribes, learnt from what they issue; and what they keep to insert: sets and advice."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField
from shs.prescription.models.directions import validate_directions
from shs.prescription.models.dosing import LONGEST


class Favourite(models.Model):
    """A medicine or test that a doctor has prescribed: how often, when last, and with which directions last (""
    if they were free text). `score` orders by use and recency (services/favourites.py); `name` is as it was written."""

    privacy = Administrative(because="what a doctor prescribes, without a patient")
    crud = NoPages("learnt from what the doctor issues, and offered while they write")
    no_history = "follows from the prescriptions that the doctor has issued"

    class Kind(models.TextChoices):
        MEDICINE = "medicine", _("medicine")
        TEST = "test", _("test")

    doctor = models.ForeignKey("doctors.DoctorInformation", models.CASCADE, related_name="favourites")
    kind = models.CharField(max_length=8, choices=Kind)
    name = NameField(max_length=150)
    medication = models.ForeignKey("prescription.Medication", models.CASCADE, null=True, related_name="+")
    brand = models.ForeignKey("prescription.Brand", models.CASCADE, null=True, related_name="+")
    test = models.ForeignKey("prescription.MedicalTest", models.CASCADE, null=True, related_name="+")
    directions = models.CharField(max_length=LONGEST, blank=True)
    uses = models.PositiveIntegerField(default=1)
    last_used_at = models.DateTimeField()
    score = models.FloatField()

    class Meta:
        default_permissions = ()
        ordering = ["-score"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "kind", "name"], name="favourite_once"),
            models.CheckConstraint(name="favourite_kind_known", condition=Q(kind__in=["medicine", "test"])),
        ]
        indexes = [models.Index(fields=["doctor", "kind", "-score"], name="favourite_by_score")]  # suggestions

    def __str__(self) -> str:
        return self.name


class Template(Record):
    """Something to insert into a prescription. It belongs to a `doctor`, to a `clinic`, whose doctors all use it, or to
    a doctor who shares it with a clinic."""

    title = NameField(_("title"), max_length=150)
    doctor = models.ForeignKey(
        "doctors.DoctorInformation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("doctor"),
    )
    clinic = models.ForeignKey(
        "doctors.Clinic",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("shared with"),
        help_text=_("All doctors of this clinic can use it."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class PrescriptionSet(Template):
    """What is usually prescribed for a diagnosis (`title`): medicines (`lines`), `tests` (one a line), and advice."""

    privacy = Administrative(because="what is usually prescribed, without a patient")

    tests = models.TextField(_("tests"), max_length=1000, blank=True, help_text=_("One test a line."))
    advice = models.TextField(_("advice"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("set")
        verbose_name_plural = _("sets")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                name="prescriptionset_owned",
                condition=Q(doctor__isnull=False) | Q(clinic__isnull=False),
                violation_error_message=_("Choose the clinic whose doctors use it."),
            ),
            models.CheckConstraint(name="prescriptionset_titled", condition=~Q(title="")),
        ]


class SetLine(Record):
    """A medicine of a set: its directions as they are typed, such as "1+0+1 after 7d"."""

    privacy = Administrative(because="what is usually prescribed, without a patient")
    crud = NoPages("on the page of its set")

    set = models.ForeignKey(PrescriptionSet, models.CASCADE, related_name="lines", verbose_name=_("set"))
    medication = models.ForeignKey(
        "prescription.Medication",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="set_lines",
        verbose_name=_("catalogue"),
    )
    name = NameField(_("name"), max_length=150)
    directions = models.CharField(
        _("directions"),
        max_length=LONGEST,
        blank=True,
        validators=[validate_directions],
        help_text=_("Such as 1+0+1 after 7d"),
    )
    instructions = models.CharField(_("instructions"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="setline_named", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name


class AdviceTemplate(Template):
    """Advice that is often given."""

    privacy = Administrative(because="advice that is often given, without a patient")

    text = models.TextField(_("advice"), max_length=2000)

    class Meta:
        verbose_name = _("advice template")
        verbose_name_plural = _("advice templates")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                name="advicetemplate_owned",
                condition=Q(doctor__isnull=False) | Q(clinic__isnull=False),
                violation_error_message=_("Choose the clinic whose doctors use it."),
            ),
            models.CheckConstraint(name="advicetemplate_written", condition=~Q(title="") & ~Q(text="")),
        ]
