"""Operations of migrations."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AlterField, AlterModelOptions, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field


def build_at_once(app_label: str, state: ProjectState, operations: Sequence[Operation]) -> None:
    """Add the new models of several operations to `state`, and build them after the last one."""
    built = state.__dict__.pop("apps", None)
    for one in operations:
        one.state_forwards(app_label, state)
    if built is not None:
        state.__dict__["apps"] = built
        new = [(app_label, one.name_lower) for one in operations if isinstance(one, CreateModel)]
        state.reload_models(new, delay=False)


class CreateModels(Operation):
    """Several `CreateModel` as one operation. Django builds the models that are related to a new one again after each
    operation; where all models lead to the user, that takes most of the time of a migration from empty."""

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        build_at_once(app_label, state, self.models)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for one in self.models:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for one in reversed(self.models):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create {', '.join(one.name for one in self.models)}"

    def references_model(self, name: str, app_label: str) -> bool:
        return any(one.references_model(name, app_label) for one in self.models)


class Relabel(Operation):
    """`AlterField` and `AlterModelOptions` that change words only: labels, help texts, the names of choices and rights.
    The tables stay as they are, so no model is built again. Raises ValueError for a change of a column."""

    def __init__(self, changes: Sequence[AlterField | AlterModelOptions]) -> None:
        self.changes = changes

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        built = state.__dict__.pop("apps", None)
        for one in self.changes:
            if isinstance(one, AlterField) and _column(one.field) != _column(
                state.models[app_label, one.model_name_lower].fields[one.name]
            ):
                raise ValueError(f"{one.describe()}: more than its words are changed. Write migrations.AlterField.")
            one.state_forwards(app_label, state)
        if built is not None:
            state.__dict__["apps"] = built

    def database_forwards(self, *args: object) -> None:
        """Nothing to do."""

    def database_backwards(self, *args: object) -> None:
        """Nothing to do."""

    def describe(self) -> str:
        return f"Change the words of {', '.join(sorted({_model_of(one) for one in self.changes}))}"


def _column(field: "Field[object, object]") -> tuple[object, ...]:
    """What the database knows of a field."""
    _name, path, args, given = field.deconstruct()
    return path, args, {name: value for name, value in given.items() if name not in field.non_db_attrs}


def _model_of(change: AlterField | AlterModelOptions) -> str:
    return change.model_name if isinstance(change, AlterField) else change.name
