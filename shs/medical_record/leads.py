"""Where the names of patients lead doctors: to the chart, if they may read it."""

from collections.abc import Mapping, Sequence

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from shs.core.caller import Member
from shs.medical_record.permissions import bases, practises, visits_alone


def to_charts(user: Member, people: Sequence[Model]) -> Mapping[object, str]:
    """For doctors, person → the address of the chart, or of what they may read of it. Others work with accounts."""
    if not user.uses_back_office or not practises(user):
        return {}
    now = timezone.now()
    asked = {person.pk for person in people} - {user.pk}
    readable = set(bases(user, asked, now)) | set(visits_alone(user, now, asked).values())
    return {pk: reverse("admin:medical_record_medicalrecord_patient", args=(pk,)) for pk in readable & asked}
