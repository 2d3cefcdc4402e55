"""Import and export of specializations, export of doctors."""

from collections.abc import Sequence

from shs.core.admin.resources import Columns
from shs.doctors import services
from shs.doctors.models import DoctorInformation, DoctorSpecialization


class SpecializationColumns(Columns):
    """Specializations; the slug identifies a row."""

    class Meta:
        model = DoctorSpecialization
        import_id_fields = ("slug",)
        fields = ("slug", "name", "description", "source")
        export_order = fields

    def stored(self, rows: Sequence[DoctorSpecialization]) -> None:
        """Doctors' rows hold copies of their specializations' names."""
        services.refresh_all(DoctorInformation.objects.filter(specializations__in=rows).distinct())


class DoctorColumns(Columns):
    """Doctors, export only: a file never sets a verification."""

    class Meta:
        model = DoctorInformation
        fields = (
            "license_number",
            "license_expires_on",
            "name",
            "location",
            "experience",
            "fees",
            "verification_status",
            "submitted_at",
            "decided_at",
            "rating",
            "rating_count",
        )
        export_order = fields
