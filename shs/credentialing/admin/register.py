"""The screen for the register of doctors."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.ranges import DayRange
from shs.core.admin.resources import Exports, Imports
from shs.core.admin.screen import Screen
from shs.credentialing.models import RegisterEntry
from shs.credentialing.resources import RegisterColumns


@admin.register(RegisterEntry)
class RegisterScreen(Imports, Exports, Screen):
    """The register of doctors as the council publishes it; licences are looked up here."""

    icon = "menu_book"
    empty_text = _("Import the register published by the medical council. Licences are looked up in it.")
    list_display = ["license_number", "name", "degree", "standing_label", "valid_until", "as_of"]
    list_filter = [("standing", ChoicesDropdownFilter), ("valid_until", DayRange)]
    search_fields = ["license_number", "name"]
    search_help_text = _("Licence number or name")
    ordering = ["license_number"]
    resource_classes = [RegisterColumns]
    fieldsets = [
        (
            None,
            {"fields": [("license_number", "name"), "degree", ("standing", "valid_until"), ("source", "as_of")]},
        )
    ]

    @display(description=_("Standing"), ordering="standing")
    def standing_label(self, entry: RegisterEntry) -> str:
        state = "good" if entry.standing == RegisterEntry.Standing.GOOD else "danger"
        return format_html('<span class="shs-label shs-label-{}">{}</span>', state, entry.get_standing_display())
