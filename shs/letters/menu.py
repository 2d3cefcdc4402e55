"""The entry of the sidebar for letters."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import Entry, Rank
from shs.medical_record.menu import CHARTS

entries = [
    Entry(CHARTS, 22, _("Letters"), "description", "letters_letter", "letters.view_letter", rank=Rank.SELDOM),
]
