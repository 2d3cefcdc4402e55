"""Values of the laboratory, for apps that come before the one that stores them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from shs.users.models import User


class Latest(NamedTuple):
    """The latest value of something, in `unit`, and the day on which it was taken. `url` is its page, `row` the key of
    the result on which it stands, for the read log."""

    value: Decimal
    unit: str
    when: date
    url: str = ""
    row: int = 0


READERS: list[Callable[[User, str], Latest | None]] = []
"""A later app appends the function that reads what it stores."""


def latest(patient: User, code: str) -> Latest | None:
    """The latest value of `patient` with the `code` of an analyte, such as "creatinine", in its SI unit (µmol/L there);
    None where none is known. Whoever shows it has asked for the right to read the chart."""
    found = [one for read in READERS if (one := read(patient, code)) is not None]
    return max(found, key=lambda one: one.when, default=None)
