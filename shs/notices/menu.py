"""Sidebar entries for notices."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import PEOPLE, Entry

entries = [Entry(PEOPLE, 50, _("Notices"), "notifications", "notices_notice", "notices.view_notice")]
