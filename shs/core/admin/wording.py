"""Values of fields as they are shown on every page."""

from collections import defaultdict
from datetime import date, datetime, time
from functools import cache

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from shs.core.admin.rights import Field
from shs.core.dates import show_datetime, shown
from shs.core.grants.words import permission_words, rights_in_words
from shs.core.labels import Label
from shs.core.records.files import CheckedFileField
from shs.core.records.privacy import Clinical


def in_words(value: object) -> object:
    """A value of a field as it is shown on every page."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list | dict):
        return json_in_words(value)
    if isinstance(value, date | time):
        return shown(value)
    if isinstance(value, Group):
        return gettext(value.name)
    return permission_words(value.name) if isinstance(value, Permission) else value


def list_in_words(value: object) -> str | None:
    """A list of texts, such as the languages of a doctor, or the rights of a duty, in words; None for anything else."""
    if (rights := rights_in_words(value)) is not None:
        return "; ".join(rights)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None
    return ", ".join(value) or "–"


KEY_WORDS: dict[str, Label] = {}
"""Key of a JSON field → what pages call it; apps add theirs. Any other key is called as the fields of that name, if all
have one label, or shown as it is."""


@cache
def _field_words() -> dict[str, Label]:
    """Names of fields that have the same label in all models → the label."""
    labels: dict[str, dict[str, Label]] = defaultdict(dict)
    with override("en"):
        for model in apps.get_models():
            for field in model._meta.fields:
                labels[field.name][str(field.verbose_name)] = field.verbose_name
    return {name: next(iter(found.values())) for name, found in labels.items() if len(found) == 1}


def key_words(key: object) -> Label:
    """What pages call a key of a JSON field."""
    name = str(key)
    return KEY_WORDS.get(name) or _field_words().get(name) or name.replace("_", " ")


def json_in_words(value: object) -> str:
    """What a JSON field holds: {"pulse_bpm": 72, "is_new": True} → "Pulse: 72; is new: Yes"."""
    if (texts := list_in_words(value)) is not None:
        return texts
    if isinstance(value, dict):
        parts = [f"{key_words(key)}: {json_in_words(one)}" for key, one in value.items()]
        return "; ".join(parts) or "–"
    if isinstance(value, list):
        return ", ".join(json_in_words(one) for one in value) or "–"
    return "–" if value in (None, "") else str(in_words(value))


def value_of(row: models.Model, known: Field) -> object:
    """The value of one field of a row or of a version, for display."""
    label = getattr(row, f"get_{known.name}_display", None)
    if label:
        return label()
    value = getattr(row, known.attname)
    if isinstance(known, CheckedFileField):
        return in_words(bool(value))  # where it is stored says nothing to people
    if isinstance(known, models.ForeignKey) and value is not None:
        value = known.remote_field.model._base_manager.filter(pk=value).first() or value
    return in_words(value)


def is_clinical(model: type[models.Model]) -> bool:
    """Whether rows of `model` hold health data."""
    return isinstance(getattr(model, "privacy", None), Clinical)


def kind_words(model: type[models.Model]) -> str:
    """What a row of `model` is, in the user's language."""
    return capfirst(str(model._meta.verbose_name))


def name_of(obj: models.Model) -> str:
    """The name of an object outside of its own page: of one with health data its number, such as that of a visit, or
    the time when it was stored."""
    if not is_clinical(type(obj)):
        return str(obj)
    stored = getattr(obj, "number", "") or getattr(obj, "created_at", "")
    return show_datetime(stored) if isinstance(stored, datetime) else str(stored or "–")


def object_of(row: models.Model) -> str:
    """What a right on one object is about, such as "Clinic: Lakeside Clinic"; of one that is gone only the kind."""
    kind = ContentType.objects.get_for_id(row.content_type_id).model_class()  # type: ignore[attr-defined]  # of rights
    if kind is None:
        return "–"
    obj = kind._base_manager.filter(pk=kind._meta.pk.to_python(row.object_pk)).first()  # type: ignore[attr-defined]
    return f"{kind_words(kind)}: {name_of(obj)}" if obj else kind_words(kind)
