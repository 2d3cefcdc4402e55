"""The names of permissions, which follow the models."""

from django.apps import apps
from django.contrib.auth.management import _get_all_permissions  # type: ignore[attr-defined]  # Django has no public one
from django.contrib.auth.models import Permission


def name_permissions(using: str) -> None:
    """Give the permissions in a database the names that the models have now. Django creates permissions and never
    renames them, so that an upgraded database would show former names."""
    names = {
        (model._meta.app_label, model._meta.model_name, codename): str(name)
        for model in apps.get_models()
        for codename, name in _get_all_permissions(model._meta)
    }
    changed = []
    for row in Permission.objects.using(using).select_related("content_type"):
        name = names.get((row.content_type.app_label, row.content_type.model, row.codename), row.name)
        if row.name != name:
            row.name = name
            changed.append(row)
    Permission.objects.using(using).bulk_update(changed, ["name"])
