"""The screen for codes of conditions."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from shs.core.admin.removal import ArchivePages
from shs.core.admin.resources import Exports, Imports
from shs.core.admin.screen import Screen
from shs.medical_record.models import ConditionCode
from shs.medical_record.resources import CodeColumns
from shs.users.requests import UserRequest


@admin.register(ConditionCode)
class ConditionCodeScreen(Imports, Exports, ArchivePages, Screen):
    """The codes by which conditions are recorded."""

    icon = "tag"
    stays_small = "a catalogue"
    empty_text = _("No codes yet. Import the ICD-10 codes that your clinic uses.")
    list_display = ["code", "title", "source"]
    search_fields = ["code", "title"]
    search_help_text = _("Code, or title and other names in words")
    ordering = ["code"]
    resource_classes = [CodeColumns]
    fieldsets = [(None, {"fields": ["code", "title", "other_names", "source"]})]

    def get_readonly_fields(self, request: UserRequest, obj: ConditionCode | None = None) -> list[str]:
        # Entries refer to a code by its value, so the code of a row cannot be changed.
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "code"] if obj else fields
