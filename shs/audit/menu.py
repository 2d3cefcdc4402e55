"""Sidebar entries for auditors."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import AUDIT, Entry

entries = [
    Entry(AUDIT, 10, _("Changes"), "history", "changes", "core.view_readlog", is_list=False),
    Entry(AUDIT, 20, _("Read log"), "visibility", "core_readlog", "core.view_readlog"),
    Entry(AUDIT, 30, _("Access grants"), "key", "core_objectgrant", "core.view_objectgrant"),
]
