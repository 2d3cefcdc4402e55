"""Dates of birth and ages as clinicians write and say them. Who does not know the day of birth tells a year, a month or
an age: it is kept as a date with its precision, in the middle of that year or month, so that ages follow from it.

An age is told in days for the first four weeks (the WHO's newborn period), in weeks until three months, in months until
two years, and then in years."""

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shs.core.dates import input_date, read_date
from shs.core.digits import latin_digits
from shs.core.records.values import FIRST_YEAR, validate_past_day

OLDEST = 130
"""Years; an age above is a slip of the pen."""

TEENAGER, ADULT = 12, 18
"""Years from which on something can be confidential between a patient and their doctor, and at which somebody decides
for themselves (Majority Act, 1875)."""

DAYS_UNTIL, WEEKS_UNTIL_MONTHS, MONTHS_UNTIL_YEARS = 28, 3, 2


class Precision(models.TextChoices):
    """How much of a date of birth is known."""

    YEAR = "year", gettext_lazy("Year")
    MONTH = "month", gettext_lazy("Month and year")
    DAY = "day", gettext_lazy("Day")


class Birth(NamedTuple):
    """When somebody was born."""

    day: date
    precision: str = Precision.DAY


UNITS = {
    Precision.DAY: r"d|days?|দিন",
    "week": r"w|wks?|weeks?|সপ্তাহ",
    Precision.MONTH: r"m|mo|mths?|months?|মাস",
    Precision.YEAR: r"|y|yrs?|years?|বছর|বৎসর",
}
"""What may follow the number of an age."""


def whole_years(born: date | None, today: date) -> int | None:
    """The age in whole years on `today` of somebody who was `born` on a day; None if it is not known."""
    return None if born is None else whole_months(born, today) // 12


def whole_months(born: date, today: date) -> int:
    """The age in whole months on `today`."""
    return (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)


def first_day_at(born: date, precision: str, years: int) -> date:
    """The first day on which somebody may be `years` old: of whom only the year or the month of birth is known, the
    first day of that year or month counts, so that nobody decides for somebody who may be grown up."""
    earliest = {Precision.YEAR: (1, 1), Precision.MONTH: (born.month, 1)}.get(Precision(precision))
    month, day = earliest or (born.month, born.day)
    try:
        return date(born.year + years, month, day)
    except ValueError:  # who was born on a 29 February
        return date(born.year + years, 3, 1)


def born_since(years: int, today: date) -> dict[str, date]:
    """Precision → the first date of birth of those who are not yet `years` old on `today`: the same rule as
    `first_day_at`, for a query."""
    year = today.year - years
    month_after = date(year + today.month // 12, today.month % 12 + 1, 1)
    try:
        day = date(year, today.month, today.day) + timedelta(days=1)
    except ValueError:  # today is a 29 February
        day = date(year, 3, 1)
    return {Precision.YEAR: date(year + 1, 1, 1), Precision.MONTH: month_after, Precision.DAY: day}


def show_age(born: date | None, precision: str, today: date) -> str:
    """The age on `today` for people: "20 days", "7 weeks", "7 months", "4 years", "about 45 years"; empty if it is not
    known."""
    if born is None or born > today:
        return ""
    days, months = (today - born).days, whole_months(born, today)
    if days < DAYS_UNTIL and precision == Precision.DAY:
        return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    if months < WEEKS_UNTIL_MONTHS and precision == Precision.DAY:
        weeks = days // 7
        return ngettext("%(number)d week", "%(number)d weeks", weeks) % {"number": weeks}
    if months < MONTHS_UNTIL_YEARS * 12 and precision != Precision.YEAR:
        age = ngettext("%(number)d month", "%(number)d months", months) % {"number": months}
        return age if precision == Precision.DAY else _("about %(age)s") % {"age": age}
    years = months // 12
    age = ngettext("%(number)d year", "%(number)d years", years) % {"number": years}
    return _("about %(age)s") % {"age": age} if precision == Precision.YEAR else age


def show_birth(born: date, precision: str) -> str:
    """A date of birth as it is typed: `12/03/1990`, `03/1990` or `1990`."""
    if precision == Precision.DAY:
        return input_date(born)
    return f"{born:%m/%Y}" if precision == Precision.MONTH else f"{born:%Y}"


def iso_birth(born: date, precision: str) -> str:
    """A date of birth as FHIR writes it: `1990-03-12`, `1990-03` or `1990`."""
    return born.isoformat()[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(Precision(precision), 10)]


def born_in(year: int, month: int | None, today: date) -> Birth:
    """Somebody who was born in a year, or in a month of it: the middle of that time, or its part until `today`."""
    first = date(year, month or 1, 1)
    middle = first.replace(day=15) if month else first.replace(month=7)
    return Birth(middle if middle <= today else first, Precision.MONTH if month else Precision.YEAR)


def born_before(number: int, unit: str, today: date) -> Birth:
    """Somebody whose age of `number` days, weeks, months or years was told on `today`."""
    if unit in (Precision.DAY, "week"):
        return Birth(today - timedelta(days=number * (7 if unit == "week" else 1)), Precision.DAY)
    if unit == Precision.MONTH:
        at = today.year * 12 + today.month - 1 - number - (today.day < 15)
        return born_in(at // 12, at % 12 + 1, today)
    return born_in(today.year - number - ((today.month, today.day) < (7, 1)), None, today)


def read_birth(text: str, today: date) -> Birth:
    """When somebody was born, from what was typed on `today`: a date (day/month/year or ISO), a month (03/1990 or
    1990-03), a year, or an age, such as "45", "7 months" or "20 days", with digits of any script. Raises
    ValidationError with a sentence."""
    plain = re.sub(r"\s+", " ", latin_digits(text[:60])).strip().lower()
    found = _age(plain, today) or _part(plain, today) or Birth(read_date(plain))
    validate_past_day(found.day)
    if found.day > today:
        raise ValidationError(_("This date must be in the past, and not before 1900."))
    return found


def settled(born: date, precision: str, today: date) -> Birth:
    """A date and its precision, with the day that stands for the whole month or year."""
    if precision == Precision.DAY:
        return Birth(born, precision)
    return born_in(born.year, born.month if precision == Precision.MONTH else None, today)


def _age(plain: str, today: date) -> Birth | None:
    for unit, words in UNITS.items():
        match = re.fullmatch(rf"(?:about |approx\.? |প্রায় |প্রায় |~ ?)?([0-9]{{1,3}}) ?(?:{words})\.?(?: old)?", plain)
        if match:
            number = int(match[1])
            years = {Precision.DAY: 365, "week": 52, Precision.MONTH: 12}.get(unit, 1)
            if number / years > OLDEST:
                raise ValidationError(_("Enter a possible age or date of birth."))
            return born_before(number, unit, today)
    return None


def _part(plain: str, today: date) -> Birth | None:
    """A year, or a month of a year."""
    match = re.fullmatch(r"(?:([0-9]{1,2}) ?[/.-] ?)?([0-9]{4})", plain) or re.fullmatch(
        r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})", plain
    )
    if not match:
        return None
    month, year = (match["m"], match["y"]) if "m" in match.groupdict() else (match[1], match[2])
    if not FIRST_YEAR <= int(year) <= today.year or (month and not 1 <= int(month) <= 12):
        raise ValidationError(_("This date must be in the past, and not before 1900."))
    first = date(int(year), int(month) if month else 1, 1)
    if first > today:
        raise ValidationError(_("This date must be in the past, and not before 1900."))
    return born_in(first.year, first.month if month else None, today)


def last_day(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
