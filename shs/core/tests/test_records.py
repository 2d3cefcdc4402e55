"""Records: history, state changes, and named constraints."""

from datetime import time

from django.contrib.auth.models import AnonymousUser
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from shs.core.api.models import KeptAnswer
from shs.core.checks import every_granted_action_is_a_permission, every_trigger_is_there
from shs.core.errors import Refused, StepRefused, refusal_for
from shs.core.grants.models import ObjectGrant
from shs.core.grants.table import everyone, grant, granted_models
from shs.core.records.constraints import NeverOverlaps
from shs.core.records.models import UnloggedChange
from shs.core.records.transitions import move, save_with_reason
from shs.testing import CommittedTestCase, TestUsers, later


class History(TestUsers, TestCase):
    def test_every_save_adds_a_history_line(self):
        self.clinic.name = "Riverside Clinic"
        with later(minutes=1):
            save_with_reason(self.clinic, "moved")
        line = self.clinic.history.first()
        self.assertEqual((line.name, line.prev_record.name), ("Riverside Clinic", "Lakeside Clinic"))
        self.assertEqual(line.history_change_reason, "moved")

    def test_a_reason_is_stored_for_one_save_only(self):
        save_with_reason(self.clinic, "moved")
        self.clinic.save()
        self.assertIsNone(self.clinic.history.first().history_change_reason)

    def test_a_deleted_row_keeps_its_last_values_in_the_history(self):
        pk = self.dr_dave.availability.first().pk
        model = type(self.dr_dave.availability.first())
        model.objects.get(pk=pk).delete()
        self.assertEqual(model.history.filter(id=pk).first().history_type, "-")

    def test_bulk_changes_need_a_reason_to_skip_the_history(self):
        rows = type(self.clinic).objects.all()
        for change in (
            lambda: rows.update(city="Khulna"),
            lambda: rows.filter(pk=1).update(city="Khulna"),
            lambda: rows.bulk_update([self.clinic], ["city"]),
            lambda: rows.bulk_create([type(self.clinic)(name="New", slug="new")]),
            lambda: self.dr_carol.appointments.update(reason=""),
        ):
            with self.assertRaises(UnloggedChange):
                change()
        with self.assertRaises(UnloggedChange):
            rows.without_history("")
        self.assertEqual(rows.without_history("a test").filter(pk=self.clinic.pk).update(city="Khulna"), 1)

    def test_bulk_creation_adds_a_history_line_for_each_row(self):
        model = type(self.clinic)
        made = model.objects.create_with_history(
            [model(name=f"Clinic {n}", slug=f"c{n}") for n in range(3)], by=self.frank, reason="a new region"
        )
        lines = [clinic.history.get() for clinic in model.objects.filter(slug__in=[row.slug for row in made])]
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertEqual((line.history_user, line.history_change_reason), (self.frank, "a new region"))

    def test_the_history_contains_no_secrets(self):
        names = {field.name for field in type(self.alice).history.model._meta.get_fields()}
        self.assertFalse(names & {"password", "token_version", "last_login"})


class StateChanges(TestUsers, TestCase):
    def test_an_allowed_step_is_stored_with_its_changes_and_reason(self):
        move(self.visit, "confirmed", reason="by phone", notes="fasting")
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.status, self.visit.notes), ("confirmed", "fasting"))
        self.assertEqual(self.visit.history.first().history_change_reason, "by phone")

    def test_a_step_that_the_state_does_not_allow_is_refused_with_a_message(self):
        with self.assertRaisesMessage(StepRefused, "The status cannot change from requested to completed."):
            move(self.visit, "completed")

    def test_a_step_checks_the_state_in_the_database(self):
        stale = type(self.visit).objects.get(pk=self.visit.pk)
        move(self.visit, "cancelled")
        with self.assertRaises(StepRefused):
            move(stale, "confirmed")

    def test_a_refused_step_changes_nothing(self):
        def refuse():
            raise Refused("not today")

        with self.assertRaisesMessage(Refused, "not today"):
            move(self.visit, "confirmed", check=refuse, notes="x")
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.status, self.visit.notes, self.visit.history.count()), ("pending", "", 1))


class ConstraintNames(TestUsers, TestCase):
    """A violated constraint becomes a refusal with its name on both databases; an unknown constraint does not."""

    def violate(self, save) -> Refused | None:
        with self.assertRaises(IntegrityError) as caught, transaction.atomic():
            save()
        return refusal_for(caught.exception)

    def test_a_unique_constraint(self):
        KeptAnswer.objects.create(user=self.alice, key="k", digest="d")
        refusal = self.violate(lambda: KeptAnswer.objects.create(user=self.alice, key="k", digest="d"))
        self.assertEqual((refusal.status, refusal.code), (409, "keptanswer_once_a_key"))

    def test_a_check(self):
        self.clinic.name = ""
        self.assertEqual(self.violate(self.clinic.save).code, "clinic_named")

    def test_ranges_that_overlap(self):
        block = self.dr_carol.availability.first()
        block.pk = None
        self.assertEqual(self.violate(lambda: block.save(force_insert=True)).code, "doctoravailability_never_overlaps")

    def test_a_unique_column_names_its_field(self):
        self.other_clinic.slug = self.clinic.slug
        self.assertIn("short name", str(self.violate(self.other_clinic.save).detail))
        self.bob.email = self.alice.email
        self.assertEqual(self.violate(self.bob.save).status, 409)

    def test_an_unknown_constraint_is_not_converted(self):
        self.clinic.city = None
        self.assertIsNone(self.violate(self.clinic.save))


class Overlaps(TestUsers, CommittedTestCase):
    """The constraint NeverOverlaps, which Django does not have, also after SQLite has recreated a table."""

    def setUp(self):
        self.make_people()
        self.block = self.dr_carol.availability.get(weekday=0)
        self.model = type(self.block)

    def another(self, start: time, end: time):
        block = self.model(doctor=self.dr_carol, weekday=0, start=start, end=end, slot_minutes=20)
        block.save()
        return block

    def assert_guarded(self) -> None:
        for start, end in ((time(9), time(17)), (time(16, 59), time(18)), (time(8), time(9, 1)), (time(10), time(11))):
            with self.subTest(start=start), self.assertRaises(IntegrityError), transaction.atomic():
                self.another(start, end)

    def test_overlapping_ranges_are_refused_and_adjacent_ones_are_not(self):
        self.assert_guarded()
        self.another(time(17), time(18))
        self.another(time(8), time(9))

    def test_an_update_that_overlaps_another_row_is_refused(self):
        later = self.another(time(17), time(18))
        later.start = time(16)
        with self.assertRaises(IntegrityError), transaction.atomic():
            later.save()
        self.block.end = time(16)
        self.block.save()

    def test_forms_validate_it_with_a_message(self):
        block = self.model(doctor=self.dr_carol, weekday=0, start=time(10), end=time(11), slot_minutes=20)
        with self.assertRaisesMessage(ValidationError, "overlap"):
            block.full_clean()
        self.block.full_clean()

    def test_it_survives_when_sqlite_recreates_the_table(self):
        old = self.model._meta.get_field("slot_minutes")
        new = type(old)(null=True)
        new.set_attributes_from_name("slot_minutes")
        new.model = self.model
        with connection.schema_editor() as editor:
            editor.alter_field(self.model, old, new, strict=True)
        self.assert_guarded()
        with connection.schema_editor() as editor:
            editor.alter_field(self.model, new, old, strict=True)
        self.assert_guarded()
        self.assertEqual(every_trigger_is_there(databases=["default"]), [])

    def test_it_can_be_removed_and_added_again(self):
        (constraint,) = [known for known in self.model._meta.constraints if isinstance(known, NeverOverlaps)]
        with connection.schema_editor() as editor:
            editor.execute(constraint.remove_sql(self.model, editor))
        overlapping = self.another(time(10), time(11))
        found = every_trigger_is_there(databases=["default"])
        if connection.vendor == "sqlite":
            self.assertEqual([problem.id for problem in found], ["shs.E005"])
        overlapping.delete()
        with connection.schema_editor() as editor:
            editor.execute(constraint.create_sql(self.model, editor))
        self.assert_guarded()
        self.assertEqual(every_trigger_is_there(databases=["default"]), [])


class SystemChecks(TestCase):
    def test_the_project_passes_the_system_checks(self):
        found = checks.run_checks(databases=["default"])
        self.assertEqual([problem for problem in found if not problem.is_silenced()], [])

    def test_an_action_without_permission_is_found(self):
        before = list(granted_models()[ObjectGrant])
        self.addCleanup(granted_models().__setitem__, ObjectGrant, before)
        grant(ObjectGrant, "nobody", everyone, "veiw")
        self.assertEqual([problem.id for problem in every_granted_action_is_a_permission()], ["shs.E004"])


class AnonymousUsers(TestUsers, TestCase):
    def test_an_anonymous_user_sees_no_row(self):
        self.assertFalse(type(self.visit).objects.allowed(AnonymousUser(), "view").exists())
