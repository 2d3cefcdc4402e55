"""The data of the symptom checker: symptoms, conditions, red flags."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.models import Record, RecordQuerySet, Row
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField
from shs.predict.models.phrases import require_groups, require_lines, require_phrases, require_words


class Base(models.TextChoices):
    """How common a condition is in primary care in South Asia: a ranking, not a measured proportion."""

    VERY_COMMON = "very_common", _("Very common")
    COMMON = "common", _("Common")
    UNCOMMON = "uncommon", _("Uncommon")
    RARE = "rare", _("Rare")


class Usual(models.TextChoices):
    """How frequent a symptom is in a condition: a ranking, not a measured proportion."""

    HALLMARK = "hallmark", _("Hallmark")
    COMMON = "common", _("Common")
    SOMETIMES = "sometimes", _("Sometimes")
    RARE = "rare", _("Rare")


class Triage(models.TextChoices):
    """How soon somebody with a condition needs care."""

    NOW = "now", _("Now: call the emergency number or go to hospital")
    TODAY = "today", _("Today: see a doctor on the same day")
    SOON = "soon", _("Soon: see a doctor within days or weeks")
    SELF_CARE = "self_care", _("Self-care, and a doctor if it does not get better")


class Affects(models.TextChoices):
    """Who can have a condition."""

    EVERYBODY = "everybody", _("Everybody")
    WOMEN = "women", _("Women")
    PREGNANT = "pregnant", _("Pregnant women")
    MEN = "men", _("Men")
    CHILDREN = "children", _("Children")


class NamedBySlug(RecordQuerySet[Row]):
    """Rows that fixtures and imports name by their slug."""

    def get_by_natural_key(self, slug: str) -> Row:
        """The row that a fixture or an import names."""
        return self.get(slug=slug)


class Symptom(Record):
    """A symptom with its everyday words in the three ways of writing, and who reviewed these words (nobody yet where it
    is empty)."""

    privacy = Administrative(because="general knowledge")

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = NameField(_("name"), max_length=100, unique=True)
    name_bn = NameField(_("name in Bangla"), max_length=100, blank=True)
    synonyms = models.JSONField(_("synonyms"), default=list, blank=True, validators=[require_phrases])
    synonyms_bn = models.JSONField(_("synonyms in Bangla"), default=list, blank=True, validators=[require_phrases])
    synonyms_roman = models.JSONField(
        _("synonyms in romanised Bangla"), default=list, blank=True, validators=[require_phrases]
    )
    reviewed_by = models.CharField(_("words reviewed by"), max_length=120, blank=True)
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = NamedBySlug.as_manager()

    class Meta:
        verbose_name = _("symptom")
        verbose_name_plural = _("symptoms")
        ordering = ["name"]
        permissions = [("import_symptom", "Can import symptoms"), ("export_symptom", "Can export symptoms")]
        constraints = [models.CheckConstraint(name="symptom_named", condition=~Q(name="") & ~Q(slug=""))]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    @property
    def phrases(self) -> list[str]:
        """All its names."""
        found = (self.name, self.name_bn, *self.synonyms, *self.synonyms_bn, *self.synonyms_roman)
        return [phrase for phrase in found if phrase]


class Condition(Record):
    """One disease known to the symptom checker, with its information for patients.

    `red_flags`: signs that mean "see a doctor immediately", in plain words for patients. `source` names
    organisation, document and year; `reviewed_on` the day of the last review by a clinician, empty if there was none.
    """

    privacy = Administrative(because="general knowledge")

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = NameField(_("name"), max_length=120, unique=True)
    icd10 = models.CharField(
        _("ICD-10 code"),
        max_length=8,
        blank=True,
        validators=[RegexValidator(r"^[A-Z][0-9]{2}(\.[0-9A-Z]{1,4})?$", _("Enter a code such as A97.9."))],
    )
    specialization = models.ForeignKey(
        "doctors.DoctorSpecialization", models.PROTECT, related_name="conditions", verbose_name=_("specialization")
    )
    base = models.CharField(_("frequency"), max_length=12, choices=Base)
    triage = models.CharField(_("urgency"), max_length=9, choices=Triage, default=Triage.SOON)
    triage_source = models.CharField(_("source of the urgency"), max_length=300, blank=True)
    affects = models.CharField(_("affects"), max_length=9, choices=Affects, default=Affects.EVERYBODY)
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
            known("base", Base),
            known("triage", Triage),
            known("affects", Affects),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)


class ConditionSymptom(Record):
    """How frequent a symptom is in a condition, with the source; `percent` only if the source states one."""

    privacy = Administrative(because="general knowledge")

    condition = models.ForeignKey(Condition, models.CASCADE, related_name="pairs", verbose_name=_("condition"))
    symptom = models.ForeignKey(Symptom, models.PROTECT, related_name="pairs", verbose_name=_("symptom"))
    usual = models.CharField(_("frequency"), max_length=10, choices=Usual)
    percent = models.DecimalField(
        _("percent"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Only if the source gives one."),
    )
    source = models.CharField(_("source"), max_length=300)
    is_active = models.BooleanField(_("in use"), default=True)

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
                violation_error_message=_("This condition already has this symptom."),
            ),
            known("usual", Usual),
            models.CheckConstraint(
                name="conditionsymptom_percent_range", condition=Q(percent=None) | Q(percent__range=(0, 100))
            ),
            models.CheckConstraint(name="conditionsymptom_sourced", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"{self.condition}: {self.symptom}"


class RedFlag(Record):
    """A rule for emergencies. It matches a text in which each of `groups` has a phrase that occurs and is not denied.
    It needs no service and no network. `{chest}` in a phrase stands for the words of a word list, `{#160-300}` for a
    number, and a phrase such as `@pregnant` for a known fact of the person (`FACTS`). With `shows_hotline` the message
    begins with the hotline of the settings (SELF_HARM_HOTLINE)."""

    privacy = Administrative(because="general knowledge")

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = NameField(_("name"), max_length=120)
    groups = models.JSONField(_("phrases"), validators=[require_groups])
    message = models.TextField(_("what to do"), max_length=600)
    message_bn = models.TextField(_("what to do, in Bangla"), max_length=600, blank=True)
    shows_hotline = models.BooleanField(_("names the self-harm hotline"), default=False)
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

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    def holds(self, said: set[str]) -> bool:
        """Whether the rule matches a text with the phrases `said`."""
        return not any(said.isdisjoint(group) for group in self.groups)


class WordList(Record):
    """Words that mean the same in the phrases of red flags, in any of the three ways of writing. A word that begins
    with "=" stands for this form alone, one that begins with "~" for all forms of a Bangla verb. `reviewed_by` and
    `reviewed_on`: the clinician, empty if there was none."""

    privacy = Administrative(because="general knowledge")

    slug = models.SlugField(
        _("short name"), max_length=40, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9-]*$")]
    )
    words = models.JSONField(_("words"), validators=[require_words])
    reviewed_by = models.CharField(_("words reviewed by"), max_length=120, blank=True)
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = NamedBySlug.as_manager()

    class Meta:
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        ordering = ["slug"]
        permissions = [("import_wordlist", "Can import word lists"), ("export_wordlist", "Can export word lists")]
        constraints = [models.CheckConstraint(name="wordlist_named", condition=~Q(slug=""))]

    def __str__(self) -> str:
        return self.slug

    def natural_key(self) -> tuple[str]:
        return (self.slug,)
