"""Sidebar entries for auditors."""

from django.utils.translation import gettext_lazy as _

from shs.audit.admin.undoing import may_undo_some
from shs.core.menu import AUDIT, SETTINGS, Entry, Rank

entries = [
    Entry(AUDIT, 10, _("Changes"), "history", "changes", "core.view_readlog", is_list=False, rank=Rank.DAILY),
    Entry(
        AUDIT,
        20,
        _("Read log"),
        "visibility",
        "core_readlog",
        "core.view_readlog",
        rank=Rank.DAILY,
        works_with="core.export_readlog",
    ),
    Entry(
        AUDIT,
        30,
        _("Access grants"),
        "key",
        "core_objectgrant",
        "core.view_objectgrant",
        rank=Rank.DAILY,
        works_with="core.export_readlog",
    ),
    Entry(AUDIT, 40, _("Shared with people"), "share", "core_usershare", "core.view_usershare", rank=Rank.SELDOM),
    Entry(
        SETTINGS,
        90,
        _("Merged and deleted"),
        "undo",
        "undoing",
        "",
        is_list=False,
        rank=Rank.SELDOM,
        shown=may_undo_some,
    ),
    Entry(AUDIT, 50, _("Shared with duties"), "share", "core_groupshare", "core.view_groupshare", rank=Rank.SELDOM),
]
