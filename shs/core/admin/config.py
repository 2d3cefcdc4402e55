"""Django's admin with our site. Apart from `apps.py`, where Django would take it for the configuration of this app."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """Who may enter, and a search without a stale cache."""

    default_site = "shs.core.admin.site.BackOffice"
