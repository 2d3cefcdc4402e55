"""What our migrations have in common: fast initial ones, and new names of permissions."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class InitialMigration(migrations.Migration):
    """Django renders all model states again after each operation, which takes most of `migrate`'s time for a hundred
    tables. Here they are rendered once an app, after its last operation. So each operation must be a CreateModel with
    all of its fields, indexes and constraints, or one that needs no model. Later migrations are ordinary ones."""

    initial = True

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> ProjectState:
        """As Django's, with one model state for all operations."""
        before = project_state.clone()
        project_state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(self.app_label, project_state)
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
