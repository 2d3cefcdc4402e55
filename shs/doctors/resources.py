"""Columns of doctors and specializations in files."""

from typing import Any

from shs.core.admin.resources import Columns
from shs.doctors import services
from shs.doctors.models import DoctorInformation, DoctorSpecialization


class SpecializationColumns(Columns):
    """Specializations, by their short name."""

    class Meta(Columns.Meta):
        model = DoctorSpecialization
        import_id_fields = ("slug",)
        fields = ("slug", "name", "description", "source")
        export_order = fields

    def after_save_instance(self, instance: DoctorInformation, row: dict[str, Any], **kwargs: Any) -> None:
        """The rows of doctors repeat the names of their specializations."""
        services.refresh_all(DoctorInformation.objects.filter(specializations=instance))


class DoctorColumns(Columns):
    """Doctors, for export alone: a file never sets a verification."""

    class Meta(Columns.Meta):
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
