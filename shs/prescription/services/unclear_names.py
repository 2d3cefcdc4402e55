"""What is told of names that were typed: those that the catalogue does not have, and those that can mean several
brands."""

import re

from django.utils.translation import gettext as _

from shs.prescription.services.substances import Substance

NOTHING = re.compile(r"\W*(?:no|none|nil|nothing)\b|\W*কোনো", re.I)
"""An entry that says that the patient takes nothing."""


def not_compared(lines: list[Substance]) -> list[str]:
    """Why medicines could not be compared by generic and class, in sentences."""
    return [sentence for line in lines for one in line.each if (sentence := _of_line(one))]


def _of_line(line: Substance) -> str:
    if not line.is_known:
        return _("%(name)s is not checked, because the name is not in the catalogue.") % {"name": line.name}
    if line.can_be_several:
        return _("“%(name)s” can be %(brands)s: choose one of them. All were compared.") % {
            "name": line.name,
            "brands": _(" or ").join(line.brand.shown),
        }
    if not line.codes:
        return _("Not checked: the catalogue has no drug class for %(name)s, so only its name was compared.") % {
            "name": line.name
        }
    return ""


def read_as(lines: list[Substance]) -> list[str]:
    """Which brands were read from names that are not written so, in sentences."""
    return [
        _("“%(name)s” was read as %(brand)s: choose it, if it is meant.")
        % {"name": line.name, "brand": line.brand.shown[0]}
        for line in (one for several in lines for one in several.each)
        if line.brand.brands and not line.brand.is_exact and not line.can_be_several
    ]


def of_chart(taken: list[Substance], *, names_entries: bool) -> list[str]:
    """Which medicines that the patient takes could not be compared, or were read as a brand, in sentences. Unless it
    `names_entries`, none is named."""
    if not names_entries:
        if all((other.is_known or NOTHING.match(other.name)) and not other.can_be_several for other in taken):
            return []
        return [_("A medicine in the chart is not compared, because the catalogue does not have it.")]
    found = [
        _("“%(name)s” of the chart is not compared, because the name is not in the catalogue.") % {"name": other.name}
        for other in taken
        if not other.is_known and not NOTHING.match(other.name)
    ]
    known = [other for other in taken if other.is_known]
    return [*found, *not_compared([other for other in known if other.can_be_several]), *read_as(known)]
