"""Sidebar entries for notices."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import PEOPLE, Entry, Rank

entries = [
    Entry(PEOPLE, 50, _("Notices"), "notifications", "notices_notice", "notices.view_notice", rank=Rank.SELDOM),
    Entry(PEOPLE, 51, _("Choices about SMS"), "sms", "notices_smschoice", "notices.view_smschoice", rank=Rank.SELDOM),
]
