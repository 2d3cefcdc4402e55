"""The checks before a prescription is issued: warnings, and for each kind of check what was done. Both doors ask
`check`; nothing is left out in silence."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.dates import show_date
from shs.medical_record.models import MedicalRecord, MedicalRecordQuerySet
from shs.medical_record.permissions import may_read_chart
from shs.prescription.models import Prescription, PrescriptionLine, Status
from shs.prescription.models.lines import MOST_DAYS
from shs.prescription.models.lines import WarningKind as Kind
from shs.prescription.services.allergies import Allergy, classes_of, understand
from shs.prescription.services.classes import Pair, interacting, of_one_class
from shs.prescription.services.findings import Checked, Finding, Line, State
from shs.prescription.services.rules import cross_reactions, interactions
from shs.prescription.services.substances import Catalogue, Substance, sequence

WITHOUT_RULES = (Kind.DOSE, Kind.PREGNANCY, Kind.KIDNEY_LIVER, Kind.AGE)
"""Kinds of checks for which there are no rules yet."""
RENEWED = timedelta(days=7)
"""A medicine that ends within this time is renewed: that the patient has some left does not stop."""


def check(draft: Prescription, *, now: datetime) -> Checked:
    """The warnings about the medicines of `draft`, and for each kind of check what was done."""
    catalogue = Catalogue()
    lines = [catalogue.substance(line.name, line.medication_id) for line in draft.lines.all()]
    if not lines:
        return Checked([], [], [])
    records = MedicalRecord.objects.filter(patient=draft.patient_id)
    sees_chart = may_read_chart(draft.doctor.user, draft.patient, now) is not None
    kinds = [MedicalRecord.Kind.ALLERGY, MedicalRecord.Kind.NO_ALLERGIES]
    return judge(
        lines,
        allergies=list(records.standing().filter(kind__in=kinds)),
        taken=list(_taken(draft, records, catalogue, now)),
        is_taking_known=records.standing().of_kind(MedicalRecord.Kind.MEDICATION).exists(),
        catalogue=catalogue,
        names_entries=sees_chart,
    )


def judge(
    lines: list[Substance],
    *,
    allergies: list[MedicalRecord],
    taken: list[Substance],
    is_taking_known: bool,
    catalogue: Catalogue,
    names_entries: bool = True,
) -> Checked:
    """The findings for the medicines `lines` (at least one) of a patient with these `allergies` (or entries that there
    are none) who takes `taken`. `is_taking_known`: whether the chart records medicines from other sources. Unless it
    `names_entries`, a finding names the medicine alone: the chart is closed to who prescribes, and the checks still run
    over all of it."""
    told = _against_allergies(lines, allergies, catalogue, names_entries)
    found = [*told.warnings, *_given_twice(lines), *_taken_already(lines, taken), *_by_pairs(lines, taken)]
    if not names_entries:
        found = [_concealed(one) if one.is_of_chart else one for one in found]
    warnings = list({one.key: one for one in found}.values())
    because = {Kind.ALLERGY: told.not_checked, **_not_compared(lines, is_taking_known)}
    answer = [_line(kind, warnings, because.get(kind, []), told.checked) for kind in Kind if kind not in WITHOUT_RULES]
    answer += [Line(kind, State.NOT_CHECKED, _("There are no reviewed rules for this yet.")) for kind in WITHOUT_RULES]
    sentences = [sentence for reasons in because.values() for sentence in reasons]
    sentences.append(
        _("Not checked, because there are no reviewed rules yet: %(kinds)s.")
        % {"kinds": ", ".join(str(kind.label).lower() for kind in WITHOUT_RULES)}
    )
    return Checked(warnings, list(dict.fromkeys(sentences)), answer)


def _line(kind: Kind, warnings: list[Finding], because: list[str], checked: str) -> Line:
    """The line of a kind: a warning goes before what was not checked, and that before "nothing found"."""
    reasons = " ".join(because)
    if any(found.kind == kind for found in warnings):
        return Line(kind, State.WARNING, reasons)
    if because:
        return Line(kind, State.NOT_CHECKED, reasons)
    texts = {
        Kind.ALLERGY: checked,
        Kind.INTERACTION: _("Only the %(number)s pairs of the ONC high-priority list (2012) are known here.")
        % {"number": len(interactions())},
        Kind.SAME_CLASS: _("Compared by ATC class (level 4)."),
    }
    return Line(kind, State.NOTHING_FOUND, texts.get(kind, ""))


def _not_compared(lines: list[Substance], is_taking_known: bool) -> dict[Kind, list[str]]:
    """Kind of check → why it was not, or not wholly, done."""
    nameless = [
        _("Not checked: the catalogue has no drug class for %(name)s, so only its name was compared.")
        % {"name": line.name}
        for line in lines
        if not line.codes
    ]
    others = [] if is_taking_known else [_("Not checked: no other medicines of the patient are recorded.")]
    of_names = {kind: nameless for kind in (Kind.DUPLICATE, Kind.SAME_CLASS, Kind.INTERACTION)}
    return {Kind.ACTIVE: others, **of_names}


# --- Allergies -------------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """What the allergies tell: warnings, what was not checked, and what was compared."""

    warnings: list[Finding]
    not_checked: list[str]
    checked: str


def _against_allergies(
    lines: list[Substance], entries: list[MedicalRecord], catalogue: Catalogue, names_entries: bool
) -> Told:
    """Medicines against active allergies: by generic name, by class, and across classes."""
    active = [entry for entry in entries if entry.status == MedicalRecord.Status.ACTIVE]
    none_known = [entry for entry in active if entry.kind == MedicalRecord.Kind.NO_ALLERGIES]
    understood = [
        (entry, understand(entry.title, catalogue)) for entry in active if entry.kind == MedicalRecord.Kind.ALLERGY
    ]
    found = [
        warning
        for entry, allergy in understood
        if not allergy.denies
        for line in lines
        for warning in _against(line, entry, allergy)
    ]
    none_known += [entry for entry, allergy in understood if allergy.is_none]
    real = [(entry, allergy) for entry, allergy in understood if not allergy.denies]
    if not names_entries:
        return Told(found, [_("Not checked: the chart is closed to you. Ask the patient about allergies.")], "")
    if not real and none_known:
        asked = max(entry.recorded_at for entry in none_known)
        return Told(
            found, [], _("No known allergies, asked on %(day)s.") % {"day": show_date(timezone.localdate(asked))}
        )
    if not real and len(active) == len(entries):
        return Told(found, [_("Not checked, because no allergies are recorded and nobody asked.")], "")
    not_checked = [
        _("Not checked: the allergy “%(title)s” does not match any known medicine or drug class.")
        % {"title": entry.title}
        for entry, allergy in real
        if not allergy.is_understood
    ]
    not_checked += [
        _("Not checked: the catalogue has no drug class for %(name)s, so only its name was compared.")
        % {"name": line.name}
        for line in lines
        if real and not line.codes
    ]
    return Told(found, not_checked, _("Compared with the allergies in the chart, by name and by class."))


def _against(line: Substance, entry: MedicalRecord, allergy: Allergy) -> Iterator[Finding]:
    """The warnings about one medicine and one allergy: the closest alone."""
    mine = classes_of(line.codes)
    shared = sorted(group.name for group in allergy.groups & mine)
    key = f"{Kind.ALLERGY}:{entry.pk}:{_slug(line.name)}"
    values = {"medicine": line.name, "allergy": entry.title, "classes": ", ".join(shared)}
    if line.same_as(allergy.cause) or shared:
        text = _("%(medicine)s: the patient has a recorded allergy to “%(allergy)s”.")
        if shared:
            text = _("%(medicine)s: the patient has a recorded allergy to “%(allergy)s” (%(classes)s).")
        rule = f"allergy:{shared[0]}" if shared else "allergy:same medicine"
        yield Finding(key, Kind.ALLERGY, line.name, text % values, rule=rule, is_of_chart=True)
        return
    yield from _across(line, entry, allergy, key)


def _across(line: Substance, entry: MedicalRecord, allergy: Allergy, key: str) -> Iterator[Finding]:
    """The warning of the likeliest reaction across classes."""
    named = {group.name for group in allergy.groups}
    for rule in cross_reactions():
        if rule.first in named and any(code.startswith(rule.second) for code in line.codes):
            is_likely = rule.likelihood == "raised"
            text = _("%(medicine)s: allergy to “%(allergy)s”; %(likely)s: %(because)s (%(source)s, %(year)s)") % {
                "medicine": line.name,
                "allergy": entry.title,
                "likely": _("a reaction across classes is possible") if is_likely else _("a reaction to it is rare"),
                "because": rule.because.shown,
                "source": rule.source,
                "year": rule.year,
            }
            stops = is_likely or entry.severity == MedicalRecord.Severity.SEVERE
            yield Finding(key, Kind.ALLERGY, line.name, text, stops, f"allergy:{rule.id}", is_of_chart=True)
            return


def _concealed(found: Finding) -> Finding:
    """A finding that names the medicine, and not the entry of the chart."""
    texts = {
        Kind.ALLERGY: _("%(medicine)s: an allergy in the patient's chart speaks against it. Ask the patient."),
        Kind.ACTIVE: _("%(medicine)s: the patient already takes a medicine with the same substance."),
        Kind.SAME_CLASS: _("%(medicine)s: the patient already takes a medicine of the same class."),
        Kind.INTERACTION: _("%(medicine)s: it must not be combined with a medicine that the patient takes. Ask."),
    }
    key = f"{found.kind}:{_slug(found.medication)}"
    text = texts[Kind(found.kind)] % {"medicine": found.medication}
    return found._replace(key=key, text=text, rule=str(found.kind))


# --- Medicines against each other ------------------------------------------------------------------------------------


def _given_twice(lines: list[Substance]) -> list[Finding]:
    """Warnings: medicines that are on the prescription twice."""
    found = []
    for at, line in enumerate(lines):
        earlier = next((other for other in lines[:at] if line.same_as(other)), None)
        if earlier is not None:
            shared = ", ".join(sorted(line.generics & earlier.generics)) or line.name
            text = _("%(medicine)s: %(generic)s is on this prescription twice.") % {
                "medicine": line.name,
                "generic": shared,
            }
            key = f"{Kind.DUPLICATE}:{_slug(line.name)}"
            found.append(Finding(key, Kind.DUPLICATE, line.name, text, rule=Kind.DUPLICATE))
    return found


def _taken_already(lines: list[Substance], taken: list[Substance]) -> list[Finding]:
    """Warnings: medicines that the patient takes already."""
    found = []
    for line in lines:
        other = next((known for known in taken if line.same_as(known)), None)
        if other is not None:
            text = _("%(medicine)s: the patient already takes %(other)s.") % {
                "medicine": line.name,
                "other": other.name,
            }
            key = f"{Kind.ACTIVE}:{_slug(line.name)}"
            stops = not all(known.ends_soon for known in taken if line.same_as(known))
            found.append(Finding(key, Kind.ACTIVE, line.name, text, stops, Kind.ACTIVE, is_of_chart=True))
    return found


def _by_pairs(lines: list[Substance], taken: list[Substance]) -> Iterator[Finding]:
    """Warnings: two medicines of one class, or that interact; on the prescription, or one that the patient takes."""
    for at, line in enumerate(lines):
        for others, is_taken in ((lines[:at], False), (taken, True)):
            for other in others:
                yield from _of_pair(Kind.SAME_CLASS, line, other, of_one_class(line, other), is_taken)
                yield from _of_pair(Kind.INTERACTION, line, other, interacting(line, other), is_taken)


def _of_pair(kind: Kind, line: Substance, other: Substance, pairs: Iterable[Pair], is_taken: bool) -> Iterator[Finding]:
    for pair in pairs:
        key = f"{pair.rule}:{_slug(line.name)[:80]}:{_slug(other.name)[:80]}"
        yield Finding(key, kind, line.name, pair.text, pair.stops, pair.rule, is_of_chart=is_taken)


def _taken(
    draft: Prescription, records: MedicalRecordQuerySet, catalogue: Catalogue, now: datetime
) -> Iterator[Substance]:
    """The patient's present medicines: recorded as active, or issued for days that have not passed, without those that
    `draft` replaces."""
    for title in records.active().of_kind(MedicalRecord.Kind.MEDICATION).values_list("title", flat=True):
        yield catalogue.substance(title)
    issued = PrescriptionLine.objects.filter(
        prescription__patient=draft.patient_id,
        prescription__status=Status.ISSUED,
        prescription__issued_at__gt=now - timedelta(days=MOST_DAYS),
    ).exclude(prescription__in=[pk for pk in (draft.pk, draft.amends_id) if pk])
    for line in issued.select_related("prescription"):
        until = timezone.localdate(line.prescription.issued_at) + timedelta(days=line.duration_days)
        if until > timezone.localdate(now):
            yield supplied(catalogue.substance(line.name, line.medication_id), until, line.duration_days, now)


def supplied(substance: Substance, until: date, days: int, now: datetime) -> Substance:
    """A medicine that the patient has until a day. One that was given for longer than RENEWED and ends within it is due
    again."""
    is_due = until <= timezone.localdate(now + RENEWED) and days > RENEWED.days
    return substance._replace(ends_soon=is_due)


def _slug(name: str) -> str:
    return "-".join(sequence(name))
