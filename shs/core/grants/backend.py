"""The grant table as a backend of Django's permissions."""

from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from shs.core.caller import Caller
from shs.core.context import remember
from shs.core.grants.table import granted_models, is_shared, may_all, may_some, parse, rows_allowed


class GrantBackend(BaseBackend):
    """Answers `has_perm` from the table; it authenticates nobody. Without a row it answers as Django and guardian mean
    it, whether the user holds the permission on every row; whether on some: `table.holds`."""

    def has_perm(self, user_obj: Caller, perm: str, obj: Model | None = None) -> bool:
        app_label, _dot, codename = perm.partition(".")
        model, action = parse(app_label, codename)
        if model is None:
            return False
        if may_all(user_obj, model, action):
            return obj is None or isinstance(obj, model)
        if not isinstance(obj, model) or obj.pk is None or not may_some(user_obj, model, action):
            return False
        if is_shared(obj, user_obj, action):
            return True
        return remember(
            ("has_perm", user_obj.pk, perm, obj.pk),
            lambda: model._base_manager.filter(rows_allowed(model, user_obj, action), pk=obj.pk).exists(),
        )

    def has_module_perms(self, user_obj: Caller, app_label: str) -> bool:
        return any(
            model._meta.app_label == app_label and may_some(user_obj, model, action)
            for model, lines in granted_models().items()
            for action in {action for line in lines for action in line.actions}
        )
