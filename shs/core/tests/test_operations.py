from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from shs.core.operations import CreateModels
from shs.testing import CommittedTestCase


class CreatingModels(CommittedTestCase):
    def test_tables_that_refer_to_each_other_are_made_and_removed_again(self):
        key = ("id", models.BigAutoField(primary_key=True))
        create = CreateModels(
            [
                migrations.CreateModel("Ward", [key]),
                migrations.CreateModel("Bed", [key, ("ward", models.ForeignKey("core.Ward", models.CASCADE))]),
            ]
        )
        before, after = ProjectState(), ProjectState()
        self.assertEqual(len(after.apps.get_models()), 0)  # also builds them, as the command does
        create.state_forwards("core", after)
        bed = after.apps.get_model("core", "Bed")
        self.assertIs(bed._meta.get_field("ward").remote_field.model, after.apps.get_model("core", "Ward"))
        with connection.schema_editor() as editor:
            create.database_forwards("core", editor, before, after)
        self.assertLessEqual({"core_ward", "core_bed"}, set(connection.introspection.table_names()))
        with connection.schema_editor() as editor:
            create.database_backwards("core", editor, after, before)
        self.assertFalse({"core_ward", "core_bed"} & set(connection.introspection.table_names()))
