"""Import and export of the register of doctors."""

from shs.core.admin.resources import Columns
from shs.credentialing.models import RegisterEntry


class RegisterColumns(Columns):
    """The register of doctors; the licence number identifies a row."""

    class Meta:
        model = RegisterEntry
        import_id_fields = ("license_number",)
        fields = ("license_number", "name", "degree", "standing", "valid_until", "source", "as_of")
        export_order = fields

    def before_import_row(self, row: dict[str, object], **kwargs: object) -> None:
        """Licence numbers are normalised as in the profiles."""
        row["license_number"] = str(row.get("license_number") or "").strip().upper()
        super().before_import_row(row, **kwargs)
