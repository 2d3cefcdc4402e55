"""Screens for working hours and time off: a change that affects booked visits first shows what happens to them."""

from datetime import datetime
from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalChanges

from shs.appointment import services
from shs.appointment.admin.holidays import close
from shs.appointment.admin.plan import PlanNeeded, carry_out, show
from shs.core.admin.base import Context
from shs.core.admin.restoring import Restored
from shs.core.admin.screen import Screen
from shs.core.records.models import Record
from shs.doctors.admin.hours import (
    AvailabilityScreen,
    BlockForms,
    ClosedDayScreen,
    HoursPeriodScreen,
    TimeOffScreen,
)
from shs.doctors.models import ClosedDay, DoctorAvailability, HoursPeriod, TimeOff
from shs.doctors.permissions import own_profile
from shs.users.requests import UserRequest


class Planned(Screen):
    """Mixin: the answer to a form whose rows hit visits is the planner, which posts the form again."""

    def changeform_view(
        self,
        request: UserRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except PlanNeeded as needed:
            return self._plan(request, needed)

    def delete_view(self, request: UserRequest, object_id: str, extra_context: Context | None = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except PlanNeeded as needed:
            return self._plan(request, needed)

    def restore_version(
        self, request: UserRequest, row: Record, version: "HistoricalChanges"
    ) -> HttpResponse | Restored | None:
        try:
            return super().restore_version(request, row, version)
        except PlanNeeded as needed:
            return self._plan(request, needed)

    def _plan(self, request: UserRequest, needed: PlanNeeded) -> HttpResponse:
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return show(request, needed.outage, action=request.get_full_path(), back=back, error=needed.error)


@admin.register(DoctorAvailability)
class PlannedHoursScreen(Planned, AvailabilityScreen):
    """Weekly working hours."""

    def save_model(
        self, request: UserRequest, obj: DoctorAvailability, form: "ModelForm[DoctorAvailability]", change: bool
    ) -> None:
        before = DoctorAvailability.objects.unrestricted("the row of the form, as stored").filter(pk=obj.pk).first()
        others = [block for block in DoctorAvailability.of_doctor(obj.doctor_id) if block.pk != obj.pk]
        outage = services.other_hours(obj.doctor, [*others, obj])
        save = super().save_model
        carry_out(request, outage, lambda: save(request, obj, form, change))
        if before is not None and before.doctor_id != obj.doctor_id:
            services.look_again(before.doctor_id, timezone.now())

    def delete_model(self, request: UserRequest, obj: DoctorAvailability) -> None:
        others = [block for block in DoctorAvailability.of_doctor(obj.doctor_id) if block.pk != obj.pk]
        remove = super().delete_model
        carry_out(request, services.other_hours(obj.doctor, others), lambda: remove(request, obj))

    def undo_deletion(self, request: UserRequest, pk: str) -> DoctorAvailability:
        row = super().undo_deletion(request, pk)
        services.look_again(row.doctor_id, timezone.now())
        return row


def _instant(words: str) -> datetime | None:
    """An aware instant in ISO format; None for anything else."""
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        return None
    return at if timezone.is_aware(at) else None


@admin.register(HoursPeriod)
class PlannedPeriodScreen(Planned, HoursPeriodScreen):
    """Hours of a period or of a single day. The period and its blocks are stored together, after the planner."""

    def save_model(self, request: UserRequest, obj: HoursPeriod, form: "ModelForm[HoursPeriod]", change: bool) -> None:
        """Stored by `save_related`, which knows the blocks too."""

    def save_related(
        self,
        request: UserRequest,
        form: "ModelForm[HoursPeriod]",
        formsets: list[BlockForms],
        change: bool,
    ) -> None:
        period = form.instance
        before = HoursPeriod.objects.unrestricted("the row of the form, as stored").filter(pk=period.pk).first()
        blocks = [block for formset in formsets for block in formset.kept()]
        save, relate = super().save_model, super().save_related

        def store() -> None:
            save(request, period, form, change)
            relate(request, form, formsets, change)

        carry_out(request, services.other_period(period, blocks), store)
        if before is not None and before.doctor_id != period.doctor_id:
            services.look_again(before.doctor_id, timezone.now())

    def delete_model(self, request: UserRequest, obj: Model) -> None:
        period, remove = cast(HoursPeriod, obj), super().delete_model
        carry_out(request, services.other_period(period, None), lambda: remove(request, period))

    def undo_deletion(self, request: UserRequest, pk: str) -> HoursPeriod:
        row = cast(HoursPeriod, super().undo_deletion(request, pk))
        services.look_again(row.doctor_id, timezone.now())
        return row


@admin.register(ClosedDay)
class PlannedClosedDayScreen(Planned, ClosedDayScreen):
    """Closed days of the clinics."""

    def save_model(self, request: UserRequest, obj: ClosedDay, form: "ModelForm[ClosedDay]", change: bool) -> None:
        before = ClosedDay.objects.unrestricted("the row of the form, as stored").filter(pk=obj.pk).first()
        save = super().save_model
        close(request, obj.clinic_id, [obj] if obj.closes else [], lambda: save(request, obj, form, change))
        if before is not None:
            services.open_again(day=before, store=lambda: None, now=timezone.now())

    def delete_model(self, request: UserRequest, obj: Model) -> None:
        remove = super().delete_model
        services.open_again(day=cast(ClosedDay, obj), store=lambda: remove(request, obj), now=timezone.now())

    def undo_deletion(self, request: UserRequest, pk: str) -> ClosedDay:
        row = cast(ClosedDay, super().undo_deletion(request, pk))
        services.find_without_doctor(now=timezone.now())
        return row


@admin.register(TimeOff)
class PlannedTimeOffScreen(Planned, TimeOffScreen):
    """Doctors' time off. Doctors add their own."""

    def get_changeform_initial_data(self, request: UserRequest) -> dict[str, object]:
        mine = own_profile(request.user)
        initial: dict[str, object] = dict(super().get_changeform_initial_data(request))
        for name in ("starts_at", "ends_at"):  # of chosen visits
            if (at := _instant(str(initial.pop(name, "")))) is not None:
                initial[name] = at
        return {**initial, "doctor": mine.pk} if mine else initial

    def save_model(self, request: UserRequest, obj: TimeOff, form: "ModelForm[TimeOff]", change: bool) -> None:
        before = TimeOff.objects.unrestricted("the row of the form, as stored").filter(pk=obj.pk).first()
        outage = services.leave(obj.doctor, obj.starts_at, obj.ends_at)
        save = super().save_model
        carry_out(request, outage, lambda: save(request, obj, form, change))
        if before is not None and before.doctor_id != obj.doctor_id:
            services.look_again(before.doctor_id, timezone.now())

    def delete_model(self, request: UserRequest, obj: Model) -> None:
        doctor_id = cast(TimeOff, obj).doctor_id
        super().delete_model(request, obj)
        services.look_again(doctor_id, timezone.now())

    def undo_deletion(self, request: UserRequest, pk: str) -> TimeOff:
        row = cast(TimeOff, super().undo_deletion(request, pk))
        services.look_again(row.doctor_id, timezone.now())
        return row
