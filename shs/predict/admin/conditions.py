"""The screens for conditions and the frequency of their symptoms."""

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.changelist import AutocompleteFilter, RelatedFilter
from shs.core.admin.inlines import TabularInline
from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.core.admin.tabs import Tab
from shs.predict.admin.by_two import ByTwo
from shs.predict.admin.lists import Lines, ShownInLines, shown
from shs.predict.models import Condition, ConditionSymptom, Usual
from shs.predict.resources import ConditionColumns, ConditionSymptomColumns
from shs.users.requests import UserRequest

USUAL_COLOURS = {
    Usual.HALLMARK: "success",
    Usual.COMMON: "info",
    Usual.SOMETIMES: "warning",
    Usual.RARE: "default",
}


class Pairs(TabularInline):
    """The symptoms of a condition. They are changed on their own pages, by two."""

    model = ConditionSymptom
    fields = ["symptom", "usual", "percent", "source", "is_active"]
    show_change_link = True

    def has_add_permission(self, request: UserRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: UserRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: UserRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: UserRequest) -> QuerySet[ConditionSymptom]:
        return super().get_queryset(request).select_related("condition", "symptom")


@admin.register(Condition)
class ConditionScreen(ShownInLines, ByTwo, Exports, Screen):
    """Conditions that the symptom checker ranks. A change of what is answered waits for a second clinician."""

    icon = "coronavirus"
    stays_small = "a catalogue"
    in_quick_search = True
    empty_text = _("No conditions yet. Import the conditions for the symptom checker.")
    list_display = ["title", "base", "triage", "specialization", "reviewed_on", "is_active"]
    list_filter = [
        ("base", ChoicesDropdownFilter),
        ("triage", ChoicesDropdownFilter),
        ("specialization", RelatedFilter),
        "is_active",
    ]
    list_select_related = ["specialization"]
    search_fields = ["name", "icd10", "slug"]
    search_help_text = _("Name or ICD-10 code")
    ordering = ["name"]
    resource_classes = [ConditionColumns]
    inlines = [Pairs]
    lists = {"red_flags": Lines}
    shown_red_flags = shown("red_flags", _("Danger signs"))
    readonly_fields = ["shown_red_flags"]
    tabs = [
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
        Tab("unread", _("Not yet reviewed"), lambda user: Q(reviewed_on=None)),
    ]
    fieldsets = [
        (None, {"fields": [("name", "icd10"), ("specialization", "base"), "affects", "slug", "is_active"]}),
        (_("Urgency"), {"fields": ["triage", "triage_source"]}),
        (_("For patients"), {"fields": ["description", "advice", "red_flags"]}),
        (_("Source"), {"fields": ["source", "reviewed_on"]}),
    ]

    @display(description=_("Condition"), header=True, ordering="name")
    def title(self, condition: Condition) -> list[str]:
        return [condition.name, condition.icd10]


@admin.register(ConditionSymptom)
class PairScreen(ByTwo, Exports, Screen):
    """The frequency of symptoms in conditions, one pair per row: for import and export, and for one symptom across
    conditions. A change waits for a second clinician."""

    icon = "join"
    stays_small = "a catalogue"
    empty_text = _("No links yet. Import how frequent each symptom is in each condition.")
    list_display = ["condition", "symptom", "usual_label", "percent", "source", "is_active"]
    list_filter = [
        ("condition", AutocompleteFilter),
        ("symptom", AutocompleteFilter),
        ("usual", ChoicesDropdownFilter),
        "is_active",
    ]
    list_select_related = ["condition", "symptom"]
    search_fields = ["condition__name", "symptom__name"]
    search_help_text = _("Condition or symptom")
    ordering = ["condition__name", "pk"]
    autocomplete_fields = ["condition", "symptom"]
    resource_classes = [ConditionSymptomColumns]
    fieldsets = [(None, {"fields": [("condition", "symptom"), ("usual", "percent"), "source", "is_active"]})]

    @display(description=_("Frequency"), label=USUAL_COLOURS, ordering="usual")
    def usual_label(self, pair: ConditionSymptom) -> tuple[str, str]:
        return pair.usual, pair.get_usual_display()
