from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "shs.users"
    verbose_name = _("People")

    def ready(self) -> None:
        # Register the checks, fill the grant table, and tell the notices how people can be reached.
        from shs.users import checks, merge_rules, permissions, reach  # noqa: F401
        from shs.users.backends import note_login
        from shs.users.devices import note_device

        # Django's own receiver saves the user, which would add a history row to each login.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        # In this order: the device is judged by the login before this one.
        user_logged_in.connect(note_device, dispatch_uid="note_device")
        user_logged_in.connect(note_login, dispatch_uid="note_login")
