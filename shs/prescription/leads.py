"""Where visits lead their doctor: to the page on which the visit is written, while the chart is open."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import OPENING, Appointment
from shs.core.caller import Member
from shs.doctors.permissions import own_ids
from shs.medical_record.permissions import practises


def to_visits(user: Member, visits: Sequence[Model]) -> Mapping[object, str]:
    """Visit of the doctor `user` → the address of its page. No query for others, who have no visits of their own."""
    if not practises(user):
        return {}
    mine, now = own_ids(user, verified=True), timezone.now()
    begin = now + timedelta(days=settings.RECORD_ACCESS_BEFORE_DAYS)
    return {
        visit.pk: reverse("admin:visit", args=(visit.pk,))
        for visit in cast(Sequence[Appointment], visits)
        if visit.doctor_id in mine
        and visit.status in OPENING
        and visit.starts_at <= begin
        and visit.opens_until is not None
        and visit.opens_until > now
    }
