"""The entries of the sidebar for results."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import Entry, Rank
from shs.medical_record.menu import CHARTS

entries = [
    Entry(
        CHARTS,
        25,
        _("Results"),
        "lab_research",
        "results_result",
        "results.view_result",
        rank=Rank.DAILY,
        works_with="results.review_result",
    ),
    Entry(
        CHARTS,
        26,
        _("Hand in a result"),
        "upload_file",
        "results_result_add",
        "results.hand_in_result",
        is_list=False,
        rank=Rank.WEEKLY,
    ),
]
