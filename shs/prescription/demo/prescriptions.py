"""Prescriptions of completed visits: checked, issued, some amended or cancelled. Each passes the services' checks
against the chart as it was at that time."""

import random
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from django.utils import timezone

from shs.appointment.demo.cases import Case, case_of
from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.core.seeding.marks import SHOWN, chance, number_of
from shs.core.seeding.stories import Step, Story, store, told
from shs.doctors.models import Clinic
from shs.medical_record.demo.signs import signs_at
from shs.medical_record.models import ConditionCode, Kind, MedicalRecord, Severity
from shs.prescription.demo.remedies import (
    BRING_ALONG,
    CANCELLED,
    COMPLETED,
    KNOWN_RISK,
    REASONS_TO_IGNORE,
    REMEDIES,
)
from shs.prescription.demo.supplies import Patient, supplied
from shs.prescription.models import (
    MedicalTest,
    Medication,
    OrderedTest,
    Prescription,
    PrescriptionLine,
    PrescriptionWarning,
    Status,
)
from shs.prescription.models.answers import Answer
from shs.prescription.models.content import LETTERS, Parties, digest_of
from shs.prescription.services import Checked, judge, parties
from shs.prescription.services.checks import amount_of
from shs.prescription.services.checks import supplied as still_taken
from shs.prescription.services.situation import is_asked, situation_of
from shs.prescription.services.substances import Catalogue

SHARE, ADVICE_SHARE = 0.9, 0.35  # share of the completed visits; of those that need advice only
UNFINISHED_SINCE, UNFINISHED = timedelta(days=2), 0.3  # share of later visits that have a draft
AMENDED_SHARE, CANCELLED_SHARE = 0.05, 0.03
LASTING_DAYS, RENEWED = 28, timedelta(days=7)  # long-term medicines are renewed so long before they end
LOW_DOSE = "acetylsalicylic acid tablet 100 mg"


class Shelf(NamedTuple):
    """The catalogues: medicines by short name, tests by name, clinics by id, titles by ICD-10 code."""

    medications: dict[str, Medication]
    tests: dict[str, MedicalTest]
    clinics: dict[int, Clinic]
    titles: dict[str, str]
    catalogue: Catalogue


class Written(NamedTuple):
    """An unsaved prescription with its rows."""

    story: Story[Prescription]
    lines: list[PrescriptionLine]
    tests: list[OrderedTest]
    warnings: list[PrescriptionWarning]


def read_shelf() -> Shelf:
    """The stored catalogues; entries that an admin has deleted are not prescribed."""
    rows = {(row.generic_name, row.form, row.strength): row for row in Medication.objects.all()}
    medications = {name: rows[remedy[:3]] for name, remedy in REMEDIES.items() if remedy[:3] in rows}
    tests = {row.name: row for row in MedicalTest.objects.all()}
    titles = dict(ConditionCode.objects.values_list("code", "title"))
    return Shelf(medications, tests, Clinic.objects.in_bulk(), titles, Catalogue())


def add_prescriptions(visits: list[Appointment], charts: dict[int, Patient], *, seed: int, now: datetime) -> int:
    """Create the prescriptions of the completed `visits` (in order of time, without prescriptions); returns their
    number, versions included."""
    if not visits:
        return 0
    shelf = read_shelf()
    first: list[Written] = []
    second: list[Written] = []
    for visit in visits:
        dice = chance(seed, "prescription", visit.number)
        if visit.status == Visit.COMPLETED and _is_prescribed(visit, dice):
            first.append(_prescribe(visit, charts[visit.patient_id], shelf, seed, dice, now))
            second += _what_followed(first[-1], charts[visit.patient_id], shelf.catalogue, dice, now)
    return _keep(first) + _keep(second)


def _is_prescribed(visit: Appointment, dice: random.Random) -> bool:
    case = case_of(visit)
    share = SHARE if case.medicines or case.tests else ADVICE_SHARE
    return dice.random() < share or number_of(visit.patient.demo_name) == SHOWN


def _keep(written: list[Written]) -> int:
    store([one.story for one in written])
    for rows, at in (("lines", 0), ("tests", 0), ("warnings", 1)):
        store(
            [
                told(row, one.story.steps[at].when, one.story.steps[at].by)
                for one in written
                for row in getattr(one, rows)
            ]
        )
    return len(written)


# --- Writing ---------------------------------------------------------------------------------------------------------


def _prescribe(
    visit: Appointment, chart: Patient, shelf: Shelf, seed: int, dice: random.Random, now: datetime
) -> Written:
    """The prescription of a visit: written during it, issued some minutes later; some of the last days are drafts."""
    begun = visit.starts_at + timedelta(minutes=dice.randint(4, 9))
    issued = visit.ends_at + timedelta(minutes=dice.randint(1, 8))
    row = _draft(visit, shelf, seed, dice)
    case = case_of(visit)
    lines = _lines(row, case, chart, shelf, begun)
    tests = [OrderedTest(prescription=row, name=name, test=shelf.tests.get(name)) for name in case.tests]
    story = Story(row, [Step(begun, visit.doctor.user, "written", {})])
    written = Written(story, lines, tests, [])
    if issued < now and not (issued > now - UNFINISHED_SINCE and dice.random() < UNFINISHED):
        named = parties(visit.doctor, shelf.clinics.get(visit.clinic_id or 0), visit.patient)
        _issue(written, chart, shelf.catalogue, named, issued)
    return written


def _draft(visit: Appointment, shelf: Shelf, seed: int, dice: random.Random) -> Prescription:
    case = case_of(visit)
    title = shelf.titles.get(case.code, "")
    asked = Answer.NO if is_asked(visit.patient, visit.starts_at) else ""
    again = timezone.localdate(visit.starts_at) + timedelta(days=dice.choice([14, 28, 28, 56]))
    return Prescription(
        appointment=visit,
        patient=visit.patient,
        doctor=visit.doctor,
        code=_code(dice),
        diagnosis=case.diagnosis or (f"{title} ({case.code})" if title else case.reason),
        symptoms=case.symptoms,
        advice=case.advice,
        follow_up_date=again if case.lasting or dice.random() < 0.3 else None,
        vital_signs=signs_at(visit, seed) if dice.random() < 0.6 else {},
        pregnancy=asked,
        breastfeeding=asked,
    )


def _code(dice: random.Random) -> str:
    return "".join(dice.choices(LETTERS, k=20))


def _lines(row: Prescription, case: Case, chart: Patient, shelf: Shelf, at: datetime) -> list[PrescriptionLine]:
    """The medicines of the case, without contraindicated ones, those that the patient still has, and those they are
    allergic to."""
    if chart.codes(at) & set(case.not_with):
        return []
    until = {supply.row: supply.until for supply in chart.taken(at)}
    found = []
    for name in case.medicines:
        medication, remedy = shelf.medications.get(name), REMEDIES[name]
        if medication is None or not _is_borne(medication, chart, shelf, at):
            continue
        enough = timezone.localdate(at + RENEWED) if remedy.days >= LASTING_DAYS else timezone.localdate(at)
        if until.get(medication.pk, enough) > enough:
            continue
        found.append(
            PrescriptionLine(
                prescription=row,
                medication=medication,
                name=str(medication),
                dosage=remedy.dosage,
                frequency=remedy.frequency,
                duration_days=remedy.days,
                instructions=remedy.instructions,
            )
        )
    return found


def _is_borne(medication: Medication, chart: Patient, shelf: Shelf, at: datetime) -> bool:
    """Whether no recorded allergy forbids it; a mild one allows low-dose aspirin."""
    allergies = chart.known(Kind.ALLERGY, at)
    if str(medication) == LOW_DOSE:
        allergies = [entry for entry in allergies if entry.severity != Severity.MILD]
    line = shelf.catalogue.substance(str(medication), medication.pk)
    found = judge([line], allergies=allergies, taken=[], is_taking_known=True, catalogue=shelf.catalogue)
    return not found.stopping


# --- Issuing, and afterwards -----------------------------------------------------------------------------------------


def _issue(written: Written, chart: Patient, catalogue: Catalogue, named: Parties, when: datetime) -> None:
    """Add the step that issues the draft: checked, with reasons for its warnings, and sealed."""
    row, steps = written.story
    checked = _check(row, written.lines, chart, catalogue, when)
    row.issued_at, row.parties = when, named
    digest = digest_of(row.content_with(written.lines, written.tests))
    row.issued_at, row.parties = None, {}
    changes = {"issued_at": when, "parties": named, "not_checked": checked.not_checked, "digest": digest}
    kept = {"status": Status.ISSUED, "checks": checked.stored(), **changes}
    steps.append(Step(when, row.doctor.user, "issued", kept))
    written.warnings.extend(
        PrescriptionWarning(
            prescription=row,
            key=found.key,
            kind=found.kind,
            rule=found.rule,
            stops=found.stops,
            medication=found.medication,
            text=found.text,
            reason=REASONS_TO_IGNORE.get(found.kind, KNOWN_RISK) if found.stops else "",
            acknowledged_by=row.doctor.user,
        )
        for found in checked.warnings
    )
    chart.supplies += [supplied(line, when) for line in written.lines]


def _check(
    row: Prescription, lines: list[PrescriptionLine], chart: Patient, catalogue: Catalogue, at: datetime
) -> Checked:
    """The findings of the checks at that time."""
    if not lines:
        return Checked([], [], [])
    noted = chart.known(Kind.MEDICATION, at)
    taken = [catalogue.substance(entry.title) for entry in noted]
    taken += [
        still_taken(catalogue.substance(supply.name, supply.row), supply.until, supply.days, at)
        for supply in chart.taken(at)
    ]
    return judge(
        [catalogue.substance(line.name, line.medication_id) for line in lines],
        allergies=chart.known(Kind.ALLERGY, at),
        taken=taken,
        is_taking_known=bool(noted),
        catalogue=catalogue,
        amounts=[amount_of(line, catalogue) for line in lines],
        situation=situation_of(row, MedicalRecord.objects.none(), chart.known(Kind.CONDITION, at), at),
    )


def _what_followed(
    written: Written, chart: Patient, catalogue: Catalogue, dice: random.Random, now: datetime
) -> list[Written]:
    """Cancel or amend a few prescriptions issued some hours before; returns the new version, if there is one."""
    row, steps = written.story
    later = steps[-1].when + timedelta(minutes=dice.randint(15, 150))
    luck = dice.random()
    if len(steps) == 1 or later >= now or luck >= AMENDED_SHARE + CANCELLED_SHARE:
        return []
    status, reason = (
        (Status.CANCELLED, dice.choice(CANCELLED)) if luck < CANCELLED_SHARE else (Status.AMENDED, COMPLETED)
    )
    issued = steps[-1].changes
    steps.append(Step(later, row.doctor.user, reason, {"status": status, "status_reason": reason}))
    chart.supplies = [supply for supply in chart.supplies if supply.issued_at != issued["issued_at"]]
    if status == Status.CANCELLED:
        return []
    version = _next_version(written, later - timedelta(minutes=5), dice)
    _issue(version, chart, catalogue, cast(Parties, issued["parties"]), later)
    return [version]


def _next_version(old: Written, begun: datetime, dice: random.Random) -> Written:
    """An amendment of `old`: the same with one more advice."""
    first = old.story.row
    row = Prescription(
        **{name: getattr(first, name) for name in Prescription.WRITTEN},
        **{name: getattr(first, name) for name in ("appointment", "patient", "doctor")},
        version=2,
        amends=first,
        original=first,
        code=_code(dice),
    )
    row.advice = f"{row.advice} {BRING_ALONG}".strip()
    lines = [PrescriptionLine(prescription=row, medication=line.medication, **line.content()) for line in old.lines]
    tests = [OrderedTest(prescription=row, test=test.test, **test.content()) for test in old.tests]
    return Written(Story(row, [Step(begun, first.doctor.user, "amendment begun", {})]), lines, tests, [])
