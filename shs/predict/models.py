"""What the symptom checker knows: symptoms, conditions, red flags; and what it was asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.models import Record, RecordQuerySet
from shs.predict.words import Lexicon

MOST_PHRASES = 60


class Base(models.TextChoices):
    """How usual a condition is among those who come to primary care in South Asia: an order, not a measured share."""

    VERY_COMMON = "very_common", _("Very common")
    COMMON = "common", _("Common")
    UNCOMMON = "uncommon", _("Uncommon")
    RARE = "rare", _("Rare")


class Usual(models.TextChoices):
    """How usual a symptom is among those who have the condition: an order, not a measured share."""

    HALLMARK = "hallmark", _("Hallmark")
    COMMON = "common", _("Common")
    SOMETIMES = "sometimes", _("Sometimes")
    RARE = "rare", _("Rare")


def require_phrases(phrases: Any) -> None:
    """A list of short texts, for a field that keeps one as JSON."""
    _require_texts(phrases, letters=100)


def require_lines(lines: Any) -> None:
    """As `require_phrases`, for whole sentences."""
    _require_texts(lines, letters=300)


def _require_texts(texts: Any, *, letters: int) -> None:
    if not isinstance(texts, list) or len(texts) > MOST_PHRASES:
        raise ValidationError(_("Write at most %(most)s entries."), params={"most": MOST_PHRASES})
    for text in texts:
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= letters or "\x00" in text:
            raise ValidationError(_("Each entry has 1 to %(most)s letters."), params={"most": letters})


def require_groups(groups: Any) -> None:
    """At least one group, each of at least one phrase: a rule without any would hold for every text."""
    if not isinstance(groups, list) or not 1 <= len(groups) <= 5:
        raise ValidationError(_("A rule has one to five groups of phrases."))
    for group in groups:
        require_phrases(group)
        if not group or not all(Lexicon.knows_words(phrase) for phrase in group):
            raise ValidationError(_("Each group has at least one phrase, and each phrase at least one word."))


class NamedBySlug(RecordQuerySet):
    """Rows that fixtures and imports name by their slug."""

    def get_by_natural_key(self, slug: str):
        """The row that a fixture or an import names."""
        return self.get(slug=slug)


class Symptom(Record):
    """What a patient feels or sees, with the words in which patients say it, in English and in Bangla."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=100, unique=True)
    name_bn = models.CharField(_("name in Bangla"), max_length=100, blank=True)
    synonyms = models.JSONField(_("other words"), default=list, blank=True, validators=[require_phrases])
    synonyms_bn = models.JSONField(_("other words in Bangla"), default=list, blank=True, validators=[require_phrases])

    objects = NamedBySlug.as_manager()

    class Meta:
        verbose_name = _("symptom")
        verbose_name_plural = _("symptoms")
        ordering = ["name"]
        permissions = [("import_symptom", "Can import symptoms"), ("export_symptom", "Can export symptoms")]
        constraints = [models.CheckConstraint(name="symptom_named", condition=~Q(name="") & ~Q(slug=""))]

    def __str__(self) -> str:
        return self.name

    def natural_key(self):
        return (self.slug,)

    @property
    def phrases(self) -> list[str]:
        """Everything that it is called."""
        return [phrase for phrase in (self.name, self.name_bn, *self.synonyms, *self.synonyms_bn) if phrase]


class Condition(Record):
    """One disease that the checker knows, and what is said to a patient who may have it.

    `red_flags`: signs that mean "see a doctor at once", in words for patients. `source` names organisation, document
    and year; `reviewed_on` the day on which a clinician last read the entry, empty where none has.
    """

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120, unique=True)
    icd10 = models.CharField(
        _("ICD-10 code"),
        max_length=8,
        blank=True,
        validators=[RegexValidator(r"^[A-Z][0-9]{2}(\.[0-9A-Z]{1,4})?$", _("Write the code as in A97.9."))],
    )
    specialization = models.ForeignKey(
        "doctors.DoctorSpecialization", models.PROTECT, related_name="conditions", verbose_name=_("specialization")
    )
    base = models.CharField(_("how usual"), max_length=12, choices=Base)
    description = models.TextField(_("description"), max_length=2000)
    advice = models.TextField(_("advice"), max_length=2000, blank=True)
    red_flags = models.JSONField(_("danger signs"), default=list, blank=True, validators=[require_lines])
    source = models.CharField(_("source"), max_length=300)
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = NamedBySlug.as_manager()

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["name"]
        permissions = [
            ("import_condition", "Can import conditions"),
            ("export_condition", "Can export conditions"),
        ]
        constraints = [
            models.CheckConstraint(
                name="condition_named", condition=~Q(name="") & ~Q(slug="") & ~Q(description="") & ~Q(source="")
            ),
            models.CheckConstraint(
                name="condition_base_known", condition=Q(base__in=["very_common", "common", "uncommon", "rare"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self):
        return (self.slug,)


class ConditionSymptom(Record):
    """How usual a symptom is in a condition, and who says so; `percent` only where the source states one."""

    condition = models.ForeignKey(Condition, models.CASCADE, related_name="pairs", verbose_name=_("condition"))
    symptom = models.ForeignKey(Symptom, models.PROTECT, related_name="pairs", verbose_name=_("symptom"))
    usual = models.CharField(_("how usual"), max_length=10, choices=Usual)
    percent = models.DecimalField(
        _("percent"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Only where the source states one."),
    )
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("symptom of a condition")
        verbose_name_plural = _("symptoms of conditions")
        ordering = ["condition", "pk"]
        permissions = [
            ("import_conditionsymptom", "Can import the symptoms of conditions"),
            ("export_conditionsymptom", "Can export the symptoms of conditions"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["condition", "symptom"],
                name="conditionsymptom_once",
                violation_error_message=_("This condition has the symptom already."),
            ),
            models.CheckConstraint(
                name="conditionsymptom_usual_known",
                condition=Q(usual__in=["hallmark", "common", "sometimes", "rare"]),
            ),
            models.CheckConstraint(
                name="conditionsymptom_percent_range", condition=Q(percent=None) | Q(percent__range=(0, 100))
            ),
            models.CheckConstraint(name="conditionsymptom_sourced", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"{self.condition}: {self.symptom}"


class RedFlag(Record):
    """A rule that says when to call for help at once. It holds for a text in which every one of `groups` has a phrase
    that is said and not denied. It is data: no service and no network is asked."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    groups = models.JSONField(_("phrases"), validators=[require_groups])
    message = models.TextField(_("what to do"), max_length=600)
    message_bn = models.TextField(_("what to do, in Bangla"), max_length=600, blank=True)
    source = models.CharField(_("source"), max_length=300)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = NamedBySlug.as_manager()

    class Meta:
        verbose_name = _("red flag")
        verbose_name_plural = _("red flags")
        ordering = ["name"]
        permissions = [("import_redflag", "Can import red flags"), ("export_redflag", "Can export red flags")]
        constraints = [
            models.CheckConstraint(
                name="redflag_named", condition=~Q(name="") & ~Q(slug="") & ~Q(message="") & ~Q(source="")
            )
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self):
        return (self.slug,)

    def holds(self, said: set[str]) -> bool:
        """Whether the rule holds where the phrases `said` are."""
        return all(any(phrase in said for phrase in group) for group in self.groups)


class PredictionQuerySet(RecordQuerySet):
    """What was asked; doors that count ask these, and nobody reads a row."""

    def counts(self, now: datetime) -> list[dict[str, Any]]:
        """As `counted`, for those of the last 24 hours; `unsure`: it abstained."""
        rows = self.filter(created_at__gt=now - timedelta(days=1), created_at__lte=now).values_list(
            "provider", "status", "disease", "urgent", "latency_ms"
        )
        failed = Prediction.Status.FAILED
        return counted(
            (provider, status == failed, status != failed and not disease, urgent, latency)
            for provider, status, disease, urgent, latency in rows.order_by()
        )

    def failures(self, now: datetime) -> list[tuple[str, int]]:
        """The error codes of the last 24 hours, each with how often it came; the most frequent first."""
        rows = self.filter(status=Prediction.Status.FAILED, created_at__gt=now - timedelta(days=1))
        return list(rows.order_by().values_list("error_code").annotate(n=Count("pk")).order_by("-n", "error_code"))


def counted(calls: Iterable[tuple[str, bool, bool, bool, int]]) -> list[dict[str, Any]]:
    """For each provider of `calls` (provider, failed, unsure, urgent, milliseconds), in order: how many were `asked`,
    `failed`, `unsure` and `urgent`; `latency_ms` and `slow_ms`, the median and the 95th percentile of those that did
    not fail (None: all did)."""
    found: dict[str, dict[str, Any]] = {}
    times: dict[str, list[int]] = {}
    for provider, failed, unsure, urgent, latency in calls:
        count = found.setdefault(provider, {"provider": provider, "asked": 0, "failed": 0, "unsure": 0, "urgent": 0})
        count["asked"] += 1
        count["failed"] += failed
        count["unsure"] += unsure
        count["urgent"] += urgent
        times.setdefault(provider, []).extend([] if failed else [latency])
    for provider, count in found.items():
        ordered = sorted(times[provider])
        count["latency_ms"] = median(ordered) if ordered else None
        count["slow_ms"] = ordered[int(len(ordered) * 0.95)] if ordered else None
    return [found[provider] for provider in sorted(found)]


class Prediction(models.Model):
    """One question and what was answered. Written once; nobody reads another person's, only how many there were."""

    class Status(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        FAILED = "failed", _("Failed")

    created_at = models.DateTimeField(_("when"), db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="predictions", verbose_name=_("who")
    )
    symptoms = models.JSONField(_("what was said"))
    matched = models.JSONField(_("understood"), default=list)
    unmatched = models.JSONField(_("not understood"), default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    disease = models.CharField(_("condition"), max_length=200, blank=True)
    confidence = models.FloatField(_("confidence"), default=0)
    alternatives = models.JSONField(_("alternatives"), default=list)
    provider = models.CharField(_("provider"), max_length=40)
    version = models.CharField(_("version"), max_length=60, blank=True)
    latency_ms = models.PositiveIntegerField(_("milliseconds"))
    urgent = models.BooleanField(_("urgent"), default=False)
    rules = models.JSONField(_("red flags"), default=list)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        default_permissions = ()
        permissions = [
            ("ask_prediction", "Can ask the symptom checker"),
            ("count_prediction", "Can see how often the symptom checker was asked"),
        ]
        constraints = [
            models.CheckConstraint(name="prediction_status_known", condition=Q(status__in=["answered", "failed"])),
            models.CheckConstraint(name="prediction_confidence_range", condition=Q(confidence__range=(0, 1))),
            models.CheckConstraint(
                name="prediction_failed_says_why",
                condition=(Q(status="failed") & ~Q(error_code="")) | Q(status="answered", error_code=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.get_status_display()}"
