"""Screens for working hours and time off."""

from datetime import timedelta
from typing import cast

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.forms import BaseInlineFormSet, ModelForm, TypedChoiceField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.changelist import RelatedFilter
from shs.core.admin.inlines import StackedInline
from shs.core.admin.ranges import DayRange, TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.tabs import Tab
from shs.core.dates import midnight
from shs.core.labels import Label
from shs.core.records.constraints import in_week, meet_in_week
from shs.doctors import services
from shs.doctors.models import ClosedDay, DoctorAvailability, HoursPeriod, PeriodBlock, Weekday
from shs.doctors.models.hours import place
from shs.users.models import User
from shs.users.requests import UserRequest


class AvailabilityScreen(Screen):
    """Weekly working hours. `shs.appointment` extends this screen with the visits that a change hits, and registers
    it."""

    icon = "schedule"
    empty_text = _("Without working hours a doctor cannot be booked. Add them here.")
    list_display = ["doctor", "day", "hours", "slot_minutes", "by_serial", "clinic"]
    list_filter = [("weekday", ChoicesDropdownFilter)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "clinic"]
    autocomplete_fields = ["doctor"]
    ordering = ["doctor", "weekday", "start"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("doctor", "clinic"),
                    "weekday",
                    ("start", "end"),
                    ("slot_minutes", "buffer_minutes"),
                    "capacity",
                ]
            },
        )
    ]

    def save_model(
        self, request: UserRequest, obj: DoctorAvailability, form: "ModelForm[DoctorAvailability]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        services.refresh_derived(obj.doctor)

    def delete_model(self, request: UserRequest, obj: DoctorAvailability) -> None:
        super().delete_model(request, obj)
        services.refresh_derived(obj.doctor)

    def undo_deletion(self, request: UserRequest, pk: str) -> DoctorAvailability:
        row = cast(DoctorAvailability, super().undo_deletion(request, pk))
        services.refresh_derived(row.doctor)
        return row

    @display(description=_("Day"), ordering="weekday")
    def day(self, block: DoctorAvailability) -> str:
        return block.get_weekday_display()

    @display(description=_("Hours"), ordering="start")
    def hours(self, block: DoctorAvailability) -> str:
        return f"{block.start:%H:%M}–{block.end:%H:%M}"

    @display(description=_("By serial"), ordering="capacity")
    def by_serial(self, block: DoctorAvailability) -> str:
        if block.capacity is None:
            return "–"
        return ngettext("%d patient", "%d patients", block.capacity) % block.capacity


class BlockForms(BaseInlineFormSet):  # type: ignore[type-arg]  # takes none when it runs
    """The blocks of a period: on its weekdays, at the doctor's clinics, and without overlaps among each other."""

    def add_fields(self, form: "ModelForm[PeriodBlock]", index: int | None) -> None:
        super().add_fields(form, index)
        weekday = cast(TypedChoiceField, form.fields["weekday"])
        weekday.required, weekday.empty_value = False, None
        weekday.choices = [("", _("on that day")), *Weekday.choices]

    def _construct_form(self, i: int, **kwargs: object) -> "ModelForm[PeriodBlock]":
        form = cast("ModelForm[PeriodBlock]", super()._construct_form(i, **kwargs))
        form.instance.period = self.instance  # its rules ask for the doctor and the days
        return form

    def kept(self) -> list[PeriodBlock]:
        """The blocks as they will be."""
        deleted = set(self.deleted_forms)
        return [
            form.instance
            for form in self.forms
            if form not in deleted and (form.instance.pk or form.has_changed()) and form.is_valid()
        ]

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or self.instance.first is None or self.instance.last is None:
            return
        clinics: set[int] = set()
        if self.instance.doctor_id:
            clinics = set(self.instance.doctor.clinics.values_list("pk", flat=True))
        before: list[PeriodBlock] = []
        for block in self.kept():
            weekday: int | None = block.weekday
            if weekday is None and self.instance.first == self.instance.last:
                block.weekday = weekday = self.instance.first.weekday()
            if weekday is None:
                raise ValidationError(_("Choose the weekday of each of the working hours."))
            if block.weekday not in self.instance.weekdays():
                raise ValidationError(_("This weekday does not occur in the period."))
            if not place(block, clinics):
                raise ValidationError(_("The doctor does not work at this clinic."))
            mine = in_week(block.weekday, block.start, block.end)
            if any(meet_in_week(mine, in_week(other.weekday, other.start, other.end)) for other in before):
                raise ValidationError(_("These working hours overlap others of the same day."))
            before.append(block)


class PeriodBlocks(StackedInline):
    """The working hours in a period."""

    model = PeriodBlock
    formset = BlockForms
    extra = 1
    fields = [("weekday", "clinic"), ("start", "end"), ("slot_minutes", "buffer_minutes"), "capacity"]
    verbose_name_plural = _("working hours in this period, instead of the weekly ones (none: the doctor does not work)")


class HoursPeriodScreen(Screen):
    """Hours of a period or of a single day; extended and registered like the hours."""

    icon = "calendar_month"
    empty_text = _("No temporary hours are planned. Add those for Ramadan, or for a single day.")
    list_display = ["doctor", "first", "last", "reason", "hours"]
    list_filter = [("first", DayRange)]
    search_fields = ["doctor__name", "reason"]
    list_select_related = ["doctor"]
    autocomplete_fields = ["doctor"]
    ordering = ["-first", "-pk"]
    inlines = [PeriodBlocks]
    tabs = [
        Tab("coming", _("Current and upcoming"), lambda user: Q(last__gte=timezone.localdate())),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [(None, {"fields": ["doctor", ("first", "last"), "reason"]})]

    def get_queryset(self, request: UserRequest) -> QuerySet[HoursPeriod]:
        return super().get_queryset(request).prefetch_related("blocks")

    @display(description=_("Hours"))
    def hours(self, period: HoursPeriod) -> Label:
        blocks = period.blocks.all()
        if period.first != period.last:
            return "; ".join(str(block) for block in blocks) or _("does not work")
        return "; ".join(f"{block.start:%H:%M}–{block.end:%H:%M}" for block in blocks) or _("does not work")


class ClosedDayScreen(Screen):
    """Closed days of the clinics; extended and registered like the hours."""

    icon = "event_busy"
    empty_text = _("No closed days. Public holidays are suggested under “Public holidays”.")
    list_display = ["clinic", "first", "last", "shown_reason", "closes"]
    list_filter = [("first", DayRange), ("clinic", RelatedFilter)]
    search_fields = ["clinic__name", "reason", "reason_bn"]
    list_select_related = ["clinic"]
    ordering = ["-first", "-pk"]
    tabs = [
        Tab("coming", _("Current and upcoming"), lambda user: Q(last__gte=timezone.localdate())),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [(None, {"fields": ["clinic", ("first", "last"), ("reason", "reason_bn"), "closes"]})]

    @display(description=_("Reason"))
    def shown_reason(self, day: ClosedDay) -> str:
        return day.shown_reason


def away_today(user: User) -> Q:
    """Time off that overlaps today, in the clinic's zone."""
    start = midnight(timezone.localdate())
    return Q(starts_at__lt=start + timedelta(days=1), ends_at__gt=start)


class TimeOffScreen(Screen):
    """Doctors' time off; extended and registered like the hours."""

    icon = "event_busy"
    empty_text = _("No time off is planned.")
    list_display = ["doctor", "starts_at", "ends_at", "reason"]
    list_filter = [("starts_at", TimeRange)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor"]
    autocomplete_fields = ["doctor"]
    ordering = ["-starts_at"]
    tabs = [
        Tab("coming", _("Current and upcoming"), lambda user: Q(ends_at__gt=timezone.now())),
        Tab("today", _("Away today"), away_today),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [(None, {"fields": ["doctor", ("starts_at", "ends_at"), "reason"]})]
