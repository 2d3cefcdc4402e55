"""Collects routers, menu entries, dashboards, sample rows and demo rows from the apps, and checks that each app lists
them."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

from django.apps import apps
from django.conf import settings
from django.core import checks

Case: TypeAlias = Any
"""The test class that is passed to functions of `samples`: it has the test users, and stores the created rows."""
LISTS = {
    "api": "routers",
    "menu": "entries",
    "dashboard": "widgets",
    "samples": "samples",
    "demo": "rows",
    "restored": "looks",
    "merging": "people",
}
"""Module of an app → name of the list in it that is collected."""


def collect(module: str) -> list[Any]:
    """The items that the apps list in their module of this name, in the order of SHS_APPS: `collect("menu")` returns
    the `entries` of shs/users/menu.py, shs/doctors/menu.py and so on. An app may lack the module."""
    return [item for app in settings.SHS_APPS for item in _brought(app, module) or []]


def _brought(app: str, module: str) -> list[Any] | None:
    """The list of one app's module; None if there is no such module or list. Errors inside the module are not
    caught."""
    dotted = f"shs.{app}.{module}"
    return getattr(import_module(dotted), LISTS[module], None) if find_spec(dotted) else None


@checks.register
def every_app_brings_what_it_has(**kwargs: object) -> list[checks.CheckMessage]:
    """Reports a module whose list is missing: its routers, menu entries or rows would be left out silently."""
    return [checks.Error(problem, id="shs.E033") for app in settings.SHS_APPS for problem in _missing(app)]


def _missing(app: str) -> Iterator[str]:
    from ninja import Router

    from shs.core.grants.table import granted_models

    for module, name in LISTS.items():
        # shs.core.api is the base of the others.
        if find_spec(f"shs.{app}.{module}") and _brought(app, module) is None and (app, module) != ("core", "api"):
            yield f"shs.{app}.{module} has no list `{name}`."
    if api := find_spec(f"shs.{app}.api"):
        listed = [router for _prefix, router in _brought(app, "api") or []]
        for name, value in vars(import_module(api.name)).items():
            if isinstance(value, Router) and not any(value is router for router in listed):
                yield f"shs.{app}.api.{name} is not reached: add it to `routers`, with its prefix."
    own = apps.get_app_config(app)
    if any(model._meta.app_config is own for model in granted_models()) and not _brought(app, "samples"):
        yield f"shs.{app} has models and no rows of them for tests: list functions that make some in its samples.py."
