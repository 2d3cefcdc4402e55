"""What is checked before a prescription is issued, and what could not be checked."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from shs.medical_record.models import MedicalRecord, MedicalRecordQuerySet
from shs.prescription.models import Medication, Prescription, PrescriptionLine, PrescriptionWarning, Status
from shs.prescription.models.lines import MOST_DAYS
from shs.prescription.services.classes import SYNONYMS, classes_named, classes_of

Kind = PrescriptionWarning.Kind


class Finding(NamedTuple):
    """One warning. `key` identifies it in an acknowledgement; the same finding always has the same key."""

    key: str
    kind: str
    medication: str
    text: str


class Checked(NamedTuple):
    """The warnings, and sentences about what could not be checked."""

    warnings: list[Finding]
    not_checked: list[str]


class Substance(NamedTuple):
    """The substance of a medicine: generic names of its parts, their ATC codes, and the words of its name."""

    name: str
    generics: frozenset[str]
    codes: frozenset[str]
    words: frozenset[str]

    def same_as(self, other: "Substance") -> bool:
        """Whether both contain the same generic; for names not in the catalogue, whether the names are the same."""
        if self.generics and other.generics:
            return bool(self.generics & other.generics)
        shorter, longer = sorted((self.words, other.words), key=len)
        return bool(shorter) and shorter <= longer


class Catalogue:
    """The generic names of the catalogue with their ATC codes, read once for a check."""

    def __init__(self) -> None:
        self.codes: dict[str, set[str]] = {}
        self.of_row: dict[int, tuple[str, str]] = {}
        self.by_name: dict[str, int] = {}
        for row in Medication.objects.only("generic_name", "form", "strength", "atc_code"):
            name, code = row.generic_name, row.atc_code
            self.of_row[row.pk] = name, code
            self.by_name[" ".join(_sequence(str(row)))] = row.pk
            for part in _parts(name):
                self.codes.setdefault(part, set()).update([code] if code and part == name.lower() else [])
        self.combinations = {
            frozenset(_parts(name)): code for name, code in self.of_row.values() if code and len(_parts(name)) > 1
        }

    def substance(self, name: str, row: int | None = None) -> Substance:
        """The substance of `name`; `row` is the chosen catalogue entry, if any."""
        words = _words(name)
        if row in self.of_row:
            generic, code = self.of_row[row]
            return Substance(name, frozenset(_parts(generic)), frozenset([code] if code else []), words)
        text = f" {' '.join(_sequence(name))} "
        for other, generic in SYNONYMS.items():
            if f" {' '.join(_sequence(other))} " in text:
                text += f"{' '.join(_sequence(generic))} "
        generics = frozenset(part for part in self.codes if f" {' '.join(_sequence(part))} " in text)
        return Substance(name, generics, self._codes_of(generics), words)

    def row_of(self, name: str) -> int | None:
        """The catalogue entry of a complete name such as "amoxicillin capsule 500 mg"."""
        return self.by_name.get(" ".join(_sequence(name)))

    def _codes_of(self, generics: frozenset[str]) -> frozenset[str]:
        found = {code for part in generics for code in self.codes[part]}
        return frozenset(found | {code for parts, code in self.combinations.items() if parts <= generics})


def check(draft: Prescription, *, now: datetime) -> Checked:
    """The warnings about the medicines of `draft`, and what could not be checked."""
    catalogue = Catalogue()
    lines = [catalogue.substance(line.name, line.medication_id) for line in draft.lines.all()]
    if not lines:
        return Checked([], [])
    records = MedicalRecord.objects.filter(patient=draft.patient_id)
    return judge(
        lines,
        allergies=list(records.standing().of_kind(MedicalRecord.Kind.ALLERGY)),
        taken=[catalogue.substance(*known) for known in _taken(draft, records, now)],
        is_taking_known=records.standing().of_kind(MedicalRecord.Kind.MEDICATION).exists(),
        catalogue=catalogue,
    )


def judge(
    lines: list[Substance],
    *,
    allergies: list[MedicalRecord],
    taken: list[Substance],
    is_taking_known: bool,
    catalogue: Catalogue,
) -> Checked:
    """The findings for the medicines `lines` (at least one) of a patient with these allergies who takes `taken`.
    `is_taking_known`: whether the chart records medicines from other sources."""
    warnings, not_checked = _against_allergies(lines, allergies, catalogue)
    warnings += _given_twice(lines)
    warnings += _taken_already(lines, taken)
    if not is_taking_known:
        not_checked.append(_("Not checked: no other medicines of the patient are recorded."))
    not_checked += [
        _("Not checked: the catalogue has no drug class for %(name)s, so only its name was compared.")
        % {"name": line.name}
        for line in lines
        if not line.codes
    ]
    return Checked(list({found.key: found for found in warnings}.values()), list(dict.fromkeys(not_checked)))


def _against_allergies(
    lines: list[Substance], allergies: list[MedicalRecord], catalogue: Catalogue
) -> tuple[list[Finding], list[str]]:
    """Warnings: medicines against active allergies, by generic name and by class."""
    if not allergies:
        return [], [_("Not checked: no allergies recorded. Ask the patient.")]
    found, not_checked = [], []
    for allergy in allergies:
        if allergy.status != MedicalRecord.Status.ACTIVE:
            continue
        cause = catalogue.substance(allergy.title)
        groups = classes_named(_sequence(allergy.title)) | classes_of(cause.codes)
        if not groups and not cause.generics:
            not_checked.append(
                _("Not checked: the allergy “%(title)s” does not match any known medicine or drug class.")
                % {"title": allergy.title}
            )
        for line in lines:
            shared = {group.name for group in groups & classes_of(line.codes)}
            if line.same_as(cause) or shared:
                found.append(_allergy(line, allergy, sorted(shared)))
    return found, not_checked


def _allergy(line: Substance, allergy: MedicalRecord, classes: list[str]) -> Finding:
    text = _("%(medicine)s: the patient has a recorded allergy to “%(allergy)s”.")
    if classes:
        text = _("%(medicine)s: the patient has a recorded allergy to “%(allergy)s” (%(classes)s).")
    values = {"medicine": line.name, "allergy": allergy.title, "classes": ", ".join(classes)}
    return Finding(f"{Kind.ALLERGY}:{allergy.pk}:{_slug(line.name)}", Kind.ALLERGY, line.name, text % values)


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
            found.append(Finding(f"{Kind.DUPLICATE}:{_slug(line.name)}", Kind.DUPLICATE, line.name, text))
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
            found.append(Finding(f"{Kind.ACTIVE}:{_slug(line.name)}", Kind.ACTIVE, line.name, text))
    return found


def _taken(draft: Prescription, records: MedicalRecordQuerySet, now: datetime) -> Iterable[tuple[str, int | None]]:
    """The patient's present medicines: recorded as active, or issued for days that have not passed, without those that
    `draft` replaces."""
    for title in records.active().of_kind(MedicalRecord.Kind.MEDICATION).values_list("title", flat=True):
        yield title, None
    issued = PrescriptionLine.objects.filter(
        prescription__patient=draft.patient_id,
        prescription__status=Status.ISSUED,
        prescription__issued_at__gt=now - timedelta(days=MOST_DAYS),
    ).exclude(prescription__in=[pk for pk in (draft.pk, draft.amends_id) if pk])
    today = timezone.localdate(now)
    for line in issued.select_related("prescription"):
        if timezone.localdate(line.prescription.issued_at) + timedelta(days=line.duration_days) > today:
            yield line.name, line.medication_id


def _parts(name: str) -> list[str]:
    """The generic names of a combination: "amoxicillin + clavulanic acid" has two."""
    return [part.strip().lower() for part in name.split(" + ")]


def _sequence(text: str) -> list[str]:
    """The words of a text in order; Bangla vowel signs belong to their word."""
    return re.findall(r"[\w\u0980-\u09ff]+", text.casefold())


NOT_NAMES = re.compile(
    r"^(\d.*|mg|mcg|g|ml|iu|tab|tablet|tablets|cap|capsule|capsules|syrup|injection|inj|cream|drops|suspension|allergy|"
    r"allergic|to|and|reaction)$"
)


def _words(text: str) -> frozenset[str]:
    """The words of a text without amounts, forms and the like."""
    return frozenset(word for word in _sequence(text) if not NOT_NAMES.match(word))


def _slug(name: str) -> str:
    return "-".join(_sequence(name))
