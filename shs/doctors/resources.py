"""Columns of doctors and specializations in files."""

from shs.core.admin.resources import Columns
from shs.doctors import services
from shs.doctors.models import DoctorInformation, DoctorSpecialization, RegisterEntry


class SpecializationColumns(Columns):
    """Specializations, by their short name."""

    class Meta(Columns.Meta):
        model = DoctorSpecialization
        import_id_fields = ("slug",)
        fields = ("slug", "name", "description", "source")
        export_order = fields

    def after_save_instance(self, instance, row, **kwargs):
        """The rows of doctors repeat the names of their specializations."""
        services.refresh_all(DoctorInformation.objects.filter(specializations=instance))


class RegisterColumns(Columns):
    """The register of doctors, by licence number."""

    class Meta(Columns.Meta):
        model = RegisterEntry
        import_id_fields = ("license_number",)
        fields = ("license_number", "name", "degree", "standing", "valid_until", "source", "as_of")
        export_order = fields

    def before_import_row(self, row, **kwargs):
        """A licence number has one spelling, here as in the profiles."""
        row["license_number"] = str(row.get("license_number") or "").strip().upper()
        super().before_import_row(row, **kwargs)


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
