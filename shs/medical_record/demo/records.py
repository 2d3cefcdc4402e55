"""Entries of the demo's charts: by patients, and by doctors at visits."""

import random
from datetime import datetime, timedelta

from shs.appointment.demo.cases import GROWN_UP, case_of
from shs.appointment.models import Appointment, Status
from shs.core.seeding.marks import SHOWN, chance, number_of
from shs.core.seeding.stories import Step, Story, store
from shs.medical_record.demo.charts import Chart
from shs.medical_record.demo.entries import ENTRIES, RETRACTED, Entry
from shs.medical_record.demo.signs import seen_at, signs_at
from shs.medical_record.models import ConditionCode, Kind, MedicalRecord, Severity, Source
from shs.medical_record.models import Status as EntryStatus
from shs.users.demo.people import age_at
from shs.users.models import User

# Entries by patients: kind, percentage of patients, days ago.
NOTED = {
    "allergies": (Kind.ALLERGY, 40, (600, 725)),
    "immunizations": (Kind.IMMUNIZATION, 75, (30, 720)),
    "procedures": (Kind.PROCEDURE, 25, (200, 720)),
    "conditions": (Kind.CONDITION, 35, (590, 725)),
    "taken": (Kind.MEDICATION, 20, (100, 720)),
    "notes": (Kind.NOTE, 20, (10, 700)),
}
MEASURED, MISTAKEN = 0.5, 0.02  # shares of adults' visits (children are always measured), and of the measurements
BETTER_AFTER = timedelta(days=10)


def add_notes(charts: dict[int, Chart], *, seed: int, now: datetime) -> int:
    """Create the patients' own entries of two years in empty charts; returns their number."""
    titles = dict(ConditionCode.objects.values_list("code", "title"))
    begun = set(MedicalRecord.history.filter(patient__in=charts).values_list("patient_id", flat=True))
    stories = [story for pk, chart in charts.items() if pk not in begun for story in _notes(chart, titles, seed, now)]
    return _keep(stories, charts)


def add_findings(visits: list[Appointment], charts: dict[int, Chart], *, seed: int, now: datetime) -> int:
    """Create the doctors' entries of the completed `visits` (in order of time); returns their number."""
    titles = dict(ConditionCode.objects.values_list("code", "title"))
    named = {(pk, code) for pk, chart in charts.items() for code in chart.codes(now)}
    stories = []
    for visit in visits:
        if visit.status != Status.COMPLETED:
            continue
        dice = chance(seed, "findings", visit.number)
        case = case_of(visit)
        if case.code in titles and (visit.patient_id, case.code) not in named:
            named.add((visit.patient_id, case.code))
            stories.append(_condition(visit, titles[case.code], dice, now))
        is_child = age_at(visit.patient, visit.starts_at.date()) < GROWN_UP
        if dice.random() < (1 if is_child else MEASURED) or number_of(visit.patient.demo_name) == SHOWN:
            stories.append(_measured(visit, seed, dice, now))
    return _keep(stories, charts)


def _keep(stories: list[Story[MedicalRecord]], charts: dict[int, Chart]) -> int:
    """Store the entries and add them to the charts."""
    rows = store(stories)
    for row in rows:
        charts[row.patient_id].entries.append(row)
    return len(rows)


# --- By patients -----------------------------------------------------------------------------------------------------


def _notes(chart: Chart, titles: dict[str, str], seed: int, now: datetime) -> list[Story[MedicalRecord]]:
    if not chart.patient.has_login:
        return []
    me = number_of(chart.patient.demo_name)
    dice = chance(seed, "notes", me)
    stories = []
    for name, (kind, share, days) in NOTED.items():
        for entry in _chosen(name, share, me, chart.patient, dice, now):
            when = now.replace(microsecond=0) - timedelta(minutes=dice.randint(days[0] * 1440, days[1] * 1440))
            stories.append(_note(chart.patient, kind, entry, titles, when, dice))
    return stories


def _chosen(name: str, share: int, me: int, patient: User, dice: random.Random, now: datetime) -> list[Entry]:
    """This patient's own entries of the kind `name`; patient 1 has some of every kind."""
    age, gender = age_at(patient, now.date()), patient.profile.gender
    fitting = [entry for entry in ENTRIES[name] if entry.suits(age - 2, gender)]
    if me == SHOWN:
        return fitting[:2]
    if not fitting or dice.random() * 100 >= share:
        return []
    return dice.sample(fitting, k=min(len(fitting), 1 + (dice.random() < 0.3)))


def _note(
    patient: User, kind: str, entry: Entry, titles: dict[str, str], when: datetime, dice: random.Random
) -> Story[MedicalRecord]:
    row = MedicalRecord(
        patient=patient,
        kind=kind,
        title=entry.title or titles.get(entry.code, entry.code),
        details=entry.details,
        severity=entry.severity,
        code_id=entry.code if entry.code in titles else None,
        onset_date=None if kind == Kind.NOTE else when.date() - timedelta(days=dice.randint(5, 300)),
        recorded_by=patient,
        source=Source.PATIENT,
        recorded_at=when,
    )
    return Story(row, [Step(when, patient, "recorded", {})])


# --- By doctors ------------------------------------------------------------------------------------------------------


def _condition(visit: Appointment, title: str, dice: random.Random, now: datetime) -> Story[MedicalRecord]:
    """The doctor's diagnoses: acute ones are resolved after some days, chronic ones are reviewed."""
    case, doctor = case_of(visit), visit.doctor.user
    when = visit.starts_at + timedelta(minutes=dice.randint(4, 9))
    ago = dice.randint(30, 200) if case.lasting else dice.randint(1, 4)
    row = MedicalRecord(
        patient=visit.patient,
        kind=Kind.CONDITION,
        title=title,
        details=case.symptoms,
        code_id=case.code,
        severity=Severity.MILD,
        onset_date=when.date() - timedelta(days=ago),
        recorded_by=doctor,
        source=Source.DOCTOR,
        recorded_at=when,
    )
    steps = [Step(when, doctor, "recorded", {})]
    later = when + (timedelta(days=dice.randint(30, 90)) if case.lasting else BETTER_AFTER)
    if later < now and not case.lasting:
        steps.append(Step(later, doctor, "resolved", {"status": EntryStatus.RESOLVED}))
    elif later < now and dice.random() < 0.2:
        steps.append(Step(later, doctor, "Worse than at first", {"severity": Severity.MODERATE}))
    return Story(row, steps)


def _measured(visit: Appointment, seed: int, dice: random.Random, now: datetime) -> Story[MedicalRecord]:
    """Vital signs of the visit; a few of them were typed into the wrong chart."""
    doctor = visit.doctor.user
    when = visit.starts_at + timedelta(minutes=dice.randint(1, 3))
    row = MedicalRecord(
        patient=visit.patient,
        kind=Kind.VITAL_SIGNS,
        title=str(Kind.VITAL_SIGNS.label),
        vital_signs=signs_at(visit, seed),
        observed=seen_at(visit, seed),
        recorded_by=doctor,
        source=Source.DOCTOR,
        recorded_at=when,
    )
    steps = [Step(when, doctor, "recorded", {})]
    noticed = when + timedelta(minutes=25)
    if dice.random() < MISTAKEN and noticed < now:
        steps.append(Step(noticed, doctor, dice.choice(RETRACTED), {"status": EntryStatus.ENTERED_IN_ERROR}))
    return Story(row, steps)
