"""The screen for clinics: the planner stands before one that closes."""

from django.contrib import admin
from django.forms import ModelForm
from django.utils import timezone

from shs.appointment import services
from shs.appointment.admin.hours import Planned
from shs.appointment.admin.plan import carry_out
from shs.doctors.admin.clinics import ClinicScreen
from shs.doctors.models import Clinic, DoctorInformation
from shs.doctors.services import refresh_all
from shs.users.requests import UserRequest


@admin.register(Clinic)
class PlannedClinicScreen(Planned, ClinicScreen):
    """Clinics and their desk staff."""

    def save_model(self, request: UserRequest, obj: Clinic, form: "ModelForm[Clinic]", change: bool) -> None:
        before = Clinic.objects.unrestricted("the row of the form, as stored").filter(pk=obj.pk).first()
        if before is None or before.is_active == obj.is_active:
            super().save_model(request, obj, form, change)
            return
        save = super().save_model

        def store() -> None:
            save(request, obj, form, change)
            doctors = DoctorInformation.objects.unrestricted("what follows from the change")
            refresh_all(doctors.filter(clinics=obj))  # on which weekdays they can be found

        if obj.is_active:
            store()
            services.look_again_at_clinic(obj.pk, timezone.now())
        else:
            carry_out(request, services.closed_for_good(obj.pk), store)
