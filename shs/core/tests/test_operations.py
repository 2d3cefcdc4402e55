from unittest import mock

from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState
from django.test import SimpleTestCase

from shs.core.management.commands.migrate import FEW, Executor, build_for_python, only_what_changed
from shs.core.operations import CreateModels, Relabel
from shs.testing import CommittedTestCase

KEY = ("id", models.BigAutoField(primary_key=True))


class CreatingModels(CommittedTestCase):
    def test_tables_that_refer_to_each_other_are_made_and_removed_again(self):
        create = CreateModels(
            [
                migrations.CreateModel("Ward", [KEY]),
                migrations.CreateModel("Bed", [KEY, ("ward", models.ForeignKey("core.Ward", models.CASCADE))]),
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


class ChangingWords(SimpleTestCase):
    def relabel(self, **field: object) -> ProjectState:
        """The state after `Relabel` of the only model's field `name`."""
        state = ProjectState()
        state.add_model(ModelState("core", "Ward", [KEY, ("name", models.CharField(max_length=10))]))
        built = state.apps
        Relabel(
            [
                migrations.AlterModelOptions("ward", {"verbose_name": "unit"}),
                migrations.AlterField("ward", "name", models.CharField(**field)),  # type: ignore[arg-type]
            ]
        ).state_forwards("core", state)
        self.assertIs(state.apps, built)
        return state

    def test_words_are_changed_and_no_model_is_built_again(self):
        ward = self.relabel(max_length=10, verbose_name="name of the unit").models["core", "ward"]
        self.assertEqual((ward.options["verbose_name"], ward.fields["name"].verbose_name), ("unit", "name of the unit"))

    def test_a_change_of_the_column_is_refused(self):
        with self.assertRaisesMessage(ValueError, "Write migrations.AlterField"):
            self.relabel(max_length=20)


class Interrupted(CommittedTestCase):
    """A migration and the line that records it are one transaction, also where it makes indexes, which come last."""

    def setUp(self):
        self.migration = migrations.Migration("0001_initial", "ward")
        self.migration.operations = [
            migrations.CreateModel("Ward", [KEY]),
            migrations.CreateModel("Bed", [KEY, ("ward", models.ForeignKey("ward.Ward", models.CASCADE))]),
        ]
        self.executor = Executor(connection)

    def tables(self):
        return {"ward_ward", "ward_bed"} & set(connection.introspection.table_names())

    def applied(self):
        return ("ward", "0001_initial") in self.executor.recorder.applied_migrations()

    def test_a_migration_is_made_and_recorded_or_neither(self):
        with (
            mock.patch.object(self.executor, "record_migration", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.executor.apply_migration(ProjectState(), self.migration)
        self.assertEqual((self.tables(), self.applied()), (set(), False))
        after = self.executor.apply_migration(ProjectState(), self.migration)
        self.assertEqual((self.tables(), self.applied()), ({"ward_ward", "ward_bed"}, True))
        with connection.cursor() as cursor:
            keys = connection.introspection.get_constraints(cursor, "ward_bed").values()
        self.assertTrue([key for key in keys if key["columns"] == ["ward_id"] and key["index"]])
        self.executor.unapply_migration(after, self.migration)
        self.assertEqual((self.tables(), self.applied()), (set(), False))


class BuildingModelsOnce(SimpleTestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(ProjectState, "_find_reload_model", only_what_changed))
        self.state = ProjectState()
        self.add("Ward")
        self.add("Bed", ward="core.Ward")
        self.add("Chair")
        self.built = {name: self.model(name) for name in ("Ward", "Bed", "Chair")}

    def add(self, name, **keys):
        fields = [(field, models.ForeignKey(to, models.CASCADE)) for field, to in keys.items()]
        self.state.add_model(ModelState("core", name, [KEY, *fields]))

    def model(self, name):
        return self.state.apps.get_model("core", name)

    def built_again(self):
        return {name for name, before in self.built.items() if self.model(name) is not before}

    def add_field(self, model_name):
        self.state.add_field("core", model_name, "said", models.TextField(default=""), preserve_default=True)

    def test_a_new_model_is_built_alone_and_found_by_those_to_which_it_leads(self):
        self.add("Stay", bed="core.Bed")
        self.assertEqual(self.built_again(), set())
        self.assertIs(self.model("Stay")._meta.get_field("bed").related_model, self.built["Bed"])
        self.assertIs(self.built["Bed"]._meta.get_field("stay").related_model, self.model("Stay"))
        self.assertTrue(self.built["Bed"].stay_set)
        self.assertFalse(self.state.is_delayed)

    def test_after_a_change_what_leads_to_the_model_is_built_again(self):
        self.add("Stay", bed="core.Bed")
        self.add_field("ward")
        self.assertEqual(self.built_again(), {"Ward", "Bed"})
        self.assertIs(self.model("Stay")._meta.get_field("bed").related_model, self.model("Bed"))
        self.assertIs(self.model("Bed")._meta.get_field("ward").related_model, self.model("Ward"))
        self.assertTrue(self.model("Ward")._meta.get_field("said"))
        self.assertFalse(self.state.is_delayed)

    def test_a_model_to_which_no_other_leads_is_built_alone(self):
        self.add_field("bed")
        self.assertEqual(self.built_again(), {"Bed"})
        self.assertIs(self.model("Ward")._meta.get_field("bed").related_model, self.model("Bed"))
        self.assertFalse(self.state.is_delayed)

    def test_after_a_new_key_the_model_to_which_it_leads_is_not_built_again(self):
        key = models.ForeignKey("core.Chair", models.CASCADE, null=True)
        self.state.add_field("core", "bed", "chair", key, preserve_default=True)
        self.assertEqual(self.built_again(), {"Bed"})
        self.assertIs(self.model("Bed")._meta.get_field("chair").related_model, self.built["Chair"])
        self.assertIs(self.built["Chair"]._meta.get_field("bed").related_model, self.model("Bed"))
        self.assertTrue(self.built["Chair"].bed_set)
        self.state.remove_field("core", "bed", "chair")
        self.assertEqual(self.built["Chair"]._meta.related_objects, ())

    def test_where_many_lead_to_the_model_they_are_built_before_the_next_python(self):
        for number in range(FEW):
            self.add(f"Room{number}", ward="core.Ward")
        self.add_field("ward")
        self.assertEqual(self.built_again(), {"Ward"})
        self.assertTrue(self.state.is_delayed)
        migration = migrations.Migration("0002_rest", "core")
        build_for_python(self.state, migration)
        self.assertEqual(self.built_again(), {"Ward"})
        migration.operations = [migrations.RunPython(migrations.RunPython.noop)]
        build_for_python(self.state, migration)
        self.assertEqual(self.built_again(), {"Ward", "Bed", "Chair"})
        self.assertIs(self.model("Bed")._meta.get_field("ward").related_model, self.model("Ward"))
        self.assertFalse(self.state.is_delayed)
        self.built = {name: self.model(name) for name in self.built}
        build_for_python(self.state, migration)
        self.assertEqual(self.built_again(), set())
