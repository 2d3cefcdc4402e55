"""The app config of django.contrib.admin with our admin site. Not in `apps.py`, where Django would take it for the
config of this app."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """Django's admin app with BackOffice as its default site."""

    default_site = "shs.core.admin.site.BackOffice"
