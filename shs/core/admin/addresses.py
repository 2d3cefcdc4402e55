"""Addresses of the admin pages of a model and of its rows; empty for a model without a screen."""

from django.db.models import Model
from django.urls import NoReverseMatch, reverse


def address_of(model: type[Model], page: str, *keys: object) -> str:
    """The address of a page of `model`, such as "changelist", or, with the key of a row, "change" and "history"."""
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=keys)
    except NoReverseMatch:
        return ""


def list_of(model: type[Model]) -> str:
    """The address of the list of a model."""
    return address_of(model, "changelist")


def page_of(row: Model) -> str:
    """The address of the page of a row."""
    return address_of(type(row), "change", row.pk)
