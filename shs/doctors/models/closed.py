"""Days on which a clinic is closed."""

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shs.core.dates import midnight, show_date
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.words import WordsIndex


class ClosedDayQuerySet(RecordQuerySet["ClosedDay"]):
    """Closed days."""

    def closing(self) -> "ClosedDayQuerySet":
        """Days on which a clinic is closed; not public holidays on which it works."""
        return self.filter(closes=True)


class ClosedDay(Record):
    """Days from `first` to `last` (both included, by the clock on the wall) on which a clinic is closed. Patients see
    the reason, in their language. `holiday`: the date of the public holiday for which the clinic has answered; with
    `closes` false it works on that day. A holiday without an answer closes nothing."""

    privacy = Administrative(because="when a clinic is closed, which everybody may know")

    clinic = models.ForeignKey("doctors.Clinic", models.CASCADE, related_name="closed_days", verbose_name=_("clinic"))
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"), help_text=_("The same as the first day for a single day."))
    reason = models.CharField(_("reason in English"), max_length=150, help_text=_("Patients see it."))
    reason_bn = models.CharField(_("reason in Bangla"), max_length=150, help_text=_("Patients see it."))
    closes = models.BooleanField(
        _("closed"), default=True, help_text=_("Untick it for a public holiday on which the clinic works.")
    )
    holiday = models.DateField(_("public holiday"), null=True, blank=True, editable=False)

    objects = ClosedDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ["-first", "clinic"]
        constraints = [
            models.CheckConstraint(
                name="closedday_ends_after_start",
                condition=Q(last__gte=F("first")),
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.CheckConstraint(
                name="closedday_open_only_on_holidays",
                condition=Q(closes=True) | Q(holiday__isnull=False),
                violation_error_message=_("Only a public holiday can be marked as a day on which the clinic works."),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "last"], name="closedday_by_clinic"),  # the slots at a clinic
            models.Index(fields=["last"], name="closedday_by_end"),  # the tab of those to come, and the search
            models.Index(fields=["-first", "-id"], name="closedday_by_start"),  # the admin's list
            WordsIndex(fields=["reason"], name="closedday_words"),  # its search
            WordsIndex(fields=["reason_bn"], name="closedday_words_bn"),
        ]

    def __str__(self) -> str:
        days = show_date(self.first) if self.first == self.last else f"{show_date(self.first)} – {show_date(self.last)}"
        return f"{self.clinic}: {days}"

    @property
    def shown_reason(self) -> str:
        """The reason in the active language."""
        return self.reason_bn if (get_language() or "").startswith("bn") else self.reason

    @property
    def span(self) -> tuple[datetime, datetime]:
        """[from, to) in which the clinic is closed."""
        return span_of(self.first, self.last)


def span_of(first: date, last: date) -> tuple[datetime, datetime]:
    """[from, to) of whole days in the clinic's zone."""
    return midnight(first), midnight(last + timedelta(days=1))
