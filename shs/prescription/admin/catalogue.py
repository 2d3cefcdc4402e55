"""Screens for what can be prescribed."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.removal import MergePages
from shs.core.admin.resources import Exports, Imports
from shs.core.admin.screen import Screen
from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.prescription.admin.overrides import OverridePage
from shs.prescription.medicines import UNCHECKED
from shs.prescription.models import MedicalTest, Medication
from shs.prescription.resources import MedicalTestColumns, MedicationColumns


def _unchecked(user: Member) -> Q:
    return Q(archived_at__isnull=True, source__startswith=UNCHECKED)


@admin.register(Medication)
class MedicationScreen(Imports, Exports, MergePages, OverridePage, Screen):
    """Medicines by generic name; their ATC codes connect them with allergies."""

    icon = "pill"
    stays_small = "a catalogue"
    in_quick_search = True
    empty_text = _("No medicines yet. Import the medicines that your doctors prescribe.")
    list_display = ["medicine", "drug_class", "atc_code"]
    search_fields = ["generic_name", "drug_class", "atc_code"]
    search_help_text = _("Generic name, class or ATC code")
    ordering = ["generic_name", "form", "strength"]
    resource_classes = [MedicationColumns]
    tabs = [*MergePages.tabs, Tab("unchecked", _("Strength not checked"), _unchecked)]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "generic_name",
                    ("form", "strength"),
                    ("atc_code", "drug_class"),
                    ("route", "unit"),
                    ("source", "source_year"),
                ]
            },
        )
    ]

    @display(description=_("Medicine"), header=True, ordering="generic_name")
    def medicine(self, row: Medication) -> list[str]:
        words = " ".join(part for part in (row.form, row.strength) if part)
        return [row.generic_name, words if row.is_strength_checked else f"{words} · {_('strength not checked')}"]


@admin.register(MedicalTest)
class MedicalTestScreen(Imports, Exports, MergePages, Screen):
    """Tests that a doctor can order."""

    icon = "labs"
    stays_small = "a catalogue"
    in_quick_search = True
    empty_text = _("No tests yet. Import the tests that your doctors order.")
    list_display = ["name", "loinc_code", "source"]
    search_fields = ["name", "loinc_code"]
    search_help_text = _("Name or LOINC code")
    ordering = ["name"]
    resource_classes = [MedicalTestColumns]
    fieldsets = [(None, {"fields": [("name", "loinc_code"), "source"]})]
