"""The screen for symptoms and the words for them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.predict.admin.by_two import ByTwo
from shs.predict.admin.lists import Lines, ShownInLines, shown
from shs.predict.models import Symptom
from shs.predict.resources import SymptomColumns


@admin.register(Symptom)
class SymptomScreen(ShownInLines, ByTwo, Exports, Screen):
    """Symptoms, with the words in which patients say them. A change of words waits for a second clinician."""

    icon = "sick"
    stays_small = "a catalogue"
    in_quick_search = True
    empty_text = _("No symptoms yet. Import the symptoms that patients can report.")
    list_display = ["name", "name_bn", "words"]
    search_fields = ["name", "name_bn", "slug"]
    search_help_text = _("Name, in English or in Bangla")
    ordering = ["name"]
    resource_classes = [SymptomColumns]
    lists = {"synonyms": Lines, "synonyms_bn": Lines, "synonyms_roman": Lines}
    shown_synonyms = shown("synonyms", _("Synonyms"))
    shown_synonyms_bn = shown("synonyms_bn", _("Synonyms in Bangla"))
    shown_synonyms_roman = shown("synonyms_roman", _("Synonyms in romanised Bangla"))
    readonly_fields = ["shown_synonyms", "shown_synonyms_bn", "shown_synonyms_roman"]
    fieldsets = [
        (None, {"fields": [("name", "name_bn"), "slug", "is_active", "synonyms", "synonyms_bn", "synonyms_roman"]}),
        (pgettext_lazy("check", "Review"), {"fields": [("reviewed_by", "reviewed_on")]}),
    ]

    @display(description=_("Synonyms"))
    def words(self, symptom: Symptom) -> str:
        return ", ".join(symptom.synonyms[:4])
