"""Filters by a range of dates or times, with a hint on the date format."""

from datetime import datetime

from django.forms import Form, MultiWidget
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter
from unfold.contrib.filters.forms import RangeDateForm, RangeDateTimeForm
from unfold.utils import parse_datetime_str

from shs.core.admin.rights import Rows
from shs.core.caller import MemberRequest
from shs.core.digits import latin_digits

ENDS = {"from": "00:00:00", "to": "23:59:59"}
"""The parameter suffixes of a range, with the time of day that is used if only a date is given."""


def _show_format(form: Form) -> None:
    """Show the expected format in each input of a range."""
    for field in form.fields.values():
        widgets = field.widget.widgets if isinstance(field.widget, MultiWidget) else [field.widget]
        for widget, written in zip(widgets, (_("dd/mm/yyyy"), _("hh:mm")), strict=False):
            widget.attrs["placeholder"] = widget.attrs["aria-label"] = f"{widget.attrs['placeholder']} ({written})"


class DayRangeForm(RangeDateForm):
    """A form with two dates."""

    def __init__(self, name: str, data: dict[str, object]) -> None:
        super().__init__(name, data)
        _show_format(self)


class TimeRangeForm(RangeDateTimeForm):
    """A form with two dates, each with a time."""

    def __init__(self, name: str, data: dict[str, object]) -> None:
        super().__init__(name, data)
        _show_format(self)


class DayRange(RangeDateFilter):
    """A filter by a date field: `("valid_until", DayRange)`."""

    form_class = DayRangeForm

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, value in self.used_parameters.items():
            self.used_parameters[name] = latin_digits(value) if isinstance(value, str) else value


class TimeRange(RangeDateTimeFilter):
    """A filter by a datetime field: `("created_at", TimeRange)`. A date without a time means the whole day; dates and
    times are in the clinic's time zone."""

    form_class = TimeRangeForm

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for end, time in ENDS.items():
            if self._part(end, 0) and not self._part(end, 1):
                self.used_parameters[f"{self.parameter_name}_{end}_1"] = time

    def queryset(self, request: MemberRequest, queryset: Rows) -> Rows | None:
        """The rows in the range; None if an input is invalid (the form shows the error)."""
        for end, lookup in (("from", "gte"), ("to", "lte")):
            if self._part(end, 0):
                instant: datetime | None = parse_datetime_str(f"{self._part(end, 0)} {self._part(end, 1)}")
                if instant is None:
                    return None
                queryset = queryset.filter(**{f"{self.parameter_name}__{lookup}": timezone.make_aware(instant)})
        return queryset

    def _part(self, end: str, part: int) -> str:
        """The date (part 0) or time (part 1) in the query string for one end of the range."""
        return latin_digits(str(self.used_parameters.get(f"{self.parameter_name}_{end}_{part}") or "")).strip()
