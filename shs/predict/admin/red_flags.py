"""The screen for red flags."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from shs.core.admin.resources import Exports, Imports
from shs.core.admin.screen import Screen
from shs.predict.admin.lists import Groups, ShownInLines, shown
from shs.predict.models import RedFlag
from shs.predict.resources import RedFlagColumns


class GroupsField(Groups):
    """The groups of a rule; what a line means stands below."""

    def __init__(self, **kwargs: Any) -> None:
        text = _("A group a line, its phrases between bars. The rule holds where every line has a phrase that is said.")
        super().__init__(**{**kwargs, "help_text": text})


@admin.register(RedFlag)
class RedFlagScreen(ShownInLines, Imports, Exports, Screen):
    """Rules that say when to call for help at once. A change counts from the next question on; each is kept."""

    icon = "e911_emergency"
    in_quick_search = True
    empty_text = _("Import the rules that tell when to call for help at once.")
    list_display = ["name", "message", "source", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "slug", "message"]
    search_help_text = _("Name, or what it says")
    ordering = ["name"]
    resource_classes = [RedFlagColumns]
    lists = {"groups": GroupsField}
    shown_groups = shown("groups", _("Phrases"))
    readonly_fields = ["shown_groups"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_active", "groups"]}),
        (_("What to do"), {"fields": ["message", "message_bn"]}),
        (_("Source"), {"fields": ["source"]}),
    ]
