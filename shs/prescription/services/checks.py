"""The checks before a prescription is issued: warnings, and for each kind of check what was done. The office and the
API both call `check`; a kind that could not be checked says so."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.dates import show_date
from shs.medical_record.models import MedicalRecord
from shs.medical_record.permissions import may_read_chart
from shs.prescription.models import Prescription, PrescriptionLine, Status
from shs.prescription.models.lines import MOST_DAYS
from shs.prescription.models.lines import WarningKind as Kind
from shs.prescription.services import unclear_names
from shs.prescription.services.allergies import Allergy, classes_of, understand
from shs.prescription.services.amounts import LOCAL, Amount, Unread, amount_of_dose, daily_amount
from shs.prescription.services.circumstances import check_age, check_organs, check_pregnancy
from shs.prescription.services.classes import Pair, interacting, of_one_class
from shs.prescription.services.dose import check_doses
from shs.prescription.services.excipients import contents_of
from shs.prescription.services.findings import Checked, Finding, Line, State
from shs.prescription.services.kidney import WRITTEN
from shs.prescription.services.outcomes import Outcome, listed
from shs.prescription.services.rules import cross_reactions, interactions
from shs.prescription.services.ruleset import review_of_pairs
from shs.prescription.services.situation import Situation, situation_of
from shs.prescription.services.stopping import is_ended, moment, stops_of
from shs.prescription.services.substances import Catalogue, Substance
from shs.prescription.services.words import sequence

UNWRITTEN = Unread(gettext_lazy("what is taken each time is not written"))
NOTHING_KNOWN = Situation()
CONSIDERED = [
    MedicalRecord.Kind.ALLERGY,
    MedicalRecord.Kind.NO_ALLERGIES,
    MedicalRecord.Kind.MEDICATION,
    MedicalRecord.Kind.CONDITION,
]
"""Kinds of entries that are read: allergies first."""
RENEWED = timedelta(days=7)
"""A medicine that ends within this time is renewed: that the patient has some left does not stop."""


def check(draft: Prescription, *, now: datetime) -> Checked:
    """The warnings about the medicines of `draft`, and for each kind of check what was done."""
    catalogue = Catalogue()
    rows = [row for row in draft.lines.select_related("brand") if row.is_confirmed]
    if not rows:
        return Checked([], [], [])
    records = MedicalRecord.objects.filter(patient=draft.patient_id)
    entries = list(records.without_errors().filter(Q(kind__in=CONSIDERED) | WRITTEN))
    medicines = [entry for entry in entries if entry.kind == MedicalRecord.Kind.MEDICATION]
    return judge(
        [_written(row, catalogue) for row in rows],
        allergies=[entry for entry in entries if entry.kind in CONSIDERED[:2]],
        taken=list(_taken(draft, medicines, catalogue, now)),
        is_taking_known=bool(medicines),
        catalogue=catalogue,
        names_entries=may_read_chart(draft.doctor.user, draft.patient, now) is not None,
        amounts=[amount_of(row, catalogue) for row in rows],
        situation=situation_of(draft, records, entries, now),
    )


def _written(row: PrescriptionLine, catalogue: Catalogue) -> Substance:
    """The substance of a medicine, with what its brand lists."""
    found = catalogue.substance(row.name, row.medication_id)
    if row.brand is None:
        return found
    return found._replace(form=row.brand.form, listed=row.brand.excipients, is_strength_checked=True)


def amount_of(row: PrescriptionLine, catalogue: Catalogue) -> Amount | Unread:
    """What a medicine comes to, once and a day, by what is written, and by form and strength of the brand, or else of
    the catalogue. The dose as a pattern says more than the texts that follow from it."""
    piece = f"{row.brand.form} {row.brand.strength}" if row.brand else catalogue.pieces.get(row.medication_id or 0, "")
    piece = piece or catalogue.substance(row.name, row.medication_id).piece
    if row.dose:
        return amount_of_dose(row.dose, row.name, piece)
    return daily_amount(row.name, row.dosage, row.frequency, piece)


def judge(
    lines: list[Substance],
    *,
    allergies: list[MedicalRecord],
    taken: list[Substance],
    is_taking_known: bool,
    catalogue: Catalogue,
    names_entries: bool = True,
    amounts: list[Amount | Unread] | None = None,
    situation: Situation = NOTHING_KNOWN,
) -> Checked:
    """The findings for the medicines `lines` (at least one) of a patient with these `allergies` (or entries that there
    are none) who takes `taken`. `is_taking_known`: whether the chart records medicines from other sources. Unless it
    `names_entries`, a finding names the medicine alone: the chart is closed to whoever prescribes, and the checks still
    run over all of it. `amounts`: what each of the lines comes to; `situation`: what else is known of the patient."""
    told = _against_allergies(lines, allergies, catalogue, names_entries)
    others = _by_patient(lines, amounts or [UNWRITTEN] * len(lines), situation, names_entries)
    found = [*told.warnings, *_given_twice(lines), *_taken_already(lines, taken), *_by_pairs(lines, taken)]
    found += [warning for outcome in others.values() for warning in outcome.found]
    if not names_entries:
        found = [_concealed(one) if one.is_of_chart else one for one in found]
    warnings = list({one.key: one for one in found}.values())
    because = {Kind.ALLERGY: told.not_checked, **_not_compared(lines, taken, is_taking_known, names_entries)}
    because |= {kind: outcome.because for kind, outcome in others.items()}
    said = {Kind.ALLERGY: told.checked, **{kind: outcome.said for kind, outcome in others.items()}}
    answer = [_line(kind, warnings, because.get(kind, []), said.get(kind, "")) for kind in Kind]
    sentences = [sentence for reasons in because.values() for sentence in reasons]
    return Checked(warnings, list(dict.fromkeys(sentences)), answer)


def _by_patient(
    lines: list[Substance], amounts: list[Amount | Unread], situation: Situation, names_entries: bool
) -> dict[Kind, Outcome]:
    """The checks that depend on who the patient is."""
    local = [line for line, amount in zip(lines, amounts, strict=True) if amount is LOCAL]
    inside = [line for line in lines if line not in local]
    pregnancy, organs = check_pregnancy(inside, situation), check_organs(inside, situation)
    if local:
        left = _("Not compared, because they act only where they are applied: %(names)s.") % {
            "names": listed([line.name for line in local])
        }
        organs = organs._replace(because=[*organs.because, left])
    if not names_entries:
        closed = _("Not checked: the chart is closed to you. Ask the patient about pregnancy, kidneys and liver.")
        pregnancy, organs = pregnancy._replace(because=[closed]), organs._replace(because=[closed])
    return {
        Kind.DOSE: check_doses(lines, amounts, situation),
        Kind.PREGNANCY: pregnancy,
        Kind.KIDNEY_LIVER: organs,
        Kind.AGE: check_age(inside, situation),
    }


def _line(kind: Kind, warnings: list[Finding], because: list[str], checked: str) -> Line:
    """The line of a kind: a warning goes before what was not checked, and that before "nothing found"."""
    reasons = " ".join(because)
    if any(found.kind == kind for found in warnings):
        return Line(kind, State.WARNING, reasons)
    if because:
        return Line(kind, State.NOT_CHECKED, reasons)
    texts = {
        Kind.INTERACTION: _("Compared with %(number)s pairs; no others are known here. %(review)s")
        % {"number": len(interactions()), "review": review_of_pairs()},
        Kind.SAME_CLASS: _("Compared by ATC class (level 4)."),
    }
    return Line(kind, State.NOTHING_FOUND, checked or texts.get(kind, ""))


def _not_compared(
    lines: list[Substance], taken: list[Substance], is_taking_known: bool, names_entries: bool
) -> dict[Kind, list[str]]:
    """Kind of check → why it was not, or not wholly, done."""
    here, there = unclear_names.not_compared(lines), unclear_names.of_chart(taken, names_entries=names_entries)
    others = [] if is_taking_known else [_("Not checked: no other medicines of the patient are recorded.")]
    return {
        Kind.DUPLICATE: [*here, *unclear_names.read_as(lines)],
        Kind.ACTIVE: [*here, *others, *there],
        Kind.SAME_CLASS: [*here, *there],
        Kind.INTERACTION: [*here, *there],
    }


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
    not_checked += unclear_names.not_compared(lines) if real else []
    not_checked += [sentence for entry, allergy in real if (sentence := _excipients_unknown(entry, allergy, lines))]
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
    yield from _by_excipient(line, entry, allergy, key)
    yield from _across(line, entry, allergy, key)


def _excipients_unknown(entry: MedicalRecord, allergy: Allergy, lines: list[Substance]) -> str:
    """Why medicines could not be compared with the excipient that an allergy names."""
    unknown = [
        line.name
        for line in lines
        if allergy.excipients
        and not line.listed
        and not contents_of(line.generics, line.form, line.listed, allergy.excipients)
    ]
    if not unknown:
        return ""
    return _("“%(allergy)s” is not checked for %(names)s, because the excipients of this brand are not known.") % {
        "allergy": entry.title,
        "names": listed(unknown),
    }


def _by_excipient(line: Substance, entry: MedicalRecord, allergy: Allergy, key: str) -> Iterator[Finding]:
    """The warning of an excipient in a medicine. What is called an intolerance does not stop."""
    for found in contents_of(line.generics, line.form, line.listed, allergy.excipients)[:1]:
        text = _("%(medicine)s contains %(excipient)s; the patient has a recorded allergy to “%(allergy)s”.") % {
            "medicine": line.name,
            "excipient": found.excipient.label.shown,
            "allergy": entry.title,
        }
        if found.sources:
            text += f" ({'; '.join(source.named for source in found.sources)})"
        stops = "intoleran" not in entry.title.casefold()
        rule = f"allergy:{found.excipient.key}"
        yield Finding(f"{key}:excipient", Kind.ALLERGY, line.name, text[:1200], stops, rule, is_of_chart=True)


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
    entry = _("%(medicine)s: an entry in the patient's chart is a reason against prescribing it. Ask the patient.")
    texts = {
        Kind.ALLERGY: _(
            "%(medicine)s: an allergy in the patient's chart is a reason against prescribing it. Ask the patient."
        ),
        Kind.ACTIVE: _("%(medicine)s: the patient already takes a medicine with the same substance."),
        Kind.SAME_CLASS: _("%(medicine)s: the patient already takes a medicine of the same class."),
        Kind.INTERACTION: _("%(medicine)s: it must not be combined with a medicine that the patient takes. Ask."),
        Kind.PREGNANCY: entry,
        Kind.KIDNEY_LIVER: entry,
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
    each = [one for line in lines for one in line.each]
    for at, line in enumerate(each):
        for others, is_taken in ((each[:at], False), (taken, True)):
            for other in others:
                yield from _of_pair(Kind.SAME_CLASS, line, other, of_one_class(line, other), is_taken)
                yield from _of_pair(Kind.INTERACTION, line, other, interacting(line, other), is_taken)


def _of_pair(kind: Kind, line: Substance, other: Substance, pairs: Iterable[Pair], is_taken: bool) -> Iterator[Finding]:
    for pair in pairs:
        key = f"{pair.rule}:{_slug(line.name)[:80]}:{_slug(other.name)[:80]}"
        yield Finding(key, kind, line.name, pair.text, pair.stops, pair.rule, is_of_chart=is_taken)


def _taken(
    draft: Prescription, medicines: list[MedicalRecord], catalogue: Catalogue, now: datetime
) -> Iterator[Substance]:
    """The patient's present medicines: recorded as active, or issued for days that have not passed, without those that
    `draft` replaces, and those that it or a later prescription stops."""
    stops = stops_of(draft, catalogue)
    by_draft = [stop for stop in stops if stop.at is None]
    for entry in medicines:
        if entry.status == MedicalRecord.Status.ACTIVE:
            for noted in catalogue.substances(entry.title):
                if not is_ended(noted, None, by_draft):
                    yield noted
    issued = PrescriptionLine.objects.filter(
        prescription__patient=draft.patient_id,
        prescription__status=Status.ISSUED,
        prescription__issued_at__gt=now - timedelta(days=MOST_DAYS),
    ).exclude(prescription__in=[pk for pk in (draft.pk, draft.amends_id) if pk])
    for line in issued.select_related("prescription"):
        until = timezone.localdate(line.prescription.issued_at) + timedelta(days=line.duration_days)
        substance = catalogue.substance(line.name, line.medication_id)
        if until > timezone.localdate(now) and not is_ended(substance, moment(line.prescription), stops):
            yield supplied(substance, until, line.duration_days, now)


def supplied(substance: Substance, until: date, days: int, now: datetime) -> Substance:
    """A medicine that the patient has until a day. One that was given for longer than RENEWED and ends within it is due
    again."""
    is_due = until <= timezone.localdate(now + RENEWED) and days > RENEWED.days
    return substance._replace(ends_soon=is_due)


def _slug(name: str) -> str:
    return "-".join(sequence(name))
