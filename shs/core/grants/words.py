"""Names of permissions for people."""

from collections.abc import Mapping

from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shs.core.grants.offered import breadth_words, split

RIGHTS = {
    "view": _("Can view %(rows)s"),
    "add": _("Can add %(rows)s"),
    "change": _("Can change %(rows)s"),
    "delete": _("Can delete %(rows)s"),
    "import": _("Can import %(rows)s"),
    "export": _("Can export %(rows)s"),
}
"""The permissions that every model has; the names of others stand in the model's `Meta.permissions`."""


def right_in_words(model: type[Model], action: str) -> str:
    """The name of a permission, such as "Can view articles"."""
    options = model._meta
    if name := dict(options.permissions).get(f"{action}_{options.model_name}"):
        return gettext(name)
    return RIGHTS.get(action, RIGHTS["view"]) % {"rows": options.verbose_name_plural}


def permission_words(name: str) -> str:
    """The stored name of a permission in the user's language; what it allows for Django's own, whose names are made in
    English for each model."""
    if name.startswith("Can view "):
        return gettext("see it")
    return gettext("change it") if name.startswith("Can change ") else gettext(name)


def spoken(right: str) -> str:
    """A right by its name: "appointment.cancel_appointment" → "Can cancel visits"."""
    model, action = split(right)
    return right if model is None else right_in_words(model, action)


def spoken_rows(right: str, rows: str) -> str:
    """A right of a duty with its rows: "Can cancel visits: of their clinics"."""
    return f"{spoken(right)}: {breadth_words(rows)}"


def rights_in_words(value: object) -> list[str] | None:
    """The rights of a duty (right → the name of its rows), one text for each; None for anything else."""
    if not isinstance(value, Mapping) or not value or not all(split(str(right))[0] for right in value):
        return None
    return [spoken_rows(right, rows) for right, rows in sorted(value.items())]
