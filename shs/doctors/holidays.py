"""The public holidays of the country, by the holidays library. They close nothing until a clinic has confirmed them."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

import holidays as library
from django.conf import settings
from django.utils.translation import get_language


class Holiday(NamedTuple):
    """A public holiday; `is_estimated`: it depends on the moon, and may be a day earlier or later."""

    day: date
    name: str
    name_bn: str
    is_estimated: bool

    @property
    def shown_name(self) -> str:
        """The name in the active language."""
        return self.name_bn if (get_language() or "").startswith("bn") else self.name


def coming(today: date) -> list[Holiday]:
    """The public holidays of the coming year, from `today` on; none without HOLIDAY_COUNTRY."""
    country = settings.HOLIDAY_COUNTRY
    if not country:
        return []
    last = date(today.year + 1, today.month, min(today.day, 28))
    found = [*_of_year(country, today.year), *_of_year(country, today.year + 1)]
    return [holiday for holiday in found if today <= holiday.day < last]


@lru_cache(maxsize=20)
def _of_year(country: str, year: int) -> list[Holiday]:
    english = _names(country, year, "en_US")
    bangla = _names(country, year, "bn") or english
    return [
        Holiday(day, _plain(name), _plain(bangla.get(day, name)), "(estimated" in name)
        for day, name in sorted(english.items())
    ]


def _names(country: str, year: int, language: str) -> dict[date, str]:
    return dict(library.country_holidays(country, years=year, language=language).items())


def _plain(name: str) -> str:
    """A name without what the library adds in brackets, such as "(estimated)"."""
    return "; ".join(part.partition(" (")[0] for part in name.split("; "))[:150]
