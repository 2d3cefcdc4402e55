"""The entries of the sidebar for the symptom checker."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import Entry, Section

SYMPTOM_CHECKER = Section(_("Symptom checker"), 40)

entries = [
    Entry(SYMPTOM_CHECKER, 20, _("Try it"), "labs", "symptom_checker", "predict.view_condition", is_list=False),
    Entry(SYMPTOM_CHECKER, 30, _("Conditions"), "coronavirus", "predict_condition", "predict.view_condition"),
    Entry(SYMPTOM_CHECKER, 40, _("Symptoms"), "sick", "predict_symptom", "predict.view_symptom"),
    Entry(
        SYMPTOM_CHECKER,
        50,
        _("Symptoms of conditions"),
        "join",
        "predict_conditionsymptom",
        "predict.view_conditionsymptom",
    ),
    Entry(SYMPTOM_CHECKER, 60, _("Red flags"), "e911_emergency", "predict_redflag", "predict.view_redflag"),
]
