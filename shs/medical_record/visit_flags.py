"""Flags on the desk board and the list of visits, shown only to the doctor of the visit: an allergy, and vital signs of
the last day that somebody has to look at."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from shs.appointment.board import Flag
from shs.appointment.models import Appointment
from shs.core.caller import Caller, Member
from shs.core.grants.table import holds, is_member
from shs.core.labels import Label
from shs.medical_record import services
from shs.medical_record.denials import denies_allergy
from shs.medical_record.models import Kind, MedicalRecord
from shs.medical_record.permissions import in_care
from shs.medical_record.readings import Reading
from shs.medical_record.sign_table import read_entry

DAY_SECONDS = 24 * 3600
FRESH = timedelta(hours=24)
"""So long vital signs are those of today's visit."""


def in_chart(user: Caller, visits: list[Appointment], now: datetime) -> dict[int, list[Flag]]:
    """Visit id → flags of the chart, for visits to `user` as a doctor whose patient is in their care: an active
    allergy, other than an entry that there is none, and the latest vital signs of the last day, if they are critical.
    One query. What they tell is logged once a day for each patient, because an automatic refresh of the board shows
    nothing new."""
    if not is_member(user) or not holds(user, "appointment.attend_appointment"):
        return {}
    mine = [visit for visit in visits if visit.doctor.user_id == user.pk]
    patients = in_care(user, now, {visit.patient_id for visit in mine}).of
    wanted = Q(kind=Kind.ALLERGY) | Q(kind=Kind.VITAL_SIGNS, recorded_at__range=(now - FRESH, now))
    rows = MedicalRecord.objects.active().filter(wanted, patient__in=patients).select_related("patient__profile")
    found: dict[int, dict[str, Flag]] = {}
    told = []
    for entry in rows.order_by("-recorded_at", "-pk"):
        if entry.kind == Kind.ALLERGY and denies_allergy(entry.title):
            continue
        flag = _flag_of(entry)
        if entry.kind not in found.setdefault(entry.patient_id, {}):  # of vital signs the latest count
            found[entry.patient_id][entry.kind] = flag
        if flag.is_danger:
            told.append(entry)
    _note(user, told, now)
    return {
        visit.pk: flags
        for visit in mine
        if (flags := [flag for flag in found.get(visit.patient_id, {}).values() if flag.is_danger])
    }


def _flag_of(entry: MedicalRecord) -> Flag:
    if entry.kind == Kind.ALLERGY:
        return Flag(_("Allergy"), is_danger=True)
    reading = read_entry(entry).reading
    return Flag(alarm_words(reading), is_danger=reading.is_alarming)


def alarm_words(reading: Reading) -> Label:
    """What is critical, such as "Critical: Oxygen saturation 70 %"; empty if nothing is."""
    score = reading.score
    return critical_words(reading, f"{score.name} {score.least}" if score and score.is_alarming else "")


def critical_words(reading: Reading, more: str = "") -> Label:
    """The critical values, and what `more` is; empty if there is nothing."""
    parts = [f"{one.sign.label} {one.value:g} {one.sign.unit_label}" for one in reading.critical[:2]]
    parts += [more] if more else []
    return format_lazy("{}: {}", _("Critical"), ", ".join(parts)) if parts else ""


def _note(user: Member, entries: list[MedicalRecord], now: datetime) -> None:
    """A line in the read log for what the flags tell, once a day."""
    if not entries:
        return
    key = f"chart-flags:{user.pk}:{timezone.localdate(now)}"
    noted = set(cache.get(key, ()))
    new = [entry for entry in entries if entry.pk not in noted]
    for kind, what in ((Kind.ALLERGY, "allergy flag"), (Kind.VITAL_SIGNS, "vital signs flag")):
        if some := [entry for entry in new if entry.kind == kind]:
            services.note_rows(user, some, what, now=now)
    if new:
        cache.set(key, sorted(noted | {entry.pk for entry in new}), DAY_SECONDS)
