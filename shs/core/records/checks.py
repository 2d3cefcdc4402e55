"""System checks of every model."""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from shs.core.grants.table import Opening, granted_models, openings
from shs.core.records.files import CheckedFileField
from shs.core.records.models import HistoryLine, Record, RecordQuerySet
from shs.core.records.privacy import NOBODY_NAMED, Administrative, Clinical

PATIENTS = {"patient", "person", "dependant"}
"""Names of keys from a row to whom it is about."""
SENTENCES = 300
"""The least length of a field that has room for sentences."""


def our_models() -> Iterator[type[models.Model]]:
    """The models of our apps, without history models and through tables of many-to-many fields."""
    for model in apps.get_models():
        is_derived = issubclass(model, HistoryLine) or model._meta.auto_created or hasattr(model, "m2m_history_id")
        if model.__module__.startswith("shs.") and not is_derived:
            yield model


@checks.register
def every_model_is_kept_as_it_should_be(**kwargs: object) -> list[checks.CheckMessage]:
    """Every model must keep a history or declare why not, declare its `privacy`, and use checked files."""
    found: list[checks.CheckMessage] = []
    for model in our_models():
        found += model_errors(model)
    return found


@checks.register
def every_opening_is_a_query_with_a_reason(**kwargs: object) -> list[checks.CheckMessage]:
    """Rows that are visible without a permission must be those of a method of the model's queryset, with a reason.
    Health data is never open to everybody."""
    return [error for opening in openings() for error in _opening_errors(opening)]


def _opening_errors(opening: Opening) -> Iterator[checks.Error]:
    named = opening.rows if isinstance(opening.rows, str) else ""
    if not opening.because or (named and not hasattr(opening.model._default_manager.all(), named)):
        yield checks.Error(
            f"{opening.model._meta.label} has no queryset method {opening.rows!r}, or open_rows() gives no reason.",
            hint='Write open_rows(Model, "method", because="...") in permissions.py, and the method on its QuerySet.',
            id="shs.E006",
        )
    if named and isinstance(getattr(opening.model, "privacy", None), Clinical):
        yield checks.Error(
            f"open_rows() shows health data ({opening.model._meta.label}) to everybody.",
            hint="Write grant(Model, who, rows, ...), or open_rows(Model, rows) with the condition rows(user) of whom "
            "they are about.",
            id="shs.E054",
        )


def model_errors(model: type[models.Model]) -> list[checks.CheckMessage]:
    """The errors of `model`."""
    return [*_history_errors(model), *_privacy_errors(model), *_file_errors(model)]


def _history_errors(model: type[models.Model]) -> Iterator[checks.Error]:
    if not issubclass(model, Record) and not getattr(model, "no_history", ""):
        yield checks.Error(
            f"{model._meta.label} is a models.Model: it could be changed and deleted without a trace.",
            hint='Derive it from shs.core.records.models.Record, or say no_history = "why none is needed".',
            obj=model,
            id="shs.E010",
        )
    if model in granted_models() and not isinstance(model._default_manager.all(), RecordQuerySet):
        yield checks.Error(
            f"{model._meta.label} is in a grant table, but its rows cannot be selected by allowed().",
            hint="Write objects = RecordQuerySet.as_manager(), or derive its QuerySet from RecordQuerySet.",
            obj=model,
            id="shs.E011",
        )


def _privacy_errors(model: type[models.Model]) -> Iterator[checks.Error]:
    privacy = getattr(model, "privacy", None)
    if isinstance(privacy, Administrative) and privacy.because:
        yield from _text_errors(model, privacy)
        return
    if not isinstance(privacy, Clinical):
        yield checks.Error(
            f"{model._meta.label} does not say what it keeps about people.",
            hint='Write privacy = Clinical(patient="patient"), the path to whom a row is about, or '
            'privacy = Administrative(because="..."), from shs.core.records.privacy.',
            obj=model,
            id="shs.E012",
        )
        return
    if privacy.patient != NOBODY_NAMED and not _leads_to_a_user(model, privacy.patient):
        yield checks.Error(
            f"{model._meta.label}.privacy names {privacy.patient!r}, which leads to no user.",
            hint='Write the path of keys to the patient, as in a filter: Clinical(patient="prescription__patient").',
            obj=model,
            id="shs.E013",
        )


def _text_errors(model: type[models.Model], privacy: Administrative) -> Iterator[checks.Error]:
    """Errors of a model that calls itself administrative: it belongs to health data, or has room for texts about a
    patient that it does not name."""
    keys = [field for field in model._meta.concrete_fields if field.is_relation]
    of_health = [key.name for key in keys if isinstance(getattr(key.related_model, "privacy", None), Clinical)]
    if of_health:
        yield checks.Error(
            f"{model._meta.label} belongs to health data ({', '.join(of_health)}), and says that it is administrative.",
            hint=f'Write privacy = Clinical(patient="{of_health[0]}__patient"), the path to the patient.',
            obj=model,
            id="shs.E056",
        )
    patients = [key.name for key in keys if key.name in PATIENTS]
    texts = {field.name for field in model._meta.concrete_fields if _is_long(field)}
    if patients and (unnamed := sorted(texts - set(privacy.texts))):
        yield checks.Error(
            f"{model._meta.label} is about a patient ({patients[0]}) and has room to write about their health: "
            f"{', '.join(unnamed)}.",
            hint=f'Write privacy = Clinical(patient="{patients[0]}"). If it must not hold health data, name it: '
            f"Administrative(because=..., texts={tuple(unnamed)}); if it may, conceal it, too: concealed_from.",
            obj=model,
            id="shs.E057",
        )


def _is_long(field: "models.Field[object, object]") -> bool:
    """Whether people may write sentences into a field."""
    is_text = isinstance(field, models.TextField) or (field.max_length or 0) >= SENTENCES
    return is_text and isinstance(field, models.CharField | models.TextField) and field.editable and not field.choices


def _leads_to_a_user(model: type[models.Model], path: str) -> bool:
    found: type[models.Model] | None = model
    for name in path.split("__"):
        try:
            found = found._meta.get_field(name).related_model if found else None
        except FieldDoesNotExist:
            return False
    return found is not None and found._meta.label == settings.AUTH_USER_MODEL


def _file_errors(model: type[models.Model]) -> Iterator[checks.Error]:
    for field in model._meta.get_fields():
        if isinstance(field, models.FileField) and not isinstance(field, CheckedFileField):
            yield checks.Error(
                f"{field} would store a file of any type and any size.",
                hint="Write CheckedFileField(folder=..., types=..., limit=...) of shs.core.records.files, and give the "
                "file out by file_answer() to those whom the grant table lets read it.",
                obj=field,
                id="shs.E014",
            )
