"""The entries of the sidebar for the symptom checker."""

from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.grants.table import holds
from shs.core.menu import Badge, Entry, Rank, Section
from shs.predict.models import KnowledgeChange
from shs.users.admin.by_two import waiting

SYMPTOM_CHECKER = Section(_("Symptom checker"), 40)
QUESTIONS = "predict.judge_askedquestion"
CLINICIANS = "predict.view_knowledgechange"
"""The permission of those who look after the symptom checker, and not of the desk."""


def undecided(user: Member) -> Badge:
    """Badge: the number of changes that this user can decide."""
    if not holds(user, "predict.decide_knowledgechange"):
        return {}
    number = KnowledgeChange.objects.allowed(user, "decide").filter(waiting(user)).count()
    return {"badge": str(number), "badge_variant": "info"} if number else {}


entries = [
    Entry(
        SYMPTOM_CHECKER,
        20,
        _("Try it"),
        "labs",
        "symptom_checker",
        "predict.view_condition",
        is_list=False,
        rank=Rank.SELDOM,
        works_with=CLINICIANS,
    ),
    Entry(
        SYMPTOM_CHECKER,
        30,
        _("Conditions"),
        "coronavirus",
        "predict_condition",
        "predict.view_condition",
        rank=Rank.SELDOM,
        works_with=CLINICIANS,
    ),
    Entry(
        SYMPTOM_CHECKER,
        40,
        _("Symptoms"),
        "sick",
        "predict_symptom",
        "predict.view_symptom",
        rank=Rank.SELDOM,
        works_with=CLINICIANS,
    ),
    Entry(
        SYMPTOM_CHECKER,
        50,
        _("Symptoms of conditions"),
        "join",
        "predict_conditionsymptom",
        "predict.view_conditionsymptom",
        rank=Rank.SELDOM,
        works_with=CLINICIANS,
    ),
    Entry(
        SYMPTOM_CHECKER,
        70,
        _("Word lists"),
        "dictionary",
        "predict_wordlist",
        "predict.view_wordlist",
        rank=Rank.SELDOM,
        works_with=CLINICIANS,
    ),
    Entry(
        SYMPTOM_CHECKER,
        60,
        _("Red flags"),
        "e911_emergency",
        "predict_redflag",
        "predict.view_redflag",
        rank=Rank.SELDOM,
        works_with=CLINICIANS,
    ),
    Entry(
        SYMPTOM_CHECKER,
        75,
        _("Questions without names"),
        "chat",
        "predict_askedquestion",
        "predict.view_askedquestion",
        rank=Rank.SELDOM,
        works_with=QUESTIONS,
    ),
    Entry(
        SYMPTOM_CHECKER,
        90,
        _("Predictions"),
        "monitor_heart",
        "predict_prediction",
        "predict.view_prediction",
        rank=Rank.SELDOM,
        works_with="core.export_readlog",
    ),
    Entry(
        SYMPTOM_CHECKER,
        80,
        _("Changes for two clinicians"),
        "rule",
        "predict_knowledgechange",
        "predict.view_knowledgechange",
        undecided,
        works_with="predict.decide_knowledgechange",
    ),
]
