"""Django's `migrate`, which builds each model once on the way forwards, can be killed at any moment, and gives
permissions their present names."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration, RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from shs.core.grants.permission_names import name_permissions

Name = tuple[str, str]
find = ProjectState._find_reload_model  # type: ignore[attr-defined]  # private: Django offers no other way in
FEW = 30
"""So many models are built again at once."""


def only_what_changed(state: ProjectState, app_label: str, name: str, delay: bool = False) -> set[Name]:
    """The models to build again after a change of one. Django builds all that are related to it in any number of steps,
    which are most where all lead to the user. A new model is built alone: its keys find the models that are there, and
    these find the new relations. After a change those are built again that lead to the model; a model to which it leads
    finds the new relation. If these are many and the change concerns no other model, such as a new index (`delay`),
    only the model and its heirs are built until the next RunPython, before which all are built anew."""
    if name not in state.apps.all_models[app_label]:
        return {(app_label, name)}
    leading = leading_to(state, {(app_label, name)})
    if not delay or len(leading) <= FEW:
        return leading
    state.is_delayed = True
    return {(app_label, name), *heirs(state, app_label, name)}


def leading_to(state: ProjectState, changed: set[Name]) -> set[Name]:
    """Those `changed`, and all whose keys or bases lead to one of them in any number of steps."""
    found, ahead = set(changed), list(changed)
    while ahead:
        key = ahead.pop()
        relations = state.apps.get_model(*key)._meta._relation_tree
        by_keys = {(field.model._meta.app_label, field.model._meta.model_name) for field in relations}
        new = (by_keys | heirs(state, *key)) - found
        found |= new
        ahead += new
    return found


def heirs(state: ProjectState, app_label: str, name: str) -> set[Name]:
    base = f"{app_label}.{name}"
    return {
        key
        for key, model in state.models.items()
        for one in model.bases
        if isinstance(one, str) and one.lower() == base
    }


def build_for_python(state: ProjectState, migration: Migration) -> None:
    """Build the models that were left as they were, before a migration that may use them. Django builds all anew before
    each RunPython, in a copy of the state that it then throws away."""
    if state.is_delayed and any(isinstance(one, RunPython) for one in migration.operations):
        state.clear_delayed_apps_cache()
        state.is_delayed = False
        state.apps.get_models()  # builds them


class Executor(MigrationExecutor):
    """Only the way forwards keeps one registry of models, in which each is the latest; the way back needs the models
    before each migration, which must not know of later ones."""

    def _migrate_all_forwards(self, *args: Any, **options: Any) -> ProjectState:
        ProjectState._find_reload_model = only_what_changed  # type: ignore[attr-defined]
        try:
            state: ProjectState = super()._migrate_all_forwards(*args, **options)
            return state
        finally:
            ProjectState._find_reload_model = find  # type: ignore[attr-defined]

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """Indexes and keys are made before a migration ends, because Django records it in the same transaction only if
        none are left to make. A process killed between the two transactions would leave tables that the next `migrate`
        tries to create again."""

        def apply(state: ProjectState, editor: BaseDatabaseSchemaEditor, collect_sql: bool = False) -> ProjectState:
            after: ProjectState = type(migration).apply(migration, state, editor, collect_sql)
            for statement in editor.deferred_sql:
                editor.execute(statement, None)
            editor.deferred_sql.clear()
            return after

        build_for_python(state, migration)
        migration.apply = apply  # type: ignore[method-assign, assignment]
        try:
            return super().apply_migration(state, migration, fake, fake_initial)
        finally:
            del migration.apply


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]
        try:
            super().handle(*args, **options)
        finally:
            migrate.MigrationExecutor = MigrationExecutor  # type: ignore[attr-defined]
        using = connections[options["database"]]
        if (
            not (options["plan"] or options["check_unapplied"])
            and "auth_permission" in using.introspection.table_names()
        ):
            name_permissions(using.alias)
