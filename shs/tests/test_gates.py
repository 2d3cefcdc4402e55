"""Common mistakes when adding a model, a route or a page: each is made here, and must be refused with a message that
says what to write instead. Those that a system check refuses are built as classes and handed to the check; those
that ruff or shs/tests/lint.py refuse are handed over as text; the others are found by reading the answer as each
test user."""

from typing import Any
from unittest.mock import patch

from django import forms
from django.contrib import admin
from django.db import models
from django.test import RequestFactory, SimpleTestCase, TestCase
from django.test.utils import isolate_apps
from django.urls import path
from import_export.admin import ExportMixin
from import_export.resources import ModelResource
from unfold.admin import TabularInline as PlainInline
from unfold.contrib.filters.admin import RangeDateTimeFilter

from shs.appointment.models import Appointment
from shs.core.admin.checks import every_page_names_a_right, screen_errors
from shs.core.admin.inlines import TabularInline
from shs.core.admin.pages import Page
from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepForm, step
from shs.core.records.checks import model_errors
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative, Clinical
from shs.medical_record.models import MedicalRecord
from shs.testing import TestUsers
from shs.users.models import User

FIELDS: Any = [(None, {"fields": ["number"]})]
APP = "shs.appointment.models"
"""The module that the models of these tests claim to be in: their history models are created there."""


def messages(errors: list) -> dict[str, str]:
    """Each error as its id, message and hint."""
    return {error.id: f"{error.msg} {error.hint}" for error in errors}


class ScreenTestCase(SimpleTestCase):
    def assert_refused(self, screen: type[Screen], number: str, *words: str, model: Any = Appointment) -> None:
        found = messages(screen_errors(screen(model, admin.site)))
        self.assertIn(number, found)
        for word in words:
            self.assertIn(word, found[number])


class Screens(ScreenTestCase):
    def test_a_correct_screen_is_accepted(self):
        class Good(Screen):
            fieldsets = FIELDS
            pages = [Page("<path:object_id>/paper/", "paper", "paper", needs="view")]

            def paper(self, request, visit):
                """A page."""

        self.assertEqual(screen_errors(Good(Appointment, admin.site)), [])

    def test_a_url_without_a_permission(self):
        class Planted(Screen):
            fieldsets = FIELDS

            def get_urls(self):
                return [path("raw/<int:pk>/", self.raw), *super().get_urls()]

            def raw(self, request, pk):
                """All rows, for everybody."""

        self.assert_refused(Planted, "shs.E015", "pages = [Page(")

    def test_a_page_without_a_permission(self):
        class Planted(Screen):
            fieldsets = FIELDS
            pages = [Page("summary/", "summary", "summary", needs="")]

        self.assert_refused(Planted, "shs.E016", 'needs="view"')
        with self.assertRaises(TypeError):
            Page("summary/", "summary", "summary")  # type: ignore[call-arg]

    def test_an_action_without_a_permission(self):
        class Planted(Screen):
            fieldsets = FIELDS
            actions = ["finish"]

            @admin.action(description="Finish")
            def finish(self, request, queryset):
                for visit in queryset:
                    visit.status = "completed"
                    visit.save()

        self.assert_refused(Planted, "shs.E017", "@step(", 'permissions=["cancel"]')

    def test_a_permission_that_is_in_no_grant_table(self):
        class Planted(Screen):
            fieldsets = FIELDS
            actions = ["finish"]

            def has_finish_permission(self, request):
                return True

            @admin.action(description="Finish", permissions=["finish"])
            def finish(self, request, queryset):
                """An action."""

        self.assert_refused(Planted, "shs.E017", "no right that a grant table gives")

    def test_a_screen_with_a_permission_of_its_own(self):
        class Planted(Screen):
            fieldsets = FIELDS

            def has_view_permission(self, request, obj=None):
                return True

        self.assert_refused(Planted, "shs.E048", "Write grant(")

    def test_actions_of_unfold(self):
        class Planted(Screen):
            fieldsets = FIELDS
            actions_row = ["finish"]

        self.assert_refused(Planted, "shs.E018", "@step(")

    def test_a_model_choice_field_without_choose(self):
        class ChooseForm(StepForm):
            person = forms.ModelChoiceField(User.objects.all())  # noqa: TID251  (the mistake itself)

        class Planted(Screen):
            fieldsets = FIELDS

            @step("cancel", "Hand over…", form=ChooseForm)
            def hand_over(self, request, visit, data):
                """A step."""

        self.assert_refused(Planted, "shs.E019", 'person = Choose(User, "view")')

    def test_an_inline_with_clinical_rows_on_another_models_page(self):
        class Entries(TabularInline):
            model = MedicalRecord
            fk_name = "patient"

        class Planted(Screen):
            fieldsets = [(None, {"fields": ["name"]})]
            inlines = [Entries]

        self.assert_refused(Planted, "shs.E026", "without a line in the read log", "ChartRows", model=User)

    def test_an_inline_that_is_no_screen_inline(self):
        class Entries(PlainInline):
            model = MedicalRecord

        class Planted(Screen):
            fieldsets = FIELDS
            inlines = [Entries]

        self.assert_refused(Planted, "shs.E002", "TabularInline or StackedInline")

    def test_a_clinical_model_on_a_plain_screen(self):
        class Planted(Screen):
            fieldsets = [(None, {"fields": ["title"]})]

        self.assert_refused(Planted, "shs.E027", "Derive it from ChartRows", model=MedicalRecord)

    def test_exports_without_named_columns(self):
        class Planted(Exports, Screen):
            fieldsets = FIELDS

        class Everything(ModelResource):
            class Meta:
                model = Appointment

        class Planted2(Exports, Screen):
            fieldsets = FIELDS
            resource_classes = [Everything]

        class Planted3(ExportMixin, Screen):
            fieldsets = FIELDS

        self.assert_refused(Planted, "shs.E022", "resource_classes = [")
        self.assert_refused(Planted2, "shs.E022", "Meta.fields")
        self.assert_refused(Planted3, "shs.E021", "Use Exports")

    def test_a_screen_with_mixins_in_the_wrong_order(self):
        class Mixin(Screen):
            """Calls methods of a screen."""

        class Planted(Mixin, Exports, Screen):
            fieldsets = FIELDS

        self.assert_refused(Planted, "shs.E034", "(Exports, Screen)")

    def test_a_screen_without_fieldsets(self):
        class Planted(Screen):
            """Nothing else."""

        self.assert_refused(Planted, "shs.E020", "fieldsets = [")

    def test_a_list_with_list_editable(self):
        class Planted(Screen):
            fieldsets = FIELDS
            list_display = ["number", "status"]
            list_editable = ["status"]

        self.assert_refused(Planted, "shs.E023", "locked fields", "@step")

    def test_a_related_filter_with_all_rows(self):
        class Planted(Screen):
            fieldsets = FIELDS
            list_filter = ["patient"]

        self.assert_refused(Planted, "shs.E024", '("patient", RelatedFilter)')

    def test_a_date_filter_without_a_format_hint(self):
        class Planted(Screen):
            fieldsets = FIELDS
            list_filter = [("starts_at", RangeDateTimeFilter)]

        self.assert_refused(Planted, "shs.E029", '("starts_at", TimeRange)')

    def test_a_search_of_its_own(self):
        class Planted(Screen):
            fieldsets = FIELDS

            def get_search_results(self, request, queryset, search_term):
                return Appointment.objects.filter(reason__icontains=search_term), False

        self.assert_refused(Planted, "shs.E055", "also_found(text)")

    def test_a_search_of_a_concealed_field_through_a_foreign_key(self):
        class Planted(Screen):
            fieldsets = FIELDS
            search_fields = ["patient__password"]

        self.assert_refused(Planted, "shs.E025", "letter by letter")

    def test_a_model_that_is_in_no_grant_table(self):
        with isolate_apps("shs.appointment"):

            class Unheard(Record):
                __module__ = APP
                privacy = Administrative(because="a plant")

                class Meta:
                    app_label = "appointment"

        class Planted(Screen):
            fieldsets = FIELDS

        self.assert_refused(Planted, "shs.E003", "Write grant(", model=Unheard)


class Models(SimpleTestCase):
    def assert_refused(self, model: Any, number: str, *words: str) -> None:
        found = messages(model_errors(model))
        self.assertIn(number, found)
        for word in words:
            self.assertIn(word, found[number])

    @isolate_apps("shs.appointment")
    def test_a_plain_model_that_should_be_a_record(self):
        class Planted(models.Model):  # noqa: DJ008  (the mistake is another one)
            privacy = Administrative(because="a plant")

            class Meta:
                app_label = "appointment"

        self.assert_refused(Planted, "shs.E010", "Derive it from shs.core.records.models.Record", "no_history =")

    @isolate_apps("shs.appointment")
    def test_an_unchecked_file_field(self):
        class Planted(Record):
            __module__ = APP
            privacy = Administrative(because="a plant")
            scan = models.FileField(upload_to="scans")  # noqa: TID251  (the mistake itself)

            class Meta:
                app_label = "appointment"

        self.assert_refused(Planted, "shs.E014", "CheckedFileField(", "file_answer()")

    @isolate_apps("shs.appointment")
    def test_a_model_without_privacy(self):
        class Planted(Record):
            __module__ = APP

            class Meta:
                app_label = "appointment"

        class PlantedToo(Record):
            __module__ = APP
            privacy = Clinical(patient="doctor")

            class Meta:
                app_label = "appointment"

        self.assert_refused(Planted, "shs.E012", 'Clinical(patient="patient")', "Administrative(because=")
        self.assert_refused(PlantedToo, "shs.E013", "the path of keys to the patient")

    @isolate_apps("shs.appointment")
    def test_a_model_about_a_patient_that_calls_itself_administrative(self):
        class Planted(Record):
            __module__ = APP
            privacy = Administrative(because="a plant")
            patient = models.ForeignKey(User, models.PROTECT, related_name="+")
            remark = models.CharField(max_length=500)
            number = models.CharField(max_length=20)

            class Meta:
                app_label = "appointment"

        class PlantedToo(Record):
            __module__ = APP
            privacy = Administrative(because="a plant")
            entry = models.ForeignKey(MedicalRecord, models.PROTECT, related_name="+")

            class Meta:
                app_label = "appointment"

        self.assert_refused(Planted, "shs.E057", "their health: remark", 'Clinical(patient="patient")', "texts=")
        self.assert_refused(PlantedToo, "shs.E056", 'Clinical(patient="entry__patient")')


class Pages(SimpleTestCase):
    """Pages beside the screens."""

    def found(self) -> dict[str, str]:
        return messages(every_page_names_a_right(None))

    def test_an_added_page_without_needs(self):
        office: Any = admin.site
        with self.assertRaises(TypeError):
            office.add_page("planted/", lambda request: None, name="planted")

    def test_an_added_page_with_an_unknown_permission(self):
        with patch.dict(admin.site.needs, {"planted": "appointment.look_at_appointment"}):  # type: ignore[attr-defined]
            self.assertIn("a right that a grant() gives", self.found()["shs.E031"])

    def test_a_site_wide_action(self):
        with patch.dict(admin.site._actions, {"finish": print}):
            self.assertIn("@step(", self.found()["shs.E032"])


class BulkActions(TestUsers, TestCase):
    """An admin action receives only the selected rows on which its user has the right that it names."""

    def rows_of(self, user: User) -> list[Appointment]:
        """The visits that an action with the right `cancel` receives if `user` has selected every visit."""

        @admin.action(description="Cancel", permissions=["cancel"])
        def cancel(screen, request, queryset):
            return list(queryset)

        request = RequestFactory().get("/")
        request.user = user
        with patch("shs.core.admin.changelist.messages.warning") as self.warned:
            screen: Any = admin.site._registry[Appointment]
            return screen._on_allowed_rows(cancel)(screen, request, Appointment.objects.all())

    def test_users_with_the_permission_get_the_row(self):
        self.assertEqual(self.rows_of(self.erin), [self.visit])
        self.warned.assert_not_called()

    def test_users_who_can_only_view_a_row_do_not_get_it(self):
        self.assertEqual(self.rows_of(self.irene), [])
        self.assertIn("you do not have permission", self.warned.call_args.args[1])

    def test_an_action_without_permission_gets_no_rows(self):
        def finish(screen, request, queryset):
            return list(queryset)

        request = RequestFactory().get("/")
        request.user = self.frank
        screen: Any = admin.site._registry[Appointment]
        with patch("shs.core.admin.changelist.messages.warning"):
            self.assertEqual(screen._on_allowed_rows(finish)(screen, request, Appointment.objects.all()), [])
