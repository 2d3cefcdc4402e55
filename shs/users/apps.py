from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "shs.users"
    verbose_name = _("People")

    def ready(self) -> None:
        from shs.users import checks, permissions  # noqa: F401  (register the checks, fill the grant table)
        from shs.users.backends import note_login

        # Django's own receiver saves the user, which would add a history row to each login.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(note_login, dispatch_uid="note_login")
