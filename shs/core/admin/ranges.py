"""Filters by a range of days or of times, which say how a date is written."""

from datetime import datetime

from django.forms import Form, MultiWidget
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter
from unfold.contrib.filters.forms import RangeDateForm, RangeDateTimeForm
from unfold.utils import parse_datetime_str

from shs.core.admin.rights import Rows
from shs.core.caller import MemberRequest

ENDS = {"from": "00:00:00", "to": "23:59:59"}
"""The ends of a range, with the time of day that is meant where only a day is given."""


def _show_format(form: Form) -> None:
    """Say in each field of a range how to fill it in."""
    for field in form.fields.values():
        widgets = field.widget.widgets if isinstance(field.widget, MultiWidget) else [field.widget]
        for widget, written in zip(widgets, (_("dd/mm/yyyy"), _("hh:mm")), strict=False):
            widget.attrs["placeholder"] = widget.attrs["aria-label"] = f"{widget.attrs['placeholder']} ({written})"


class DayRangeForm(RangeDateForm):
    """Two days."""

    def __init__(self, name: str, data: dict[str, object]) -> None:
        super().__init__(name, data)
        _show_format(self)


class TimeRangeForm(RangeDateTimeForm):
    """Two days, each with a time."""

    def __init__(self, name: str, data: dict[str, object]) -> None:
        super().__init__(name, data)
        _show_format(self)


class DayRange(RangeDateFilter):
    """A filter by a date: `("valid_until", DayRange)`."""

    form_class = DayRangeForm


class TimeRange(RangeDateTimeFilter):
    """A filter by an instant: `("created_at", TimeRange)`. A day without a time counts as the whole day; days and times
    are those of the clinic's zone."""

    form_class = TimeRangeForm

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for end, time in ENDS.items():
            if self._part(end, 0) and not self._part(end, 1):
                self.used_parameters[f"{self.parameter_name}_{end}_1"] = time

    def queryset(self, request: MemberRequest, queryset: Rows) -> Rows | None:
        """The rows in the range; None if an end cannot be read, of which the form says so."""
        for end, lookup in (("from", "gte"), ("to", "lte")):
            if self._part(end, 0):
                instant: datetime | None = parse_datetime_str(f"{self._part(end, 0)} {self._part(end, 1)}")
                if instant is None:
                    return None
                queryset = queryset.filter(**{f"{self.parameter_name}__{lookup}": timezone.make_aware(instant)})
        return queryset

    def _part(self, end: str, part: int) -> str:
        """What the address says: the day (0) or the time (1) of one end."""
        return str(self.used_parameters.get(f"{self.parameter_name}_{end}_{part}") or "").strip()
