"""The dialog that announces that a doctor is late."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from shs.appointment import services
from shs.appointment.admin.board import Board
from shs.core.admin.once import Go
from shs.core.admin.site import office
from shs.doctors.models import DoctorInformation
from shs.doctors.permissions import own_profile
from shs.users.requests import UserRequest


class LateForm(forms.Form):
    """Which doctor is late, and by how much."""

    doctor = forms.TypedChoiceField(label=_("Doctor"), coerce=int, widget=UnfoldAdminSelectWidget)
    minutes = forms.IntegerField(
        label=_("Minutes late"),
        min_value=0,
        max_value=300,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Enter 0 if the doctor is on time after all."),
    )

    def __init__(self, data: object, doctors: list[DoctorInformation], chosen: DoctorInformation | None) -> None:
        super().__init__(data, initial={"doctor": chosen.pk if chosen else None})  # type: ignore[arg-type]
        self.fields["doctor"].choices = [(doctor.pk, doctor.name) for doctor in doctors]  # type: ignore[attr-defined]


def late(request: UserRequest) -> HttpResponse:
    """The dialog, also as a page; POST shifts what is expected today and tells the patients."""
    board = Board(request)
    mine = own_profile(request.user)
    doctors = [mine] if board.is_doctors_own and mine else board.doctors
    form = LateForm(request.POST if request.method == "POST" else None, doctors, board.doctor)
    back, is_dialog = board.url(board.today), request.headers.get("X-Dialog") == "1"
    if form.is_valid():
        told = services.say_late(
            doctor_id=form.cleaned_data["doctor"],
            clinic_id=board.clinic.pk if board.clinic else None,
            minutes=form.cleaned_data["minutes"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, ngettext("%d patient is told.", "%d patients are told.", told) % told)
        return Go(back) if is_dialog else HttpResponseRedirect(back)
    context = {"form": form, "back": back, "action_url": request.get_full_path(), "title": _("Doctor is late")}
    context["has_late"] = bool(board.late())
    if is_dialog:
        return render(request, "admin/appointment/late_form.html", context)
    return TemplateResponse(request, "admin/appointment/late.html", {**admin.site.each_context(request), **context})


office.add_page("desk/late/", late, name="desk_late", needs="appointment.delay_appointment")
