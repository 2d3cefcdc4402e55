"""The districts of Bangladesh and their upazilas, from fixtures/districts.json, which names its source. An address
names one of these districts; its upazila may also be the thana of a city, which is no upazila."""

import json
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _


class District(NamedTuple):
    """A district, with its upazilas as pairs of Latin and Bangla name."""

    name: str
    name_bn: str
    upazilas: list[tuple[str, str]]


@cache
def districts() -> dict[str, District]:
    """Latin name → district, in order of the names."""
    path = settings.BASE_DIR / "fixtures" / "districts.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["districts"]
    return {row["name"]: District(row["name"], row["name_bn"], list(map(tuple, row["upazilas"]))) for row in rows}


def district_choices() -> list[tuple[str, str]]:
    """The districts for a select, in the active language; none is chosen first."""
    in_bangla = get_language() == "bn"
    rows = [(name, row.name_bn if in_bangla else name) for name, row in districts().items()]
    return [("", "–"), *sorted(rows, key=lambda row: row[1])]


def validate_district(value: str) -> None:
    """A district of the list, or none."""
    if value and value not in districts():
        raise ValidationError(_("Choose one of the 64 districts of Bangladesh."))
