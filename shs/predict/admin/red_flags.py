"""The screen for red flags."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from shs.core.admin.resources import Exports, Imports
from shs.core.admin.screen import Screen
from shs.predict.admin.lists import Groups, ShownInLines, shown
from shs.predict.models import RedFlag
from shs.predict.resources import RedFlagColumns


class GroupsField(Groups):
    """The groups of a rule; what a line means stands below."""

    help_line = _(
        "One group per line, with phrases separated by “|”. The rule applies if the text "
        "contains a phrase from every line."
    )


@admin.register(RedFlag)
class RedFlagScreen(ShownInLines, Imports, Exports, Screen):
    """Rules for when to call for emergency help. A change applies from the next question on; every change is kept in
    the history."""

    icon = "e911_emergency"
    stays_small = "a catalogue"
    in_quick_search = True
    empty_text = _("No red flags yet. Import the rules for when to call for emergency help.")
    list_display = ["name", "message", "source", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "slug", "message"]
    search_help_text = _("Name or message")
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
