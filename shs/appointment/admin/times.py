"""The steps of a visit that choose a time: moving it, and booking a follow-up."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTimeWidget

from shs.appointment import services
from shs.appointment.admin.picker import (
    Look,
    Looks,
    Picker,
    PickerField,
    PickerWidget,
    key_in,
    naming_free_times,
    read_look,
    read_slot,
    times_of,
)
from shs.appointment.admin.reception import where_to
from shs.appointment.models import LIVE, OPENING, Appointment
from shs.core.admin.forms import ClockField, DayField, validate_year
from shs.core.admin.site import office
from shs.core.admin.steps import Step, StepData, StepForm, StepPages, offered_on, step
from shs.core.caller import MemberRequest
from shs.core.labels import Label
from shs.users.models import User
from shs.users.requests import UserRequest

Day = date
"""Also where a form has a field of the name `date`."""

FOLLOW_UPS: list[Callable[[User, Appointment], date | None]] = []
"""Functions of later apps: `(user, visit)` → on which day the patient is to come again, if `user` may know it."""


def picker_of(visit: Appointment, look: Look, now: datetime) -> Picker:
    """The free slots of the doctor of a visit at its clinic."""
    times = times_of(visit.doctor_id, visit.clinic_id, now, first=look.first)
    return Picker(
        gettext("Free times of %(doctor)s") % {"doctor": visit.doctor.name},
        times.rows(),
        earlier=times.earlier(),
        later=times.later(),
        url=f"{reverse('admin:visit_slots')}?{urlencode({'visit': visit.pk})}",
    )


class SlotForm(Looks, StepForm):
    """A time of the doctor of a visit: a slot that is clicked, or date and time as they are typed, in the clinic's
    wall-clock time. Valid `data` has both."""

    chooses = False
    """Whether the first free slot is chosen when the dialog opens."""

    slot = PickerField(label=_("Free times"))
    date = DayField(
        label=_("Or another date"), required=False, widget=UnfoldAdminDateWidget, validators=[validate_year]
    )
    time = ClockField(label=_("Time"), required=False, widget=UnfoldAdminTimeWidget)

    def prepare(self) -> None:
        cast(PickerWidget, self.fields["slot"].widget).make = self._picker

    def _picker(self) -> Picker:
        look = self.look or Look(first=self.first_day())
        picker = picker_of(self.record, look, timezone.now())
        picker.chooses = self.chooses and (not self.is_bound or self.look is not None)
        return picker

    def first_day(self) -> Day | None:
        """The first day that is offered; None: today."""
        return None

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("date") or data.get("time"):
            for name, missing in (("date", _("Enter the date, too.")), ("time", _("Enter the time, too."))):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, missing)
        elif not {"date", "time"} & set(self.errors):
            at = read_slot(str(data.get("slot") or ""))
            if at is None:
                raise ValidationError(_("Choose one of the times."))
            data["date"], data["time"] = at.date(), at.time()
        return data


class MoveForm(SlotForm):
    """Another time of a visit."""

    def clean(self) -> dict[str, object]:
        data = super().clean()
        start = timezone.localtime(self.record.starts_at)
        if (data.get("date"), data.get("time")) == (start.date(), start.time()):
            raise ValidationError(_("The visit is at that time already."))
        return data


class AgainForm(SlotForm):
    """The time of the next visit: the first free one from the day on which the patient is to come again."""

    chooses = True

    def first_day(self) -> Day | None:
        asked = (ask(self.user, self.record) for ask in FOLLOW_UPS)
        return next((day for day in asked if day is not None), None)

    def consequences(self) -> Sequence[Label]:
        day = self.first_day()
        if day is None or day < timezone.localdate():
            return []
        words = {"day": day.strftime("%d/%m/%Y")}
        return [gettext("The patient is to come again on %(day)s: the times from that day on are shown.") % words]


def may_come_again(visit: Appointment) -> bool:
    """Whether the next visit can be booked from this one: it has begun, and was not cancelled or missed."""
    return visit.status in OPENING and visit.starts_at <= timezone.now()


if TYPE_CHECKING:
    Base = StepPages
else:
    Base = object


class TimeSteps(Base):
    """For the screen of visits: the steps that choose a time."""

    def offer_steps(
        self, request: MemberRequest, records: Sequence[Model], steps: Sequence[Step] | None = None
    ) -> None:
        """A doctor who also works at the desk is offered the next visit once."""
        super().offer_steps(request, records, steps)
        for record in records:
            offered = offered_on(record)
            if any(one.name == "come_again" for one in offered):
                offered[:] = [one for one in offered if one.name != "follow_up"]

    @step(
        "reschedule",
        _("Move…"),
        form=MoveForm,
        text=_("Move to another free slot of the same doctor. The current slot becomes free."),
        done=_("The visit has been moved."),
        in_list=False,
        when=lambda visit: visit.status in LIVE and timezone.now() < visit.starts_at,
    )
    def reschedule(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        now, wanted = timezone.now(), datetime.combine(data["date"], data["time"])
        with naming_free_times(visit.doctor_id, visit.clinic_id, wanted, now):
            services.reschedule(visit=visit, date=data["date"], time=data["time"], by=request.user, now=now)
        messages.info(request, where_to(visit))

    @step(
        "add",
        _("Book follow-up…"),
        form=AgainForm,
        text=_("Books the next visit to the same doctor. It is confirmed at once, and the patient is told."),
        done=_("The next visit is booked."),
        in_list=False,
        when=may_come_again,
    )
    def come_again(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        _book_again(request, visit, data)

    @step(
        "attend",
        _("Book follow-up…"),
        form=AgainForm,
        text=_("Books the next visit to you. It is confirmed at once, and the patient is told."),
        done=_("The next visit is booked."),
        in_list=False,
        when=may_come_again,
    )
    def follow_up(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        _book_again(request, visit, data)


def _book_again(request: UserRequest, visit: Appointment, data: StepData) -> None:
    now, wanted = timezone.now(), datetime.combine(data["date"], data["time"])
    crowding = services.crowding(visit.patient, visit.doctor_id, data["date"], now)
    with naming_free_times(visit.doctor_id, visit.clinic_id, wanted, now):
        booked = services.book(
            patient=visit.patient,
            doctor_id=visit.doctor_id,
            date=data["date"],
            time=data["time"],
            now=now,
            source=Appointment.Source.DESK,
            confirms=True,
        )
    messages.info(request, where_to(booked))
    if crowding:
        messages.warning(request, crowding)


def visit_slots(request: UserRequest) -> HttpResponse:
    """The picker of a dialog alone, for a visit that the user may move, as one of its buttons asks (`look`)."""
    rows = Appointment.objects.allowed(request.user, "reschedule").select_related("doctor")
    visit = get_object_or_404(rows, pk=key_in(request.GET.get("visit", "")) or 0)
    look = read_look(request.GET.get("look", ""))
    return HttpResponse(picker_of(visit, look, timezone.now()).render("slot", request.GET.get("chosen")))


office.add_page("desk/slots/visit/", visit_slots, name="visit_slots", needs="appointment.reschedule_appointment")
