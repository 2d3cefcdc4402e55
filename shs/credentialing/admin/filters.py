"""Filters of the verification queue."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from shs.core.admin.screen import Screen
from shs.core.grants.held import held_by
from shs.core.labels import Label
from shs.credentialing.permissions import to_confirm
from shs.credentialing.workdays import DUE_DAYS, LATE_DAYS, working_days_before
from shs.doctors.models import DoctorInformation
from shs.doctors.models.doctor import OPEN
from shs.users.requests import UserRequest


class ReviewerFilter(DropdownFilter):
    """Cases by who has claimed them."""

    title = _("reviewer")
    parameter_name = "reviewer"

    def lookups(self, request: UserRequest, model_admin: Screen) -> list[tuple[str, Label]]:
        self.claims = held_by(DoctorInformation, "review")
        names = {str(claim.user_id): claim.user.name for claim in self.claims.values()}
        return [("none", _("Nobody")), *sorted(names.items(), key=lambda entry: entry[1])]

    def queryset(self, request: UserRequest, queryset: QuerySet[DoctorInformation]) -> QuerySet[DoctorInformation]:
        if self.value() in (None, ""):
            return queryset
        if self.value() == "none":
            return queryset.exclude(pk__in=self.claims)
        return queryset.filter(pk__in=[pk for pk, claim in self.claims.items() if str(claim.user_id) == self.value()])


class LateFilter(DropdownFilter):
    """Cases by waiting time against the targets."""

    title = _("waiting time")
    parameter_name = "late"

    def lookups(self, request: UserRequest, model_admin: Screen) -> list[tuple[str, Label]]:
        return [("late", _("late")), ("due", _("due")), ("on_time", _("on time"))]

    def queryset(self, request: UserRequest, queryset: QuerySet[DoctorInformation]) -> QuerySet[DoctorInformation]:
        now = timezone.now()
        late, due = working_days_before(now, LATE_DAYS), working_days_before(now, DUE_DAYS)
        parts = {
            "late": Q(submitted_at__lt=late),
            "due": Q(submitted_at__gte=late, submitted_at__lt=due),
            "on_time": Q(submitted_at__gte=due),
        }
        if self.value() not in parts:
            return queryset
        return queryset.filter(parts[self.value()], verification_status__in=OPEN)


class SecondPersonFilter(DropdownFilter):
    """Cases with an override that another officer has requested and this user may confirm."""

    title = _("override")
    parameter_name = "second"

    def lookups(self, request: UserRequest, model_admin: Screen) -> list[tuple[str, Label]]:
        return [("wanted", _("waiting for me as second person"))]

    def queryset(self, request: UserRequest, queryset: QuerySet[DoctorInformation]) -> QuerySet[DoctorInformation]:
        return queryset.filter(to_confirm(request.user)) if self.value() == "wanted" else queryset
