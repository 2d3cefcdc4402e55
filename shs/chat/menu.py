"""Sidebar entry for the external services."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import Entry, Rank
from shs.predict.menu import SYMPTOM_CHECKER

entries = [
    Entry(
        SYMPTOM_CHECKER,
        10,
        _("Service health"),
        "monitor_heart",
        "services",
        "chat.count_chatmessage",
        is_list=False,
        rank=Rank.SELDOM,
    )
]
