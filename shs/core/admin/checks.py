"""System checks (`manage.py check`) of every screen and every page of the admin."""

from collections.abc import Iterator
from typing import cast

from django.contrib import admin
from django.contrib.admin import FieldListFilter
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.forms import ModelChoiceField
from import_export.admin import ExportMixin, ImportMixin
from unfold.contrib.filters.admin import (
    RangeDateFilter,
    RangeDateTimeFilter,
)

from shs.core.admin.changelist import AutocompleteFilter, RelatedFilter
from shs.core.admin.forms import Choose
from shs.core.admin.inlines import ScreenInline
from shs.core.admin.pages import ROW
from shs.core.admin.reads import ReadsLogged
from shs.core.admin.resources import Columns, Exports, Imports
from shs.core.admin.rights import Field, related_model
from shs.core.admin.screen import Screen
from shs.core.admin.site import ANY_STAFF, NO_LOGIN, office
from shs.core.grants.table import granted_models, parse
from shs.core.labels import Label
from shs.core.records.privacy import Clinical

OURS = "shs.core.admin."
LOOKING = {"view", "export"}
"""Rights of those who only look, auditors for example."""
UNFOLD_ACTIONS = ("actions_list", "actions_row", "actions_detail", "actions_submit_line")
CUT_FILTERS = (RelatedFilter, AutocompleteFilter)


@checks.register
def every_screen_is_safe(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """Every registered ModelAdmin is a Screen, and does not open what Screen forbids."""
    found: list[checks.CheckMessage] = []
    for model, screen in admin.site._registry.items():
        if isinstance(screen, Screen):
            found += screen_errors(screen)
        else:
            found.append(
                checks.Error(
                    f"{model._meta.label} is registered without our base.",
                    hint="Derive its admin class from shs.core.admin.screen.Screen.",
                    id="shs.E001",
                )
            )
    return found


@checks.register
def every_page_names_a_right(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """Every page that belongs to no screen names a permission of a grant table, or says that it needs none."""

    found: list[checks.CheckMessage] = [
        checks.Error(
            f"The page {name!r} needs {needs!r}, which stands in no grant table.",
            hint='Write office.add_page(..., needs="app.action_model"), a right that a grant() gives.',
            id="shs.E031",
        )
        for name, needs in office.needs.items()
        if needs not in {ANY_STAFF, NO_LOGIN} and not _is_granted(*parse(*needs.split(".", 1)))
    ]
    if extra := set(office._actions) - {"delete_selected"}:
        found.append(
            checks.Error(
                f"The actions {sorted(extra)} would stand in every list.",
                hint="Write a step of the screen that it is for: @step(right, label) of shs.core.admin.steps.",
                id="shs.E032",
            )
        )
    return found


def screen_errors(screen: Screen) -> list[checks.CheckMessage]:
    """All errors found in `screen`."""
    return [
        *_table_errors(screen),
        *_address_errors(screen),
        *_action_errors(screen),
        *_permission_errors(screen),
        *_form_errors(screen),
        *_file_errors(screen),
        *_list_errors(screen),
        *_search_errors(screen),
        *_inline_errors(screen),
        *_reading_errors(screen),
    ]


def _error(screen: Screen, number: int, what: str, instead: str) -> checks.Error:
    return checks.Error(f"{type(screen).__name__} {what}", hint=instead, obj=screen.model, id=f"shs.E{number:03}")


def _is_granted(model: type[Model] | None, action: str) -> bool:
    return model is not None and any(action in line.actions for line in granted_models().get(model, ()))


def _table_errors(screen: Screen) -> Iterator[checks.Error]:
    if screen.model not in granted_models():
        yield _error(
            screen,
            3,
            f"shows {screen.model._meta.label}, of which no grant table says who may see it.",
            "Write grant(Model, who, rows, *actions) in the app's permissions.py.",
        )


def _address_errors(screen: Screen) -> Iterator[checks.Error]:
    if _overrides(screen, "get_urls"):
        yield _error(
            screen,
            15,
            "makes addresses of its own by get_urls. A page of these may be open to anybody.",
            'Write pages = [Page("<path:object_id>/file/", "file_view", "file", needs="view")], of '
            "shs.core.admin.pages.",
        )
    for page in screen.all_pages():
        if not page.needs or not _is_granted(screen.model, page.needs):
            yield _error(
                screen,
                16,
                f"has the page {page.name!r}, which needs {page.needs!r}: no grant table gives that.",
                'Write Page(..., needs="view"), or another action that a grant() of this model gives.',
            )


def _action_errors(screen: Screen) -> Iterator[checks.Error]:
    actions: list[tuple[object, str, Label]] = screen._get_base_actions()  # type: ignore[attr-defined]
    for func, name, _words in actions:
        rights = getattr(func, "allowed_permissions", ())
        if name != "delete_selected" and not (rights and all(_is_granted(screen.model, right) for right in rights)):
            yield _error(
                screen,
                17,
                f"has the action {name!r}, which names no right that a grant table gives: whoever sees a row could do "
                "it.",
                'Write @step("cancel", _("Cancel…"), to=Status.CANCELLED), of shs.core.admin.steps; or for many rows '
                'at once @admin.action(permissions=["cancel"]), which is handed those on which its user may do that.',
            )
    done_by = [(name, set(getattr(func, "allowed_permissions", ()))) for func, name, _words in actions]
    done_by += [(name, {offered.action}) for name, offered in screen.steps().items()]
    for name in [name for name, rights in done_by if rights and rights <= LOOKING]:
        yield _error(
            screen,
            50,
            f"lets whoever may see a row do {name!r}: auditors could change it.",
            "Name a right to do just that in a grant(), and write @step(right, ...).",
        )
    for kind in UNFOLD_ACTIONS:
        if getattr(screen, kind, ()):
            yield _error(
                screen,
                18,
                f"has {kind}: unfold runs them by a plain link, and without asking for a right on the row.",
                'Write @step("cancel", _("Cancel…"), to=Status.CANCELLED), of shs.core.admin.steps.',
            )


def _permission_errors(screen: Screen) -> Iterator[checks.Error]:
    for name in ("has_view_permission", "has_change_permission", "has_delete_permission", "has_module_permission"):
        if _overrides(screen, name):
            yield _error(
                screen,
                48,
                f"decides by {name} who may do that: lists, links and the API would decide otherwise.",
                "Write grant(Model, who, rows, *actions) in the app's permissions.py, and leave the method out.",
            )


def _form_errors(screen: Screen) -> Iterator[checks.Error]:
    forms = [screen.form, *(offered.form for offered in screen.steps().values())]
    forms += [inline.form for inline in screen.inlines]
    for form in forms:
        declared = getattr(form, "declared_fields", {})
        for name, field in declared.items():
            if isinstance(field, ModelChoiceField) and not isinstance(field, Choose):
                model = cast("QuerySet[Model]", field.queryset).model
                yield _error(
                    screen,
                    19,
                    f"asks by {form.__name__}.{name} for any row of {model._meta.label}: its list names "
                    "rows that the user may not see.",
                    f'Write {name} = Choose({model.__name__}, "view"), of shs.core.admin.forms.',
                )
    if not (screen.fieldsets or screen.fields or _overrides(screen, "get_fieldsets")):
        yield _error(
            screen,
            20,
            "does not say which fields its page shows.",
            'Write fieldsets = [(None, {"fields": [...]})].',
        )


def _overrides(screen: Screen, name: str) -> bool:
    return any(
        name in vars(owner) and owner.__module__.startswith("shs.") and not owner.__module__.startswith(OURS)
        for owner in type(screen).__mro__
    )


def _file_errors(screen: Screen) -> Iterator[checks.Error]:
    kinds = [(ExportMixin, Exports), (ImportMixin, Imports)]
    wrong = [ours for theirs, ours in kinds if isinstance(screen, theirs) and not isinstance(screen, ours)]
    if wrong:
        yield _error(
            screen,
            21,
            "imports or exports without our guards: every row and every column, and cells that run as formulas.",
            f"Use {wrong[0].__name__} of shs.core.admin.resources.",
        )
    if not isinstance(screen, ExportMixin | ImportMixin):
        return
    order = type(screen).__mro__
    if any(theirs in order and order.index(theirs) > order.index(Screen) for theirs, _ours in kinds):
        yield _error(
            screen,
            34,
            "inherits Exports or Imports behind Screen: its pages for files would be missing.",
            "Write class MyScreen(Exports, Screen); where a mixin is built on Screen, Exports stands before it.",
        )
    resources = list(getattr(screen, "resource_classes", ()) or ())
    for name in {name for kind in resources for name in kind._meta.fields or ()} & screen.concealed_from.keys():
        readers = _holders(screen.model, screen.concealed_from[name])
        if others := _holders(screen.model, "export") - readers:
            yield _error(
                screen,
                53,
                f"exports {name!r}, which is concealed from {sorted(others)} on the pages.",
                "Leave the column out, or grant both rights to the same roles.",
            )
    named = [kind for kind in resources if issubclass(kind, Columns) and kind._meta.fields]
    if not resources or len(named) < len(resources):
        yield _error(
            screen,
            22,
            "does not name the columns of its files: every field would be exported, and no formula kept from running.",
            "ChartRows and Exports export: write resource_classes = [...], each a Columns of shs.core.admin.resources "
            "whose Meta.fields names the columns.",
        )


def _holders(model: type[Model], action: str) -> set[str]:
    """The roles and duties that may do `action` to rows of `model`."""
    return {line.who for line in granted_models().get(model, ()) if action in line.actions}


def _list_errors(screen: Screen) -> Iterator[checks.Error]:
    if screen.list_editable:
        yield _error(
            screen,
            23,
            "has list_editable, which would pass by the locked fields, the rights on each row and the steps.",
            "Write a @step, or let the row's page change it.",
        )
    for entry in screen.list_filter:
        name, kind = entry if isinstance(entry, tuple | list) else (entry, None)
        if kind in (RangeDateFilter, RangeDateTimeFilter):
            yield _error(
                screen,
                29,
                f"has a filter by {name!r} that does not say how a date is written.",
                f'Write ("{name}", DayRange) or, for an instant, ("{name}", TimeRange), of shs.core.admin.ranges.',
            )
        if isinstance(name, str) and (clinical := _clinical_on(screen.model, name)):
            yield _error(
                screen,
                52,
                f"has a filter by {name!r}: whoever sees the list would learn what {clinical._meta.label} holds.",
                f"Leave it out, or offer it in the list of {clinical.__name__}.",
            )
        field = _field_at(screen.model, name) if isinstance(name, str) else None
        if field is None or not field.is_relation:
            continue
        if kind is None or (_is_of_field(kind) and kind not in CUT_FILTERS):
            yield _error(
                screen,
                24,
                f"has a filter by {name!r}, which lists every row of {related_model(field)._meta.label}.",
                f'Write ("{name}", RelatedFilter) or ("{name}", AutocompleteFilter), both of '
                "shs.core.admin.changelist.",
            )


def _is_of_field(kind: object) -> bool:
    """Whether an entry of list_filter filters by a model field."""
    return isinstance(kind, type) and issubclass(kind, FieldListFilter)


def _field_at(model: type[Model], path: str) -> Field | None:
    """The last field of a lookup path such as `doctor__user`; None if there is no such field."""
    field: Field | None = None
    for name in path.split(LOOKUP_SEP):
        try:
            field = cast(Field, model._meta.get_field(name))
        except FieldDoesNotExist:
            return field
        model = related_model(field) if field.is_relation else model
    return field


def _clinical_on(model: type[Model], path: str) -> type[Model] | None:
    """The first related model on a lookup path whose rows are health data; None if there is none."""
    names = path.split(LOOKUP_SEP)
    for end in range(1, len(names) + 1):
        field = _field_at(model, LOOKUP_SEP.join(names[:end]))
        if field is not None and field.is_relation and isinstance(privacy_of(related_model(field)), Clinical):
            return related_model(field)
    return None


def _search_errors(screen: Screen) -> Iterator[checks.Error]:
    if _overrides(screen, "get_search_results"):
        yield _error(
            screen,
            55,
            "searches by get_search_results, which may find rows that its user may not see.",
            "Name search_fields, and write also_found(text), which returns a condition, for anything else.",
        )
    shown_here = {inline.model for inline in screen.inlines}
    for path in [*screen.search_fields, *screen.quick_search_fields]:
        keys, _sep, name = path.lstrip("^=@").rpartition(LOOKUP_SEP)
        key = _field_at(screen.model, keys) if keys else None
        if key is None or not key.is_relation or path in screen.concealed_from:
            continue
        behind = related_model(key)
        if behind in shown_here:
            continue
        other = admin.site._registry.get(behind)
        if not isinstance(other, Screen):
            known: set[str] = set()
        else:
            known = {*other.search_fields, *other.quick_search_fields} - set(other.concealed_from)
        if name not in known:
            yield _error(
                screen,
                25,
                f"is searched by {path!r}: a search tells letter by letter what {behind._meta.label} holds.",
                f"Search by what the list of {behind._meta.label} is searched by ({sorted(known)}), or "
                "conceal it from those who may not read it: concealed_from = {path: action}.",
            )


def _inline_errors(screen: Screen) -> Iterator[checks.Error]:
    for inline in screen.inlines:
        if not issubclass(inline, ScreenInline):
            yield _error(
                screen,
                2,
                f"has the inline {inline.__name__}, which asks no grant table.",
                "Derive it from TabularInline or StackedInline of shs.core.admin.inlines.",
            )
        elif isinstance(privacy_of(inline.model), Clinical) and not _is_of_the_same_patient(screen, inline):
            yield _error(
                screen,
                26,
                f"shows patients' rows ({inline.model._meta.label}) on a page that is not about the patient: they "
                "would be read without a line in the read log.",
                f"Give {inline.model.__name__} a Screen built on ChartRows of shs.medical_record.admin.chart, and a "
                "link to it here; or offer a section of the patient's page.",
            )


def privacy_of(model: type[Model]) -> object:
    """The `privacy` of `model`: whether its rows hold health data. None if the model does not declare it."""
    return getattr(model, "privacy", None)


def _is_of_the_same_patient(screen: Screen, inline: type[ScreenInline]) -> bool:
    """Whether opening the page is logged for the same patient whom the rows of the inline belong to."""
    privacy, own = privacy_of(inline.model), privacy_of(screen.model)
    if not isinstance(privacy, Clinical) or not isinstance(own, Clinical) or not isinstance(screen, ReadsLogged):
        return False
    keys = [field.name for field in inline.model._meta.fields if field.related_model is screen.model]
    return any(privacy.patient in {f"{key}{LOOKUP_SEP}{own.patient}", own.patient} for key in keys)


def _reading_errors(screen: Screen) -> Iterator[checks.Error]:
    if isinstance(privacy_of(screen.model), Clinical) and not isinstance(screen, ReadsLogged):
        yield _error(
            screen,
            27,
            f"shows patients' rows ({screen.model._meta.label}), and writes nothing to the read log.",
            "Derive it from ChartRows of shs.medical_record.admin.chart, before Screen.",
        )
    if isinstance(screen, ReadsLogged):
        for page in screen.all_pages():
            if (page.route.startswith(ROW) or page.needs in LOOKING) and not page.read_as:
                yield _error(
                    screen,
                    28,
                    f"does not say what the read log calls its page {page.name!r}.",
                    'Write Page(..., read_as="PDF").',
                )
