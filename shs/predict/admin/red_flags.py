"""The screen for red flags."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.predict.admin.by_two import ByTwo
from shs.predict.admin.lists import Groups, Lines, ShownInLines, shown
from shs.predict.models import RedFlag, WordList
from shs.predict.resources import RedFlagColumns, WordListColumns


class GroupsField(Groups):
    """The field with the groups of a rule; its help text explains the meaning of a line."""

    help_line = _(
        "One group per line, with phrases separated by “|”. The rule applies if the text contains a phrase from every "
        "line. “{chest}” stands for every word of the word list “chest”, and “{#160-300}” for a number. With “{i}” the "
        "sentence must speak of a person. A phrase that begins with “=” is found by exactly these words, one "
        "after another."
    )


@admin.register(RedFlag)
class RedFlagScreen(ShownInLines, ByTwo, Exports, Screen):
    """Rules for when to call for emergency help. A change waits for a second clinician, and is kept in the
    history."""

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
        (_("What to do"), {"fields": ["message", "message_bn", "shows_hotline"]}),
        (_("Source"), {"fields": ["source"]}),
    ]


@admin.register(WordList)
class WordListScreen(ShownInLines, ByTwo, Exports, Screen):
    """Words that mean the same in the phrases of red flags, in English, Bangla and romanised Bangla."""

    icon = "dictionary"
    stays_small = "a catalogue"
    empty_text = _("No word lists yet. Import the words for the rules of red flags.")
    list_display = ["slug", "some_words", "reviewed_by", "reviewed_on"]
    search_fields = ["slug"]
    search_help_text = _("Short name")
    ordering = ["slug"]
    resource_classes = [WordListColumns]
    lists = {"words": Lines}
    shown_words = shown("words", _("Words"))
    readonly_fields = ["shown_words"]
    fieldsets = [
        (None, {"fields": ["slug", "is_active", "words"]}),
        (pgettext_lazy("check", "Review"), {"fields": [("reviewed_by", "reviewed_on")]}),
    ]

    @display(description=_("Words"))
    def some_words(self, row: WordList) -> str:
        return ", ".join(row.words[:6])
