"""The screen for clinics: closing one first shows what happens to its visits."""

from django.contrib import admin
from django.forms import ModelForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment import services
from shs.appointment.admin.hours import Planned
from shs.appointment.admin.plan import carry_out
from shs.doctors.admin.clinics import ClinicForm, ClinicScreen
from shs.doctors.models import Clinic, DoctorInformation
from shs.doctors.services import refresh_all
from shs.users.requests import UserRequest


class ClosingForm(ClinicForm):
    """A clinic; a new logo is not chosen while its booked visits are decided about, since the planner posts the texts
    of the form again, and no files."""

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        closes = bool(self.instance.pk) and self.initial.get("is_active") and not data.get("is_active")
        is_new = "logo" in self.changed_data
        if closes and is_new and services.closed_for_good(self.instance.pk).hit(timezone.now()):
            words = _("Save the new logo first, on its own: a change that affects booked visits cannot upload a file.")
            self.add_error("logo", words)
        return data


@admin.register(Clinic)
class PlannedClinicScreen(Planned, ClinicScreen):
    """Clinics and their desk staff."""

    form = ClosingForm

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
