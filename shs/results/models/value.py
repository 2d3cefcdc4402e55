"""The values on a result."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Clinical
from shs.results.analytes import ANALYTES, LABORATORY, Analyte, rounded, shown, shown_range


class Flag(models.TextChoices):
    """Where a value lies in its range; empty where none is known."""

    NORMAL = "normal", _("normal")
    LOW = "low", _("low")
    HIGH = "high", _("high")


class ResultValue(Record):
    """One value. `value` is in the stored unit of the analyte `code`; `typed`, `low` and `high` are in `unit`, as they
    are on the paper. `range_source`: whose range it is."""

    privacy = Clinical(patient="result__patient")
    crud = NoPages("on the page of the result, where they are entered and corrected")

    Flag = Flag

    result = models.ForeignKey("results.Result", models.PROTECT, related_name="values", verbose_name=_("result"))
    code = models.CharField(_("measured"), max_length=30)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=4)
    typed = models.DecimalField(_("as typed"), max_digits=14, decimal_places=4)
    unit = models.CharField(_("unit"), max_length=12)
    low = models.DecimalField(_("from"), max_digits=14, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(_("to"), max_digits=14, decimal_places=4, null=True, blank=True)
    range_source = models.CharField(_("range from"), max_length=255, blank=True)
    flag = models.CharField(_("finding"), max_length=6, choices=Flag, blank=True)
    is_critical = models.BooleanField(_("critical"), default=False)

    class Meta:
        verbose_name = _("value of a result")
        verbose_name_plural = _("values of results")
        ordering = ["pk"]
        constraints = [
            known("flag", Flag, blank=True),
            models.CheckConstraint(name="resultvalue_code_known", condition=Q(code__in=list(ANALYTES))),
            models.UniqueConstraint(fields=["result", "code"], name="resultvalue_once"),
            models.CheckConstraint(name="resultvalue_flag_needs_a_range", condition=Q(flag="") | ~Q(range_source="")),
        ]

    def __str__(self) -> str:
        return f"{self.analyte.label} {self.as_typed}"

    @property
    def analyte(self) -> Analyte:
        """What was measured."""
        return ANALYTES[self.code]

    @property
    def as_typed(self) -> str:
        """The value and its unit as they are on the paper."""
        return f"{shown(self.typed)} {self.unit}"

    @property
    def as_stored(self) -> str:
        """The value in the stored unit; rounded, if it was typed in another one."""
        unit = self.analyte.stored.name
        return self.as_typed if self.unit == unit else f"{rounded(self.value)} {unit}"

    @property
    def range(self) -> str:
        """The range in the typed unit; empty for none."""
        return shown_range(self.low, self.high)

    @property
    def range_words(self) -> Label:
        """Whose range it is."""
        return _("printed by the laboratory") if self.range_source == LABORATORY else self.range_source
