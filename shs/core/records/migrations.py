"""Helpers for migrations: fast initial migrations, renaming permissions, and filling derived columns."""

from collections.abc import Iterator

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from shs.core.operations import build_at_once
from shs.core.records.derived import DerivedField

AT_ONCE = 2000
"""Rows that are derived in one statement."""


class InitialMigration(migrations.Migration):
    """An initial migration that builds its models only once, after its last operation. Django builds them after each
    operation, which takes most of the time of `migrate` with a hundred tables. So each operation must be a
    CreateModel with all of its fields, indexes and constraints, or one that needs no model. Later migrations are
    ordinary ones."""

    initial = True

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> ProjectState:
        """As Django's, with one model state for all operations."""
        before = project_state.clone()
        build_at_once(self.app_label, project_state, self.operations)
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, before, project_state)
        return project_state


def rename_permissions(app_label: str, names: dict[str, str]) -> migrations.RunPython:
    """The operation that gives permissions of an app their new names (codename → name). Django creates permissions from
    `Meta.permissions` and never changes their names. The migration depends on `auth` and `contenttypes`."""

    def rename(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        permissions = apps.get_model("auth", "Permission")._default_manager
        for codename, name in names.items():
            permissions.filter(content_type__app_label=app_label, codename=codename).update(name=name)

    return migrations.RunPython(rename, migrations.RunPython.noop)


def derive_columns(app_label: str, model_name: str) -> migrations.RunPython:
    """The operation that fills the derived columns of the rows that are there already. Run it before their indexes are
    added, and again if they are made of further columns."""

    def derive(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        model = apps.get_model(app_label, model_name)
        fields = [field for field in model._meta.concrete_fields if isinstance(field, DerivedField)]
        quoted = schema_editor.quote_name
        assigned = ", ".join(f"{quoted(str(field.column))} = %s" for field in fields)
        sql = f"UPDATE {quoted(model._meta.db_table)} SET {assigned} WHERE {quoted(str(model._meta.pk.column))} = %s"  # noqa: S608
        for rows in _batches(model):
            with schema_editor.connection.cursor() as cursor:
                cursor.executemany(sql, [[*(field.of_row(row) for field in fields), row.pk] for row in rows])

    return migrations.RunPython(derive, migrations.RunPython.noop)


def _batches(model: type[models.Model]) -> Iterator[list[models.Model]]:
    rows, last = model._default_manager.order_by("pk"), 0
    while batch := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        yield batch
        last = batch[-1].pk
