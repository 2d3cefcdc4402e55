"""What was read for the rules: organisation, document, year, the day of reading, and who reviewed them."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from shs.prescription.services.files import read


class Source(NamedTuple):
    """A document that was read on the day `read`, `through` another place unless it is empty. `reviewed_by`: the
    clinician who checked the rules against it, if any."""

    key: str
    organisation: str
    document: str
    year: int
    read: date
    through: str = ""
    reviewed_by: str = ""

    @property
    def named(self) -> str:
        """As an answer names it."""
        return f"{self.organisation}, {self.document}, {self.year}"


@cache
def sources() -> dict[str, Source]:
    """Key → source, of sources.toml and sources_2.toml."""
    rows = {**read("sources"), **read("sources_2")}
    return {key: _source(key, row) for key, row in rows.items() if isinstance(row, dict)}


def _source(key: str, row: Mapping[str, object]) -> Source:
    day = row["read"]
    if not isinstance(day, date):
        raise TypeError(f"{key}: read is not a date.")
    words = {name: str(row.get(name, "")) for name in ("organisation", "document", "through", "reviewed_by")}
    if not words["organisation"] or not words["document"]:
        raise ValueError(f"{key} names no organisation or document.")
    return Source(key, words["organisation"], words["document"], int(str(row["year"])), day, *list(words.values())[2:])


def review_of(used: set[Source]) -> str:
    """Whether clinicians reviewed the rules of these sources, as a sentence."""
    reviewed = sorted({source.reviewed_by for source in used if source.reviewed_by})
    if used and all(source.reviewed_by for source in used):
        return _("Reviewed by %(names)s.") % {"names": ", ".join(reviewed)}
    return _("The rules are not reviewed by a clinician.")
