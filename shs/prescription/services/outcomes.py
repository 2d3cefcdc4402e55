"""What the check of one kind comes to, and how its warnings are made."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from shs.prescription.services.findings import Finding
from shs.prescription.services.ruleset import AVOID, Caution
from shs.prescription.services.sources import Source, review_of
from shs.prescription.services.substances import Substance
from shs.prescription.services.words import sequence


class Outcome(NamedTuple):
    """The warnings, why some of it was not checked (in sentences), and what was compared."""

    found: list[Finding]
    because: list[str]
    said: str


def listed(names: list[str]) -> str:
    """Names in a sentence, each once."""
    return ", ".join(dict.fromkeys(names))


def key_of(kind: str, rule: str, name: str) -> str:
    """The key of a warning: the same for the same medicine."""
    return f"{kind}:{rule}:{'-'.join(sequence(name))[:100]}"


def by_caution(kind: str, part: str, line: Substance, rule: Caution, about: str, *, of_chart: bool) -> Finding:
    """The warning by a rule. `about`: in which condition. One to avoid stops."""
    text = _("%(medicine)s, %(about)s: %(why)s (%(source)s)") % {
        "medicine": line.name,
        "about": about,
        "why": rule.why.shown,
        "source": rule.source.named,
    }
    name = f"{kind}:{part}-{rule.id}"
    key = key_of(kind, f"{part}-{rule.id}", line.name)
    return Finding(key, kind, line.name, text[:1200], rule.level == AVOID, name, is_of_chart=of_chart)


def compared(number: int, used: set[Source]) -> str:
    """How many rules were compared, and whether they were reviewed."""
    return f"{_('Compared with %(number)s rules.') % {'number': number}} {review_of(used)}"
