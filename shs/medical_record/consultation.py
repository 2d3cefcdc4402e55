"""What the page of a visit shows of the patient at a glance: allergies, problems, medicines, and the last vital signs
with their course."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from shs.core.labels import Label
from shs.medical_record.denials import denies_allergy
from shs.medical_record.grades import Grading
from shs.medical_record.models import Kind, MedicalRecord, MedicalRecordQuerySet, Status
from shs.medical_record.services import Extent
from shs.medical_record.sign_table import Measured, read_entry
from shs.medical_record.vital_signs import SIGNS, Sign
from shs.users.models import User

MEASURED = 10
"""So many measurements make the course of the vital signs."""
MOST = 50
"""The most allergies, problems and medicines that are listed."""
LISTED = (Kind.ALLERGY, Kind.NO_ALLERGIES, Kind.CONDITION, Kind.MEDICATION)


class LastSign(NamedTuple):
    """The last value of a vital sign: `before` are the values before it, oldest first."""

    sign: Sign
    value: float
    at: datetime
    grade: Grading | None
    before: list[float]


class Glance(NamedTuple):
    """The patient at a glance; `ids` are the entries shown, for the read log. `latest` are the last vital signs;
    `others` the entries that were asked for beside those that are listed."""

    patient: User
    number: str
    age: Label
    sex: Label
    allergies: list[MedicalRecord]
    denied: list[MedicalRecord]
    none_known: MedicalRecord | None
    problems: list[MedicalRecord]
    medicines: list[MedicalRecord]
    signs: list[LastSign]
    latest: Measured | None
    others: list[MedicalRecord]
    ids: list[int]

    @property
    def weight(self) -> LastSign | None:
        return next((one for one in self.signs if one.sign.name == "weight_kg"), None)


def readable(patient: User, extent: Extent) -> MedicalRecordQuerySet:
    """The entries of the chart that `extent` opens, without those entered in error."""
    return extent.of(patient.medical_records.without_errors())


def glance(patient: User, extent: Extent, now: datetime, *, also: Q | None = None) -> Glance:
    """The patient at a glance, in one query; `also`: further entries."""
    rows = readable(patient, extent)
    signs = Q(pk__in=rows.of_kind(Kind.VITAL_SIGNS).values("pk")[:MEASURED])
    wanted = Q(status=Status.ACTIVE, kind__in=LISTED) | signs | (also or Q(pk__in=()))
    found = list(rows.filter(wanted).select_related("recorded_by")[: 4 * MOST + MEASURED])
    listed = [row for row in found if row.status == Status.ACTIVE and row.kind in LISTED]
    of_kind = {kind: [row for row in listed if row.kind == kind] for kind in LISTED}
    denied = [row for row in of_kind[Kind.ALLERGY] if denies_allergy(row.title)]
    allergies = [row for row in of_kind[Kind.ALLERGY] if row not in denied]
    taken = [row for row in found if row.kind == Kind.VITAL_SIGNS]
    measured = [read_entry(row, patient) for row in taken[:MEASURED]]
    profile = getattr(patient, "profile", None)
    asked = of_kind[Kind.NO_ALLERGIES]
    return Glance(
        patient=patient,
        number=patient.patient_number,
        age=profile.shown_age(patient.died_on or timezone.localdate(now)) if profile else "",
        sex=profile.get_gender_display() if profile else "",
        allergies=sorted(allergies, key=lambda row: row.title),
        denied=denied,
        none_known=asked[0] if asked and not allergies else None,
        problems=of_kind[Kind.CONDITION][:MOST],
        medicines=of_kind[Kind.MEDICATION][:MOST],
        signs=_last_signs(measured),
        latest=measured[0] if measured else None,
        others=[row for row in found if row not in listed and row not in taken],
        ids=sorted({*(row.pk for row in listed), *(one.entry.pk for one in measured)}),
    )


def _last_signs(measured: list[Measured]) -> list[LastSign]:
    found = []
    for name, sign in SIGNS.items():
        rows = [row for row in measured if name in row.signs]
        if rows:
            grade = next((one for one in rows[0].reading.grades if one.sign.name == name), None)
            before = [row.signs[name] for row in reversed(rows[1:])]
            found.append(LastSign(sign, rows[0].signs[name], rows[0].at, grade, before))
    return found
