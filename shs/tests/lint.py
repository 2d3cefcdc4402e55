"""Our own lint rules for routes, pages and templates; each finding says what to write instead."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import get_args

from ninja import Router

from shs.core import errors
from shs.core.grants.table import openings
from shs.core.records.checks import our_models
from shs.core.records.privacy import Clinical
from shs.core.types import In
from shs.users.models import User

PLACES = {"admin", "api", "dashboard", "dashboards", "menu"}
"""Names of the modules and packages of an app that answer requests."""

ENDINGS = ("_api", "_pages")
"""How the names of such modules end where an app has several."""

MANAGERS = {"objects", "_default_manager", "_base_manager"}
ASKED = {"allowed", "unrestricted", "none", "create_user"}
OPEN_TO_ALL = {"anyone"}
"""Values of `auth=` of routes that need no login."""
SHORTCUTS = {"get_object_or_404", "get_list_or_404"}
RAW = {"cursor", "raw", "extra"}
STATES = {"status", "state", "verification_status"}
SAFE_TO_LOG = {"pk", "id", "status", "__name__"}
"""Attributes that hold neither a name nor a text."""
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
PEOPLE = {"user", "patient", "person"}
"""Names of variables and fields that hold a person."""

REFUSALS = {"ValidationError", *(name for name, kind in vars(errors).items() if isinstance(kind, type))}
SAID = {"label", "done", "empty_text", "verbose_name", "verbose_name_plural", "violation_error_message"}
"""Arguments that people read."""

UNESCAPED = re.compile(r"\|\s*safe(seq)?\b|\bautoescape\s+off\b|\bfilter\s+safe")


def shows_rows(path: Path) -> bool:
    """Whether the module at `path`, relative to `shs/`, belongs to a route or a page of an app."""
    app, *rest = path.with_suffix("").parts
    return app != "core" and ((rest[0] if rest else app) in PLACES or path.stem.endswith(ENDINGS))


def findings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What is wrong in a module that answers requests: pairs of line number and sentence."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    names = {model.__name__ for model in our_models()}
    called = {one.asname: one.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for one in node.names}
    of_people = {link.get_accessor_name() for link in User._meta.related_objects if link.multiple}
    for node in ast.walk(tree):
        yield from ((node.lineno, sentence) for sentence in _open_findings(node, parents, called))
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            model = ast.unparse(node.value)
            known = _name_of_model(node.value, called) in {"model", *names}
            if known and not _is_asked(model, list(_methods(node, parents))):
                yield node.lineno, _instead(model)
        elif isinstance(node, ast.Attribute) and node.attr in of_people and _name(node.value) in PEOPLE:
            if not ASKED & set(_methods(node, parents)):
                yield (
                    node.lineno,
                    f"{ast.unparse(node)} reads rows of a person that no grant table was asked about. Write "
                    f'Model.objects.allowed(request.user, "view").filter(...).',
                )
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in SHORTCUTS:
            if node.args and (model := _name_of_model(node.args[0], called)) in names:
                yield node.lineno, _instead(model)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RAW:
            yield (
                node.lineno,
                f"{ast.unparse(node.func)}() reads rows that no grant table was asked about. Write a queryset that "
                'begins with Model.objects.allowed(request.user, "view").',
            )


def _open_findings(node: ast.AST, parents: dict[ast.AST, ast.AST], called: dict[str | None, str]) -> Iterator[str]:
    """What `node` shows to those who may not see it: a history, or health data without a login."""
    if isinstance(node, ast.Attribute) and node.attr == "history" and not ASKED & set(_methods(node, parents)):
        yield (
            f"{ast.unparse(node)} holds what screens conceal. Show it by the history of a Screen; or say what is shown "
            f'of it: {ast.unparse(node)}.unrestricted("why").'
        )
    if isinstance(node, ast.FunctionDef) and _is_open(node):
        yield from _health_data_in(node, called)


def _is_open(view: ast.FunctionDef) -> bool:
    """Whether a route needs no login."""
    calls = [one for one in view.decorator_list if isinstance(one, ast.Call)]
    return any(one.arg == "auth" and _name(one.value) in OPEN_TO_ALL for call in calls for one in call.keywords)


def _health_data_in(view: ast.FunctionDef, called: dict[str | None, str]) -> Iterator[str]:
    used = {_name_of_model(node, called) for node in ast.walk(view) if isinstance(node, ast.Name | ast.Attribute)}
    for name in sorted(used & of_health()):
        yield (
            f"{view.name} needs no login, and reads {name}, which is health data. Write auth=signed_in, or "
            "auth=requires(right)."
        )


def of_health() -> set[str]:
    """The names of the models that hold health data of a patient."""
    kinds = [(model.__name__, getattr(model, "privacy", None)) for model in our_models()]
    return {name for name, kind in kinds if isinstance(kind, Clinical) and kind.patient}


def careless_work(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a module of an app changes a state without its steps, changes health data without a history, or may write
    a name or clinical text into a log: pairs of line number and sentence."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    called = {one.asname: one.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for one in node.names}
    health = of_health()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in STATES and isinstance(node.ctx, ast.Store):
            if _name(node.value) != "self":
                yield (
                    node.lineno,
                    f"{ast.unparse(node)} is set without asking which steps lead there. Call the service that does the "
                    "step, which calls move() of shs.core.records.transitions.",
                )
        elif isinstance(node, ast.Attribute) and node.attr in MANAGERS and "without_history" in _methods(node, parents):
            if (model := _name_of_model(node.value, called)) in health:
                yield (
                    node.lineno,
                    f"{model} is health data, of which each change is kept. Save the rows, or write "
                    f"{model}.objects.create_with_history(...) or update_with_history(...).",
                )
        elif isinstance(node, ast.Call) and _is_log(node.func) and not _is_safe_to_log(node):
            yield (
                node.lineno,
                "A log must not hold a name or a clinical text. Write a constant text and the row's number: "
                'log.warning("... of row %s", row.pk).',
            )


def _is_log(function: ast.AST) -> bool:
    return (
        isinstance(function, ast.Attribute) and function.attr in LEVELS and _name(function.value) in {"log", "logger"}
    )


def _is_safe_to_log(call: ast.Call) -> bool:
    text, *values = call.args or [ast.Constant("")]
    is_constant = isinstance(text, ast.Constant) and not call.keywords and _name(call.func) != "exception"
    return is_constant and all(isinstance(one, ast.Attribute) and one.attr in SAFE_TO_LOG for one in values)


def _name_of_model(node: ast.AST, called: dict[str | None, str]) -> str:
    """The name of a class: Result for `Result`, `models.Result`, and what was imported as another name."""
    name = _name(node)
    return called.get(name, name)


def careless_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a module shows a text as HTML as it was typed, or says something in English only: pairs of line number and
    sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "format_html" and node.args and _is_made(node.args[0]):
            yield node.lineno, 'Only what is given separately is escaped. Write format_html("<b>{}</b>", text).'
        yield from ((said.lineno, 'This is in English only. Write _("...").') for said in _english(node))


def _is_made(text: ast.AST) -> bool:
    return isinstance(text, ast.JoinedStr | ast.BinOp) or ".format(" in ast.unparse(text)


def _english(node: ast.AST) -> Iterator[ast.AST]:
    """What `node` says to people without asking for a translation."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc.func) in REFUSALS:
        yield from (one for one in node.exc.args[:1] if _is_text(one))
    if isinstance(node, ast.Call):
        if ast.unparse(node.func).startswith("messages."):
            yield from (one for one in node.args[1:2] if _is_text(one) or isinstance(one, ast.JoinedStr))
        yield from (one.value for one in node.keywords if one.arg in SAID and _is_text(one.value))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and any(map(str.isalpha, node.value))


def _name(node: ast.AST) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _methods(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    """The names of the methods that are chained on the object that `node` is."""
    while isinstance(parent := parents.get(node), ast.Attribute | ast.Call):
        if isinstance(parent, ast.Call) and parent.func is not node:
            return
        if isinstance(parent, ast.Attribute):
            yield parent.attr
        node = parent


def _is_asked(model: str, methods: list[str]) -> bool:
    open_methods = {opening.rows for opening in openings() if opening.model.__name__ == model}
    return bool(ASKED & set(methods) or open_methods & {"all", *methods})


def _instead(model: str) -> str:
    return (
        f"Rows of {model} are read without asking who may see them. Write {model}.objects.allowed(request.user, "
        f'"view"); or name what everybody may see by open_rows({model}, "method", because=...) in permissions.py; or '
        f'say why it must be all rows: {model}.objects.unrestricted("why").'
    )


def loose_bodies(router: Router) -> Iterator[str]:
    """What is wrong with the bodies of a router's routes."""
    for view in router.path_operations.values():
        for operation in view.operations:
            for model in operation.models:
                if model.__ninja_param_source__ == "body":
                    for name, field in model.model_fields.items():
                        kinds = {*(get_args(field.annotation) or [field.annotation])} - {NoneType}
                        if not all(isinstance(kind, type) and issubclass(kind, In) for kind in kinds):
                            yield (
                                f"{operation.view_func.__name__}({name}) takes unknown fields and texts of any length. "
                                "Derive its schema from shs.core.types.In."
                            )


def unescaped(text: str) -> list[str]:
    """The places of a template that show a text as HTML, as it was typed. Let them be escaped; HTML that the code
    makes comes from format_html()."""
    return UNESCAPED.findall(text)
