"""Export of visits."""

from django.db.models import QuerySet
from import_export.fields import Field

from shs.appointment.models import Appointment
from shs.core.admin.resources import Columns


class AppointmentColumns(Columns):
    """The day list; without reason and notes."""

    patient = Field("patient__name", column_name="patient")
    doctor = Field("doctor__name", column_name="doctor")
    clinic = Field("clinic__name", column_name="clinic")

    class Meta(Columns.Meta):
        model = Appointment
        fields = ("number", "serial", "starts_at", "ends_at", "patient", "doctor", "clinic", "status", "fee")
        export_order = fields

    def get_queryset(self) -> QuerySet[Appointment]:
        return super().get_queryset().select_related("patient", "doctor", "clinic")
