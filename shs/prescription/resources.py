"""Import and export of the catalogues, export of brands and prescriptions."""

from shs.core.admin.resources import Columns
from shs.prescription.models import Brand, MedicalTest, Medication, Prescription


class MedicationColumns(Columns):
    """Medicines, by generic name, form and strength."""

    class Meta:
        model = Medication
        import_id_fields = ("generic_name", "form", "strength")
        fields = (
            "generic_name",
            "form",
            "strength",
            "atc_code",
            "drug_class",
            "route",
            "unit",
            "source",
            "source_year",
        )
        export_order = fields


class BrandColumns(Columns):
    """Brands, export only: lists of them are imported as a whole."""

    class Meta:
        model = Brand
        fields = (
            *("name", "medication__generic_name", "strength", "form"),
            *("maker", "excipients", "source", "source_date"),
        )
        export_order = fields


class MedicalTestColumns(Columns):
    """Tests, by their name."""

    class Meta:
        model = MedicalTest
        import_id_fields = ("name",)
        fields = ("name", "loinc_code", "source")
        export_order = fields


class PrescriptionColumns(Columns):
    """Prescriptions, export only: clinical rows are never imported."""

    class Meta:
        model = Prescription
        fields = (
            "id",
            "appointment__number",
            "version",
            "patient",
            "doctor",
            "diagnosis",
            "status",
            "status_reason",
            "issued_at",
            "follow_up_date",
        )
        export_order = fields
