"""InitialMigration: creates all tables of an app, fast."""

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
