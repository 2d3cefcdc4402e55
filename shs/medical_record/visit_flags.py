"""Allergy flags on the desk board and the list of visits, shown only to the doctor of the visit."""

from datetime import datetime

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.board import Flag
from shs.appointment.models import Appointment
from shs.core.caller import Caller, Member
from shs.core.grants.table import holds, is_member
from shs.medical_record import services
from shs.medical_record.models import Kind, MedicalRecord
from shs.medical_record.permissions import in_care

DAY_SECONDS = 24 * 3600


def allergies(user: Caller, visits: list[Appointment], now: datetime) -> dict[int, list[Flag]]:
    """Visit id → allergy flag, for visits to `user` as a doctor whose patient is in their care and has an active
    allergy. Logged once a day for each patient, because an automatic refresh of the board shows nothing new."""
    if not is_member(user) or not holds(user, "appointment.attend_appointment"):
        return {}
    mine = [visit for visit in visits if visit.doctor.user_id == user.pk]
    patients = in_care(user, now, {visit.patient_id for visit in mine}).of
    entries = list(MedicalRecord.objects.active().of_kind(Kind.ALLERGY).filter(patient__in=patients))
    if entries:
        _note(user, entries, now)
    allergic = {entry.patient_id for entry in entries}
    flag = Flag(_("Allergy"), is_danger=True)
    return {visit.pk: [flag] for visit in mine if visit.patient_id in allergic}


def _note(user: Member, entries: list[MedicalRecord], now: datetime) -> None:
    key = f"allergy-flags:{user.pk}:{timezone.localdate(now)}"
    noted = set(cache.get(key, ()))
    new = [entry for entry in entries if entry.pk not in noted]
    if new:
        services.note_rows(user, new, "allergy flag", now=now)
        cache.set(key, sorted(noted | {entry.pk for entry in new}), DAY_SECONDS)
