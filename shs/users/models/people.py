"""Selecting people."""

from datetime import datetime
from typing import Generic, Self, TypeVar

from django.db import models
from django.db.models.functions import Coalesce

from shs.core.caller import Caller
from shs.core.records.models import RecordQuerySet
from shs.core.types import clean_email
from shs.users.models.role import INSIDE_OFFICE, Duty, Role
from shs.users.numbers import parse_patient_number

Found = TypeVar("Found", bound=models.Model)


class PeopleQuerySet(RecordQuerySet[Found], Generic[Found]):
    """People, with a login or without."""

    def by_email(self, email: str) -> Self:
        """The user of an e-mail address in any spelling; at most one."""
        return self.filter(email=clean_email(email))

    def themselves(self, user: Caller) -> Self:
        """The rows of `user` alone."""
        return self.filter(pk=user.pk)

    def due_back(self, now: datetime) -> Self:
        """Suspended users whose suspension has ended by `now` (aware)."""
        return self.filter(is_active=False, suspended_until__lte=now)

    def unmerged(self) -> Self:
        """Those who were not merged into another row of the same person."""
        return self.filter(merged_into__isnull=True)

    def with_number(self, text: str) -> Self:
        """The person of a patient number, as it is printed or said; at most one. The number of somebody who was merged
        leads to the row that was kept."""
        pk = parse_patient_number(text)
        if pk is None:
            return self.none()
        numbered = self.model._base_manager.filter(pk=pk).order_by()
        return self.filter(pk__in=numbered.values_list(Coalesce("merged_into", "pk"), flat=True))

    def left(self) -> Self:
        """Those who no longer work here: suspended until somebody reinstates them, or merged. Whose suspension has an
        end is expected back."""
        return self.filter(is_active=False, suspended_until__isnull=True)

    def in_office(self) -> Self:
        """Those whose account may enter the admin."""
        return self.filter(is_active=True, role__in=INSIDE_OFFICE)

    def confirmed(self) -> Self:
        """Those who have confirmed an address of theirs."""
        return self.filter(is_verified=True)

    def patients(self) -> Self:
        """The living for whom visits are booked (`may_be_patient`): patients, and staff, who are patients somewhere."""
        return self.filter(is_active=True, role__in=(Role.PATIENT, Role.STAFF), died_on__isnull=True)

    def admins(self) -> Self:
        """Active admins."""
        return self.filter(is_active=True, role=Role.ADMIN)

    def doctors(self) -> Self:
        """Active doctors, verified or not."""
        return self.filter(is_active=True, role=Role.DOCTOR)

    def auditors(self) -> Self:
        """Active staff with the duty of auditors."""
        return self.filter(is_active=True, role=Role.STAFF, groups__name=Duty.AUDIT)
