"""Common mistakes by which somebody learns or does more than their rights say, as in test_gates.py: each is made here,
and a system check refuses it with a message that says what to write instead."""

from unittest.mock import patch

from django.contrib import admin
from django.core.checks.registry import registry
from django.http import HttpResponse
from django.test import SimpleTestCase

from shs.appointment.models import Appointment, Status
from shs.core.admin.checks import every_page_names_a_right, every_screen_is_safe
from shs.core.admin.pages import Page
from shs.core.admin.resources import Columns, Exports
from shs.core.admin.screen import Screen
from shs.core.admin.site import ANY_STAFF, office
from shs.core.admin.steps import step
from shs.core.grants import table
from shs.core.records.checks import every_model_is_kept_as_it_should_be, every_opening_is_a_query_with_a_reason
from shs.medical_record.admin.chart import ChartRows
from shs.medical_record.models import MedicalRecord
from shs.tests.test_gates import FIELDS, ScreenTestCase, messages


class Screens(ScreenTestCase):
    def test_a_step_of_whoever_may_see_the_row(self):
        class Planted(Screen):
            fieldsets = FIELDS

            @step("view", "Finish", to=Status.COMPLETED)
            def finish(self, request, visit, data):
                """A step."""

        self.assert_refused(Planted, "shs.E050", "'finish'", "auditors")

    def test_an_action_of_whoever_may_see_the_rows(self):
        class Planted(Screen):
            fieldsets = FIELDS
            actions = ["finish"]

            @admin.action(description="Finish", permissions=["view"])
            def finish(self, request, queryset):
                """An action."""

        self.assert_refused(Planted, "shs.E050", "'finish'", "@step(right")

    def test_a_filter_by_health_data_of_other_rows(self):
        class Planted(Screen):
            fieldsets = FIELDS
            list_filter = ["records__severity"]

        self.assert_refused(Planted, "shs.E052", "MedicalRecord")

    def test_an_export_of_a_column_that_is_concealed_on_the_pages(self):
        class Reasons(Columns):
            class Meta:
                model = Appointment
                fields = ("number", "reason")

        class Planted(Exports, Screen):
            fieldsets = FIELDS
            concealed_from = {"reason": "read_reason"}
            resource_classes = [Reasons]

        self.assert_refused(Planted, "shs.E053", "'reason'", "desk")

    def test_a_page_of_patients_rows_that_no_line_of_the_read_log_names(self):
        class Planted(ChartRows, Screen):
            fieldsets = FIELDS
            pages = [Page("csv/", "csv", "csv", needs="export")]

        self.assert_refused(Planted, "shs.E028", "read_as", model=MedicalRecord)


class Pages(SimpleTestCase):
    def test_a_page_without_the_csrf_check(self):
        def hook(request):
            return HttpResponse()

        hook.csrf_exempt = True  # type: ignore[attr-defined]
        with self.assertRaisesMessage(TypeError, "a route of the API"):
            office.add_page("hook/", hook, name="hook", needs=ANY_STAFF)


class Checks(SimpleTestCase):
    def test_manage_py_check_runs_them(self):
        ours = {
            every_screen_is_safe,
            every_page_names_a_right,
            every_model_is_kept_as_it_should_be,
            every_opening_is_a_query_with_a_reason,
        }
        self.assertLessEqual(ours, set(registry.get_checks()))

    def test_health_data_that_is_open_to_everybody(self):
        opening = table.Opening(MedicalRecord, "all", "laboratories need them")
        with patch.object(table, "_openings", [opening]):
            found = messages(every_opening_is_a_query_with_a_reason())
        self.assertIn("grant(Model", found["shs.E054"])
