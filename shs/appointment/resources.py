"""Export of visits."""

from import_export.fields import Field

from shs.appointment.models import Appointment
from shs.core.admin.resources import Columns


class AppointmentColumns(Columns):
    """The day list; without reason and notes."""

    patient = Field("patient__name", column_name="patient")
    doctor = Field("doctor__name", column_name="doctor")
    clinic = Field("clinic__name", column_name="clinic")

    class Meta:
        model = Appointment
        fields = (
            "number",
            "serial",
            "starts_at",
            "ends_at",
            "patient",
            "doctor",
            "clinic",
            "status",
            "cancelled_by",
            "cancel_code",
            "fee",
        )
        export_order = fields
