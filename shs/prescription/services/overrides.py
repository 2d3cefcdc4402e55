"""Which warnings the doctors of the clinic override, by rule."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.prescription.models import PrescriptionWarning, SeenWarning
from shs.prescription.models.lines import WarningKind
from shs.prescription.services.rules import interactions, together

LATEST = 5000
"""The warnings that are looked at, from the latest: however many there are, it takes as long."""
CLASSES: dict[str, Label] = {
    "penicillins": _("penicillins"),
    "cephalosporins": _("cephalosporins"),
    "carbapenems": _("carbapenems"),
    "sulfonamides": _("sulfonamides"),
    "macrolides": _("macrolides"),
    "quinolones": _("quinolones"),
    "tetracyclines": _("tetracyclines"),
    "aminoglycosides": _("aminoglycosides"),
    "nitroimidazoles": _("nitroimidazoles"),
    "azole antifungals": _("azole antifungals"),
    "non-steroidal anti-inflammatory medicines": _("non-steroidal anti-inflammatory medicines"),
    "salicylates": _("salicylates"),
    "opioids": _("opioids"),
    "benzodiazepines": _("benzodiazepines"),
    "barbiturates": _("barbiturates"),
    "amide local anaesthetics": _("amide local anaesthetics"),
    "statins": _("statins"),
    "ACE inhibitors": _("ACE inhibitors"),
    "heparins": _("heparins"),
    "insulins": _("insulins"),
    "anti-inflammatory medicines (NSAIDs)": _("anti-inflammatory medicines (NSAIDs)"),
    "ACE inhibitor and angiotensin receptor blocker": _("ACE inhibitor and angiotensin receptor blocker"),
}
"""The names of classes and of pairs of classes in the rules, in the reader's language."""
REASONS = 5
"""The most reasons that are shown of a rule."""


class Overridden(NamedTuple):
    """A rule and how often it warned when something was issued. `overridden`: how many of these stopped and were
    overridden; the others came with the answer. `heeded`: how often it was shown before, and something else was issued.
    `doctors`: of how many doctors. `reasons` with how often each was given."""

    rule: str
    kind: Label
    detail: str
    shown: int
    overridden: int
    heeded: int
    doctors: int
    latest: datetime
    reasons: list[tuple[str, int]]

    @property
    def rate(self) -> int | None:
        """How often of a hundred times it was overridden, of those that stopped and were decided; None without any."""
        decided = self.overridden + self.heeded
        return round(100 * self.overridden / decided) if decided else None


class Overrides(NamedTuple):
    """The rules, those that are overridden most first, and the warnings whose reasons are shown."""

    rules: list[Overridden]
    read: list[PrescriptionWarning]


def overrides() -> Overrides:
    """What was overridden and heeded in the latest warnings of the clinic. Two queries."""
    rows = (
        PrescriptionWarning.objects.unrestricted("who may review them sees all")
        .annotate(patient_id=F("prescription__patient"), issued_at=F("prescription__issued_at"))
        .order_by("-pk")
    )
    by_rule: dict[str, list[PrescriptionWarning]] = {}
    for row in rows[:LATEST]:
        by_rule.setdefault(row.rule or row.kind, []).append(row)
    heeded = _heeded()
    found, read = [], []
    for rule, warnings in by_rule.items():
        stopped = [row for row in warnings if row.stops]
        reasons = Counter(row.reason for row in stopped).most_common(REASONS)
        given = {reason for reason, _times in reasons}
        read += [row for row in stopped if row.reason in given]
        found.append(
            Overridden(
                rule,
                warnings[0].get_kind_display(),
                _detail(rule),
                len(warnings),
                len(stopped),
                heeded.pop(rule).times if rule in heeded else 0,
                len({row.acknowledged_by_id for row in warnings}),
                vars(warnings[0])["issued_at"],
                reasons,
            )
        )
    found += [
        Overridden(rule, WarningKind(row.kind).label, _detail(rule), 0, 0, row.times, row.doctors, row.latest, [])
        for rule, row in heeded.items()
    ]
    return Overrides(sorted(found, key=lambda row: (-row.overridden, -row.shown, row.rule)), read)


class Heeded(NamedTuple):
    """How often warnings of a rule were heeded."""

    kind: str
    times: int
    doctors: int
    latest: datetime


def _heeded() -> dict[str, Heeded]:
    """Rule → how often it was heeded, of the latest that were. One query."""
    rows = SeenWarning.objects.unrestricted("who may review them sees all").filter(heeded_at__isnull=False)
    by_rule: dict[str, list[SeenWarning]] = {}
    for row in rows.order_by("-pk")[:LATEST]:
        by_rule.setdefault(row.rule or row.kind, []).append(row)
    return {rule: _counted(seen) for rule, seen in by_rule.items()}


def _counted(seen: list[SeenWarning]) -> Heeded:
    latest = max(row.heeded_at for row in seen if row.heeded_at)
    return Heeded(seen[0].kind, len(seen), len({row.shown_to_id for row in seen}), latest)


def _detail(rule: str) -> str:
    """What the rule is about, in words."""
    _kind, _colon, name = rule.partition(":")
    pairs = {
        **{f"interaction:{pair.id}": f"{_listed(pair.first)} + {_listed(pair.second)}" for pair in interactions()},
        **{f"same_class:{relation.id}": relation.name for relation in together()},
    }
    shown = pairs.get(rule, name)
    known = [shown] if shown in CLASSES else shown.split("-")
    return " – ".join(str(CLASSES[one]) for one in known) if all(one in CLASSES for one in known) else shown


def _listed(names: frozenset[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:3]) + (" …" if len(shown) > 3 else "")
