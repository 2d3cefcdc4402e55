"""Checks that the office lists, shows, adds, changes and removes the rows of every model, or that the model says why
not; and makes the table of that in shs/README.md (`manage.py crud_table`)."""

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib import admin
from django.core import checks
from django.db.models import Model

from shs.core.admin.screen import Screen
from shs.core.grants.table import granted_models
from shs.core.records.checks import our_models
from shs.core.records.crud import By, Crud, Never, NoPages

OUTSIDE = "patient"
"""The role of those who do not work in the office."""

PAGES = {"view", "add", "change", "delete"}
"""The actions of Django's own pages."""

WAYS = {"add": "add", "change": "change", "remove": "delete"}
"""What every model offers → the action of Django's page for it."""


def declared(model: type[Model]) -> Crud | NoPages | None:
    """What `model` says of itself; by default, that Django's pages do everything."""
    found: Crud | NoPages | None = getattr(model, "crud", None)
    return found if found is not None or model not in admin.site._registry else Crud()


def who_may(model: type[Model], action: str) -> list[str]:
    """The roles and duties that may do `action` to rows of `model` in the office."""
    lines = granted_models().get(model, ())
    return sorted({line.who for line in lines if action in line.actions and line.who != OUTSIDE}, key=str.casefold)


@checks.register
def every_model_has_its_pages(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """Every model is listed, viewed, added, changed and removed by somebody, or says why not."""
    return [error for model in our_models() for error in crud_errors(model)]


def crud_errors(model: type[Model]) -> Iterator[checks.Error]:
    """What `model` lacks without a reason."""
    crud, screen = declared(model), admin.site._registry.get(model)
    if isinstance(crud, Crud) and isinstance(screen, Screen):
        if not who_may(model, "view"):
            yield _error(model, "can be viewed by nobody", 'grant(Model, who, rows, "view") in permissions.py.')
        for way in WAYS:
            yield from _way_errors(model, screen, way, getattr(crud, way))
    elif not isinstance(crud, NoPages):
        yield _error(
            model,
            "has no screen",
            '@admin.register(Model) with a Screen, or crud = NoPages("why") of shs.core.records.crud.',
        )
    elif not crud.because or screen is not None:
        yield _error(model, "says that it has no pages, without a reason or wrongly", 'crud = NoPages("why").')


def _way_errors(model: type[Model], screen: Screen, way: str, offer: By | Never) -> Iterator[checks.Error]:
    if isinstance(offer, Never):
        if not offer.because or who_may(model, WAYS[way]):
            yield _error(
                model, f"says that nobody can {way} a row, without a reason or wrongly", f'{way}=Never("why").'
            )
        return
    for action in offer.actions:
        if not who_may(model, action):
            yield _error(
                model,
                f"gives nobody the right to {way} a row ({action!r})",
                f'grant(Model, who, rows, "{action}") in permissions.py; or crud = Crud({way}=By("another action")), '
                f'or crud = Crud({way}=Never("why")), of shs.core.records.crud.',
            )
        elif action not in _offered(screen):
            yield _error(
                model,
                f"has no page on which somebody could {way} a row ({action!r})",
                f'@step("{action}", _("…")) on its screen, of shs.core.admin.steps.',
            )


def _offered(screen: Screen) -> set[str]:
    """The actions for which a screen has a page or a dialog."""
    return PAGES | {one.action for one in screen.steps().values()} | {page.needs for page in screen.all_pages()}


def _error(model: type[Model], what: str, instead: str) -> checks.Error:
    return checks.Error(f"{model._meta.label} {what}.", hint=f"Write {instead}", obj=model, id="shs.E035")


# --- The table in the README -----------------------------------------------------------------------------------------


class Line(NamedTuple):
    """A line of the table: a model, and who can do what to its rows, or why nobody can."""

    model: str
    view: str
    add: str
    change: str
    remove: str


def lines() -> list[Line]:
    """The models with pages."""
    found = []
    for model in our_models():
        crud = declared(model)
        if isinstance(crud, Crud):
            ways = (_words(model, way, getattr(crud, way)) for way in WAYS)
            found.append(Line(model._meta.label, ", ".join(who_may(model, "view")), *ways))
    return found


def _words(model: type[Model], way: str, offer: By | Never) -> str:
    if isinstance(offer, Never):
        return f"– {offer.because}"
    parts = []
    for action in offer.actions:
        who = ", ".join(who_may(model, action))
        parts.append(who if action == WAYS[way] else f"*{action}:* {who}")
    return "; ".join(parts)


def table() -> str:
    """The table of the README, and the models without pages."""
    rows = [Line("model", "list, view", "add", "change", "remove"), Line(*["---"] * 5), *lines()]
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    without = [
        f"- {model._meta.label}: {crud.because}"
        for model in our_models()
        if isinstance(crud := declared(model), NoPages)
    ]
    return "\n".join([text, "", "Without pages of their own:", "", *without])
